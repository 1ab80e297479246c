"""What orders add to the page of a warning: purchases month by month, beside last year's, and the orders themselves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from kedang.areas.trade import selectors
from kedang.areas.trade.models import Order
from kedang.areas.warnings.models import Warning
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock, ids
from kedang.kernel.actor import Mode
from kedang.kits.web import formats, zones
from kedang.kits.web.pages import record_url

KEY = record_key(Order)
MONTHS = 12
NEWEST = 5
HIGH = 96


def contribute() -> None:
    """Add the evidence to the page of a warning, once at start."""
    zones.contribute(record_key(Warning), "line", "trade/evidence.html", evidence, order=20)


def evidence(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return what the customer bought in twelve months and in those a year before, of the orders the reader sees."""
    actor, kind = request.actor, RECORDS[KEY]
    if not row.figures or not actor.may(KEY, "view"):
        return None
    if any(modes(actor, kind)[name] < Mode.READ for name in ("ordered_on", "base_amount", "customer")):
        return None
    as_of = row.as_of or clock.today()
    months = [_back(as_of, n) for n in range(MONTHS - 1, -1, -1)]
    rows = Order.objects.visible_to(actor).filter(
        customer=row.customer_id, status_key__in=selectors.in_force()
    )
    found = list(
        rows.filter(ordered_on__gte=_back(months[0], 12), ordered_on__lte=as_of)
        .order_by("ordered_on", "pk")
        .values_list("pk", "number", "ordered_on", "base_amount")
    )
    sums: dict[date, Decimal] = defaultdict(Decimal)
    counts: dict[date, int] = defaultdict(int)
    for _pk, _number, day, amount in found:
        sums[day.replace(day=1)] += amount or 0
        counts[day.replace(day=1)] += 1
    most = max([*sums.values(), Decimal(1)])
    bars = [_bar(place, month, sums, counts, most) for place, month in enumerate(months)]
    return {
        "bars": bars, "unit": formats.short_unit()[1], "as_of": as_of, "any": bool(found), "high": HIGH,
        "newest": [(no, record_url(kind, pk), day, amount) for pk, no, day, amount in reversed(found[-NEWEST:])],
        "count": sum(counts[month] for month in months),
        "all_url": f"{reverse('orders.list')}?customer={ids.show(row.customer_id)}",
    }  # fmt: skip


def _bar(
    place: int, month: date, sums: Mapping[date, Decimal], counts: Mapping[date, int], most: Decimal
) -> dict[str, Any]:
    now, then = sums[month], sums[_back(month, 12)]
    heights = {"now": int(now * HIGH / most), "then": int(then * HIGH / most)}
    size = formats.short_unit()[0]
    return {
        "month": month, "label": month.month, "x": 8 + place * 40, "now": heights["now"], "then": heights["then"],
        "now_y": HIGH - heights["now"] + 4, "then_y": HIGH - heights["then"] + 4,
        "amount": formats.in_unit(now, size) if counts[month] else formats.NIL,
        "amount_then": formats.in_unit(then, size) if counts[_back(month, 12)] else formats.NIL,
        "count": counts[month], "less": counts[_back(month, 12)] and now < then,
    }  # fmt: skip


def _back(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months before a day's."""
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)
