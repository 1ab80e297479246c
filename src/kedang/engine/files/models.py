"""Files that hang on a record, with every version that was handed in."""

from django.db import models

from kedang.engine.columns import IdField


class Attachment(models.Model):
    """One file of one record. Who sees it is decided by the record; `removed_at` puts it into the hold."""

    id = IdField()
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    name = models.CharField(max_length=130)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=80, blank=True)
    removed_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["record", "record_id", "-id"], name="attachment_of_record")]

    def __str__(self) -> str:
        return self.name


class AttachmentVersion(models.Model):
    """One state of a file: its bytes lie on disk under their SHA-256."""

    id = IdField()
    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="versions")
    no = models.PositiveIntegerField()
    name = models.CharField(max_length=130)
    kind = models.CharField(max_length=10)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["attachment", "-no"]
        constraints = [models.UniqueConstraint(fields=["attachment", "no"], name="version_in_order")]
        indexes = [models.Index(fields=["digest"], name="version_of_content")]

    def __str__(self) -> str:
        return f"{self.name} ({self.no})"
