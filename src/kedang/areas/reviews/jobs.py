"""Preparing a meeting: what it goes through is found set by set, filed once, and gone on with after a kill."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers.models import Customer
from kedang.areas.reviews import analysis, rules, selectors, services
from kedang.areas.reviews.models import FOCUS, LEVEL, PREPARING, UPDATE, Meeting, Purchase, ReviewLine
from kedang.areas.reviews.rules import DOWN, UP, ClassSum
from kedang.engine.actions.generic import new_record
from kedang.engine.actions.perform import inner
from kedang.engine.actions.work import Work
from kedang.engine.jobs.registry import job
from kedang.engine.jobs.running import JobRun
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.kernel import ids
from kedang.kernel.actor import Actor

T = TypeVar("T")
STEP = 200
STORED = 1_000
PROPOSALS = 2_000
PREPARE = f"{selectors.LINE}.prepare"


@job(services.JOB, label=gettext_lazy("Prepare a meeting of the file"))
def prepare(run: JobRun, *, meeting_id: int) -> dict[str, Any] | None:
    """Find and file the lines of a meeting and its figures. What is filed is not filed again."""
    meeting = Meeting.objects.visible_to(run.actor, "change").get(pk=meeting_id)
    if meeting.state_key != PREPARING:
        return None
    figures = _month(run, meeting) if meeting.kind_key == "month" else _analyse(run, meeting)
    inner(run.actor, services.FINISH, meeting.pk, {"figures": figures})
    return {"url": reverse("meetings.detail", kwargs={"pk": ids.show(meeting.pk)})}


def _month(run: JobRun, meeting: Meeting) -> dict[str, Any]:
    units, day = selectors.main_units(meeting), meeting.as_of
    assert day is not None
    most = int(str(active().setting("review.most_files")))
    run.report(0, text=_("Looking for files to bring up to date"))
    stale = analysis.stale(run.actor, units, day, most)
    focus = analysis.in_focus(run.actor, units, day, rules.period_of("month", meeting.starts_on))
    lines = [*((UPDATE, one) for one in stale[:most]), *((FOCUS, one) for one in focus)]
    run.report(0, len(lines), _("Filing lines"))
    rows = [
        {
            "customer_id": one.customer_id, "owner_id": one.owner_id, "unit_id": one.unit_id, "section_key": section,
            "reasons": one.reasons, "place": place,
        }
        for place, (section, one) in enumerate(lines)
    ]  # fmt: skip
    _file(run, meeting, rows)
    return {"update": min(len(stale), most), "more": len(stale) > most, "focus": len(focus)}


def _analyse(run: JobRun, meeting: Meeting) -> dict[str, Any]:
    """Keep what each customer bought, the sums of each level, and for a quarter the proposals."""
    units = selectors.main_units(meeting)
    period = rules.period_of(meeting.kind_key, meeting.starts_on)
    quarter = meeting.kind_key == "quarter"
    files = analysis.files_by_level(run.actor, units)
    sums: dict[str, ClassSum] = defaultdict(ClassSum)
    for level, count in files.items():
        sums[level].files = count
    with transaction.atomic():
        Purchase.objects.filter(meeting=meeting.pk).delete()
    proposals: list[analysis.Row] = []
    total, done = sum(files.values()), 0
    for chunk in _some(_rows(run.actor, units, period), STORED):
        for row in chunk:
            sums[row.level].add(row.orders, row.amount, row.before, row.year_ago)
        if quarter:
            kept = [_purchase(meeting, row) for row in chunk if row.bought]
            proposals += [row for row in chunk if row.proposal.kind in (UP, DOWN)]
            Purchase.objects.bulk_create(kept, batch_size=STORED)
        done += len(chunk)
        run.report(done, max(total, done), _("Adding up purchases"))
    proposals.sort(key=lambda row: (row.proposal.kind != UP, -(row.amount or Decimal(0)), row.customer_id))
    _file(run, meeting, _proposed(run.actor, proposals[:PROPOSALS], period))
    moved = analysis.moved_levels(run.actor, units, period)
    return {
        "classes": {level: _plain(one) for level, one in sums.items()},
        "matrix": rules.movements(moved, files),
        "up": sum(row.proposal.kind == UP for row in proposals),
        "down": sum(row.proposal.kind == DOWN for row in proposals),
        "more": len(proposals) > PROPOSALS,
    }


def _rows(actor: Actor, units: Any, period: rules.Period) -> Iterator[analysis.Row]:
    return analysis.purchases(actor, units, period)


def _plain(one: ClassSum) -> dict[str, Any]:
    money = {
        name: None if getattr(one, name) is None else str(getattr(one, name))
        for name in ("amount", "before", "year_ago")
    }
    return {"files": one.files, "buyers": one.buyers, "orders": one.orders, **money}


def _purchase(meeting: Meeting, row: analysis.Row) -> Purchase:
    money: dict[str, Any] = {
        "amount": row.amount, "before": row.before, "year_ago": row.year_ago, "size": row.amount or Decimal(0),
    }  # fmt: skip
    return Purchase(
        meeting=meeting, customer_id=row.customer_id, level_key=row.level, orders=row.orders, last_on=row.last_on,
        before_orders=row.before_orders, year_ago_orders=row.year_ago_orders, **money,
    )  # fmt: skip


def _proposed(actor: Actor, rows: list[analysis.Row], period: rules.Period) -> Iterator[dict[str, Any]]:
    place = 0
    for chunk in _some(rows, STEP):
        pks = [row.customer_id for row in chunk]
        homes = {
            pk: (owner, unit)
            for pk, owner, unit in Customer.objects.visible_to(actor)
            .filter(pk__in=pks)
            .values_list("pk", "owner_id", "unit_id")
        }
        products = analysis.products_of(actor, pks, period)
        for row in chunk:
            if row.customer_id not in homes:
                continue
            owner, unit = homes[row.customer_id]
            figures = {
                "amount": _text(row.amount), "orders": row.orders, "before": _text(row.before),
                "year_ago": _text(row.year_ago), "line": _text(row.proposal.line),
                "last_on": row.last_on.isoformat() if row.last_on else None,
                "products": products.get(row.customer_id, []),
            }  # fmt: skip
            yield {
                "customer_id": row.customer_id, "owner_id": owner, "unit_id": unit, "section_key": LEVEL,
                "place": place, "reasons": [[row.proposal.kind, {"line": _text(row.proposal.line)}]],
                "figures": figures, "level_from_key": row.level, "level_to_key": row.proposal.to,
            }  # fmt: skip
            place += 1


def _some(rows: Iterable[T], most: int) -> Iterator[list[T]]:
    """Yield rows in lists of at most `most`."""
    waiting = iter(rows)
    while chunk := list(islice(waiting, most)):
        yield chunk


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _file(run: JobRun, meeting: Meeting, rows: Iterable[dict[str, Any]]) -> None:
    """File lines that are not there yet, some at a time: each time is committed or never happened."""
    work = Work(run.actor, PREPARE, "create", run_id=run.job.pk, releases=True)
    kind = RECORDS[selectors.LINE]
    known = ReviewLine.objects.unscoped(because="lines a meeting has already, whoever sees their files")
    done = 0
    for chunk in _some(rows, STEP):
        with transaction.atomic(), writing(PREPARE):
            wanted = {one["customer_id"] for one in chunk}
            there = set(
                known.filter(meeting=meeting.pk, customer__in=wanted).values_list(
                    "customer_id", "section_key"
                )
            )
            drafts = []
            for one in chunk:
                if (one["customer_id"], one["section_key"]) in there:
                    continue
                line: Any = new_record(work, kind)
                line.meeting_id, line.title = meeting.pk, meeting.title
                for name, value in one.items():
                    setattr(line, name, value)
                drafts.append(work.draft(line))
            work.check(drafts)
            work.store([draft for draft in drafts if not draft.problems])
        done += len(chunk)
        run.report(done)
