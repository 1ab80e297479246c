"""When a customer gives cause for concern, and what becomes of a warning. Pure: no database, no clock, no Django.

Missing figures stay missing: where there is no data there is no warning, and never a zero (see `kernel.expr`, in
which every test of a missing value is false).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from kedang.kernel import expr
from kedang.kernel.expr import All, Among, Compare, Either, Missing, Node, Not, Op

LEVELS = ("yellow", "amber", "red")
RED = LEVELS[-1]
RANK = {key: place for place, key in enumerate(LEVELS)}
FEWEST_PURCHASES = 3
LATEST_GAPS = 3
FEWEST_EARLIER = 3
AGAIN_DAYS = 7
Row = Mapping[str, Any]
Test = Callable[[Row], bool]


# -- conditions


def compiled(node: Node) -> Test:
    """Return a condition as a function of a row: it says what `expr.holds` says, several times as fast."""
    match node:
        case Compare(name, op, value):
            return _comparing(name, op, value)
        case Among(name, op, values):
            kind, listed, wanted = expr.kind_of(values[0]), frozenset(values), op is Op.IN
            return lambda row: _present(found := row.get(name), kind) and (found in listed) == wanted
        case Missing(name):
            return lambda row: expr.is_missing(row.get(name))
        case Not(part):
            inner = compiled(part)
            return lambda row: not inner(row)
        case All(parts):
            return reduce(_both, map(compiled, parts))
        case Either(parts):
            return reduce(_one_of, map(compiled, parts))


def _comparing(name: str, op: Op, value: Any) -> Test:
    compare, kind = expr.COMPARISONS[op], expr.kind_of(value)
    return lambda row: _present(found := row.get(name), kind) and compare(found, value)


def _both(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)


def _one_of(one: Test, other: Test) -> Test:
    return lambda row: one(row) or other(row)


def _present(found: Any, kind: expr.Kind) -> bool:
    if found is None:
        return False
    sort = type(found)  # nearly every figure is one of two sorts; a million files ask for eight of them
    if sort is int:
        return kind is expr.Kind.NUMBER
    if sort is Decimal:
        return kind is expr.Kind.NUMBER and found.is_finite()
    return not expr.is_missing(found) and expr.kind_of(found) is kind


def names_in(*texts: str) -> set[str]:
    """Return the names that conditions ask for; an empty text asks for none. Raise PackError for what is none."""
    return {test.name for text in texts if text for test in expr.tests(expr.parse(text))}


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule that is ready to be applied: its conditions as functions."""

    pk: int
    level: str
    when: Test
    red_when: Test | None


def ready(pk: int, level: str, when: str, red_when: str) -> Ready:
    """Read the conditions of a rule once. Raise PackError for what cannot be read."""
    return Ready(pk, level, compiled(expr.parse(when)), compiled(expr.parse(red_when)) if red_when else None)


def judged(rule: Ready, row: Row) -> str | None:
    """Return the level at which a rule warns of a customer, or None. `red_when` counts only where `when` holds."""
    if not rule.when(row):
        return None
    return RED if rule.red_when is not None and rule.red_when(row) else rule.level


def worse(level: str, than: str) -> bool:
    """Say whether a level is a higher one than another; one that is unknown is the lowest."""
    return RANK.get(level, -1) > RANK.get(than, -1)


# -- what becomes of a warning


class Step(StrEnum):
    """What a run does about one rule at one customer."""

    NOTHING = "nothing"
    OPEN = "opened"
    JOIN = "joined"
    WORSEN = "worsened"
    CLEAR = "cleared"


class Standing(NamedTuple):
    """The open warning of a rule at a customer: its level, when it was last seen, since when it is not so."""

    level: str
    seen_on: date
    cleared_on: date | None = None


def step(
    level: str | None, standing: Standing | None, closed_on: date | None, as_of: date, quiet_days: int
) -> Step:
    """Say what a run does: `level` is what the rule found now, `closed_on` when the last one was closed.

    A repeat joins the open warning: at once where it is worse or had cleared, else once in AGAIN_DAYS days. After one
    was closed its rule is quiet at that customer for `quiet_days` days. A run as of a day before the last one that
    saw the warning changes nothing.
    """
    if standing is None:
        if level is None or (closed_on is not None and (as_of - closed_on).days < quiet_days):
            return Step.NOTHING
        return Step.OPEN
    if as_of < standing.seen_on:
        return Step.NOTHING
    if level is None:
        return Step.CLEAR if standing.cleared_on is None else Step.NOTHING
    if worse(level, standing.level):
        return Step.WORSEN
    if standing.cleared_on is not None or (as_of - standing.seen_on).days >= AGAIN_DAYS:
        return Step.JOIN
    return Step.NOTHING


# -- figures of buying


def gaps(days: Iterable[date]) -> list[int]:
    """Return the days between purchases, oldest first; several purchases on one day are one."""
    known = sorted(set(days))
    return [(later - earlier).days for earlier, later in pairwise(known)]


