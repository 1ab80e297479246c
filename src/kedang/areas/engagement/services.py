"""What happens to tasks on their way through the write door, and what may be done with them."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.engagement import rules
from kedang.areas.engagement.models import DONE, OPEN, Task
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.calendar.table import workdays
from kedang.kernel import clock, text
from kedang.kernel.errors import Invalid, Problem, RuleBroken

MOST_DAYS = 1_000
LAST_YEAR = 2100


def tidy_tasks(work: Work, drafts: list[Draft]) -> None:
    """Bring titles and times into their one form, and count due days from the calendar as it stands."""
    for draft in drafts:
        task: Any = draft.record
        if draft.alters("title"):
            task.title = text.tidy(task.title)
        if draft.alters("due_time") and task.due_time:
            try:
                task.due_time = rules.clock_time(task.due_time)
            except ValueError:
                draft.refuse("due_time", _("A time looks like 14:30."))
        _count_days(draft)
        if task.due_time and task.due_on is None:
            draft.refuse("due_on", _("A time needs a day."), "required")
        if task.due_on is not None and not 2000 <= task.due_on.year < LAST_YEAR:
            draft.refuse("due_on", _("This day is too far away."))


def _count_days(draft: Draft) -> None:
    """A day of its own ends the counting; a new number of days begins it anew."""
    task: Any = draft.record
    days_named = task.due_days is not None and draft.alters("due_days")
    day_named = task.due_on is not None and draft.alters("due_on")
    if days_named and day_named:
        draft.refuse("due_days", _("Give a day or a number of working days, not both."))
        return
    if day_named or (task.due_on is None and not days_named and not draft.creating):
        task.due_days = task.due_from = None
    if task.due_days is None:
        return
    if not 0 <= task.due_days <= MOST_DAYS:
        draft.refuse("due_days", _("At most %(most)s working days.") % {"most": MOST_DAYS})
        return
    if days_named:
        task.due_from = clock.today()
    if task.state_key == OPEN:
        task.due_on = workdays().add(task.due_from, task.due_days)


def _is_open(task: Task) -> bool:
    return task.state_key == OPEN


def _is_done(task: Task) -> bool:
    return task.state_key == DONE


@action("engagement.task.done", record=Task, label=gettext_lazy("Done"), icon="check", offered=_is_open,
        leads=_is_open)  # fmt: skip
def done(work: Work, task: Task) -> None:
    """Note that a task is done."""
    if task.state_key == DONE:
        raise RuleBroken(_("This task is done already."))
    task.state_key, task.done_at = DONE, clock.now()
    work.save(task)


@action("engagement.task.reopen", record=Task, label=gettext_lazy("Reopen"), icon="undo", offered=_is_done)
def reopen(work: Work, task: Task) -> None:
    """Take a task back: it is to be done after all."""
    if task.state_key == OPEN:
        raise RuleBroken(_("This task is open."))
    task.state_key, task.done_at = OPEN, None
    work.save(task)


@action("engagement.task.put_off", record=Task, label=gettext_lazy("Put off"), icon="clock", asks_reason=True,
        offered=_is_open, inputs={"due_on": Input(gettext_lazy("New day"), "date")})  # fmt: skip
def put_off(work: Work, task: Task, *, due_on: date) -> None:
    """Move a task to a later day, with the reason in its history."""
    if task.state_key == DONE:
        raise RuleBroken(_("This task is done already."))
    if due_on < clock.today() or (task.due_on is not None and due_on <= task.due_on):
        wrong = _("Choose a day that is still to come, later than the present one.")
        raise Invalid(wrong, [Problem("due_on", wrong)])
    task.due_on, task.due_days, task.due_from = due_on, None, None
    task.put_off += 1
    work.save(task)
