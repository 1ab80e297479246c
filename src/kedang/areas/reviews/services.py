"""Prepare a meeting of the file, hold it, close it; decide its lines; change levels as it decided."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import Task
from kedang.areas.reviews import rules, selectors
from kedang.areas.reviews.models import (
    ACCEPTED,
    CLOSED,
    DECLINED,
    DONE,
    HELD,
    LEVEL,
    OPEN,
    PLANNED,
    PREPARED,
    PREPARING,
    Meeting,
    ReviewLine,
)
from kedang.engine.actions import perform as door
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.generic import spec
from kedang.engine.actions.registry import ActionSpec, Input, action, add
from kedang.engine.actions.work import Work
from kedang.engine.jobs.queueing import queue
from kedang.engine.packs.active import active
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, Problem, RuleBroken

JOB = "reviews.prepare"
FINISH = f"{selectors.MEETING}.finish"
LAST_YEAR = 2100
FROZEN = ("kind_key", "starts_on", "unit", "held_on", "attendees", "minutes")


def tidy_meetings(work: Work, drafts: list[Draft]) -> None:
    """A meeting is of one whole period, and named by it; what is closed stays as it is."""
    for draft in drafts:
        row: Any = draft.record
        if not draft.creating and draft.was("state_key") == CLOSED and draft.alters(*FROZEN):
            draft.refuse("", _("This meeting is closed; what it decided stays as it is."), "locked")
            continue
        if (
            row.starts_on is None
            or row.kind_key not in rules.MONTHS
            or not draft.alters("starts_on", "kind_key")
        ):
            continue
        if not draft.creating and draft.was("state_key") != PLANNED:
            draft.refuse(
                "starts_on", _("This meeting is prepared; plan another one for another period."), "locked"
            )
        elif not 2000 <= row.starts_on.year < LAST_YEAR:
            draft.refuse("starts_on", _("This day is too far away."))
        else:
            period = rules.period_of(row.kind_key, row.starts_on)
            row.starts_on, row.ends_on, row.title = period.first, period.last, period.name


def keep_closed(work: Work, drafts: list[Draft]) -> None:
    """The lines of a closed meeting stay as they are."""
    wanted = {draft.record.meeting_id for draft in drafts}  # type: ignore[attr-defined]
    rows = Meeting.objects.unscoped(because="whether the meeting of a line is closed")
    closed = set(rows.filter(pk__in=wanted, state_key=CLOSED).values_list("pk", flat=True))
    for draft in drafts:
        if draft.record.meeting_id in closed and draft.alters("state_key", "decision", "due_on"):  # type: ignore[attr-defined]
            draft.refuse("", _("This meeting is closed; what it decided stays as it is."), "locked")


def _is_planned(row: Meeting) -> bool:
    return row.state_key == PLANNED


def _may_prepare(row: Meeting) -> bool:
    return row.state_key in (PLANNED, PREPARED)


@action(f"{selectors.MEETING}.prepare", record=Meeting, label=gettext_lazy("Prepare"), icon="sync",
        offered=_may_prepare, leads=_is_planned,
        inputs={"as_of": Input(gettext_lazy("As of (empty: today, or the last day of the period)"), "date",
                               required=False)})  # fmt: skip
def prepare(work: Work, row: Meeting, *, as_of: date | None = None) -> None:
    """Let a job find the files to go through; preparing again adds what is new and keeps what was decided."""
    if not _may_prepare(row):
        raise RuleBroken(_("This meeting is being prepared, or was held already."))
    if row.kind_key != "month" and not selectors.sees_amounts(work.actor):
        raise RuleBroken(_("An analysis is made by somebody who sees what orders come to."))
    today = clock.today()
    day = as_of or min(today, row.ends_on or today)
    if not row.starts_on <= day <= today:
        wrong = _("Choose a day within the period, today at the latest.")
        raise Invalid(wrong, [Problem("as_of", wrong)])
    row.state_key, row.as_of = PREPARING, day
    work.save(row)
    queue(work.actor, JOB, {"meeting_id": row.pk}, subject=(selectors.MEETING, row.pk))


def _finish(work: Work, row: Meeting, *, figures: dict[str, Any]) -> None:
    """Write down what preparing found."""
    row.figures, row.state_key = figures, PREPARED
    work.save(row)


add(ActionSpec(FINISH, Meeting, "change", gettext_lazy("Finish"), _finish, form=True, internal=True))


def _is_prepared(row: Meeting) -> bool:
    return row.state_key == PREPARED


@action(f"{selectors.MEETING}.hold", record=Meeting, label=gettext_lazy("Held"), icon="check", offered=_is_prepared,
        leads=_is_prepared,
        inputs={"held_on": Input(gettext_lazy("Held on"), "date"),
                "attendees": Input(gettext_lazy("Attendees"), required=False)})  # fmt: skip
def hold(work: Work, row: Meeting, *, held_on: date, attendees: str = "") -> None:
    """Note that a meeting took place, when and with whom."""
    if row.state_key != PREPARED:
        raise RuleBroken(_("Prepare this meeting first."))
    if not row.starts_on <= held_on <= clock.today():
        wrong = _("Choose a day since the period began, today at the latest.")
        raise Invalid(wrong, [Problem("held_on", wrong)])
    row.state_key, row.held_on, row.attendees = HELD, held_on, attendees.strip()[:300] or row.attendees
    work.save(row)


def _is_held(row: Meeting) -> bool:
    return row.state_key == HELD


@action(f"{selectors.MEETING}.close", record=Meeting, label=gettext_lazy("Close and keep"), icon="lock",
        offered=_is_held, leads=_is_held,
        inputs={"minutes": Input(gettext_lazy("Minutes"), "longtext")})  # fmt: skip
def close(work: Work, row: Meeting, *, minutes: str) -> None:
    """Keep what a meeting decided; from now on nothing of it changes."""
    if row.state_key != HELD:
        raise RuleBroken(_("Only a meeting that was held is closed."))
    row.minutes, row.state_key = minutes, CLOSED
    row.closed_at, row.decided_by_id = clock.now(), work.actor.user_id
    work.save(row)


def _is_work(row: ReviewLine) -> bool:
    return row.state_key == OPEN and row.section_key != LEVEL


def _is_proposal(row: ReviewLine) -> bool:
    return row.state_key == OPEN and row.section_key == LEVEL


@action(f"{selectors.LINE}.decide", record=ReviewLine, label=gettext_lazy("Note the decision"), icon="edit",
        offered=_is_work, leads=_is_work,
        inputs={"decision": Input(gettext_lazy("Decision")),
                "due_on": Input(gettext_lazy("Due on (makes a task)"), "date", required=False)})  # fmt: skip
def decide(work: Work, row: ReviewLine, *, decision: str, due_on: date | None = None) -> None:
    """Note what a meeting decided about a file; a day makes it a task of who looks after the file."""
    if not _is_work(row):
        raise RuleBroken(_("This line was decided already."))
    if due_on is not None and due_on < clock.today():
        wrong = _("Choose a day that is still to come.")
        raise Invalid(wrong, [Problem("due_on", wrong)])
    fresh = due_on is not None and due_on != row.due_on
    row.decision, row.due_on, row.decided_by_id = (
        decision.strip()[:200],
        due_on or row.due_on,
        work.actor.user_id,
    )
    work.save(row)
    if fresh:
        _task(work, row)


def _task(work: Work, row: ReviewLine) -> None:
    """The task follows the file; it is given to the file's owner where the decider may do so."""
    key = record_key(Task)
    if not work.actor.may(key, "create"):
        return
    inputs = {"title": row.decision[:120], "customer": row.customer_id, "due_on": row.due_on.isoformat()}  # type: ignore[union-attr]
    if work.actor.may(key, "assign") and row.owner_id is not None:
        inputs["owner"] = row.owner_id
    call = Work(
        work.actor,
        f"{key}.create",
        "create",
        _("Decided in the meeting of %(period)s") % {"period": row.meeting},
    )
    door.run(call, spec(call.action), None, inputs, None)


