"""Rules that look for trouble, the warnings they raise, and the runs that applied them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Customer
from kedang.engine.columns import IdField
from kedang.engine.scope.models import ScopedModel

OPEN, INVESTIGATING, MEASURE, CLOSED, FALSE = "open", "investigating", "measure", "closed", "false_alarm"
STILL_OPEN = (OPEN, INVESTIGATING, MEASURE)
EVENT, CHURN = "event", "churn"
NOT_CLOSED = models.Q(archived_at__isnull=True, closed_on__isnull=True)


class Rule(ScopedModel):
    """When a customer gives cause for concern: a condition over the fields of the file and over figures.

    A rule of the kind `event` has no condition: people report what happened. `says` is the reason in words, with the
    names of figures in braces; `days` is how many working days its owner has.
    """

    name = models.CharField(_("Name"), max_length=60)
    kind_key = models.CharField(_("Kind"), max_length=40)
    level_key = models.CharField(_("Level"), max_length=40, default="amber")
    when = models.CharField(_("Warns when"), max_length=1000, blank=True)
    red_when = models.CharField(_("Is serious when"), max_length=1000, blank=True)
    says = models.CharField(_("Reason in words"), max_length=300, blank=True)
    days = models.PositiveSmallIntegerField(
        _("Working days to deal with it"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(250)],
    )
    task = models.CharField(_("Task made when it is taken"), max_length=100, blank=True)
    quiet_days = models.PositiveSmallIntegerField(
        _("Days of quiet after it was closed"), default=30, validators=[MaxValueValidator(3650)]
    )
    in_use = models.BooleanField(_("In use"), default=True)
    pack_key = models.CharField(max_length=40, blank=True, editable=False)

    class Meta:
        verbose_name = _("Warning rule")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(archived_at__isnull=True), name="warning_rule_name_once"
            ),
            models.UniqueConstraint(
                fields=["pack_key"], condition=~models.Q(pack_key=""), name="warning_rule_of_pack_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Warning(ScopedModel):
    """One cause for concern at one customer, until somebody closes it. Its owner deals with it.

    `figures` holds what the rule saw, `open_key` is the rule and the customer while it is open, so that there is one
    at most. `cleared_on` says since when its condition no longer holds: that closes nothing by itself.
    """

    follows = "customer"

    title = models.CharField(_("Title"), max_length=60, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="warnings"
    )
    rule = models.ForeignKey(Rule, models.PROTECT, verbose_name=_("Rule"), related_name="warnings")
    level_key = models.CharField(_("Level"), max_length=40, blank=True, editable=False)
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    reason = models.CharField(_("What it is about"), max_length=500)
    figures = models.JSONField(default=dict, blank=True, editable=False)
    happened_on = models.DateField(_("Happened on"), null=True, blank=True)
    as_of = models.DateField(_("As of"), null=True, blank=True, editable=False)
    found_on = models.DateField(_("Found on"), null=True, blank=True, editable=False)
    seen_on = models.DateField(_("Last seen on"), null=True, blank=True, editable=False)
    times = models.PositiveIntegerField(_("Times seen"), default=1, editable=False)
    cleared_on = models.DateField(_("No longer so since"), null=True, blank=True, editable=False)
    due_on = models.DateField(_("Due on"), null=True, blank=True, editable=False)
    taken_on = models.DateField(_("Taken on"), null=True, blank=True, editable=False)
    escalated_on = models.DateField(_("Escalated on"), null=True, blank=True, editable=False)
    escalated_to = models.ForeignKey(
        "engine.User", models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("Escalated to"),
        related_name="+",
    )  # fmt: skip
    investigation = models.TextField(_("Investigation"), blank=True, editable=False)
    cause_key = models.CharField(_("Cause"), max_length=40, blank=True, editable=False)
    measure = models.TextField(_("Measures"), blank=True, editable=False)
    result = models.TextField(_("Result"), blank=True, editable=False)
    closed_on = models.DateField(_("Closed on"), null=True, blank=True, editable=False)
    before = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("Earlier warning"),
        related_name="+",
    )  # fmt: skip
    open_key = models.CharField(max_length=60, null=True, unique=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Warning")
        indexes = [
            models.Index(fields=["customer", "state_key"], name="warning_of_customer"),
            models.Index(fields=["owner", "state_key", "due_on"], name="warning_of_owner"),
            models.Index(fields=["state_key", "due_on", "id"], name="warning_due"),
            models.Index(fields=["rule", "state_key"], name="warning_of_rule"),
            models.Index(fields=["due_on", "id"], name="warning_by_due"),
            models.Index(fields=["found_on", "id"], name="warning_by_found"),
            # What the desk asks of open ones: those due first, by the index alone (SQLite reads the row for a column of
            # the condition that is not in the index), and the first of a level, one's own or anybody's.
            models.Index(
                fields=["due_on", "owner", "state_key", "level_key", "customer", "archived_at", "closed_on"],
                name="warning_of_team",
                condition=NOT_CLOSED,
            ),
            models.Index(fields=["level_key", "due_on", "id"], name="warning_first", condition=NOT_CLOSED),
            models.Index(
                fields=["owner", "level_key", "due_on", "id"], name="warning_own_first", condition=NOT_CLOSED
            ),
        ]

    def __str__(self) -> str:
        return self.title


class WarningRun(models.Model):
    """One application of the rules to all customers, or to those whose facts changed since the run before."""

    id = IdField()
    as_of = models.DateField()
    changed_only = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="warning_run_newest")]
