"""Which tasks, visits, promises and cards an actor sees: due, in a span of days, at a customer."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q

from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import DONE, OPEN, PLANNED, Card, Promise, Task, Visit
from kedang.areas.pool.facts import Some
from kedang.engine.identity.models import User
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.composed import Shape, columns, in_lots
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode

KEY = record_key(Task)
CUSTOMER = record_key(Customer)
TOLD = ("title", "due_on", "state_key")
SAID = {
    "engagement.visit": ("purpose", "topics", "questions", "planned_on", "planned_time", "state_key", "done_on",
                         "made_by", "result", "rivals", "next_step", "card", "line_no", "contact"),
    "engagement.promise": ("wording", "due_on", "state_key"),
    "engagement.card": ("number", "lines_used", "state_key", "last_on", "closed_on", "findings"),
}  # fmt: skip
MOST_PROMISES = 20
MOST_CARDS = 50


def sees_tasks(actor: Actor) -> bool:
    """Say whether an actor has to do with tasks at all, and may read what they say."""
    if not actor.may(KEY, "view"):
        return False
    allowed = modes(actor, RECORDS[KEY])
    return all(allowed[name] >= Mode.READ for name in TOLD)


def mine(actor: Actor) -> Any:
    """Return the open tasks that are the actor's own to do."""
    return Task.objects.own_of(actor).filter(state_key=OPEN)


def due(actor: Actor, today: date, most: int) -> list[Any]:
    """Return the actor's open tasks of today and before, the oldest first, `most` + 1 at most."""
    rows = mine(actor).filter(due_on__lte=today)
    return list(rows.order_by("due_on", "due_time", "pk")[: most + 1])


def late(actor: Actor, today: date, most: int) -> list[Any]:
    """Return the actor's open tasks that were due before today, `most` + 1 at most."""
    return list(mine(actor).filter(due_on__lt=today).order_by("due_on", "due_time", "pk")[: most + 1])


def between(actor: Actor, first: date, last: date, most: int) -> list[Any]:
    """Return the actor's own tasks of some days, done ones too, in order of the clock, `most` + 1 at most."""
    rows = Task.objects.own_of(actor).filter(due_on__range=(first, last))
    return list(rows.order_by("due_on", "state_key", "due_time", "pk")[: most + 1])


def next_of(actor: Actor, customer_id: int) -> Any:
    """Return the open task of a customer that is due first, or None."""
    rows = Task.objects.visible_to(actor).filter(customer=customer_id, state_key=OPEN, due_on__isnull=False)
    return rows.select_related("owner").order_by("due_on", "pk").first()


def next_visit_of(actor: Actor, customer_id: int) -> Any:
    """Return the visit of a customer that is planned first, or None."""
    rows = Visit.objects.visible_to(actor).filter(customer=customer_id, state_key=PLANNED)
    return rows.select_related("owner").order_by("planned_on", "planned_time", "pk").first()


def may_log(actor: Actor) -> bool:
    """Say whether an actor may write down visits, and read what the pages of visits say."""
    key = "engagement.visit"
    return sees_visits(actor) and actor.may(key, "create") and actor.may(key, "change")


def planned_with_customer(actor: Actor) -> list[Any]:
    """Return the conditions that a customer, the outer row, has an open task or a planned visit that the actor sees."""
    found: list[Any] = []
    if sees_tasks(actor):
        rows = Task.objects.visible_to(actor).filter(state_key=OPEN, due_on__isnull=False)
        found.append(Exists(rows.filter(customer=OuterRef("pk"))))
    if sees_visits(actor):
        found.append(
            Exists(Visit.objects.visible_to(actor).filter(state_key=PLANNED, customer=OuterRef("pk")))
        )
    return found


