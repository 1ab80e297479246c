"""Merges that were done, and pairs of records that may mean one thing."""

from django.db import models

from kedang.engine.columns import IdField
from kedang.engine.scope.composed import Composed, columns

OPEN, APART = "open", "apart"
MOST_STEPS = 20


class Merge(models.Model):
    """One record was merged into another: what moved, what was taken over, and whether it was undone.

    `moved` is {table: [[id, version], …]}; `taken` is {column: [old, new]} of the survivor; `shares` is what the
    merge ended of what was opened to colleagues.
    """

    id = IdField()
    record = models.CharField(max_length=80)
    survivor_id = models.BigIntegerField()
    merged_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=80)
    moved = models.JSONField(default=dict)
    taken = models.JSONField(default=dict)
    shares = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)
    left = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "merged_id"], condition=models.Q(undone_at__isnull=True), name="merged_once"
            )
        ]
        indexes = [models.Index(fields=["record", "survivor_id"], name="merge_survivor")]


class Pair(models.Model):
    """Two records that may mean one thing, with the reasons; somebody says that they do not, and it is remembered."""

    id = IdField()
    record = models.CharField(max_length=80)
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    points = models.FloatField()
    state = models.CharField(max_length=10, default=OPEN)
    found_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "first_id", "second_id"], name="pair_once")]
        indexes = [
            models.Index(fields=["record", "state", "-points", "id"], name="pair_worklist"),
            models.Index(fields=["record", "second_id"], name="pair_second"),
        ]


_further: Composed[int] = Composed(
    lambda record, pk: Merge.objects.filter(record=record, merged_id=pk, undone_at=None).order_by("pk").values_list(
        "survivor_id", flat=True
    )[:1],
    *columns(Merge, "record", "merged_id"),
)  # fmt: skip


def survivor_of(record: str, pk: int) -> int | None:
    """Return the record that another one was merged into in the end, or None."""
    found = None
    for _step in range(MOST_STEPS):
        further = _further(record, found or pk)
        if not further:
            return found
        found = further[0]
    return found


def merged_into(record: str, pk: int) -> list[Merge]:
    """Return the merges into a record that stand, the newest first."""
    return list(Merge.objects.filter(record=record, survivor_id=pk, undone_at=None).order_by("-at"))
