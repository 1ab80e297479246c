"""The handover itself: batch by batch, gone on with after a kill, nothing twice."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from kedang.areas.team import selectors, services
from kedang.areas.team.models import DONE, Handover
from kedang.areas.team.rules import Count, whole
from kedang.engine.actions.handing import hand_over
from kedang.engine.actions.perform import inner
from kedang.engine.jobs.registry import job
from kedang.engine.jobs.running import JobRun
from kedang.engine.records.types import RecordType

BATCH = 100
NAMED = 50


@job(services.JOB, label=gettext_lazy("Handover"))
def carry_out(run: JobRun, *, handover_id: int) -> dict[str, Any] | None:
    """Give everything that belongs to the leaver to the receiver.

    A record that was handed over no longer belongs to the leaver, so a second run passes it by; the counts are kept
    in the transaction that moved the records.
    """
    handover = (
        Handover.objects.visible_to(run.actor, "change")
        .select_related("leaver", "receiver")
        .get(pk=handover_id)
    )
    if handover.state_key == DONE:
        return None
    total = sum(count["before"] for count in handover.counts.values())
    for kind in selectors.movable(run.actor):
        for held in selectors.SHELVES:
            _shelf(run, handover, kind, held=held, total=total)
    counts = _result(run, handover)
    inner(run.actor, services.FINISH, handover.pk, {"counts": counts, "stayed": run.state.get("stayed", [])})
    sums = whole(counts)
    return {"moved": sums.moved, "stayed": sums.stayed, "beyond": sums.beyond}


def _shelf(run: JobRun, handover: Handover, kind: RecordType, *, held: bool, total: int) -> None:
    last = 0
    while True:
        rows = selectors.belongings(run.actor, kind, handover.leaver_id, held=held).filter(pk__gt=last)
        pks = list(rows.values_list("pk", flat=True)[:BATCH])
        if not pks:
            return
        last = pks[-1]
        with transaction.atomic():
            refused = hand_over(
                run.actor, kind, pks, handover.receiver, reason=handover.reason, run_id=handover.pk, held=held
            )
            moved = dict(run.state.get("moved", {}))
            moved[kind.key] = moved.get(kind.key, 0) + len(pks) - len(refused)
            run.keep(moved=moved, stayed=_named(run, kind, refused))
        run.report(sum(moved.values()), max(total, sum(moved.values())), str(kind.label_plural))


def _named(run: JobRun, kind: RecordType, refused: dict[int, Any]) -> list[list[Any]]:
    known = run.state.get("stayed", [])
    seen = {(key, pk) for key, pk, _why in known}
    fresh = [
        [kind.key, pk, problems[0].text] for pk, problems in refused.items() if (kind.key, pk) not in seen
    ]
    return [*known, *fresh][:NAMED]


def _result(run: JobRun, handover: Handover) -> dict[str, Count]:
    """Return what was handed over, and what belongs to the leaver still."""
    moved, left = run.state.get("moved", {}), selectors.counted(run.actor, handover.leaver_id)
    found = {}
    for key in sorted({*moved, *left}):
        rest = left.get(key, Count())
        found[key] = Count(moved.get(key, 0) + rest.before, moved.get(key, 0), rest.before, rest.beyond)
    return found
