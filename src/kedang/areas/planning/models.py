"""Quotas of units, what a month asks of each person, and the lines of a sales task."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Customer
from kedang.engine.columns import IdField, MoneyField
from kedang.engine.scope.models import ScopedModel

DRAFT, ANNOUNCED, REPLACED = "draft", "announced", "replaced"
OPEN, MET, UNMET, ANSWERED = "open", "met", "unmet", "answered"


class Quota(models.Model):
    """A quota as somebody set it for a unit and all below it; the newest row of a unit and measure holds.

    Rows are only added, so that they tell who asked for what since when. None takes the quota back.
    """

    id = IdField()
    unit = models.ForeignKey("engine.Unit", models.CASCADE, related_name="+")
    measure = models.CharField(max_length=20)
    value = models.PositiveIntegerField(null=True)
    set_by = models.ForeignKey("engine.User", models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Quota"]] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["unit", "measure", "-set_at"], name="quota_newest")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.measure}: {self.value}"


class MonthTarget(models.Model):
    """What a month asks of one person (每人下月任务): proposed from the files, changed by the manager, announced.

    `levels` holds {level: [files, visits to each]} as they stood on `as_of`. What was announced before stays, replaced.
    """

    id = IdField()
    month = models.DateField()
    user = models.ForeignKey("engine.User", models.CASCADE, related_name="month_targets")
    unit = models.ForeignKey("engine.Unit", models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, default=DRAFT)
    as_of = models.DateField()
    levels = models.JSONField(default=dict)
    files = models.PositiveIntegerField(default=0)
    visits = models.PositiveIntegerField(default=0)
    per_day = models.DecimalField(max_digits=6, decimal_places=1, default=0)
    calls = models.PositiveIntegerField(default=0)
    customers = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    prospects = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey("engine.User", models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["MonthTarget"]] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-month"], name="month_target_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "user", "state"],
                condition=~models.Q(state=REPLACED),
                name="month_target_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.user_id}"


class SalesLine(ScopedModel):
    """One line of a month's sales task (销售任务): a customer and what it is to buy. Its owner answers for it.

    What was bought stands in `done_amount` once the month is closed. An unmet line asks its owner for a remedy.
    """

    follows = "customer"

    title = models.CharField(_("Month"), max_length=7, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="sales_lines"
    )
    month_on = models.DateField(_("A day in the month"))
    target = MoneyField(_("Sales task"), validators=[MinValueValidator(0)])
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    done_amount = MoneyField(_("Bought in the month"), null=True, blank=True, editable=False)
    closed_on = models.DateField(_("Closed on"), null=True, blank=True, editable=False)
    asked_on = models.DateField(_("Remedy asked for on"), null=True, blank=True, editable=False)
    remedy_due_on = models.DateField(_("Remedy due on"), null=True, blank=True, editable=False)
    remedy = models.TextField(_("Remedy"), blank=True, editable=False)
    answered_on = models.DateField(_("Answered on"), null=True, blank=True, editable=False)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Line of the sales task")
        indexes = [
            models.Index(fields=["month_on", "state_key", "id"], name="sales_line_month"),
            models.Index(fields=["owner", "state_key", "remedy_due_on"], name="sales_line_owner"),
            models.Index(fields=["customer", "-month_on"], name="sales_line_customer"),
        ]

    def __str__(self) -> str:
        return self.title