_tasks_with = Shape(
    lambda rows, *customers: rows.filter(state_key=OPEN, due_on__isnull=False, customer__in=customers)
    .order_by().values_list("customer", "due_on", "title"),
    columns(Task, "customer"), many=True,
)  # fmt: skip
_visits_with = Shape(
    lambda rows, *customers: rows.filter(state_key=PLANNED, customer__in=customers)
    .order_by().values_list("customer", "planned_on", "purpose"),
    columns(Visit, "customer"), many=True,
)  # fmt: skip


def steps_with(actor: Actor, customers: Collection[int]) -> Iterator[tuple[int, tuple[date, str]]]:
    """Yield the open tasks and planned visits of some customers that the actor sees, each with its day: two queries for
    each hundred.
    """
    for lot in in_lots(customers):
        tasks = Task.objects.asked(actor, _tasks_with, *lot) if sees_tasks(actor) else []
        visits = Visit.objects.asked(actor, _visits_with, *lot) if sees_visits(actor) else []
        for pk, day, words in (*tasks, *visits):
            yield pk, (day, words)


def customers_of(actor: Actor, tasks: Sequence[Any]) -> dict[int, Any]:
    """Return the customers of tasks that the actor may see and read the name of, by id: one query."""
    wanted = {task.customer_id for task in tasks} - {None}
    if not wanted or modes(actor, RECORDS[KEY])["customer"] < Mode.READ:
        return {}
    if not actor.may(CUSTOMER, "view") or modes(actor, RECORDS[CUSTOMER])["name"] < Mode.READ:
        return {}
    return {row.pk: row for row in Customer.objects.visible_to(actor).filter(pk__in=wanted)}


def followed_up(some: Some) -> dict[int, date]:
    """Return the day on which a task was last done for each of these customers: one query."""
    rows = Task.objects.unscoped(because="when customers were last followed up, for the rule of a pool")
    rows = rows.filter(some.q(), done_at__isnull=False, archived_at__isnull=True).order_by()
    found = rows.values_list("customer").annotate(last=Max("done_at"))
    return {pk: last.astimezone(clock.ZONE).date() for pk, last in found}


def visited(some: Some) -> dict[int, date]:
    """Return the day on which each of these customers was last visited, called or written to: one query."""
    rows = Visit.objects.unscoped(because="when customers were last visited, for the rule of a pool")
    rows = rows.filter(some.q(), state_key=DONE, archived_at__isnull=True).order_by()
    return dict(rows.values_list("customer").annotate(last=Max("done_on")))


def sees_visits(actor: Actor) -> bool:
    """Say whether an actor may read all that cards, visits and promises say on the pages made of them."""
    return all(
        actor.may(key, "view") and all(modes(actor, RECORDS[key])[name] >= Mode.READ for name in names)
        for key, names in SAID.items()
    )


def planned(actor: Actor, last: date, most: int) -> list[Any]:
    """Return the actor's own planned visits up to a day, the oldest first, `most` + 1 at most."""
    rows = Visit.objects.own_of(actor).filter(state_key=PLANNED, planned_on__lte=last)
    return list(rows.order_by("planned_on", "planned_time", "pk")[: most + 1])


def visits_between(actor: Actor, first: date, last: date, most: int, of: int | None = None) -> list[Any]:
    """Return the actor's own visits planned for some days or made on them, by the clock, `most` + 1 at most; or those
    of somebody else, as far as the actor sees them.
    """
    days, whose = (first, last), actor.user_id if of is None else of
    lies_ahead = Q(owner=whose, state_key=PLANNED, planned_on__range=days)
    rows = Visit.objects.visible_to(actor).filter(
        lies_ahead | Q(made_by=whose, state_key=DONE, done_on__range=days)
    )
    return list(rows.order_by("planned_on", "planned_time", "pk")[: most + 1])


def sees_places(actor: Actor) -> bool:
    """Say whether an actor may read where others checked in."""
    return sees_visits(actor) and modes(actor, RECORDS[record_key(Visit)])["place"] >= Mode.READ


