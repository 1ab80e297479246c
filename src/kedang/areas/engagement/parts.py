"""What tasks add to the pages of the kit: the desk, the page of a customer, the cells of the list."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kedang.areas.engagement import selectors
from kedang.areas.engagement.models import OPEN, Task
from kedang.areas.engagement.told import told
from kedang.engine.calendar.table import workdays
from kedang.engine.records.access import Shown
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kits.web import cells, desk, formats, zones

KEY = selectors.KEY
ON_DESK = 8
FIRST = "first_task"


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    desk.contribute("next", "engagement/first.html", first, order=20)
    desk.contribute("work", "engagement/due.html", due, order=12)
    zones.contribute(selectors.CUSTOMER, "next", "engagement/next_task.html", next_task, order=20)
    cells.draw(KEY, "due_on", drawn_day)


def has_tasks(actor: Actor) -> bool:
    """Say whether an actor is shown tasks."""
    return selectors.sees_tasks(actor)


def first(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the task that is due first, where nothing else is more urgent."""
    if not selectors.sees_tasks(request.actor):
        return None
    rows = selectors.due(request.actor, clock.today(), 0)[:1]
    if not rows:
        return None
    setattr(request, FIRST, rows[0].pk)  # the list below need not say it again
    return {"task": told(request.actor, rows)[0]}


def due(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's tasks of today and the late ones, for the desk."""
    if not selectors.sees_tasks(request.actor):
        return None
    rows = selectors.due(request.actor, clock.today(), ON_DESK)
    rows = [row for row in rows if row.pk != getattr(request, FIRST, None)]
    if not rows:
        return None
    tasks = told(request.actor, rows[:ON_DESK])
    return {"tasks": tasks, "more": len(rows) > ON_DESK, "late": sum(one.late > 0 for one in tasks)}


def next_task(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return the open task of a customer that is due first."""
    if not selectors.sees_tasks(request.actor):
        return None
    task = selectors.next_of(request.actor, row.pk)
    return {"task": told(request.actor, [task], {row.pk: row})[0]} if task is not None else None


def drawn_day(row: Task, value: Shown) -> SafeString | None:
    """Mark an open task that is late or due today, and a day that a calendar to come may move."""
    if value.value is None or row.state_key != OPEN:
        return None
    away = (value.value - clock.today()).days
    if away < 0:
        text = ngettext("%(count)s day late", "%(count)s days late", -away) % {"count": -away}
        return format_html('<span class="c-crit">{}</span>', text)
    if row.due_days is not None and workdays().provisional(value.value):
        return format_html('{} <span class="t3">{}</span>', formats.day(value.value), _("(provisional)"))
    return format_html('<span class="b">{}</span>', formats.day(value.value)) if away == 0 else None
