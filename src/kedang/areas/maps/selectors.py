"""Where the customers of an actor are, how many, and what was sold and visited there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Sum
from django.db.models.functions import Substr

from kedang.areas.customers.models import Customer
from kedang.areas.customers.selectors import in_window, placed, reads_regions
from kedang.areas.engagement import selectors as engagement
from kedang.areas.engagement.models import DONE, VISIT, Visit
from kedang.areas.maps import rules
from kedang.areas.maps.rules import FILES, SALES, VISITS, Window
from kedang.areas.reviews.selectors import purchases_count, sees_amounts
from kedang.areas.trade import selectors as trade
from kedang.areas.trade.models import Order, Receipt
from kedang.engine.records.access import askable, modes
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import record_key
from kedang.kernel import places, regions
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.places import Point

CUSTOMER, VISIT_KEY, RECEIPT = record_key(Customer), record_key(Visit), record_key(Receipt)
YEAR = timedelta(days=365)
SOME = 1_000


@dataclass(frozen=True, slots=True)
class Region:
    """The files of one region: how many, what they bought in a year, how often they were visited, if one may know."""

    code: str
    files: int
    sales: Decimal | None = None
    visits: int | None = None


def sees_map(actor: Actor) -> bool:
    """Say whether an actor may see customers by name and region: less is no map."""
    if not actor.may(CUSTOMER, "view") or not reads_regions(actor):
        return False
    return modes(actor, RECORDS[CUSTOMER])["name"] >= Mode.READ


def measures(actor: Actor) -> list[str]:
    """Return what marks may be sized by: files, and what the actor may know of sales and visits."""
    return [
        FILES,
        *([SALES] if sees_amounts(actor) else []),
        *([VISITS] if engagement.sees_visits(actor) else []),
    ]


def by_region(
    actor: Actor, rows: QuerySet[Any], digits: int, day: date, wanted: Iterable[str]
) -> list[Region]:  # fmt: skip
    """Return the regions of opened customer rows, the most files first: one query for each thing that is wanted.

    The code of a region is filled with noughts; "" stands for the files that name none.
    """
    part = Substr("region_code", 1, digits)
    files = dict(rows.order_by().annotate(part=part).values_list("part").annotate(Count("pk")))
    whose, within = Substr("customer__region_code", 1, digits), rows.order_by().values("pk")
    span = (day - YEAR + timedelta(days=1), day)
    sales: Mapping[str, Decimal] | None = None
    visits: Mapping[str, int] | None = None
    if SALES in wanted:
        sales = dict(
            _orders(actor, span).filter(customer__in=within).annotate(part=whose).values_list("part")
            .annotate(Sum("base_amount"))
        )  # fmt: skip
    if VISITS in wanted:
        visits = dict(
            _visits(actor, span).filter(customer__in=within).annotate(part=whose).values_list("part")
            .annotate(Count("pk"))
        )  # fmt: skip
    found = [
        Region(
            code.ljust(6, "0") if code else "", count,
            None if sales is None else sales.get(code) or Decimal(0), None if visits is None else visits.get(code, 0),
        )
        for code, count in files.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.code, -one.files, one.code))


def _orders(actor: Actor, span: tuple[date, date]) -> QuerySet[Any]:
    rows = Order.objects.visible_to(actor).filter(status_key__in=purchases_count(), ordered_on__range=span)
    return rows.order_by()


def _visits(actor: Actor, span: tuple[date, date]) -> QuerySet[Any]:
    rows = Visit.objects.visible_to(actor).filter(state_key=DONE, kind_key=VISIT, done_on__range=span)
    return rows.order_by()


def points_in(actor: Actor, rows: QuerySet[Any], window: Window) -> tuple[list[Any], int]:
    """Return the customers whose own location lies in a window, POINTS of them at most, and how many there are."""
    found = placed(actor, rows).filter(in_window(window.south, window.west, window.north, window.east))
    some = list(found.select_related("owner").order_by("-pk")[: rules.POINTS + 1])
    if len(some) <= rules.POINTS:
        return some, len(some)
    return some[: rules.POINTS], found.order_by().count()


def about(actor: Actor, rows: QuerySet[Any], window: Window) -> dict[Point, list[tuple[str, int]]]:
    """Return the customers that are only known by their region, as {centre: [(code of the region, how many)]}."""
    rest = rows.exclude(pk__in=placed(actor, rows).order_by().values("pk")).exclude(region_code="")
    inside = [code for code in regions.table() if (spot := places.centre(code)) and holds(window, spot)]
    if len(inside) < SOME:  # from near: ask only for what lies here
        rest = rest.filter(region_code__in=inside)
    counted = rest.order_by().values_list("region_code").annotate(Count("pk"))
    found: dict[Point, list[tuple[str, int]]] = {}
    for code, count in counted:
        centre = places.centre(code)
        if centre is not None and holds(window, centre):
            found.setdefault(centre, []).append((code, count))
    return found


def holds(window: Window, point: Point) -> bool:
    """Say whether a point lies in a window."""
    return window.south <= point.latitude <= window.north and window.west <= point.longitude <= window.east


def of_customers(actor: Actor, pks: Sequence[int], measure: str, day: date) -> dict[int, Decimal]:
    """Return what a year came to for each of some customers, by a measure: one query, or none for files."""
    span = (day - YEAR + timedelta(days=1), day)
    if measure == SALES:
        rows = (
            _orders(actor, span).filter(customer__in=pks).values_list("customer").annotate(Sum("base_amount"))
        )
        return {pk: total or Decimal(0) for pk, total in rows}
    if measure == VISITS:
        rows = _visits(actor, span).filter(customer__in=pks).values_list("customer").annotate(Count("pk"))
        return {pk: Decimal(count) for pk, count in rows}
    return {}


def last_visit(actor: Actor, customer_id: int) -> date | None:
    """Return the day on which a customer was last visited, called or written to, as far as the actor may know."""
    if not engagement.sees_visits(actor):
        return None
    rows = Visit.objects.visible_to(actor).filter(customer=customer_id, state_key=DONE)
    found: date | None = rows.aggregate(last=Max("done_on"))["last"]
    return found


def owed(actor: Actor, customer: Any, day: date) -> Decimal | None:
    """Return what a customer owes as of a day, None where the actor may not know it or nothing was ordered."""
    if not sees_amounts(actor) or not actor.may(RECEIPT, "view"):
        return None
    if not askable(actor, RECORDS[RECEIPT], "base_amount"):
        return None
    orders = Order.objects.visible_to(actor).filter(
        customer=customer.pk, status_key__in=purchases_count(), ordered_on__lte=day
    )
    rows = list(orders.order_by("ordered_on").values_list("ordered_on", "due_on", F("base_amount")))
    paid = Receipt.objects.visible_to(actor).filter(customer=customer.pk, received_on__lte=day)
    total: Decimal = paid.aggregate(sum=Sum("base_amount"))["sum"] or Decimal(0)
    bills = [(on, due, amount) for on, due, amount in rows if amount is not None]
    found: Decimal | None = trade.figures_of(bills, total, None, None, None, day).get("open_amount")
    return found
