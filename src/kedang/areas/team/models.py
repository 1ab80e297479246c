"""What passes from one colleague to another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.scope.models import ScopedModel

PLANNED, RUNNING, DONE = "planned", "running", "done"


class Handover(ScopedModel):
    """Everything of a colleague who leaves goes to another in one act (离职移交). Its owner is who ordered it.

    `counts` holds, for each record type, how many there were, how many were handed over, how many stayed and how
    many lie out of the reach of who ordered it. `stayed` names the first that stayed, with the reason.
    """

    leaver = models.ForeignKey("engine.User", models.PROTECT, verbose_name=_("From"), related_name="+")
    receiver = models.ForeignKey("engine.User", models.PROTECT, verbose_name=_("To"), related_name="+")
    reason = models.CharField(_("Reason"), max_length=200)
    state_key = models.CharField(_("State"), max_length=40, default=PLANNED, editable=False)
    counts = models.JSONField(default=dict, blank=True, editable=False)
    stayed = models.JSONField(default=list, blank=True, editable=False)
    finished_at = models.DateTimeField(_("Finished at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Handover")
        indexes = [models.Index(fields=["leaver", "-id"], name="handover_leaver")]
        constraints = [
            models.UniqueConstraint(
                fields=["leaver"],
                condition=models.Q(state_key=RUNNING, archived_at__isnull=True),
                name="handover_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.reason
