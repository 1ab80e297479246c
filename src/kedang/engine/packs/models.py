"""Which pack is installed, as it was when it was."""

from django.db import models


class InstalledPack(models.Model):
    """One layer in force. The content is kept, so that an upgrade can be planned against it."""

    key = models.CharField(max_length=60, primary_key=True)
    order = models.PositiveSmallIntegerField(default=0)
    content = models.JSONField()
    installed_at = models.DateTimeField()
    installed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["order", "key"]