@action(
    f"{selectors.LINE}.done", record=ReviewLine, label=gettext_lazy("Done"), icon="check", offered=_is_work
)
def done(work: Work, row: ReviewLine) -> None:
    """Tick a line: the file is in order."""
    if not _is_work(row):
        raise RuleBroken(_("This line was decided already."))
    row.state_key, row.done_at = DONE, clock.now()
    work.save(row)


@action(f"{selectors.LINE}.accept", record=ReviewLine, approval=True, label=gettext_lazy("Change the level"),
        icon="check", offered=_is_proposal, leads=_is_proposal,
        inputs={"note": Input(gettext_lazy("Note"), required=False)})  # fmt: skip
def accept(work: Work, row: ReviewLine, *, note: str = "") -> None:
    """Give a file the level that was proposed; the reason and the period stand in its history."""
    _still_open(row)
    customer = work.load(Customer, row.customer_id)
    if customer.level_key != row.level_from_key:
        raise RuleBroken(_("The level of this file was changed since; prepare the meeting again."))
    call = Work(
        work.actor, f"{selectors.CUSTOMER}.update", "change", why(row, note)[:300], signer=work.signer
    )
    door.run(call, spec(call.action), customer.pk, {"level_key": row.level_to_key}, None)
    _decided(work, row, ACCEPTED, note)


@action(f"{selectors.LINE}.decline", record=ReviewLine, verb="approve", label=gettext_lazy("Keep the level"), icon="x",
        offered=_is_proposal, inputs={"note": Input(gettext_lazy("Reason"))})  # fmt: skip
def decline(work: Work, row: ReviewLine, *, note: str) -> None:
    """Leave the level as it is, with the reason."""
    _still_open(row)
    _decided(work, row, DECLINED, note)


def _still_open(row: ReviewLine) -> None:
    if not _is_proposal(row):
        raise RuleBroken(_("This line was decided already."))


def _decided(work: Work, row: ReviewLine, state: str, note: str) -> None:
    row.state_key, row.decision = state, note.strip()[:200]
    row.done_at, row.decided_by_id = clock.now(), work.actor.user_id
    work.releases = True  # whoever signs for somebody else stands in the line's history, not in its reach
    work.save(row)


def why(row: ReviewLine, note: str = "") -> str:
    """Return why a level changes, as the history of the file keeps it."""
    figures = row.figures
    told = _("Reclassification %(period)s, %(old)s → %(new)s: bought %(amount)s, the line is %(line)s") % {
        "period": row.meeting,
        "old": active().label("level", row.level_from_key) or _("none"),
        "new": active().label("level", row.level_to_key),
        "amount": f"{Decimal(figures.get('amount') or 0):,.2f}",
        "line": f"{Decimal(figures.get('line') or 0):,.0f}",
    }
    return f"{told}. {note.strip()}" if note.strip() else told
