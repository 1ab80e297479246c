"""The night of the pool: judge, let fall, warn; a trial of it; and taking a run back. Gone on with after a kill."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.pool import rules, selectors, services
from kedang.areas.pool.models import DONE, FELL, GIVEN_BACK, UNDOING, UNDONE, Forecast, Move, Proposal, Run
from kedang.engine.calendar.table import workdays
from kedang.engine.exchange.pace import Pace
from kedang.engine.jobs import JobRun, job, schedule
from kedang.engine.notices import tell
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken
from kedang.kernel.garbage import fewer_collections

RUN, BACK = services.RUN, services.BACK_JOB
BATCH = 100
SOON = "/pool/soon"


@job(RUN, label=gettext_lazy("Neglected customers into the pool"))
def carry_out(run: JobRun, *, as_of: str = "", trial: bool = False, nightly: bool = False) -> dict[str, Any]:
    """Let fall who falls on a day (by default today) and warn who falls soon; a trial only says who would.

    Each chunk of customers is committed with how far it came; a customer that fell is not judged again. The nights only
    try it until a person has run it once: nobody is surprised by the first one. Raise RuleBroken for a day to come, but
    for a trial.
    """
    row = _begun(run, as_of, trial=trial or (nightly and not selectors.in_force()))
    trial = row.trial
    with fewer_collections():
        looked = _looked_through(run, row)
    Forecast.objects.filter(customer__gt=run.state["after"]).delete()
    if not trial:
        _warn(run, row.as_of)
    fell = Move.objects.filter(run=row, kind=FELL).count()
    due = Forecast.objects.filter(on__lte=row.as_of).count() if trial else fell
    counts = {
        "looked": looked,
        "fell": fell,
        "due": due,
        "soon": Forecast.objects.filter(on__gt=row.as_of).count(),
    }
    Run.objects.filter(pk=row.pk, finished_at=None).update(state=DONE, finished_at=clock.now(), counts=counts)
    return counts


def _looked_through(run: JobRun, row: Run) -> int:
    """Judge everybody, chunk by chunk; return how many a rule is about."""
    calendar, looked = workdays(), run.state.get("looked", 0)
    for last, chunk in selectors.judged(row.as_of, after=run.state["after"]):
        if not row.trial:
            for group in _groups(chunk, row.as_of):
                services.move_down(row, group, run.actor)
                run.keep()  # who fell is not judged again: a worker lost after this did not end in vain
                run.report(looked)
        looked += len(chunk)
        with transaction.atomic():
            stale = Forecast.objects.filter(customer__gt=run.state["after"], customer__lte=last)
            services.keep_told(services.foresee(chunk, row.as_of, calendar, trial=row.trial), stale)
            run.keep(after=last, looked=looked)
        run.report(looked)
    return int(looked)


def _begun(run: JobRun, as_of: str, *, trial: bool) -> Run:
    if "run" in run.state:
        return Run.objects.get(pk=run.state["run"])
    day = date.fromisoformat(as_of) if as_of else clock.today()
    if day > clock.today() and not trial:
        text = _("%(day)s has not come yet: nobody falls before the day. A trial may look ahead.")
        raise RuleBroken(text % {"day": day.isoformat()})
    with transaction.atomic():
        row = Run.objects.create(
            as_of=day, trial=trial, started_at=clock.now(), started_by_id=run.actor.user_id,
        )  # fmt: skip
        run.keep(run=row.pk, after=0)
    return row


def _groups(chunk: Iterable[selectors.Judged], as_of: date) -> Iterator[list[selectors.Judged]]:
    """Yield those that fall, some BATCH at once, each batch for one reason."""

    def reason(one: selectors.Judged) -> tuple[Any, ...]:
        verdict = one.verdict
        return (one.pool.pk, verdict.after, verdict.since, verdict.days, verdict.never)

    pace = Pace(rows=BATCH)
    due = sorted((one for one in chunk if one.verdict.falls(as_of)), key=lambda one: (*reason(one), one.pk))
    for _reason, some in groupby(due, key=reason):
        group = list(some)
        for first in range(0, len(group), BATCH):
            part = group[first : first + BATCH]
            with pace.watching(len(part)):
                yield part


def _warn(run: JobRun, as_of: date) -> None:
    """Tell each owner once for each step of warning, and at the last step who leads them; with the note that it is
    told, so that nobody is told twice.
    """
    rows = Forecast.objects.filter(stage__isnull=False, on__gt=as_of).exclude(told__isnull=False, told__lte=0)
    waiting: dict[int, list[Forecast]] = {}
    for one in rows.order_by("owner", "pk").iterator(chunk_size=2_000):
        if one.told is None or (one.stage or 0) < one.told:
            waiting.setdefault(one.owner_id, []).append(one)
    last = {rule.pk: min(rule.rule.warn_days, default=0) for rule in selectors.pools()}
    urgent = [owner for owner, some in waiting.items() if any(one.stage == last[one.pool_id] for one in some)]
    leads = selectors.managers(urgent)
    for owner, some in waiting.items():
        most_urgent = [one for one in some if one.stage == last[one.pool_id]]
        with transaction.atomic():
            _tell([owner], len(some), min(one.on for one in some))
            if most_urgent and owner in leads:
                _tell(leads[owner], len(most_urgent), min(one.on for one in most_urgent))
            for stage in {one.stage for one in some}:
                Forecast.objects.filter(pk__in=[one.pk for one in some if one.stage == stage]).update(
                    told=stage
                )
        run.report(run.state.get("looked", 0))


def _tell(people: list[int], count: int, on: date) -> None:
    def text() -> str:
        said = _("%(count)s customers fall into the pool soon, the first on %(day)s")
        return said % {"count": count, "day": on.isoformat()}

    tell(people, text, SOON, "pool")


@job(BACK, label=gettext_lazy("Take a run of the pool back"))
def undo(run: JobRun, *, run_id: int) -> dict[str, Any]:
    """Give back what a run let fall, as far as nobody claimed or was given it since."""
    row = Run.objects.get(pk=run_id)
    if row.state != UNDOING:
        return dict(row.counts)
    moves = Move.objects.filter(run=row, kind=FELL).order_by("pk")
    total, after, looked = moves.count(), run.state.get("after", 0), 0
    pace = Pace(rows=BATCH)
    while some := list(moves.filter(pk__gt=after)[:BATCH]):
        with pace.watching(len(some)), transaction.atomic():
            services.take_back(run.actor, row, some)
            after = some[-1].pk
            run.keep(after=after)
        looked += len(some)
        run.report(looked, total)
    back = Move.objects.filter(run=row, kind=GIVEN_BACK).count()
    counts = {**row.counts, "back": back, "left": total - back}
    Run.objects.filter(pk=row.pk, state=UNDOING).update(state=UNDONE, counts=counts)
    return counts


@job(services.PROPOSE, label=gettext_lazy("What another rule of a pool would do"))
def try_rule(run: JobRun, *, proposal_id: int) -> dict[str, Any]:
    """Say for each customer of a pool whether it would fall sooner, later or as before. Nobody moves."""
    row = Proposal.objects.select_related("pool").filter(pk=proposal_id).first()
    if row is None:
        return {}  # another one took its place
    counts, found = row.counts or dict.fromkeys(COUNTED, 0), row.found or {rules.SOONER: [], rules.LATER: []}
    for last, some in selectors.compared(row, after=run.state.get("after", 0)):
        for one in some:
            _count(counts, found, one, row.as_of)
        with transaction.atomic():
            Proposal.objects.filter(pk=row.pk).update(counts=counts, found=found)
            run.keep(after=last)
        run.report(counts["looked"])
    Proposal.objects.filter(pk=row.pk).update(counts=counts, found=found, finished_at=clock.now())
    return counts


COUNTED = ("looked", "due_now", "due_then", "ahead_now", "ahead_then", rules.SOONER, rules.LATER)
LISTED = 200


def _count(counts: dict[str, int], found: dict[str, list[Any]], one: selectors.Compared, as_of: date) -> None:
    now, then = rules.falls_by(one.now, as_of), rules.falls_by(one.then, as_of)
    counts["looked"] += 1
    for name, day in (("now", now), ("then", then)):
        if day is not None:
            counts[f"due_{name}" if day <= as_of else f"ahead_{name}"] += 1
    kind = rules.shift(now, then)
    if kind == rules.SAME:
        return
    counts[kind] += 1
    if len(found[kind]) < LISTED:
        verdict = one.then or one.now
        assert verdict is not None
        found[kind].append({
            "pk": one.pk, "now": now.isoformat() if now else None, "then": then.isoformat() if then else None,
            "after": verdict.after, "since": verdict.since.isoformat(), "days": verdict.days, "never": verdict.never,
            "kept": list(one.then.kept) if one.then else [], "concerns": one.then is not None,
        })  # fmt: skip


schedule("pool.nightly", RUN, "daily 00:05", nightly=True)
