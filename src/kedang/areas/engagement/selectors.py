"""Which tasks an actor sees: due, in a span of days, at a customer."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import OPEN, Task
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Actor, Mode

KEY = record_key(Task)
CUSTOMER = record_key(Customer)
TOLD = ("title", "due_on", "state_key")


def sees_tasks(actor: Actor) -> bool:
    """Say whether an actor has to do with tasks at all, and may read what they say."""
    if not actor.may(KEY, "view"):
        return False
    allowed = modes(actor, RECORDS[KEY])
    return all(allowed[name] >= Mode.READ for name in TOLD)


def mine(actor: Actor) -> Any:
    """Return the open tasks that are the actor's own to do."""
    return Task.objects.visible_to(actor).filter(owner=actor.user_id, state_key=OPEN)


def due(actor: Actor, today: date, most: int) -> list[Any]:
    """Return the actor's open tasks of today and before, the oldest first, `most` + 1 at most."""
    rows = mine(actor).filter(due_on__lte=today)
    return list(rows.order_by("due_on", "due_time", "pk")[: most + 1])


def late(actor: Actor, today: date, most: int) -> list[Any]:
    """Return the actor's open tasks that were due before today, `most` + 1 at most."""
    return list(mine(actor).filter(due_on__lt=today).order_by("due_on", "due_time", "pk")[: most + 1])


def between(actor: Actor, first: date, last: date, most: int) -> list[Any]:
    """Return the actor's own tasks of some days, done ones too, in order of the clock, `most` + 1 at most."""
    rows = Task.objects.visible_to(actor).filter(owner=actor.user_id, due_on__range=(first, last))
    return list(rows.order_by("due_on", "state_key", "due_time", "pk")[: most + 1])


def next_of(actor: Actor, customer_id: int) -> Any:
    """Return the open task of a customer that is due first, or None."""
    rows = Task.objects.visible_to(actor).filter(customer=customer_id, state_key=OPEN, due_on__isnull=False)
    return rows.select_related("owner").order_by("due_on", "pk").first()


def customers_of(actor: Actor, tasks: Sequence[Any]) -> dict[int, Any]:
    """Return the customers of tasks that the actor may see and read the name of, by id: one query."""
    wanted = {task.customer_id for task in tasks} - {None}
    if not wanted or modes(actor, RECORDS[KEY])["customer"] < Mode.READ:
        return {}
    if not actor.may(CUSTOMER, "view") or modes(actor, RECORDS[CUSTOMER])["name"] < Mode.READ:
        return {}
    return {row.pk: row for row in Customer.objects.visible_to(actor).filter(pk__in=wanted)}
