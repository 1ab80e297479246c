"""Let neglected customers fall into the pool, or say who would and why: pool run --dry-run."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kedang.areas.pool import jobs, selectors, services
from kedang.areas.pool.models import Run
from kedang.engine.jobs import queue
from kedang.engine.jobs.models import DONE
from kedang.engine.jobs.running import run_here
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock, ids
from kedang.kernel.errors import NotAllowed
from kedang.project.acting import acting
from kedang.project.answers import Answer

SHOWN = 100


def add_arguments(parser: ArgumentParser) -> None:
    """Take the day and whether it is a trial."""
    acts = parser.add_subparsers(dest="act", required=True)
    run_it = acts.add_parser("run", help="let neglected customers fall")
    run_it.add_argument("--dry-run", action="store_true", help="name each customer and why; move nobody")
    run_it.add_argument("--as-of", type=_day, metavar="D", help="the day, YYYY-MM-DD; by default today")


def run(options: Namespace) -> Answer:
    """Run the pool as of a day, or say who would fall."""
    actor = acting(options)
    grant = actor.grant(selectors.KEY, "assign")
    if grant is None or not grant.everything:
        raise NotAllowed(_("Only who may assign every customer runs the pool."))
    as_of = options.as_of or clock.today()
    if options.dry_run:
        return _trial(as_of)
    job = run_here(queue(actor, jobs.RUN, {"as_of": as_of.isoformat()}))
    counts = job.result or {}
    text = _("As of %(day)s: %(fell)s fell, %(soon)s fall within 30 days.")
    row = Run.objects.filter(pk=job.kept.get("run", 0)).first()
    data = {
        "as_of": as_of.isoformat(),
        "run": ids.show(row.pk) if row else None,
        "state": job.state,
        **counts,
    }
    if job.state != DONE:
        return Answer(job.error or _("The run goes on in the background."), data, done=job.error == "")
    return Answer(text % {"day": as_of.isoformat(), **counts}, data)


def _trial(as_of: date) -> Answer:
    due: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for _last, chunk in selectors.judged(as_of):
        for one in chunk:
            if one.verdict.on > as_of:
                continue
            (kept if one.verdict.kept else due).append(_told(one))
    names = _names([one["id"] for one in (*due[:SHOWN], *kept[:SHOWN])])
    lines = [
        _("As of %(day)s: %(count)s would fall into the pool.")
        % {"day": as_of.isoformat(), "count": len(due)}
    ]
    lines += [f"  {names.get(one['id'], '')}  {one['on']}  {one['why']}" for one in due[:SHOWN]]
    if len(due) > SHOWN:
        lines.append(_("… and %(count)s more; --json lists all.") % {"count": len(due) - SHOWN})
    if kept:
        lines.append(_("%(count)s are kept out:") % {"count": len(kept)})
        lines += [f"  {names.get(one['id'], '')}  {_(', ').join(one['kept'])}" for one in kept[:SHOWN]]
    shown = [{**one, "id": ids.show(one["id"])} for one in due]
    held = [{**one, "id": ids.show(one["id"])} for one in kept]
    return Answer(
        "\n".join(lines), {"as_of": as_of.isoformat(), "count": len(due), "due": shown, "kept": held}
    )


def _told(one: selectors.Judged) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "id": one.pk, "pool": one.pool.name, "on": verdict.on.isoformat(), "rule": verdict.after, "days": verdict.days,
        "since": verdict.since.isoformat(), "never": verdict.never, "why": services.said(verdict),
        "kept": [services.shield_text(name) for name in verdict.kept],
    }  # fmt: skip


def _names(pks: list[int]) -> dict[int, str]:
    rows = RECORDS[selectors.KEY].model.objects.unscoped(because="names of customers for who runs the pool")
    return dict(rows.filter(pk__in=pks).values_list("pk", "name"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2026-11-18") from error
