"""Suggestions about files, meetings of the file, and the lines that a meeting goes through."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Customer
from kedang.engine.columns import IdField, MoneyField
from kedang.engine.scope.models import ScopedModel

OPEN, ACCEPTED, PARTLY, DECLINED, WITHDRAWN = "open", "accepted", "partly", "declined", "withdrawn"
PLANNED, PREPARING, PREPARED, HELD, CLOSED = "planned", "preparing", "prepared", "held", "closed"
UPDATE, FOCUS, LEVEL = "update", "focus", "level"
DONE = "done"
FACT, NEWS, RIVAL = "fact", "news", "rival"


class Suggestion(ScopedModel):
    """What an employee says a file should say (档案建议). Its owner is who decides it, not who handed it in.

    `named` is the file as the suggester named it; `changes` holds {field: new value as typed}, `told` a fact without
    a field. A suggestion without a customer waits for somebody to find the file it means.
    """

    follows = "customer"

    subject = models.CharField(_("Suggestion"), max_length=120)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("Customer"),
        related_name="suggestions",
    )
    named = models.CharField(_("File named as"), max_length=120, blank=True)
    kind_key = models.CharField(_("Kind of suggestion"), max_length=40, default=FACT)
    changes = models.JSONField(_("Changes suggested"), default=dict, blank=True, editable=False)
    told = models.TextField(_("What is new"), blank=True)
    reason = models.CharField(_("Reason"), max_length=300)
    evidence = models.CharField(_("Evidence"), max_length=300, blank=True)
    suggested_by = models.ForeignKey(
        "engine.User", models.PROTECT, verbose_name=_("Suggested by"), related_name="+", editable=False
    )
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    taken = models.JSONField(default=list, blank=True, editable=False)
    answer = models.CharField(_("Answer"), max_length=300, blank=True, editable=False)
    decided_by = models.ForeignKey(
        "engine.User", models.PROTECT, null=True, blank=True, verbose_name=_("Decided by"), related_name="+",
        editable=False,
    )  # fmt: skip
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Suggestion")
        indexes = [
            models.Index(fields=["customer", "state_key", "-id"], name="suggestion_customer"),
            models.Index(fields=["suggested_by", "-id"], name="suggestion_by"),
            models.Index(fields=["owner", "state_key", "-id"], name="suggestion_owner"),
        ]

    def __str__(self) -> str:
        return self.subject


class Meeting(ScopedModel):
    """A meeting of the file (档案例会) of a unit and those below it, over a month, quarter, half-year or year.

    `figures` keeps what its analysis found, as it stood on `as_of`.
    """

    title = models.CharField(_("Period"), max_length=60, blank=True, editable=False)
    kind_key = models.CharField(_("Kind of meeting"), max_length=40, default="month")
    starts_on = models.DateField(_("A day in the period"))
    ends_on = models.DateField(_("Last day"), null=True, blank=True, editable=False)
    as_of = models.DateField(_("Figures as of"), null=True, blank=True, editable=False)
    state_key = models.CharField(_("State"), max_length=40, default=PLANNED, editable=False)
    held_on = models.DateField(_("Held on"), null=True, blank=True)
    attendees = models.CharField(_("Attendees"), max_length=300, blank=True)
    minutes = models.TextField(_("Minutes"), blank=True)
    decided_by = models.ForeignKey(
        "engine.User", models.PROTECT, null=True, blank=True, verbose_name=_("Decided by"), related_name="+",
        editable=False,
    )  # fmt: skip
    closed_at = models.DateTimeField(_("Closed at"), null=True, blank=True, editable=False)
    figures = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("Meeting of the file")
        indexes = [models.Index(fields=["unit", "-starts_on"], name="meeting_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["starts_on", "kind_key", "unit"],
                condition=models.Q(archived_at__isnull=True),
                name="meeting_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReviewLine(ScopedModel):
    """One file that a meeting goes through: to be brought up to date, in focus, or to change its level.

    `reasons` holds [[code, data], …], said in the reader's language; `figures` the purchases as they stood.
    """

    follows = "customer"

    meeting = models.ForeignKey(Meeting, models.PROTECT, verbose_name=_("Meeting"), related_name="lines")
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="review_lines"
    )
    title = models.CharField(_("Line"), max_length=60, editable=False)
    section_key = models.CharField(_("Section"), max_length=40)
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    place = models.PositiveIntegerField(default=0, editable=False)
    reasons = models.JSONField(default=list, blank=True, editable=False)
    figures = models.JSONField(default=dict, blank=True, editable=False)
    level_from_key = models.CharField(_("Level so far"), max_length=40, blank=True, editable=False)
    level_to_key = models.CharField(_("Level proposed"), max_length=40, blank=True, editable=False)
    decision = models.CharField(_("Decision"), max_length=200, blank=True)
    due_on = models.DateField(_("Due on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "engine.User", models.PROTECT, null=True, blank=True, verbose_name=_("Decided by"), related_name="+",
        editable=False,
    )  # fmt: skip
    done_at = models.DateTimeField(_("Done at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Line of a meeting")
        indexes = [
            models.Index(fields=["meeting", "section_key", "place"], name="review_line_meeting"),
            models.Index(fields=["customer", "state_key"], name="review_line_customer"),
            models.Index(fields=["owner", "state_key", "-id"], name="review_line_owner"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "customer", "section_key"], name="review_line_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Purchase(models.Model):
    """What one customer bought in the period of a meeting, before it and a year before, as it stood.

    Read it through `selectors`: it is seen by who sees the customer. An amount of None is no data, never zero.
    """

    id = IdField()
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="purchases")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    level_key = models.CharField(max_length=40, blank=True)
    amount = MoneyField(null=True)
    orders = models.PositiveIntegerField(default=0)
    last_on = models.DateField(null=True)
    before = MoneyField(null=True)
    before_orders = models.PositiveIntegerField(default=0)
    year_ago = MoneyField(null=True)
    year_ago_orders = models.PositiveIntegerField(default=0)
    size = MoneyField(default=0)

    objects: ClassVar[models.Manager["Purchase"]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "meeting"], name="purchase_once")]
        indexes = [models.Index(fields=["meeting", "-size", "customer"], name="purchase_by_size")]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.customer_id}"
