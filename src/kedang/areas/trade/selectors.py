"""What orders and receipts tell other areas: the pool, and the rules of early warning."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Max, Sum
from django.utils.translation import gettext_lazy as _

from kedang.areas.pool.facts import Some
from kedang.areas.trade import rules as trade
from kedang.areas.trade.models import Order, Receipt
from kedang.areas.warnings import facts, rules
from kedang.areas.warnings.rules import Bill, Purchases
from kedang.areas.warnings.selectors import span
from kedang.engine.packs.active import active
from kedang.engine.scope.reach import record_key

LIMIT = "credit_limit"
TERM = "credit_term_days"
DAYS = 90
FIGURES = (
    facts.Figure("orders", _("Orders in force"), "count"),
    facts.Figure("last_order_on", _("Last order"), "date", touch=True),
    facts.Figure("last_receipt_on", _("Last receipt"), "date", touch=True),
    facts.Figure("silent_days", _("Days since the last purchase"), "days"),
    facts.Figure("usual_gap", _("Usual gap between purchases"), "days"),
    facts.Figure("off_rhythm", _("Silent for so many usual gaps"), "times"),
    facts.Figure("gap_before", _("Gap before"), "days"),
    facts.Figure("gap_now", _("Gap of late"), "days"),
    facts.Figure("slowed_percent", _("Gap longer by"), "percent"),
    facts.Figure("bought_90", _("Bought in 90 days"), "money"),
    facts.Figure("bought_90_last_year", _("Bought in the same days of last year"), "money"),
    facts.Figure("behind_last_year", _("Less than last year by"), "money"),
    facts.Figure("against_last_year", _("Against last year"), "percent"),
    facts.Figure("open_amount", _("Owes"), "money"),
    facts.Figure("overdue_amount", _("Of that overdue"), "money"),
    facts.Figure("overdue_days", _("Overdue for"), "days"),
    facts.Figure("unpaid_days", _("Without a receipt for"), "days"),
    facts.Figure("over_limit", _("Above the credit limit by"), "money", rests_on=LIMIT),
)


def contribute() -> None:
    """Say what this area knows of customers, once at start."""
    events = {record_key(Order): _buyers, record_key(Receipt): _payers}
    facts.register(facts.Source("trade", FIGURES, read, needs=(LIMIT, TERM), events=events))


def in_force() -> list[str]:
    """Return the statuses of orders that count as purchases."""
    return [one.key for one in active().pack.choices("order_status") if trade.counts(one.kind)]


def read(customers: facts.Customers, as_of: date) -> dict[int, dict[str, Any]]:
    """Return the figures of each customer that has orders or receipts, as of a day: two queries for all of them."""
    bought: dict[int, list[tuple[date, date | None, Decimal]]] = defaultdict(list)
    orders = Order.objects.unscoped(because="what customers bought, for the warnings").filter(
        span(customers, "customer"), archived_at=None, status_key__in=in_force(), ordered_on__lte=as_of
    )
    rows = orders.order_by("customer_id", "ordered_on").values_list(
        "customer_id", "ordered_on", "due_on", "base_amount"
    )
    for pk, day, due, amount in rows.iterator(chunk_size=5000):
        if amount is not None:
            bought[pk].append((day, due, amount))
    receipts = Receipt.objects.unscoped(because="what customers paid, for the warnings").filter(
        span(customers, "customer"), archived_at=None, received_on__lte=as_of
    )
    sums = (
        receipts.order_by()
        .values_list("customer_id")
        .annotate(sum=Sum("base_amount"), last=Max("received_on"))
    )
    paid = {pk: (total or Decimal(0), last) for pk, total, last in sums}
    found = {}
    for pk in bought.keys() | paid.keys():
        row = customers.get(pk)
        if row is not None:
            total, last = paid.get(pk, (Decimal(0), None))
            found[pk] = figures_of(bought.get(pk, ()), total, last, row[LIMIT], row[TERM], as_of)
    return found


def figures_of(
    orders: Sequence[tuple[date, date | None, Decimal]], paid: Decimal, last_receipt: date | None,
    limit: Decimal | None, term: int | None, as_of: date,
) -> dict[str, Any]:  # fmt: skip
    """Return the figures of one customer from orders (day, due day, base amount), oldest first, and what was paid.

    What has no day of payment is due `term` days after the order; without a term it is never overdue.
    """
    found: dict[str, Any] = {}
    if last_receipt is not None:
        found["last_receipt_on"] = last_receipt
    if not orders:
        return found
    days = [day for day, _due, _amount in orders]
    amounts = [amount for _day, _due, amount in orders]
    found |= {"orders": len(orders), "last_order_on": days[-1], "silent_days": (as_of - days[-1]).days}
    if days[0] <= rules.year_before(as_of):  # who bought nothing until then has nothing to be compared with
        now, then, change = Purchases(days, amounts).against_last_year(as_of, DAYS)
        if change is not None:
            found |= {"bought_90": now, "bought_90_last_year": then, "against_last_year": change}
            found["behind_last_year"] = max(then - now, Decimal(0))
    if len(days) >= rules.FEWEST_PURCHASES:
        if (usual := rules.usual_gap(days)) is not None:
            found |= {"usual_gap": usual, "off_rhythm": rules.off_rhythm(days, as_of)}
        if (both := rules.two_gaps(days)) is not None:
            found |= {"gap_before": both[0], "gap_now": both[1], "slowed_percent": rules.slowed(days)}
    if rules.settled(amounts, paid):
        owed = rules.NOTHING_OWED
    else:
        bills = [
            Bill(day, due or (day + timedelta(term) if term is not None else None), amount)
            for day, due, amount in orders
        ]
        owed = rules.owing(bills, paid, as_of)
    found |= {"open_amount": owed.open, "overdue_amount": owed.overdue}
    if owed.overdue_days is not None:
        found["overdue_days"] = owed.overdue_days
    if owed.open_since is not None:
        found["unpaid_days"] = (as_of - max(owed.open_since, last_receipt or owed.open_since)).days
    if limit is not None:
        found["over_limit"] = owed.open - limit
    return found


def _buyers(pks: Sequence[int]) -> Iterable[int]:
    rows = Order.objects.unscoped(because="whose orders changed since the last run")
    return rows.filter(pk__in=pks).values_list("customer_id", flat=True)


def _payers(pks: Sequence[int]) -> Iterable[int]:
    rows = Receipt.objects.unscoped(because="whose receipts changed since the last run")
    return rows.filter(pk__in=pks).values_list("customer_id", flat=True)


# -- for the pool


def ordered(some: Some) -> dict[int, date]:
    """Return the day of the last order in force or done of each of these customers: one query."""
    rows = Order.objects.unscoped(because="when customers last ordered, for the rule of a pool")
    rows = rows.filter(some.q(), status_key__in=in_force(), archived_at__isnull=True).order_by()
    return dict(rows.values_list("customer").annotate(last=Max("ordered_on")))


def owing(some: Some, as_of: date) -> set[int]:
    """Return the customers whose orders in force or done, to a day, came to more than what they paid: two queries."""
    orders = Order.objects.unscoped(because="what customers owe, for the rule of a pool")
    orders = orders.filter(
        some.q(), status_key__in=in_force(), ordered_on__lte=as_of, archived_at__isnull=True
    )
    sums = Sum("base_amount", output_field=BigIntegerField())  # as stored: they are only compared
    billed = dict(orders.order_by().values_list("customer").annotate(sum=sums))
    receipts = Receipt.objects.unscoped(because="what customers paid, for the rule of a pool")
    receipts = receipts.filter(some.q(), received_on__lte=as_of, archived_at__isnull=True)
    paid = dict(receipts.order_by().values_list("customer").annotate(sum=sums))
    return {pk for pk, sum_ in billed.items() if (sum_ or 0) > (paid.get(pk) or 0)}
