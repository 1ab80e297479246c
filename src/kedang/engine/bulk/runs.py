"""Carry out a planned change, row by row or in batches, and take it back. A kill loses nothing and repeats nothing.

What a batch did and how far it came are committed together; who comes second to the same rows stores nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions.batch import Kind, Outcome, Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.bulk.models import DONE, PLANNED, RUNNING, UNDOING, BulkRun
from kedang.engine.bulk.plans import left, offered, titles
from kedang.engine.bulk.undo import take_back
from kedang.engine.exchange.pace import Pace
from kedang.engine.jobs import JobRun, job, queue
from kedang.engine.jobs.models import Job
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Conflict, KedangError, Problem, RuleBroken

AT_ONCE = 50
BATCH = 100
KEPT = 1_000
NAMES = {Kind.UPDATED: "changed", Kind.CREATED: "changed", Kind.UNCHANGED: "same", Kind.REFUSED: "refused"}


Report = Callable[..., None]  # told how far the work is; raises to stop it


def start(actor: Actor, run: BulkRun) -> BulkRun:
    """Begin a planned change: a small one is done at once, a large one by a job. A second call begins nothing."""
    offered(actor, RECORDS[run.record], run.action)
    if not run.preview:
        raise RuleBroken(_("Say first what is to be set."))
    _begin(actor, run, PLANNED, RUNNING, "bulk.change")
    if run.rows <= AT_ONCE:
        carry(actor, run, _quiet)
    return BulkRun.objects.get(pk=run.pk)


def begin_undo(actor: Actor, run: BulkRun) -> BulkRun:
    """Take a change back, as far as nobody changed the records since; a large one by a job."""
    offered(actor, RECORDS[run.record], run.action)
    _begin(actor, run, DONE, UNDOING, "bulk.undo")
    if run.rows <= AT_ONCE:
        take_back(actor, run, _quiet)
    return BulkRun.objects.get(pk=run.pk)


def resume(actor: Actor, run: BulkRun) -> BulkRun:
    """Let a small change go on whose process was killed: now as a job, which outlives the next kill."""
    kind = {RUNNING: "bulk.change", UNDOING: "bulk.undo"}.get(run.state)
    if kind is None or run.job_id is not None:
        raise RuleBroken(_("There is nothing to go on with."))
    with transaction.atomic():
        made = queue(actor, kind, {"run_id": run.pk}, subject=("engine.bulkrun", run.pk))
        BulkRun.objects.filter(pk=run.pk).update(job_id=made.pk)
    return BulkRun.objects.get(pk=run.pk)


def finish(run: BulkRun) -> None:
    """Leave a change at that whose job was stopped or failed: what was done can be undone."""
    made = Job.objects.filter(pk=run.job_id or 0).first()
    if run.state != RUNNING or made is None or made.ended_at is None:
        raise RuleBroken(_("There is nothing to go on with."))
    BulkRun.objects.filter(pk=run.pk, state=RUNNING).update(state=DONE, finished_at=clock.now())


def _begin(actor: Actor, run: BulkRun, before: str, after: str, kind: str) -> None:
    with transaction.atomic():
        if not BulkRun.objects.filter(pk=run.pk, state=before).update(state=after):
            raise RuleBroken(_("This was begun or taken back already."))
        if run.rows > AT_ONCE:
            made = queue(actor, kind, {"run_id": run.pk}, subject=("engine.bulkrun", run.pk))
            BulkRun.objects.filter(pk=run.pk).update(job_id=made.pk)
        else:
            BulkRun.objects.filter(pk=run.pk).update(job_id=None)
    run.refresh_from_db()


@job("bulk.change", label=gettext_lazy("Change many records"))
def change(run: JobRun, *, run_id: int) -> dict[str, Any]:
    """Carry out a planned change."""
    found = BulkRun.objects.get(pk=run_id)
    carry(run.actor, found, run.report)
    return dict(BulkRun.objects.get(pk=run_id).counts)


@job("bulk.undo", label=gettext_lazy("Take a change of many records back"))
def undo(run: JobRun, *, run_id: int) -> dict[str, Any]:
    """Take a change of many records back."""
    take_back(run.actor, BulkRun.objects.get(pk=run_id), run.report)
    return dict(BulkRun.objects.get(pk=run_id).undone)


def carry(actor: Actor, run: BulkRun, report: Report) -> None:
    """Do what is left of a change. Rows that are refused are listed and do not stop the others."""
    if run.state != RUNNING:
        return
    kind = RECORDS[run.record]
    chosen = offered(actor, kind, run.action)
    pace = Pace(rows=BATCH)
    while run.cursor < run.rows:
        report(run.cursor, run.rows)
        pks = run.chosen[run.cursor : run.cursor + (min(pace.rows, BATCH) if chosen.form else 20)]
        seen = titles(actor, kind, pks, chosen.archived)
        with pace.watching(len(pks)):
            if chosen.form:
                _batch(actor, kind, run, pks, seen)
            else:
                _each(actor, kind, run, pks, seen)
    run.state, run.finished_at = DONE, clock.now()
    BulkRun.objects.filter(pk=run.pk, state=RUNNING).update(state=DONE, finished_at=run.finished_at)
    report(run.rows, run.rows)


def _batch(actor: Actor, kind: RecordType, run: BulkRun, pks: list[int], seen: Mapping[int, str]) -> None:
    rows = [Row(run.inputs, pk) for pk in pks]
    batch_save(
        actor, kind, rows, action=f"{kind.key}.bulk_update", reason=run.reason, run_id=run.pk, also=_noting(run, seen)
    )  # fmt: skip


def _each(actor: Actor, kind: RecordType, run: BulkRun, pks: list[int], seen: Mapping[int, str]) -> None:
    with transaction.atomic():
        outcomes, asked = [], 0
        for pk in pks:
            try:
                with transaction.atomic():
                    done = perform(
                        actor, f"{kind.key}.{run.action}", pk, run.inputs, reason=run.reason, run_id=run.pk
                    )
                asked += done.approval is not None
                outcomes.append(Outcome(Kind.UNCHANGED if done.approval else Kind.UPDATED, pk))
            except KedangError as error:
                outcomes.append(Outcome(Kind.REFUSED, pk, [Problem("", error.text)]))
        _noting(run, seen, asked)(outcomes)


def _noting(run: BulkRun, seen: Mapping[int, str], asked: int = 0) -> Callable[[list[Outcome]], None]:
    """Return what writes down, within the transaction of the rows, how far the change is."""

    def note(outcomes: list[Outcome]) -> None:
        counts = dict(run.counts)
        for outcome in outcomes:
            name = NAMES[outcome.kind]
            counts[name] = counts.get(name, 0) + 1
        if asked:
            counts["asked"] = counts.get("asked", 0) + asked
            counts["same"] = counts["same"] - asked
        refused = [left(one, seen) for one in outcomes if one.kind is Kind.REFUSED]
        values = {
            "cursor": run.cursor + len(outcomes), "counts": counts, "refused": [*run.refused, *refused][:KEPT],
        }  # fmt: skip
        if not BulkRun.objects.filter(pk=run.pk, cursor=run.cursor, state=RUNNING).update(**values):
            raise Conflict(_("Another worker has gone on with this change."))
        for name, value in values.items():
            setattr(run, name, value)

    return note


def _quiet(done: int, total: int | None = None, text: str = "") -> None:
    """Tell nobody: the work is over before anybody could look."""
