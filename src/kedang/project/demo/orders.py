"""Orders and receipts: every customer buys in a rhythm of its own and pays in a way of its own."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from kedang.project.demo.dice import seed_of, words
from kedang.project.demo.goods import products
from kedang.project.demo.rowtypes import CustomerRow, LineRow, OrderRow, ReceiptRow
from kedang.project.demo.tables import word_lists

YEARS = 3
PROMPT = 26  # days within which they pay who pay in time
Chance = Callable[[], float]

# Per level: days between two orders, and yuan an order, both typical.
_LEVEL = {"diamond": (13, 52_000), "gold": (30, 24_000), "silver": (70, 9_500), "member": (150, 3_200)}
# Orders a month against the average: Spring Festival is quiet, pumps sell before summer and before winter.
_SEASON = (0.75, 0.55, 1.10, 1.20, 1.20, 1.10, 1.00, 0.95, 1.10, 1.10, 1.05, 0.90)
_DISCOUNT = {"diamond": 14, "gold": 10, "silver": 6, "member": 2}
_METHODS = ("transfer", "transfer", "transfer", "transfer", "bill", "bill", "cheque", "cash", "wechat_pay")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a customer buys: days between orders and their spread, growth a year, when it slows or stops.

    `swing` is how far amounts go up and down, `seasons` how much the months count, `dearest` the price above which
    it buys nothing.
    """

    gap: float
    spread: float
    growth: float
    value: float
    slows_on: date | None
    stops_on: date | None
    swing: float = 0.4
    seasons: float = 1.0
    dearest: float = math.inf


def steady(rhythm: Rhythm) -> Rhythm:
    """Return the rhythm of a customer that keeps to it, and buys a little more each year."""
    return replace(
        rhythm, spread=0.12, growth=0.22, slows_on=None, swing=0.1, seasons=0.3, dearest=rhythm.value / 3
    )  # fmt: skip


def rhythm_of(seed: int, index: int, customer: CustomerRow, as_of: date) -> Rhythm:
    """Return a customer's rhythm; the dormant and the lost stopped some time before `as_of`."""
    chance = Random(seed_of(seed, "rhythm", index)).random  # noqa: S311  demo data, no secret
    gap, value = _LEVEL[customer["level_key"]]
    stops: date | None = None
    if customer["status_key"] == "dormant":
        stops = as_of - timedelta(days=100 + int(160 * chance()))
    elif customer["status_key"] == "lost":
        stops = as_of - timedelta(days=380 + int(500 * chance()))
    slips = customer["status_key"] == "active" and chance() < 0.09
    return Rhythm(
        gap=gap * math.exp(0.35 * _bell(chance(), chance())),
        spread=0.25 + 0.6 * chance(),
        growth=-0.35 if slips else 0.08 + 0.18 * _bell(chance(), chance()),
        value=value * math.exp(0.45 * _bell(chance(), chance())),
        slows_on=as_of - timedelta(days=60 + int(120 * chance())) if slips else None,
        stops_on=stops,
    )


def _bell(first: float, second: float) -> float:
    """Return a normal number for two even ones (Box and Muller)."""
    return math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)


def orders_of(
    seed: int,
    index: int,
    customer: CustomerRow,
    as_of: date,
    years: int = YEARS,
    rhythm: Rhythm | None = None,
) -> Iterator[OrderRow]:
    """Yield the orders of a customer by date; `index` is the customer's own in its list."""
    if customer["status_key"] == "prospect":
        return
    rhythm = rhythm or rhythm_of(seed, index, customer, as_of)
    chance = Random(seed_of(seed, "orders", index)).random  # noqa: S311  demo data, no secret
    favourites = _favourites(chance, rhythm.dearest)
    begin = max(customer["since"], as_of - timedelta(days=365 * years))
    day = begin.toordinal() + rhythm.gap * chance()
    last = (rhythm.stops_on or as_of).toordinal()
    number = 0
    while day <= last:
        ordered_on = _workday(int(day))
        if ordered_on > as_of:
            return
        number += 1
        grown = math.exp(rhythm.growth * (ordered_on - begin).days / 365)
        lines = _lines(chance, favourites, rhythm.value * grown, rhythm.swing, customer["level_key"])
        luck = chance()
        order = _order(customer, ordered_on, _status((as_of - ordered_on).days, luck), lines, luck)
        order["number"] = f"XS-{ordered_on:%y%m}-{index + 1:07d}-{number:03d}"
        yield order
        slower = 2.4 if rhythm.slows_on and ordered_on >= rhythm.slows_on else 1.0
        wobble = math.exp(rhythm.spread * _bell(chance(), chance()) - rhythm.spread**2 / 2)
        day += max(
            1.0, rhythm.gap * slower * wobble / (_SEASON[ordered_on.month - 1] ** rhythm.seasons * grown**0.5)
        )


