"""Take a change of many records back: each gets its old values, unless somebody changed it since."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from kedang.engine.actions.work import Work
from kedang.engine.bulk.models import UNDOING, UNDONE, BulkRun
from kedang.engine.bulk.plans import offered
from kedang.engine.exchange import undo
from kedang.engine.exchange.pace import Pace
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Actor

BATCH = 100


def take_back(actor: Actor, run: BulkRun, report: Callable[..., None]) -> None:
    """Undo what is left of a change; after a kill it goes on where it was stopped."""
    if run.state != UNDOING:
        return
    kind = RECORDS[run.record]
    chosen = offered(actor, kind, run.action)
    undone = undo.Undone()
    pace, looked = Pace(rows=BATCH), 0
    for entries in _entries(run):
        report(looked, run.rows)
        work = Work(
            actor, _action(run), chosen.verb, _("Bulk change taken back"), run_id=run.pk, releases=True
        )
        with pace.watching(len(entries)):
            undo.take_back(work, kind, entries, undone, verb=chosen.verb, archived=run.action == "archive")
        looked += len(entries)
    # Whoever had this job before may have stored a batch while we looked: the history says what was taken back.
    back = _back(run)
    undone.reverted, undone.left = len(back), [one for one in undone.left if one.pk not in back]
    BulkRun.objects.filter(pk=run.pk, state=UNDOING).update(state=UNDONE, undone=undone.facts())
    report(run.rows, run.rows)


def _action(run: BulkRun) -> str:
    return f"{run.record}.bulk_undo"


def _back(run: BulkRun) -> set[int]:
    """Return the ids of the records that were taken back."""
    mine = HistoryEntry.objects.filter(run_id=run.pk, record=run.record, action=_action(run))
    return set(mine.values_list("record_id", flat=True))


def _entries(run: BulkRun) -> Iterator[list[HistoryEntry]]:
    """Yield what the change wrote, last first, without what was taken back before."""
    mine = HistoryEntry.objects.filter(run_id=run.pk, record=run.record)
    back = _back(run)
    below: int | None = None
    while True:
        rows = mine.exclude(action=_action(run)).order_by("-pk")
        batch = list((rows.filter(pk__lt=below) if below else rows)[:BATCH])
        if not batch:
            return
        below = batch[-1].pk
        yield [entry for entry in batch if entry.record_id not in back]
