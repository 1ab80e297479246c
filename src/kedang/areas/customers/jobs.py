"""Compare all customer files with one another: block by block along the indexes, gone on with after a kill."""

from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from kedang.areas.customers import alike
from kedang.areas.customers.models import Customer
from kedang.engine.jobs import JobRun, job
from kedang.engine.ledger.merges import OPEN, Pair
from kedang.engine.scope.reach import record_key
from kedang.kernel import blocking, clock, likeness
from kedang.kernel.garbage import fewer_collections
from kedang.kernel.likeness import Card

KEY = record_key(Customer)
BLOCKS = ("sound_key", "phone", "credit_code", "address_key")
KINDS = {"sound_key": "sound"}
STEP = 4_000


@job(alike.SCAN, label=gettext_lazy("Compare all customer files"))
def compare_all(run: JobRun) -> dict[str, Any] | None:
    """Fill the worklist of pairs; those that somebody decided about stay as they are."""
    state = run.state
    if "block" not in state:
        with transaction.atomic():
            Pair.objects.filter(record=KEY, state=OPEN).delete()
            run.keep(block=0, after="", compared=0)
        state = run.state
    compared = state["compared"]
    for place in range(state["block"], len(BLOCKS)):
        after = state["after"] if place == state["block"] else ""
        while step := _step(BLOCKS[place], after):
            found: dict[tuple[int, int], likeness.Likeness] = {}
            with fewer_collections():
                for _value, cards in step:
                    found |= _listed(BLOCKS[place], cards)
                    compared += len(cards)
            after = step[-1][0]
            with transaction.atomic():
                _file(found)
                run.keep(block=place, after=after, compared=compared)
            run.report(compared)
        run.keep(block=place + 1, after="")
    return {"pairs": Pair.objects.filter(record=KEY, state=OPEN).count()}


def _step(block: str, after: str) -> list[tuple[str, list[Card]]]:
    """Return the next groups of files that share a key, whole ones only, some STEP files at once."""
    rows = Customer.objects.unscoped(because="the whole stock, compared by a job").filter(
        archived_at__isnull=True
    )
    rows = rows.filter(**{f"{block}__gt": after}).order_by(block, "pk")
    read = list(rows.values_list(block, *alike.COLUMNS)[:STEP])
    if len(read) == STEP and read[0][0] != read[-1][0]:
        last = read[-1][0]
        read = [row for row in read if row[0] != last]
    groups = groupby(read, key=lambda row: row[0])
    return [(value, [alike.card(row[1:]) for row in group]) for value, group in groups]


def _listed(block: str, cards: list[Card]) -> dict[tuple[int, int], likeness.Likeness]:
    found = {}
    for one, other in blocking.worth(KINDS.get(block, block), cards):
        judged = likeness.judge(one, other)
        if judged.listed:
            found[(one.pk, other.pk) if one.pk < other.pk else (other.pk, one.pk)] = judged
    return found


def _file(found: dict[tuple[int, int], likeness.Likeness]) -> None:
    now = clock.now()
    Pair.objects.bulk_create(
        [
            Pair(
                record=KEY,
                first_id=first,
                second_id=second,
                kind=judged.kind,
                points=judged.points,
                found_at=now,
            )
            for (first, second), judged in found.items()
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