def _favourites(chance: Chance, dearest: float) -> tuple[int, ...]:
    catalogue = products()
    fitting = [place for place, one in enumerate(catalogue) if one["list_price"] <= dearest]
    if not fitting:
        fitting = [min(range(len(catalogue)), key=lambda place: catalogue[place]["list_price"])]
    return tuple(fitting[int(chance() * len(fitting))] for _ in range(3 + int(5 * chance())))


def _workday(ordinal: int) -> date:
    day = date.fromordinal(ordinal)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _lines(
    chance: Chance, favourites: tuple[int, ...], value: float, swing: float, level: str
) -> list[LineRow]:
    catalogue = products()
    wanted = 1 + int(3.4 * chance() ** 1.6)
    chosen = dict.fromkeys(favourites[int(chance() * len(favourites))] for _ in range(wanted))
    target = value * math.exp(swing * _bell(chance(), chance())) / len(chosen)
    off = _DISCOUNT[level] + int(5 * chance())
    lines: list[LineRow] = []
    for line_no, place in enumerate(chosen, 1):
        cents = int(catalogue[place]["list_price"] * 100) * (100 - off) // 100
        cents -= cents % (100 if cents < 100_000 else 1000)
        quantity = max(1, round(target * 100 / cents))
        lines.append(
            {
                "line_no": line_no,
                "product": catalogue[place]["number"],
                "quantity": Decimal(quantity),
                "price": Decimal(cents).scaleb(-2),
                "amount": Decimal(cents * quantity).scaleb(-2),
            }
        )
    return lines


def _order(customer: CustomerRow, day: date, status: str, lines: list[LineRow], luck: float) -> OrderRow:
    amount = sum((line["amount"] for line in lines), Decimal(0))
    notes = words(word_lists()["products"]["order_notes"])
    return {
        "number": "",
        "customer": customer["external_no"],
        "ordered_on": day,
        "currency": "CNY",
        "rate": Decimal(1),
        "amount": amount,
        "base_amount": amount,
        "status_key": status,
        "remarks": notes[int(luck * 1000) % len(notes)] if int(luck * 10_000) % 9 == 0 else "",
        "lines": lines,
    }


def _status(age: int, luck: float) -> str:
    if luck < 0.015:
        return "cancelled"
    if age <= 3:
        return "draft" if luck < 0.4 else "approved"
    if age <= 20:
        return "approved" if luck < 0.3 else "executing"
    return "executing" if age <= 60 and luck < 0.3 else "completed"


def receipts_of(
    seed: int, index: int, customer: CustomerRow, orders: Iterable[OrderRow], as_of: date, *, in_time: bool = False
) -> Iterator[ReceiptRow]:  # fmt: skip
    """Yield what a customer has paid by `as_of` for its orders: in time or late, in parts, or not at all.

    Who pays `in_time` settles each order at once, within four weeks and never after its term.
    """
    chance = Random(seed_of(seed, "receipts", index)).random  # noqa: S311  demo data, no secret
    lateness = 55 * chance() ** 4  # most pay in time, a few very late
    notes = words(word_lists()["products"]["receipt_notes"])
    number = 0
    for order in orders:
        if order["status_key"] in ("draft", "cancelled"):
            continue
        parts = (order["amount"],) if in_time else _parts(order["amount"], chance())
        term = max(0, customer["credit_term_days"] - 3)
        due = order["ordered_on"] + timedelta(days=min(term, PROMPT) if in_time else term)
        for place, amount in enumerate(parts):
            delay = -int(6 * chance()) if in_time else (
                int(lateness * (0.4 + 1.2 * chance())) + 25 * place - int(6 * chance())
            )  # fmt: skip
            day = max(order["ordered_on"], _workday((due + timedelta(days=delay)).toordinal()))
            unpaid = place and chance() < 0.12 * min(1.0, lateness / 10)
            if day > as_of or unpaid:
                break
            number += 1
            yield {
                "number": f"HK-{day:%y%m}-{index + 1:07d}-{number:03d}",
                "customer": customer["external_no"],
                "order": order["number"],
                "received_on": day,
                "amount": amount,
                "currency": "CNY",
                "method_key": _METHODS[int(chance() * len(_METHODS))],
                "remarks": notes[int(luck * len(notes))] if (luck := chance() * 5) < 1 else "",
            }


def _parts(amount: Decimal, luck: float) -> tuple[Decimal, ...]:
    """Return the whole in one, or two or three parts in whole hundreds and the rest."""
    if luck < 0.72 or amount < 5000:
        return (amount,)
    shares = (Decimal("0.3"), Decimal("0.4")) if luck > 0.92 else (Decimal("0.6"),)
    rounded = [(amount * share).quantize(Decimal(100)) for share in shares]
    cents = (part.quantize(Decimal("0.01")) for part in rounded)
    return (*cents, amount - sum(rounded, Decimal(0)))
