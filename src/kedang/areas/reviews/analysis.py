"""The figures of a meeting, asked of the database set by set: stale files, focus, purchases, movements of levels."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from kedang.areas.customers.models import Customer
from kedang.areas.reviews import rules, selectors
from kedang.areas.reviews.rules import Bought, Period, Proposal
from kedang.areas.trade.models import Order, OrderLine
from kedang.engine.columns import MoneyField
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.packs.active import active
from kedang.kernel import clock
from kedang.kernel.actor import Actor

STREAM = 2_000
TOP = 10
FELL = 30
FRESH = 20
SPAN = 90
PRODUCTS = 3
NOTHING = Value(Decimal(0), output_field=MoneyField())


@dataclass(slots=True)
class Found:
    """One file that a meeting should go through, with the reasons."""

    customer_id: int
    owner_id: int | None
    unit_id: int
    name: str
    reasons: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """What one customer bought: within the period, before it, a year before; and what the rules say of its level."""

    customer_id: int
    level: str
    amount: Decimal | None
    orders: int
    last_on: date | None
    before: Decimal | None
    before_orders: int
    year_ago: Decimal | None
    year_ago_orders: int
    proposal: Proposal

    @property
    def bought(self) -> bool:
        """Whether there is a purchase in any of the three periods."""
        return bool(self.orders or self.before_orders or self.year_ago_orders)


def files_of(actor: Actor, units: Any) -> Any:
    """Return the owned files of some units that the actor sees, those that are lost left out."""
    lost = [one.key for one in active().pack.choices("customer_status") if getattr(one, "kind", "") == "lost"]
    rows = Customer.objects.visible_to(actor).filter(unit__in=units, owner__isnull=False)
    return rows.exclude(status_key__in=lost)


def stale(actor: Actor, units: Any, as_of: date, most: int) -> list[Found]:
    """Return the files to bring up to date, key accounts first, then those untouched longest; `most` + 1 at most.

    A file is one when it was not refreshed for as long as its level or the house allows, or lacks a key field.
    """
    house = int(str(active().setting("file.stale_days")))
    known = sorted(active().pack.level, key=lambda one: one.order)
    days = {level.key: rules.stale_after(level.review_days, house) for level in known}
    due = Q(pk__in=[])
    for level in known:
        due |= Q(level_key=level.key) & (
            Q(changed_at__lt=_moment(as_of, days[level.key])) | _lacking(level.key_fields)
        )
    due |= ~Q(level_key__in=list(days)) & Q(changed_at__lt=_moment(as_of, house))
    rank = Case(
        *(When(level_key=level.key, then=Value(place)) for place, level in enumerate(known)),
        default=Value(len(known)), output_field=IntegerField(),
    )  # fmt: skip
    key_fields = {level.key: level.key_fields for level in known}
    rows = files_of(actor, units).filter(due).annotate(rank=rank).order_by("rank", "changed_at", "pk")
    found = []
    for row in rows[: most + 1]:
        one = Found(row.pk, row.owner_id, row.unit_id, row.name)
        untouched = (as_of - row.changed_at.astimezone(clock.ZONE).date()).days
        if untouched > days.get(row.level_key, house):
            one.reasons.append(["stale", {"days": untouched}])
        missing = [name for name in key_fields.get(row.level_key, ()) if getattr(row, name) in (None, "")]
        if missing:
            one.reasons.append(["missing", {"fields": missing}])
        found.append(one)
    return found


def in_focus(actor: Actor, units: Any, as_of: date, period: Period) -> list[Found]:
    """Return the customers in focus: purchases fell by half, high value, new, and what other parts say."""
    reasons: dict[int, list[list[Any]]] = {}
    if selectors.sees_amounts(actor):
        _by_purchases(actor, units, as_of, reasons)
    files = files_of(actor, units)
    fresh = files.filter(created_at__gte=_moment(period.first, 0), created_at__lt=_moment(period.last, -1))
    for pk in fresh.order_by("-pk").values_list("pk", flat=True)[:FRESH]:
        reasons.setdefault(pk, []).extend(
            [code, data] for code, data in rules.focus_of(None, None, top=False, fresh=True)
        )
    for code, source in selectors.SOURCES.items():
        for pk, data in source.find(actor, files, period).items():
            reasons.setdefault(pk, []).append([code, dict(data)])
    rows = {row.pk: row for row in files.filter(pk__in=reasons)}
    return [
        Found(pk, rows[pk].owner_id, rows[pk].unit_id, rows[pk].name, why)
        for pk, why in reasons.items()
        if pk in rows
    ]


def _by_purchases(actor: Actor, units: Any, as_of: date, reasons: dict[int, list[list[Any]]]) -> None:
    middle = as_of - timedelta(days=SPAN)
    late, early = Q(ordered_on__gt=middle), Q(ordered_on__lte=middle)
    orders = _orders(actor, units).filter(ordered_on__lte=as_of)
    fell = (
        orders.filter(ordered_on__gt=middle - timedelta(days=SPAN))
        .values("customer")
        .annotate(
            now=Coalesce(Sum("base_amount", filter=late), NOTHING),
            then=Coalesce(Sum("base_amount", filter=early), NOTHING),
        )
        .annotate(lost=ExpressionWrapper(F("then") - F("now") * 2, output_field=BigIntegerField()))
        .filter(then__gt=Decimal(0), lost__gte=0)
        .order_by("-lost", "customer")
    )
    for row in fell[:FELL]:
        why = rules.focus_of(row["now"] or None, row["then"], top=False, fresh=False)
        reasons.setdefault(row["customer"], []).extend([code, data] for code, data in why)
    year = orders.filter(ordered_on__gt=as_of - timedelta(days=365)).values("customer")
    for row in (
        year.annotate(now=Sum("base_amount")).filter(now__gt=Decimal(0)).order_by("-now", "customer")[:TOP]
    ):
        why = rules.focus_of(row["now"], None, top=True, fresh=False)
        reasons.setdefault(row["customer"], []).extend([code, data] for code, data in why)


def purchases(actor: Actor, units: Any, period: Period) -> Iterator[Row]:
    """Yield what each customer with an order up to the last day bought, with the proposal: one query, streamed."""
    spans = (period, rules.before(period), rules.year_ago(period))
    now, then, ago = (Q(ordered_on__range=(one.first, one.last)) for one in spans)
    rows = (
        _orders(actor, units)
        .filter(ordered_on__lte=period.last)
        .values("customer", "customer__level_key", "customer__created_at")
        .annotate(
            amount=Sum("base_amount", filter=now), orders=Count("pk", filter=now), last=Max("ordered_on"),
            before=Sum("base_amount", filter=then), before_orders=Count("pk", filter=then),
            ago=Sum("base_amount", filter=ago), ago_orders=Count("pk", filter=ago),
        )
        .order_by()
    )  # fmt: skip
    levels = selectors.levels()
    since = _moment(period.first, 0)
    for row in rows.iterator(chunk_size=STREAM):
        level = row["customer__level_key"]
        bought = Bought(row["amount"], row["before"], fresh=row["customer__created_at"] >= since)
        yield Row(
            row["customer"], level, row["amount"], row["orders"], row["last"], row["before"], row["before_orders"],
            row["ago"], row["ago_orders"], rules.propose(level, bought, levels),
        )  # fmt: skip


def products_of(actor: Actor, customers: list[int], period: Period) -> dict[int, list[str]]:
    """Return what each of some customers bought most of in a period, by name: one query."""
    lines = OrderLine.objects.visible_to(actor).filter(
        order__customer__in=customers, order__status_key__in=selectors.purchases_count(),
        order__ordered_on__range=(period.first, period.last),
    )  # fmt: skip
    sums = lines.values("order__customer", "product__name").annotate(money=Sum("amount")).order_by("-money")
    found: dict[int, list[str]] = {}
    for row in sums:
        named = found.setdefault(row["order__customer"], [])
        if len(named) < PRODUCTS:
            named.append(row["product__name"])
    return found


def files_by_level(actor: Actor, units: Any) -> dict[str, int]:
    """Return how many files there are of each level, those of pools too."""
    rows = Customer.objects.visible_to(actor).filter(unit__in=units).values("level_key")
    return {row["level_key"]: row["count"] for row in rows.annotate(count=Count("pk")).order_by()}


def moved_levels(actor: Actor, units: Any, period: Period) -> list[tuple[str, str]]:
    """Return (level at the start, level now) of the files whose level changed since the period began."""
    entries = HistoryEntry.objects.filter(
        record=selectors.CUSTOMER, at__gte=_moment(period.first, 0), changes__has_key="level_key"
    )
    first: dict[int, str] = {}
    for pk, changes in entries.order_by("pk").values_list("record_id", "changes").iterator(chunk_size=STREAM):
        change = changes["level_key"]
        if isinstance(change, list) and change[0] is not None:  # None: the file was filed with it
            first.setdefault(pk, change[0])
    found: list[tuple[str, str]] = []
    pks = list(first)
    for start in range(0, len(pks), STREAM):
        rows = Customer.objects.visible_to(actor).filter(
            pk__in=pks[start : start + STREAM], unit__in=units, created_at__lt=_moment(period.first, 0)
        )
        found += [(first[pk], level) for pk, level in rows.values_list("pk", "level_key")]
    return found


def _orders(actor: Actor, units: Any) -> Any:
    """Return the orders that count, of customers the actor sees: what crosses to a customer stays within reach."""
    seen = Customer.objects.visible_to(actor).filter(unit__in=units)
    rows = Order.objects.visible_to(actor).filter(customer__in=seen.values("pk"))
    return rows.filter(status_key__in=selectors.purchases_count())


def _lacking(names: tuple[str, ...]) -> Q:
    found = Q(pk__in=[])
    for name in names:
        column: Any = Customer._meta.get_field(name)
        found |= Q(**{f"{name}__isnull": True}) if column.null else Q(**{name: ""})
    return found


def _moment(day: date, days: int) -> datetime:
    """Return the beginning of the day so many days before."""
    return datetime.combine(day - timedelta(days=days), time(), tzinfo=clock.ZONE)
