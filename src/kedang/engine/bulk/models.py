"""One change to many records: what was chosen, what is to be set, how far it came, what was refused."""

from django.db import models

from kedang.engine.columns import IdField

PLANNED, RUNNING, DONE, UNDOING, UNDONE = "planned", "running", "done", "undoing", "undone"


class BulkRun(models.Model):
    """A change to many records, of one person. `cursor` counts the chosen rows whose outcome is committed."""

    id = IdField()
    record = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    inputs = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    chosen = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, default=PLANNED)
    counts = models.JSONField(default=dict)
    refused = models.JSONField(default=list)
    preview = models.JSONField(default=dict)
    undone = models.JSONField(default=dict)
    back = models.CharField(max_length=4_000, blank=True)
    job_id = models.BigIntegerField(null=True)
    started_by = models.ForeignKey("engine.User", models.CASCADE, related_name="+")
    planned_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["started_by", "-id"], name="bulk_of_user")]
