"""Seal committed history under a chained Merkle root, in small bites that hold no lock for long."""

from django.db import transaction

from kedang.engine.identity.models import Stamp
from kedang.engine.ledger import chain
from kedang.engine.ledger.models import HistoryEntry, Seal
from kedang.kernel import clock

BITE = 2_000
TURN = "seal"


def seal_some() -> int:
    """Seal at most BITE entries; return how many were sealed."""
    with transaction.atomic():
        # one row for all workers: the newest seal itself may be followed by another while we wait for its lock
        Stamp.objects.select_for_update().get_or_create(key=TURN)
        last = Seal.objects.order_by("-pk").first()
        waiting = HistoryEntry.objects.filter(seal__isnull=True).order_by("pk")
        rows = list(waiting.values_list("pk", "digest")[:BITE])
        if not rows:
            return 0
        root = chain.merkle_root([digest for _, digest in rows])
        seal = Seal.objects.create(
            at=clock.now(), count=len(rows), root=root, chain=chain.chained(last.chain if last else "", root)
        )
        HistoryEntry.objects.filter(pk__in=[pk for pk, _ in rows]).update(seal=seal)
    return len(rows)


def seal_pending() -> int:
    """Seal all that waits; return how many entries were sealed."""
    total = 0
    while sealed := seal_some():
        total += sealed
    return total
