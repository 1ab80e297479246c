"""What happened: history, seals, the outbox, the timeline and the log of looks."""

from django.db import models

from kedang.engine.columns import IdField


class Seal(models.Model):
    """A Merkle root over a run of history entries, chained to the root before it."""

    at = models.DateTimeField()
    count = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]


class HistoryEntry(models.Model):
    """One change of one record: who, when, why, and both values of each field.

    `changes` is {field: [old, new, salt]}; an erased value is {field: digest}. `digest` covers the digest of
    the record's previous entry and the digest of each value, so erasing a value leaves the chain whole.
    """

    id = IdField()
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80)
    acting_for = models.BigIntegerField(null=True)
    signer_id = models.BigIntegerField(null=True)
    signer_name = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)
    run_id = models.BigIntegerField(null=True)
    changes = models.JSONField()
    digest = models.CharField(max_length=64)
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "record_id", "seq"], name="history_in_order")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(seal__isnull=True), name="history_unsealed"),
            models.Index(fields=["run_id"], condition=models.Q(run_id__isnull=False), name="history_of_run"),
            models.Index(fields=["seal"], condition=models.Q(seal__isnull=False), name="history_of_seal"),
        ]


class OutboxEvent(models.Model):
    """A fact, written in the transaction that made it true; a worker delivers it at least once."""

    id = IdField()
    at = models.DateTimeField()
    type = models.CharField(max_length=80)
    payload = models.JSONField()
    depth = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(done_at__isnull=True), name="outbox_waiting")
        ]


class HandledEvent(models.Model):
    """One handler met one event. The unique pair makes delivery at least once, effect once."""

    event = models.ForeignKey(OutboxEvent, models.CASCADE)
    handler = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="handled_once")]


class TimelineEntry(models.Model):
    """One line of a customer's file: what was done, when, by whom, and the record that tells more.

    A line that `answers` another is a reply to it, and stands under it.
    """

    id = IdField()
    subject = models.CharField(max_length=80)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    history = models.ForeignKey(HistoryEntry, models.CASCADE, null=True, db_index=False)
    actor_name = models.CharField(max_length=80)
    answers = models.ForeignKey("self", models.CASCADE, null=True, db_index=False, related_name="replies")

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "-at", "-id"], name="timeline_of_subject"),
            models.Index(
                fields=["answers"], condition=models.Q(answers__isnull=False), name="timeline_replies"
            ),
        ]


class TimelinePin(models.Model):
    """A line that somebody keeps on top of the timeline of its subject; where the line goes, the pin goes."""

    entry = models.OneToOneField(TimelineEntry, models.CASCADE, primary_key=True, related_name="pin")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.entry_id}"


class AccessLog(models.Model):
    """A look that is worth a line: another's file opened, a masked value revealed, rows taken out."""

    id = IdField()
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=60, blank=True)
    rows = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "kind", "-at"])]