def out_on(actor: Actor, day: date, most: int) -> list[User]:
    """Return who has visits on a day that the actor sees, by name: one query."""
    rows = Visit.objects.visible_to(actor).order_by()
    ahead = rows.filter(state_key=PLANNED, planned_on=day).values_list("owner", flat=True)
    made = rows.filter(state_key=DONE, done_on=day).values_list("made_by", flat=True)
    return list(User.objects.filter(Q(pk__in=ahead) | Q(pk__in=made)).order_by("name", "pk")[:most])


def visits_ahead(actor: Actor, first: date, last: date, most: int) -> list[Any]:
    """Return the actor's own visits that are planned for some days, in order of the clock."""
    rows = Visit.objects.own_of(actor).filter(state_key=PLANNED, planned_on__range=(first, last))
    return list(rows.order_by("planned_on", "planned_time", "pk")[:most])


def visits_late(actor: Actor, today: date, most: int) -> list[Any]:
    """Return the actor's own visits that were planned for a day before today, `most` + 1 at most."""
    rows = Visit.objects.own_of(actor).filter(state_key=PLANNED, planned_on__lt=today)
    return list(rows.order_by("planned_on", "planned_time", "pk")[: most + 1])


def promised(actor: Actor, last: date, most: int) -> list[Any]:
    """Return the actor's own open promises due up to a day, the oldest first, `most` + 1 at most."""
    rows = Promise.objects.own_of(actor).filter(state_key=OPEN, due_on__lte=last)
    return list(rows.order_by("due_on", "pk")[: most + 1])


def promises_of(actor: Actor, customer_id: int) -> list[Any]:
    """Return the open promises of a customer, those due first first."""
    rows = Promise.objects.visible_to(actor).filter(customer=customer_id, state_key=OPEN)
    return list(rows.order_by("due_on", "pk")[:MOST_PROMISES])


def cards_of(actor: Actor, customer_id: int) -> list[Any]:
    """Return the pocket cards of a customer, the newest first."""
    rows = Card.objects.visible_to(actor).filter(customer=customer_id).select_related("owner")
    return list(rows.order_by("-pk")[:MOST_CARDS])


def lines_of(actor: Actor, card_id: int) -> list[Any]:
    """Return the visits on a card, line by line."""
    return list(Visit.objects.visible_to(actor).filter(card=card_id).order_by("line_no"))


def visits_of(actor: Actor, customer_id: int, most: int) -> list[Any]:
    """Return the last visits, calls and letters of a customer that were done, the newest first."""
    rows = Visit.objects.visible_to(actor).filter(customer=customer_id, state_key=DONE)
    return list(rows.select_related("owner", "contact").order_by("-done_on", "-pk")[:most])


def next_visit(actor: Actor, customer_id: int) -> Any:
    """Return the visit to a customer that is planned next, or None."""
    rows = Visit.objects.visible_to(actor).filter(customer=customer_id, state_key=PLANNED)
    return rows.order_by("planned_on", "pk").first()


def last_met(actor: Actor, contacts: Sequence[int]) -> dict[int, date]:
    """Return the last day on which each of these contacts was met or called, as far as the actor may see it."""
    if not actor.may(record_key(Visit), "view"):
        return {}
    rows = Visit.objects.visible_to(actor).filter(contact__in=contacts, state_key=DONE)
    return dict(rows.order_by().values_list("contact").annotate(last=Max("done_on")))


def names_of(actor: Actor, rows: Sequence[Any]) -> dict[int, Any]:
    """Return the customers of visits or promises that the actor may see and read the name of, by id: one query."""
    wanted = {row.customer_id for row in rows}
    if not wanted or not actor.may(CUSTOMER, "view") or modes(actor, RECORDS[CUSTOMER])["name"] < Mode.READ:
        return {}
    return {row.pk: row for row in Customer.objects.visible_to(actor).filter(pk__in=wanted)}
