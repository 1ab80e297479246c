"""What was erased or sealed: the proof that stays, and the list that a restored backup is cleaned by."""

from django.db import models

from kedang.engine.columns import IdField


class Erasure(models.Model):
    """One record erased with all that hung on it. It holds no value of it once `done_at` is set.

    `counts` is {record type: how many went}; `proof` the digest over the last history entries of what went;
    `pending` what the cleaning job still looks for, emptied when it is done; `left` is {record type: how many}: other
    records in which a phone or mail of the erased still stands, for a person to look at.
    """

    id = IdField()
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict)
    proof = models.CharField(max_length=64)
    pending = models.JSONField(default=dict)
    left = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["record", "record_id"], name="erasure_of_record")]

    def __str__(self) -> str:
        return f"{self.record} {self.record_id}"


class Sealing(Erasure):
    """One record that nobody reads any more, because a duty to keep it stood in the way of erasing it.

    `envelope` holds its values, and those of what hung on it, under the key of this home; it is emptied when the
    record is put back (`ended_how` "back") or when the duty ends with `until` ("over").
    """

    envelope = models.TextField(blank=True)
    until = models.DateField()
    by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    ended_how = models.CharField(max_length=10, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["until"], condition=models.Q(ended_at__isnull=True), name="sealing_open_until"
            )
        ]
