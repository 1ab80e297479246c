"""Tasks, visits with what was promised, the pocket cards they fill, and the secret address of a calendar feed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.customers.models import Contact, Customer
from kedang.engine.columns import IdField
from kedang.engine.scope.models import ScopedModel

OPEN, DONE = "open", "done"
PLANNED, CANCELLED = "planned", "cancelled"
FULL, ANALYSED = "full", "analysed"
KEPT, BROKEN, WITHDRAWN = "kept", "broken", "withdrawn"
VISIT = "visit"


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
    due_time = models.CharField(_("Time"), max_length=5, blank=True, help_text=_("such as 14:30"))
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


class Card(ScopedModel):
    """A pocket card (档案卡): what its owner's visits to one customer came to, ten lines, then the next card.

    A full card is collected and read; it stays with the office file. Its lines are the visits that name it.
    """

    follows = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="cards")
    number = models.CharField(_("Card"), max_length=12, blank=True, editable=False)
    lines_used = models.PositiveSmallIntegerField(_("Lines used"), default=0, editable=False)
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    last_on = models.DateField(_("Last visit"), null=True, blank=True, editable=False)
    next_step = models.CharField(_("Next step"), max_length=120, blank=True, editable=False)
    closed_on = models.DateField(_("Full since"), null=True, blank=True, editable=False)
    findings = models.TextField(_("What the card shows"), blank=True, editable=False)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Pocket card")
        indexes = [
            models.Index(fields=["owner", "state_key", "-last_on"], name="card_cover_index"),
            models.Index(fields=["state_key", "closed_on"], name="card_to_read"),
            models.Index(fields=["customer", "-id"], name="card_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class Visit(ScopedModel):
    """A visit, a call or a letter: planned, prepared, done with its minutes, or cancelled with a reason.

    Done visits take a line on the owner's open card of the customer. `place` is one point at one tap, never a track.
    `made_by` is whose visit it was when it was made: it counts for them though the file has another owner since.
    """

    follows = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="visits")
    kind_key = models.CharField(_("Way"), max_length=40, default=VISIT)
    planned_on = models.DateField(_("Planned on"))
    planned_time = models.CharField(_("Time"), max_length=5, blank=True, help_text=_("such as 14:30"))
    turn = models.PositiveSmallIntegerField(
        _("Place in the day's route"), null=True, blank=True, editable=False
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, verbose_name=_("Met"), related_name="visits"
    )
    purpose = models.CharField(_("Purpose"), max_length=120)
    topics = models.TextField(_("Topics and needs"), blank=True)
    questions = models.TextField(_("Sensitive questions with answers"), blank=True)
    state_key = models.CharField(_("State"), max_length=40, default=PLANNED, editable=False)
    done_on = models.DateField(_("Done on"), null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        "engine.User", models.PROTECT, null=True, blank=True, verbose_name=_("Made by"), related_name="+",
        editable=False,
    )  # fmt: skip
    result = models.TextField(_("Result"), blank=True, editable=False)
    next_step = models.CharField(_("Next step"), max_length=120, blank=True, editable=False)
    next_step_on = models.DateField(_("Next step on"), null=True, blank=True, editable=False)
    mood_key = models.CharField(_("Mood"), max_length=40, blank=True, editable=False)
    rivals = models.TextField(_("News of competitors"), blank=True, editable=False)
    checked_in_at = models.DateTimeField(_("Checked in at"), null=True, blank=True, editable=False)
    place = models.CharField(_("Place of the check-in"), max_length=60, blank=True, editable=False)
    card = models.ForeignKey(
        Card, models.PROTECT, null=True, blank=True, verbose_name=_("Pocket card"), related_name="visits",
        editable=False,
    )  # fmt: skip
    line_no = models.PositiveSmallIntegerField(_("Line of the card"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Visit")
        indexes = [
            models.Index(fields=["customer", "-planned_on"], name="visit_customer"),
            models.Index(
                fields=["owner", "planned_on"], condition=models.Q(state_key=PLANNED), name="visit_planned"
            ),
            models.Index(fields=["made_by", "done_on", "kind_key"], name="visit_made"),
            models.Index(fields=["-planned_on", "-id"], name="visit_day"),
        ]
        constraints = [models.UniqueConstraint(fields=["card", "line_no"], name="visit_line_once")]

    def __str__(self) -> str:
        return self.purpose


class Promise(ScopedModel):
    """What one of us promised a customer, or a customer promised us: open until it is kept, broken or withdrawn."""

    follows = "customer"

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="promises"
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, verbose_name=_("Visit"), related_name="promises"
    )
    wording = models.CharField(_("Promise"), max_length=200)
    by_key = models.CharField(_("Promised by"), max_length=40, default="us")
    due_on = models.DateField(_("Due on"))
    state_key = models.CharField(_("State"), max_length=40, default=OPEN, editable=False)
    closed_on = models.DateField(_("Ended on"), null=True, blank=True, editable=False)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Promise")
        indexes = [
            models.Index(
                fields=["owner", "due_on"], condition=models.Q(state_key=OPEN), name="promise_open_of_owner"
            ),
            models.Index(fields=["customer", "state_key", "due_on"], name="promise_of_customer"),
            models.Index(fields=["due_on", "id"], name="promise_due"),
        ]

    def __str__(self) -> str:
        return self.wording


class CalendarFeed(models.Model):
    """The secret address of one person's tasks. Only a digest is kept; another address replaces it."""

    id = IdField()
    user = models.OneToOneField("engine.User", models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