def usual_gap(days: Iterable[date]) -> Decimal | None:
    """Return a customer's own interval in days: the median gap between purchases; None below three purchase days.

    Ours: the median, because one long holiday or one double order should not move it; three purchases, because two
    give one gap, which is no rhythm.
    """
    found = gaps(days)
    return Decimal(str(median(found))) if len(found) >= FEWEST_PURCHASES - 1 else None


def off_rhythm(days: Iterable[date], as_of: date) -> Decimal | None:
    """Return for how many own intervals a customer has been silent: days since the last purchase ÷ `usual_gap`.

    1.00 is on time, 2.17 is more than twice as long as usual. None where there is no rhythm. Purchases after
    `as_of` do not count.
    """
    known = [day for day in days if day <= as_of]
    usual = usual_gap(known)
    return _rounded(Decimal((as_of - max(known)).days) / usual) if usual else None


def two_gaps(days: Iterable[date]) -> tuple[Decimal, Decimal] | None:
    """Return the median gap in days of the earlier purchases and of the last three gaps, as `slowed` compares them."""
    found = gaps(days)
    earlier, latest = found[:-LATEST_GAPS], found[-LATEST_GAPS:]
    if len(earlier) < FEWEST_EARLIER:
        return None
    return Decimal(str(median(earlier))), Decimal(str(median(latest)))


def slowed(days: Iterable[date]) -> Decimal | None:
    """Return by how many percent the last three gaps are longer than the earlier ones, median against median.

    9 days that became 17 are 88.89. None without three earlier gaps: seven purchase days at least.
    """
    both = two_gaps(days)
    return None if both is None else _rounded((both[1] - both[0]) / both[0] * 100)


def year_before(day: date) -> date:
    """Return the same day a year earlier; 29 February becomes the 28th."""
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )


def change(now: Decimal, then: Decimal) -> Decimal | None:
    """Return the change in percent, −13.27 for a fall; None where there is nothing to compare with."""
    return _rounded((now - then) / then * 100) if then > 0 else None


@dataclass(frozen=True, slots=True)
class Purchases:
    """What a customer bought, by day, oldest first: the days and the amounts in base currency."""

    days: Sequence[date]
    amounts: Sequence[Decimal]

    def between(self, first: date, last: date) -> Decimal:
        """Return what was bought from the first to the last day, both counted."""
        return sum(self.amounts[bisect_left(self.days, first) : bisect_right(self.days, last)], Decimal(0))

    def against_last_year(self, as_of: date, days: int) -> tuple[Decimal, Decimal, Decimal | None]:
        """Return what was bought in the `days` days up to `as_of`, in the same days a year before, and the change."""
        now = self.between(as_of - timedelta(days - 1), as_of)
        end = year_before(as_of)
        then = self.between(end - timedelta(days - 1), end)
        return now, then, change(now, then)


# -- figures of owing


@dataclass(frozen=True, slots=True)
class Bill:
    """What a customer has to pay: when it arose, until when it is due (None where no term is agreed), how much."""

    on: date
    due: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Owing:
    """What is open and what is overdue as of a day, for how long, and since when something is open."""

    open: Decimal
    overdue: Decimal
    overdue_days: int | None
    open_since: date | None


NOTHING_OWED = Owing(Decimal(0), Decimal(0), None, None)


def settled(amounts: Sequence[Decimal], paid: Decimal) -> bool:
    """Say whether what was paid covers every bill, so that nothing is open whichever is due first."""
    return sum(amounts) <= paid and min(amounts, default=Decimal(0)) >= 0


def owing(bills: Iterable[Bill], paid: Decimal, as_of: date) -> Owing:
    """Return what a customer owes as of a day: receipts pay the earliest due first.

    Days overdue are as-of minus due, natural days; what is due today is not overdue. Bills without a due day are
    paid last and are never overdue. More paid than billed leaves nothing open.
    """
    rest, still, late, days, since = paid, Decimal(0), Decimal(0), None, None
    for bill in sorted(bills, key=lambda one: (one.due is None, one.due or one.on, one.on)):
        covered = min(rest, bill.amount) if bill.amount > 0 else bill.amount
        rest -= covered
        left = bill.amount - covered
        if left <= 0:
            continue
        still += left
        since = bill.on if since is None else min(since, bill.on)
        if bill.due is not None and bill.due < as_of:
            late += left
            days = max(days or 0, (as_of - bill.due).days)
    return Owing(still, late, days, since)


# -- words


CLAUSE = re.compile(r"[^，；。,;.]+[，；。,;.]?\s*")
NAMED = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def composed(says: str, words: Mapping[str, str]) -> str:
    """Return a reason with its figures put in. A clause that names a figure without words is left out as a whole.

    Clauses end at a comma, a semicolon or a full stop, Chinese or Latin.
    """
    clauses = [
        clause for clause in CLAUSE.findall(says) if all(name in words for name in NAMED.findall(clause))
    ]
    said = NAMED.sub(lambda found: words[found[1]], "".join(clauses)).strip()
    return re.sub(r"[，；,;]$", "。" if re.search(r"[\u4e00-\u9fff]", said) else ".", said)


def named_in(says: str) -> set[str]:
    """Return the figures that a reason names."""
    return set(NAMED.findall(says))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
