"""Which suggestions, meetings, lines and purchases an actor sees; who decides what nobody else does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, Q, Value

from kedang.areas.customers.models import Customer
from kedang.areas.reviews.models import OPEN, PREPARED, UPDATE, Meeting, Purchase, ReviewLine, Suggestion
from kedang.areas.reviews.rules import LevelRule, Period
from kedang.areas.trade.models import Order
from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import User
from kedang.engine.packs.active import active
from kedang.engine.records.access import askable, modes
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Actor, Mode, Span

CUSTOMER, ORDER = record_key(Customer), record_key(Order)
SUGGESTION, MEETING, LINE = record_key(Suggestion), record_key(Meeting), record_key(ReviewLine)
PAGE = 50
ON_PAGE = 6
COUNTED = ("in_force", "done")


@dataclass(frozen=True, slots=True)
class Source:
    """A part of a higher area that says which customers are in focus: found set by set, said in words.

    `find` gets the actor, the customers of the meeting and the period, and returns {customer id: plain data}.
    """

    said: Callable[[Mapping[str, Any]], str]
    find: Callable[[Actor, Any, Period], Mapping[int, Mapping[str, Any]]]


SOURCES: dict[str, Source] = {}


def focus(code: str, source: Source) -> None:
    """Add a reason why customers are in focus of a monthly meeting: the named point of other parts."""
    SOURCES[code] = source


def levels() -> list[LevelRule]:
    """Return the levels in force with their lines, the best first."""
    found = sorted((level for level in active().pack.level if not level.retired), key=lambda one: one.order)
    return [
        LevelRule(
            level.key,
            None if level.enter_quarter is None else Decimal(level.enter_quarter),
            None if level.keep_quarter is None else Decimal(level.keep_quarter),
        )
        for level in found
    ]


def purchases_count() -> tuple[str, ...]:
    """Return the states of an order in which it counts as bought."""
    return tuple(
        choice.key
        for choice in active().pack.choices("order_status")
        if getattr(choice, "kind", "") in COUNTED
    )


def sees_amounts(actor: Actor) -> bool:
    """Say whether an actor may see what orders come to."""
    return actor.may(ORDER, "view") and askable(actor, RECORDS[ORDER], "base_amount")


def keeper() -> int | None:
    """Return who takes suggestions for which no file was found: whose role claims them everywhere.

    Whoever keeps the archive comes before those who also approve.
    """
    claims: set[int] = set()
    approves: set[int] = set()
    for pk, role in directory().roles.items():
        verbs = {(grant.action, grant.span) for grant in role.grants if grant.record == SUGGESTION}
        if ("claim", Span.ALL) in verbs:
            (approves if any(action == "approve" for action, _span in verbs) else claims).add(pk)
    for roles in (claims, approves):
        rows = User.objects.filter(is_active=True, membership__role__in=roles).order_by("pk")
        if (found := rows.values_list("pk", flat=True).first()) is not None:
            return int(found)
    return None


def own_suggestions(actor: Actor, most: int) -> list[Any]:
    """Return what an actor suggested, newest first, `most` + 1 at most, whoever has the files."""
    rows = Suggestion.objects.unscoped(because="what a person suggested, as that person wrote it")
    return list(rows.filter(suggested_by=actor.user_id, archived_at=None).order_by("-pk")[: most + 1])


def may_suggest(actor: Actor) -> bool:
    """Say whether an actor may hand in suggestions."""
    return actor.may(SUGGESTION, "create")


def reads(actor: Actor, key: str, *names: str) -> bool:
    """Say whether an actor may read all of these fields of a record type."""
    allowed = modes(actor, RECORDS[key])
    return all(allowed[name] >= Mode.READ for name in names)


def waiting(actor: Actor, customer_id: int) -> list[tuple[str, int, str]]:
    """Return (record key, id, title) of what is open about a customer, suggestions and lines of meetings: one query."""
    asked = []
    for key, model, title in ((SUGGESTION, Suggestion, "subject"), (LINE, ReviewLine, "title")):
        if actor.may(key, "view") and reads(actor, key, title):
            rows = model.objects.visible_to(actor).filter(customer=customer_id, state_key=OPEN)
            asked.append(
                rows.annotate(of=Value(key, output_field=CharField()))
                .values_list("of", "pk", title)
                .order_by()
            )
    if not asked:
        return []
    return list(asked[0].union(*asked[1:], all=True)[:ON_PAGE])


def to_decide(actor: Actor, most: int) -> list[Any]:
    """Return the open suggestions that are the actor's to decide, `most` + 1 at most."""
    rows = Suggestion.objects.own_of(actor).filter(state_key=OPEN)
    return list(rows.select_related("customer").order_by("pk")[: most + 1])


def customers_within(actor: Actor, customers: set[int]) -> dict[int, Any]:
    """Return those customers that an actor may see, by id: one query."""
    return Customer.objects.visible_to(actor).in_bulk(customers) if customers else {}


def lines_of(actor: Actor, meeting: Meeting, section: str, after: int = -1, most: int = PAGE) -> list[Any]:
    """Return a page of a meeting's lines in their order, `most` + 1 at most."""
    rows = ReviewLine.objects.visible_to(actor).filter(
        meeting=meeting.pk, section_key=section, place__gt=after
    )
    return list(rows.select_related("customer", "owner").order_by("place")[: most + 1])


def counts_of(actor: Actor, meeting: Meeting) -> dict[str, tuple[int, int]]:
    """Return {section: (open lines, lines)} of a meeting as far as the actor sees it."""
    rows = ReviewLine.objects.visible_to(actor).filter(meeting=meeting.pk).values("section_key")
    told = rows.annotate(all=Count("pk"), open=Count("pk", filter=Q(state_key=OPEN))).order_by()
    return {row["section_key"]: (row["open"], row["all"]) for row in told}


def prepared(actor: Actor) -> list[Any]:
    """Return the actor's own meetings that are prepared and not closed, the next first."""
    rows = Meeting.objects.own_of(actor).filter(state_key=PREPARED)
    return list(rows.order_by("-starts_on", "pk")[:3])


def own_lines(actor: Actor, most: int) -> list[Any]:
    """Return the files that the actor has to bring up to date for a meeting, `most` + 1 at most."""
    rows = ReviewLine.objects.own_of(actor).filter(
        state_key=OPEN, section_key=UPDATE, meeting__state_key=PREPARED
    )
    return list(rows.select_related("customer", "meeting").order_by("meeting", "place")[: most + 1])


def purchases_of(
    actor: Actor, meeting: Meeting, level: str = "", after: tuple[Decimal, int] | None = None
) -> list[Any]:
    """Return a page of what visible customers bought, the largest first, one more than a page."""
    seen = Customer.objects.visible_to(actor)
    rows = Purchase.objects.filter(meeting=meeting.pk, customer__in=seen.values("pk")).order_by(
        "-size", "customer"
    )
    if level:
        rows = rows.filter(level_key=level)
    if after is not None:
        size, customer = after
        rows = rows.filter(Q(size__lt=size) | Q(size=size, customer__gt=customer))
    found = list(rows[: PAGE + 1])
    known = customers_within(actor, {row.customer_id for row in found})
    return [(known[row.customer_id], row) for row in found if row.customer_id in known]


def main_units(meeting: Meeting) -> Sequence[int]:
    """Return the unit of a meeting and all units below it."""
    return sorted(directory().below(meeting.unit_id) or {meeting.unit_id})
