"""What tasks, visits and promises add to the pages of the kit: the desk, the page of a customer, cells of lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kedang.areas.customers import planned, touches
from kedang.areas.engagement import selectors, visiting
from kedang.areas.engagement.models import OPEN, PLANNED, Promise, Task, Visit
from kedang.areas.engagement.told import told
from kedang.engine.calendar.table import workdays
from kedang.engine.records.access import Shown
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kits.web import ahead, cells, desk, formats, zones
from kedang.kits.web.pages import record_url, url_of

KEY = selectors.KEY
ON_DESK = 8
ON_PAGE = 4
WEEK = timedelta(days=7)
FIRST = "first_task"
TO_COME: tuple[tuple[Any, str, str, str, str], ...] = (
    (Task, OPEN, "due_on", "due_time", "check"),
    (Visit, PLANNED, "planned_on", "planned_time", "visit"),
    (Promise, OPEN, "due_on", "", "sign"),
)
MOST_TO_COME = 6  # of each kind


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    desk.contribute("next", "engagement/first.html", first, order=20)
    desk.contribute("work", "engagement/due.html", due, order=12)
    zones.contribute(selectors.CUSTOMER, "next", "engagement/next_task.html", next_task, order=20)
    cells.draw(KEY, "due_on", drawn_day)
    desk.contribute("work", "engagement/visits_due.html", visits_due, order=11)
    desk.contribute("work", "engagement/promises_due.html", promises_due, order=14)
    zones.contribute(selectors.CUSTOMER, "side", "engagement/card_zone.html", cards, order=20)
    zones.lead(selectors.CUSTOMER, write_down, order=10)
    zones.lead(visiting.KEY, prepare, order=10)
    cells.draw(visiting.KEY, "planned_on", drawn_plan)
    touches.register(selectors.last_met)
    planned.register(selectors.planned_with_customer, selectors.steps_with)
    ahead.contribute(selectors.CUSTOMER, to_come)


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
    """Return the open task of a customer that is due first, or else the visit that is planned first."""
    actor = request.actor
    if selectors.sees_tasks(actor) and (task := selectors.next_of(actor, row.pk)) is not None:
        return {"task": told(actor, [task], {row.pk: row})[0]}
    visit = selectors.next_visit_of(actor, row.pk) if selectors.sees_visits(actor) else None
    if visit is None:
        return None
    late = max(0, (clock.today() - visit.planned_on).days) if visit.planned_on else 0
    return {"visit": visit, "late": late, "url": record_url(RECORDS[visiting.KEY], visit.pk)}


@dataclass(frozen=True, slots=True)
class Due:
    """A visit or a promise on the desk: whom it is for, where it leads, how late it is."""

    row: Any
    url: str
    customer: Any
    card_url: str
    late: int
    today: bool


def visits_due(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's planned visits of the week ahead and the late ones, for the desk."""
    if not selectors.sees_visits(request.actor):
        return None
    today = clock.today()
    rows = selectors.planned(request.actor, today + WEEK, ON_DESK)
    told = _on_desk(request.actor, visiting.KEY, rows, "planned_on")
    if told is None:
        return None
    day = next((row.planned_on for row in rows if row.planned_on >= today), None)
    return {
        **told,
        "day": day,
        "route_url": "" if day is None else url_of("maps.route"),
    }  # a higher area draws it


def promises_due(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's promises that are due within a week, and the late ones, for the desk."""
    if not selectors.sees_visits(request.actor):
        return None
    rows = selectors.promised(request.actor, clock.today() + WEEK, ON_DESK)
    return _on_desk(request.actor, "engagement.promise", rows, "due_on")


def _on_desk(actor: Actor, key: str, rows: Sequence[Any], day: str) -> Mapping[str, object] | None:
    if not rows:
        return None
    customers, today = selectors.names_of(actor, rows), clock.today()
    told = [
        Due(
            row, record_url(RECORDS[key], row.pk), customers.get(row.customer_id),
            reverse("visit.card", kwargs={"pk": ids.show(row.customer_id)}), max(0, (today - getattr(row, day)).days),
            getattr(row, day) == today,
        )
        for row in rows[:ON_DESK]
    ]  # fmt: skip
    return {"rows": told, "more": len(rows) > ON_DESK}


def write_down(request: KedangRequest, row: Any) -> zones.Act | None:
    """Return the button that writes a visit down, on a file that somebody looks after."""
    if row.owner_id is None or not selectors.may_log(request.actor):
        return None
    return zones.Act(_("Log a visit"), "visit", reverse("visit.log", kwargs={"pk": ids.show(row.pk)}))


def prepare(request: KedangRequest, row: Any) -> zones.Act | None:
    """Return the button that opens the preparation sheet of a visit to come, for who sees its customer."""
    actor = request.actor
    if row.state_key != PLANNED or not selectors.sees_visits(actor) or not selectors.names_of(actor, [row]):
        return None
    url = reverse("visit.prepare", kwargs={"pk": ids.show(row.customer_id)})
    return zones.Act(_("Prepare the visit"), "file", url)


def cards(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return the pocket cards of a customer, the newest first."""
    actor = request.actor
    if row.archived_at is not None or not selectors.sees_visits(actor):
        return None
    pk = ids.show(row.pk)
    url = reverse("visit.card", kwargs={"pk": pk})
    # a file in a pool is nobody's: its cards are a click away, its page asks questions enough
    found = selectors.cards_of(actor, row.pk)[:ON_PAGE] if row.owner_id is not None else []
    return {
        "url": url, "cards": [(one, record_url(RECORDS["engagement.card"], one.pk)) for one in found],
        "log_url": reverse("visit.log", kwargs={"pk": pk}) if selectors.may_log(actor) else "",
    }  # fmt: skip


def drawn_plan(row: Visit, value: Shown) -> SafeString | None:
    """Mark a planned visit whose day has passed, and make today's stand out."""
    if row.state_key != PLANNED or not isinstance(value.value, date):
        return None
    return formats.due(value.value)


def drawn_day(row: Task, value: Shown) -> SafeString | None:
    """Mark an open task that is late or due today, and a day that a calendar to come may move."""
    if value.value is None or row.state_key != OPEN:
        return None
    late = value.value < clock.today()
    if not late and row.due_days is not None and workdays().provisional(value.value):
        return format_html('{} <span class="t3">{}</span>', formats.day(value.value), _("(provisional)"))
    return formats.due(value.value)


def to_come(request: KedangRequest, row: Any) -> Iterator[ahead.Planned]:
    """Yield what is planned for a customer, as far as the reader sees it: one query for each kind."""
    sees = {
        Task: selectors.sees_tasks,
        Visit: selectors.sees_visits,
        Promise: selectors.sees_visits,
    }
    for model, state, on, time, icon in TO_COME:
        if sees[model](request.actor):
            rows = model.objects.visible_to(request.actor).filter(customer=row.pk, state_key=state)
            kind = record_of(model)
            for one in rows.select_related("owner").order_by(on, "pk")[:MOST_TO_COME]:
                yield _to_come(kind, one, on, time, icon)


def _to_come(kind: RecordType, row: Any, on: str, time: str, icon: str) -> ahead.Planned:
    return ahead.Planned(
        kind.label, str(row), record_url(kind, row.pk), icon, getattr(row, on), getattr(row, time) if time else "",
        row.owner.name if row.owner else "",
    )  # fmt: skip
