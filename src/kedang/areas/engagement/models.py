"""Tasks, and the address under which a person's calendar program reads them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Customer
from kedang.engine.columns import IdField
from kedang.engine.scope.models import ScopedModel

OPEN, DONE = "open", "done"


class Task(ScopedModel):
    """Something to be done by somebody, on a day. With a customer it follows the customer; without, it is personal.

    `due_days` remembers that the day was counted in working days from `due_from`, so that a changed calendar moves it.
    `origin` names the record of another part that made the task.
    """

    follows = "customer"

    title = models.CharField(_("What to do"), max_length=120)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, verbose_name=_("Customer"), related_name="tasks"
    )
    kind_key = models.CharField(_("Kind of task"), max_length=40, blank=True)
    priority_key = models.CharField(_("Priority"), max_length=40, default="normal")
    due_on = models.DateField(_("Due on"), null=True, blank=True)
    due_time = models.CharField(_("Time (14:30)"), max_length=5, blank=True)
    due_days = models.PositiveSmallIntegerField(_("In working days"), null=True, blank=True)
    due_from = models.DateField(null=True, blank=True, editable=False)
    put_off = models.PositiveSmallIntegerField(_("Times put off"), default=0, editable=False)
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    done_at = models.DateTimeField(_("Done at"), null=True, blank=True, editable=False)
    remarks = models.TextField(_("Remarks"), blank=True)
    origin_key = models.CharField(max_length=80, blank=True, editable=False)
    origin_id = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Task")
        indexes = [
            models.Index(
                fields=["owner", "due_on"], condition=models.Q(state_key=OPEN), name="task_open_of_owner"
            ),
            models.Index(fields=["customer", "state_key", "due_on"], name="task_of_customer"),
            models.Index(fields=["due_on", "id"], name="task_due"),
            models.Index(
                fields=["origin_key", "origin_id"],
                condition=models.Q(origin_id__isnull=False),
                name="task_of_origin",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CalendarFeed(models.Model):
    """The secret address of one person's tasks. Only a digest is kept; another address replaces it."""

    id = IdField()
    user = models.OneToOneField("engine.User", models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
