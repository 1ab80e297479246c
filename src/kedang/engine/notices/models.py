"""A line to one person."""

from django.db import models

from kedang.engine.columns import IdField


class Notice(models.Model):
    """One line to one person. The record it is about is named when it is read, if its reader may see it then."""

    id = IdField()
    user = models.ForeignKey("engine.User", models.CASCADE, related_name="notices", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    record = models.CharField(max_length=80, blank=True)
    record_id = models.BigIntegerField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["user"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
        ]
