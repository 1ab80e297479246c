"""What makes a customer recent, frequent and valuable, and why. Pure: no database, no clock, no Django.

RFM with eight types. A customer is near when the days since the last order are at or under the threshold,
frequent and high when orders and money are at or over theirs; a threshold is the mean or the median of all
customers with an order, or a typed value. Source: the published truth table of the eight types (the much
copied reading of "general value" as far, rare and low is wrong: it is near, frequent and low).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

from kedang.kernel.money import STORED_PLACES, from_minor

NEVER_BOUGHT = "none"
TYPES: Mapping[tuple[bool, bool, bool], str] = {
    (True, True, True): "important_value",
    (True, False, True): "important_growth",
    (False, True, True): "important_keep",
    (False, False, True): "important_winback",
    (True, True, False): "general_value",
    (True, False, False): "general_growth",
    (False, True, False): "general_keep",
    (False, False, False): "general_winback",
}
IMPORTANT = frozenset(key for (_, _, high), key in TYPES.items() if high)

# A mean of n whole numbers is a whole number or at least 1/n away from one, so nine decimal places never move
# it across one below 500 million customers: a stored threshold sorts as the exact mean does.
PLACES = Decimal("0.000000001")


class Method(StrEnum):
    """Where the thresholds come from."""

    MEAN = "mean"
    MEDIAN = "median"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lines between near and far, frequent and rare, high and low: days, orders, base currency."""

    recency: Decimal
    frequency: Decimal
    monetary: Decimal
    method: Method = Method.TYPED

    @property
    def near_days(self) -> int:
        """Return the most days since the last order that still count as near."""
        return int(self.recency.to_integral_value(ROUND_FLOOR))

    @property
    def often_orders(self) -> int:
        """Return the fewest orders that count as frequent."""
        return int(self.frequency.to_integral_value(ROUND_CEILING))

    @property
    def high_minor(self) -> int:
        """Return the least money, in stored minor units, that counts as high."""
        return int(self.monetary.scaleb(STORED_PLACES).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Figures:
    """What one customer's orders up to a day come to: days, orders, base currency."""

    last_on: date
    recency: int
    frequency: int
    monetary: Decimal


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the three answers behind a type: what was measured, the line, and on which side it fell."""

    measure: str
    value: int | Decimal
    threshold: Decimal
    met: bool


def mean(total: int, count: int) -> Decimal:
    """Return total / count half-up to nine places; zero customers have a mean of zero."""
    return (Decimal(total) / count).quantize(PLACES, ROUND_HALF_UP) if count else Decimal(0)


def measure(orders: Iterable[tuple[date, int]], as_of: date) -> Figures | None:
    """Return what one customer's (day, minor units) orders come to on `as_of`, or None without an order.

    Orders after `as_of` do not matter. An amount of zero is an order; a negative one is a refund, which
    lowers the money and is no order.
    """
    known = [(day, amount) for day, amount in orders if day <= as_of]
    bought = [day for day, amount in known if amount >= 0]
    if not bought:
        return None
    last = max(bought)
    money = from_minor(sum(amount for _, amount in known))
    return Figures(last, (as_of - last).days, len(bought), money)


def reasons_of(figures: Figures, thresholds: Thresholds) -> tuple[Reason, Reason, Reason]:
    """Return the three answers, recency, frequency and monetary, each with its figure and threshold."""
    days, orders, money = figures.recency, figures.frequency, figures.monetary
    return (
        Reason("recency", days, thresholds.recency, days <= thresholds.recency),
        Reason("frequency", orders, thresholds.frequency, orders >= thresholds.frequency),
        Reason("monetary", money, thresholds.monetary, money >= thresholds.monetary),
    )


def type_of(figures: Figures | None, thresholds: Thresholds) -> str:
    """Return the key of the type: one of the eight, or `none` for somebody who never ordered."""
    if figures is None:
        return NEVER_BOUGHT
    near, often, high = (reason.met for reason in reasons_of(figures, thresholds))
    return TYPES[near, often, high]
