"""Consents that people gave, and requests of people about the data kept of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Contact, Customer
from kedang.engine.scope.models import ScopedModel

OPEN, DONE, REFUSED = "open", "done", "refused"
ACCESS, ERASURE = "access", "erasure"


class Consent(ScopedModel):
    """A person agreed to one purpose by one way. `wording` says to what; the proof is a file of the record."""

    follows = "customer"
    needs = ("contact",)

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="consents"
    )
    contact = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("Contact"), related_name="consents")
    purpose_key = models.CharField(_("Purpose of the consent"), max_length=40)
    channel_key = models.CharField(_("Way of contact"), max_length=40)
    wording = models.CharField(_("Wording agreed to"), max_length=120)
    evidence_key = models.CharField(_("How it was given"), max_length=40)
    given_on = models.DateField(_("Given on"))
    withdrawn_on = models.DateField(_("Withdrawn on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Consent")
        indexes = [
            models.Index(fields=["customer", "-id"], name="consent_customer"),
            models.Index(fields=["contact", "purpose_key", "channel_key"], name="consent_of_contact"),
        ]

    def __str__(self) -> str:
        return self.wording


class Request(ScopedModel):
    """Somebody asks about the data kept of them. The pointer to the person goes when the person is erased."""

    follows = "customer"
    needs = ("contact",)

    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, verbose_name=_("Contact"), related_name="+"
    )
    kind_key = models.CharField(_("Asks for"), max_length=40)
    what = models.CharField(_("What is asked"), max_length=120)
    asked_on = models.DateField(_("Day of the request"))
    due_on = models.DateField(_("Answer by"), null=True, blank=True, editable=False)
    identity = models.CharField(_("How the identity was checked"), max_length=120, blank=True, editable=False)
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    answer = models.CharField(_("Answer"), max_length=200, blank=True, editable=False)
    answered_on = models.DateField(_("Answered on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Personal-data request")
        indexes = [
            models.Index(fields=["customer", "-id"], name="request_customer"),
            models.Index(
                fields=["due_on", "id"], condition=models.Q(state_key=OPEN), name="request_open_due"
            ),
        ]

    def __str__(self) -> str:
        return self.what
