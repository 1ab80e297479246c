"""An approval: a saved call of an action that waits for somebody's word."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.scope.models import ScopedModel

PENDING, APPROVED, REJECTED, WITHDRAWN = "pending", "approved", "rejected", "withdrawn"


class Approval(ScopedModel):
    """Somebody asked to do `action` on a record. Its owner is who asked, its unit the record's."""

    action = models.CharField(_("Action"), max_length=80)
    record = models.CharField(_("Record type"), max_length=80)
    record_id = models.BigIntegerField(_("Record"))
    record_version = models.PositiveIntegerField()
    subject = models.CharField(_("Concerns"), max_length=200)
    inputs = models.JSONField(_("Inputs"), default=dict, blank=True)
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    state = models.CharField(_("State"), max_length=12, default=PENDING)
    decided_by = models.ForeignKey("engine.User", models.PROTECT, null=True, blank=True, verbose_name=_("Decided by"),
                                   related_name="+")  # fmt: skip
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Approval")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "record_id", "action", "owner"],
                condition=models.Q(state=PENDING),
                name="approval_open_once",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
