"""Tasks, and visits beside them, as their reader sees them, wherever they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.urls import reverse

from kedang.areas.engagement import rules, selectors
from kedang.areas.engagement.models import DONE, OPEN, PLANNED, Task, Visit
from kedang.areas.engagement.rules import Stop
from kedang.engine.calendar.table import workdays
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kits.web.pages import record_url

KEY = selectors.KEY
VISIT = "engagement.visit"


@dataclass(frozen=True, slots=True)
class Told:
    """One task as its reader sees it: where it leads, whom it is for, how late it is, and how it is ended."""

    row: Any
    url: str
    customer: Any
    customer_url: str
    late: int
    done_url: str
    provisional: bool
    minutes_url: str = ""
    visit: bool = False
    turn: int | None = None

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return bool(self.row.state_key == OPEN)


@dataclass(frozen=True, slots=True)
class Line:
    """A visit in the shape of a task: on the day for which it is planned, or on which it was made."""

    title: str
    due_on: date
    due_time: str
    state_key: str
    priority_key: str = ""


def told_visits(actor: Actor, rows: Sequence[Visit]) -> list[Told]:
    """Return visits as they stand beside tasks: one query for their customers, whatever their number."""
    customers, today = selectors.names_of(actor, rows), clock.today()
    changes = actor.may(VISIT, "change")
    found = []
    for row in rows:
        customer, url = customers.get(row.customer_id), record_url(RECORDS[VISIT], row.pk)
        ahead = row.state_key == PLANNED
        day = row.planned_on if ahead or row.done_on is None else row.done_on
        line = Line(row.purpose, day, row.planned_time if ahead else "", OPEN if ahead else DONE)
        found.append(
            Told(
                line, url, customer, record_url(RECORDS[selectors.CUSTOMER], customer.pk) if customer else "",
                max(0, (today - day).days) if ahead else 0, "", provisional=False,
                minutes_url=f"{url}/do/done" if ahead and changes else "", visit=True,
                turn=row.turn if ahead else None,
            )
        )  # fmt: skip
    return found


def told(actor: Actor, rows: list[Any], customers: Mapping[int, Any] | None = None) -> list[Told]:
    """Return tasks as the actor sees them: two queries whatever their number, or one where their customers are
    at hand, opened for this actor.
    """
    if customers is None:
        customers = selectors.customers_of(actor, rows)
    may = _changeable(actor, rows, customers)
    today, calendar = clock.today(), workdays()
    found = []
    for row, changes in zip(rows, may, strict=True):
        customer = customers.get(row.customer_id or 0)
        late = (today - row.due_on).days if row.due_on and row.state_key == OPEN else 0
        found.append(
            Told(
                row, record_url(RECORDS[KEY], row.pk), customer,
                record_url(RECORDS[selectors.CUSTOMER], customer.pk) if customer else "", max(0, late),
                reverse("agenda.done", kwargs={"pk": ids.show(row.pk)}) if changes and row.state_key == OPEN else "",
                row.due_days is not None and row.due_on is not None and calendar.provisional(row.due_on),
            )
        )  # fmt: skip
    return found


def _changeable(actor: Actor, rows: list[Any], customers: Mapping[int, Any]) -> list[bool]:
    """Say which tasks the actor may change: asked of the customers at hand, so that it takes no query."""
    if not actor.may(KEY, "change"):
        return [False] * len(rows)
    span = reach(actor, Task, "change")
    if span.parent is None or any(row.customer_id not in customers for row in rows if row.customer_id):
        return admitted(Task, span, rows)
    known = list(customers.values())
    inside = admitted(type(known[0]), span.parent, known) if known else []
    within = {row.pk for row, yes in zip(known, inside, strict=True) if yes}
    alone = admitted(Task, replace(span, parent=None), rows)
    return [yes or row.customer_id in within for row, yes in zip(rows, alone, strict=True)]


def in_order(ones: Sequence[Told]) -> list[Told]:
    """Return what a day holds in its order: what is open before what is done, what has no hour before the clock begins.

    Where an order of the day's route was accepted, its visits stand in it, and tasks with an hour among them.
    """
    found = sorted(ones, key=lambda one: (not one.open, one.row.due_time))
    if all(one.turn is None for one in found):
        return found
    ahead = [one for one in found if one.open and (one.visit or one.row.due_time)]
    stops = [Stop(place, one.row.due_time, one.turn, None) for place, one in enumerate(ahead)]
    first = [one for one in found if one.open and not (one.visit or one.row.due_time)]
    return [
        *first,
        *(ahead[stop.pk] for stop in rules.in_order(stops)),
        *(one for one in found if not one.open),
    ]
