"""Hand everything of a colleague to another: planned, looked at, then done by a job that survives a kill."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.team import selectors
from kedang.areas.team.models import DONE, PLANNED, RUNNING, Handover
from kedang.areas.team.rules import Count
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.registry import ActionSpec, action, add
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import User
from kedang.engine.jobs.queueing import queue
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken

JOB = "team.handover"
FINISH = "team.handover.finish"


def check(work: Work, drafts: list[Draft]) -> None:
    """A handover goes from one person to another who still works here; once begun it is not planned anew."""
    people = {pk for draft in drafts for pk in (draft.record.leaver_id, draft.record.receiver_id)}  # type: ignore[attr-defined]
    working = set(User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    for draft in drafts:
        row: Any = draft.record
        if not draft.alters("leaver", "receiver"):
            continue
        if not draft.creating and row.state_key != PLANNED:
            draft.refuse("", _("This handover has begun; plan another one."), "locked")
        if row.receiver_id is not None and row.receiver_id not in working:
            draft.refuse("receiver", _("Choose somebody who still works here."))
        if row.leaver_id is not None and row.leaver_id == row.receiver_id:
            draft.refuse("receiver", _("This is the same person."))
        if row.leaver_id is not None:
            row.counts = plain(selectors.counted(work.actor, row.leaver_id))


def _planned(handover: Any) -> bool:
    return bool(handover.state_key == PLANNED)


@action(
    "team.handover.start",
    record=Handover,
    label=gettext_lazy("Begin the handover"),
    icon="arrow",
    offered=_planned,
    leads=_planned,
)
def start(work: Work, handover: Handover) -> None:
    """Let a job hand everything over; what it finds then counts, not what the plan counted."""
    if handover.state_key != PLANNED:
        raise RuleBroken(_("This handover has begun already."))
    if Handover.objects.unscoped(because="one handover of a person at a time").filter(
        leaver=handover.leaver_id, state_key=RUNNING, archived_at=None
    ):
        raise RuleBroken(_("Another handover of this person is under way."))
    handover.counts = plain(selectors.counted(work.actor, handover.leaver_id))
    handover.state_key = RUNNING
    work.save(handover)
    queue(work.actor, JOB, {"handover_id": handover.pk}, subject=("team.handover", handover.pk))


def _finish(work: Work, handover: Handover, *, counts: dict[str, Count], stayed: list[Any]) -> None:
    """Write down what came of it."""
    handover.counts, handover.stayed = plain(counts), stayed
    handover.state_key, handover.finished_at = DONE, clock.now()
    work.save(handover)


add(ActionSpec(FINISH, Handover, "change", gettext_lazy("Finish"), _finish, form=True, internal=True))


def plain(counts: dict[str, Count]) -> dict[str, dict[str, int]]:
    """Return counts as they are stored."""
    return {key: asdict(count) for key, count in counts.items()}
