"""RFM, table in, table out. No Django, no connection, no clock; any engine Ibis speaks to can run it.

In: orders (customer_id, ordered_on date, amount in minor units of the base currency).
Out: whole numbers only, so two engines, and two runs, give the same rows.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from kedang.insight.rules import NEVER_BOUGHT, TYPES, Method, Thresholds, mean
from kedang.kernel.money import STORED_PLACES


def measures(orders: ir.Table, as_of: date) -> ir.Table:
    """Return per customer last_on, recency (days), frequency (orders), monetary (minor units) on `as_of`.

    Orders after `as_of` do not matter. An amount of zero is an order; a negative one is a refund, which
    lowers the money and is no order. Customers without an order have no row.
    """
    known = orders.filter(orders.ordered_on <= as_of)
    bought = known.amount >= 0
    summed = known.group_by("customer_id").agg(
        last_on=known.ordered_on.max(where=bought),
        frequency=known.count(where=bought),
        monetary=known.amount.sum().cast("int64"),
    )
    some = summed.filter(summed.frequency > 0)
    return some.mutate(recency=ibis.literal(as_of).delta(some.last_on, unit="day").cast("int64"))


def middles(measured: ir.Table) -> ir.Table:
    """Return one row: how many customers, the totals behind the means, and the medians."""
    return measured.agg(
        customers=measured.count(),
        recency_total=measured.recency.sum().cast("int64"),
        frequency_total=measured.frequency.sum().cast("int64"),
        monetary_total=measured.monetary.sum().cast("int64"),
        recency_median=measured.recency.median().cast("float64"),
        frequency_median=measured.frequency.median().cast("float64"),
        monetary_median=measured.monetary.median().cast("float64"),
    )


def thresholds_from(row: Mapping[str, int | float | None], method: Method) -> Thresholds:
    """Return the mean or median thresholds from the row of `middles`; raise ValueError for typed ones."""
    names = ("recency", "frequency", "monetary")
    if method is Method.MEAN:
        count = int(row["customers"] or 0)
        recency, frequency, monetary = (mean(int(row[f"{name}_total"] or 0), count) for name in names)
    elif method is Method.MEDIAN:
        recency, frequency, monetary = (Decimal(str(row[f"{name}_median"] or 0)) for name in names)
    else:
        raise ValueError("typed thresholds are given, not computed")
    return Thresholds(recency, frequency, monetary.scaleb(-STORED_PLACES), method)


def classify(measured: ir.Table, thresholds: Thresholds) -> ir.Table:
    """Add near, often, high and the type key to each measured customer."""
    rated = measured.mutate(
        near=measured.recency <= thresholds.near_days,
        often=measured.frequency >= thresholds.often_orders,
        high=measured.monetary >= thresholds.high_minor,
    )
    branches = [
        ((rated.near == near) & (rated.often == often) & (rated.high == high), key)
        for (near, often, high), key in TYPES.items()
    ]
    return rated.mutate(type=ibis.cases(*branches, else_=NEVER_BOUGHT))


def grid(scored: ir.Table) -> ir.Table:
    """Return per type how many customers and their money, in minor units."""
    return scored.group_by("type").agg(
        customers=scored.count(),
        monetary=scored.monetary.sum().cast("int64"),
    )
