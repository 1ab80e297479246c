"""Periods, trends, shares and proposals of reclassification. Pure: no database, no clock, no Django.

Quarterly reclassification by consumption follows the rule of the customer archive handbook (各类客史档案动态转换):
a file moves between classes by what it bought. The lines between classes are data; the hysteresis is ours, so that
nobody flips.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
STEADY = Decimal("0.10")
ONE_PLACE = Decimal("0.1")
NO_DATA, STARTED, RISING, STABLE, FALLING, STOPPED = (
    "no_data",
    "started",
    "rising",
    "steady",
    "falling",
    "stopped",
)
UP, DOWN, KEEP, SILENT = "up", "down", "keep", "no_data"


@dataclass(frozen=True, slots=True)
class Period:
    """Some whole months, first and last day included."""

    kind: str
    first: date
    last: date

    @property
    def name(self) -> str:
        """What it is called in every language: 2026-11, 2026 Q4, 2026 H2, 2026."""
        year, place = self.first.year, (self.first.month - 1) // MONTHS[self.kind] + 1
        return {
            "month": f"{year}-{place:02}", "quarter": f"{year} Q{place}", "half_year": f"{year} H{place}",
        }.get(self.kind, f"{year}")  # fmt: skip


def period_of(kind: str, day: date) -> Period:
    """Return the month, quarter, half-year or year in which a day lies."""
    length = MONTHS[kind]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    return Period(kind, first, _months_on(first, length) - timedelta(days=1))


def before(period: Period) -> Period:
    """Return the period of the same length that ended the day before."""
    return period_of(period.kind, period.first - timedelta(days=1))


def year_ago(period: Period) -> Period:
    """Return the same period of the year before."""
    return period_of(period.kind, period.first.replace(year=period.first.year - 1))


def _months_on(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def trend(now: Decimal | None, then: Decimal | None) -> str:
    """Return how purchases moved: None is no purchase on record in that time, which is never taken for zero.

    Within ten percent of what was bought then counts as steady; money given back on balance counts as none.
    """
    has_now, had_then = now is not None and now > 0, then is not None and then > 0
    if not had_then:
        return STARTED if has_now else NO_DATA
    if not has_now:
        return STOPPED
    assert now is not None and then is not None
    change = (now - then) / then
    if abs(change) <= STEADY:
        return STABLE
    return RISING if change > 0 else FALLING


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return a part in percent of the whole, half-up to one place; None where there is nothing to share."""
    if part is None or whole is None or whole <= 0:
        return None
    return (part * 100 / whole).quantize(ONE_PLACE, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A level with its lines, in base currency a quarter: bought at least `enter` to rise to it, `keep` to stay.

    A level without lines is given by hand only; nobody rises or falls to it.
    """

    key: str
    enter: Decimal | None = None
    keep: Decimal | None = None

    @property
    def by_rule(self) -> bool:
        """Whether purchases decide about this level."""
        return self.enter is not None


@dataclass(frozen=True, slots=True)
class Bought:
    """What one customer bought in a period and in the one before; None is no purchase in that time.

    `known` says that there is a purchase on record at all, then or earlier; `fresh` that the file is of this period.
    """

    amount: Decimal | None
    before: Decimal | None = None
    known: bool = True
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules say about a level: up, down, keep or no data; to which level; against which line."""

    kind: str
    to: str
    line: Decimal | None = None


def propose(current: str, bought: Bought, levels: Sequence[LevelRule]) -> Proposal:
    """Return the proposal for a customer of level `current`; `levels` are in order, the best first.

    Up: to the best level whose `enter` was bought. Down: when less than the level's `keep` was bought, in the period
    and in the one before, to the best lower level whose `keep` was bought. A file filed within the period is not
    lowered, and one without any purchase on record is not judged. Bought the same again, the new level is kept.
    """
    if not bought.known:
        return Proposal(SILENT, current)
    amount = bought.amount if bought.amount is not None else Decimal(0)
    place = next((place for place, level in enumerate(levels) if level.key == current), len(levels))
    for level in levels[:place]:
        if level.enter is not None and amount >= level.enter:
            return Proposal(UP, level.key, level.enter)
    if place == len(levels) or not levels[place].by_rule or bought.fresh:
        return Proposal(KEEP, current)
    line = levels[place].keep or Decimal(0)
    earlier = bought.before if bought.before is not None else Decimal(0)
    if amount >= line or earlier >= line:
        return Proposal(KEEP, current)
    for level in levels[place + 1 :]:
        if level.by_rule and max(amount, earlier) >= (level.keep or Decimal(0)):
            return Proposal(DOWN, level.key, line)
    return Proposal(KEEP, current)


@dataclass(slots=True)
class ClassSum:
    """One level in an analysis: files, those that bought, orders and money, and money before and a year ago."""

    files: int = 0
    buyers: int = 0
    orders: int = 0
    amount: Decimal | None = None
    before: Decimal | None = None
    year_ago: Decimal | None = None

    def add(self, orders: int, amount: Decimal | None, earlier: Decimal | None, ago: Decimal | None) -> None:
        """Count one customer's purchases in."""
        self.buyers += orders > 0
        self.orders += orders
        self.amount = plus(self.amount, amount)
        self.before = plus(self.before, earlier)
        self.year_ago = plus(self.year_ago, ago)


def plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Add two amounts of which either may be no data."""
    return other if one is None else one if other is None else one + other


def movements(moved: Iterable[tuple[str, str]], now: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return {level at the start: {level now: files}} from the files that moved and the files of each level now.

    Those of a level that did not move into it stayed; a file that came back to where it began did not move.
    """
    went = Counter((was, is_now) for was, is_now in moved if was != is_now)
    arrived = Counter[str]()
    for (_was, is_now), count in went.items():
        arrived[is_now] += count
    matrix: dict[str, dict[str, int]] = {}
    for (was, is_now), count in went.items():
        matrix.setdefault(was, {})[is_now] = count
    for level, count in now.items():
        stayed = count - arrived[level]
        if stayed:
            matrix.setdefault(level, {})[level] = stayed
    return matrix


def stale_after(review_days: int | None, stale_days: int) -> int:
    """Return after how many days a file is stale: what its level asks for, at most what the house asks for."""
    return min(review_days, stale_days) if review_days else stale_days


def focus_of(
    now: Decimal | None, then: Decimal | None, *, top: bool, fresh: bool
) -> list[tuple[str, dict[str, Any]]]:
    """Return why a customer is in focus this month, the gravest first: purchases fell, high value, new."""
    found: list[tuple[str, dict[str, Any]]] = []
    if (moved := trend(now, then)) in (FALLING, STOPPED) and then is not None:
        half = now is None or now * 2 <= then
        if half:
            found.append((moved, {"now": str(now or 0), "then": str(then)}))
    if top:
        found.append(("top", {"now": str(now)} if now is not None else {}))
    if fresh:
        found.append(("new", {}))
    return found


def whole_changes(changes: Mapping[str, Any], told: str) -> tuple[str, ...]:
    """Return all that a suggestion suggests: its fields, and what it tells without one."""
    return (*changes, *(("told",) if told else ()))


def outcome(suggested: Sequence[str], taken: Sequence[str]) -> str:
    """Return the state of a suggestion of which so much was taken."""
    return "accepted" if set(suggested) <= set(taken) else "partly"
