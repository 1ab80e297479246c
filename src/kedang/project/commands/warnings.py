"""Look for warnings now: warnings run --as-of D."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kedang.areas.warnings.jobs import RUN
from kedang.areas.warnings.selectors import RULE
from kedang.engine.jobs import queue, running
from kedang.engine.jobs.models import DONE, Job
from kedang.kernel import clock
from kedang.kernel.errors import NotAllowed, RuleBroken
from kedang.project.acting import acting
from kedang.project.answers import Answer

COUNTS = ("customers", "opened", "joined", "worsened", "cleared")


def add_arguments(parser: ArgumentParser) -> None:
    """Take the day, and whether to look only where something changed."""
    parts = parser.add_subparsers(dest="what", required=True)
    run_now = parts.add_parser("run", help="apply the rules to all customers")
    run_now.add_argument("--as-of", type=_day, metavar="D", help="the day, YYYY-MM-DD; by default today")
    run_now.add_argument(
        "--changed", action="store_true", help="look only at customers changed since the last run"
    )


def run(options: Namespace) -> Answer:
    """Run the job here and now, as who may change rules, and tell what it came to."""
    actor = acting(options)
    if not actor.may(RULE, "change"):
        raise NotAllowed(_("Your role does not allow this."))
    as_of = options.as_of.isoformat() if options.as_of else ""
    job = queue(actor, RUN, {"as_of": as_of, "changed": options.changed})
    mine = Job.objects.filter(pk=job.pk, turn=job.turn, state=job.state)
    if mine.update(
        state="running", turn=job.turn + 1, due_at=clock.now() + running.LEASE, started_at=clock.now()
    ):
        running.run(Job.objects.get(pk=job.pk))
    ended = Job.objects.get(pk=job.pk)
    if ended.state != DONE or ended.result is None:
        raise RuleBroken(ended.error or _("A worker has this run; look at it under Jobs."))
    found: dict[str, Any] = {
        "as_of": ended.result["as_of"],
        **{name: ended.result.get(name, 0) for name in COUNTS},
    }
    lines = "\n".join(f"  {name:<10}{found[name]:>10,}" for name in COUNTS)
    return Answer(f"warnings {found['as_of']}\n{lines}", found)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2026-11-18") from error
