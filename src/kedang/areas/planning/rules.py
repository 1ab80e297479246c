"""Quotas, figures against them, the proposal for a month, sales lines, weak regions. Pure: no database, no clock.

The quotas 30 calls a day, 20 customers visited a week and 3 new customers a month are minimums of the sales handbook;
3 potential customers a month are of the wine text, which asks for 2 new ones beside them. How often a level is visited
is data of the pack. What makes a region weak is ours, and said on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from kedang.kernel.places import Point, km

CALLS, CUSTOMERS, NEW, PROSPECTS = "calls", "customers", "new", "prospects"
MEASURES = (CALLS, CUSTOMERS, NEW, PROSPECTS)
MOST = 9_999
ONE_PLACE = Decimal("0.1")
FEWEST_FILES = 3
HALF = Decimal("0.5")
SELDOM, LITTLE = "seldom", "little"
MET, UNMET = "met", "unmet"
NEAR_KM = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """How much was done of what there is a minimum for; a quota of nought asks for nothing."""

    measure: str
    done: int
    quota: int

    @property
    def met(self) -> bool:
        """Whether the minimum is reached."""
        return self.done >= self.quota

    @property
    def missing(self) -> int:
        """How much is still wanting."""
        return max(0, self.quota - self.done)


def first_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def last_of(day: date) -> date:
    """Return the last day of a day's month."""
    return next_month(day) - timedelta(days=1)


def quotas_of(
    path: Sequence[int], usual: Mapping[str, int], own: Mapping[tuple[int, str], int | None]
) -> dict[str, int]:
    """Return the quotas that hold in a unit: the nearest one set on the way up, else the usual one.

    `path` leads from the top to the unit; `own` holds what was set for units, None where it was taken back.
    """
    found = dict(usual)
    for unit in path:
        for measure in MEASURES:
            value = own.get((unit, measure))
            if value is not None:
                found[measure] = value
    return found


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a month asks of one person: {level: (files, visits to each)}, their sum, and how many that is a day."""

    levels: dict[str, tuple[int, int]]
    visits: int
    per_day: Decimal


def propose(files: Mapping[str, int], each: Mapping[str, int], days: int) -> Proposal:
    """Return the visits that the files of one person ask for in a month of so many working days.

    Each file is visited as often as its level asks for; a level that asks for none is left to calls and occasion.
    """
    levels = {level: (files[level], each.get(level, 0)) for level in files if files[level]}
    visits = sum(count * times for count, times in levels.values())
    return Proposal(levels, visits, per_day(visits, days))


def per_day(visits: int, days: int) -> Decimal:
    """Return visits a working day, rounded up to one place, so that keeping to it is enough."""
    if days <= 0:
        return Decimal(0)
    return (Decimal(visits) / days).quantize(ONE_PLACE, ROUND_CEILING)


def average(visits: int, customers: int) -> Decimal:
    """Return visits a customer, to one place; nought where nobody was visited."""
    return (Decimal(visits) / customers).quantize(ONE_PLACE, ROUND_HALF_UP) if customers else Decimal("0.0")


def wanted_by(each: int, gone: int, days: int) -> int:
    """Return how many of a month's visits to a customer should be made by now: whole visits, never ahead of time."""
    return each * gone // days if days > 0 else 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer that could be visited on a trip: where it is, and how many visits the month still asks for.

    `point` is its own location; without one only its region is known.
    """

    pk: int
    region: str
    left: int
    late: int
    point: Point | None = None


def near(
    region: str, point: Point | None, candidates: Sequence[Candidate], most: int
) -> list[tuple[Candidate, float | None]]:  # fmt: skip
    """Return who lies on the way of a trip, with the straight line to it in kilometres where both places are known.

    First those within NEAR_KM, the nearest first; then who is only known to be in the same district, then in the same
    city. Only who is still to be visited this month; among equals the most overdue first. Where neither place nor
    region of the trip is known nothing is near; a code of a whole city is no district.
    """
    found = []
    for one in candidates:
        far = km(point, one.point) if point is not None and one.point is not None else None
        city = bool(region) and one.region[:4] == region[:4]
        if one.left > 0 and (far <= NEAR_KM if far is not None else city):
            found.append((one, far))
    district = "" if region.endswith("00") else region
    found.sort(
        key=lambda pair: (
            pair[1] is None, round(pair[1] or 0, 1), pair[0].region != district, -pair[0].late, -pair[0].left,
            pair[0].pk,
        )
    )  # fmt: skip
    return found[:most]


def outcome(target: Decimal, done: Decimal | None) -> str:
    """Return whether a line of a sales task is met; nothing bought leaves it unmet."""
    return MET if (done or Decimal(0)) >= target else UNMET


def percent(part: Decimal, whole: Decimal) -> int:
    """Return a part in whole percent, rounded down: 99.9 is not yet all of it."""
    return int(part * 100 // whole) if whole > 0 else 0


@dataclass(frozen=True, slots=True)
class Region:
    """What is known of the files of one region: how many there are, were visited, and what they bought in that time."""

    code: str
    files: int
    visited: int
    bought: Decimal


@dataclass(frozen=True, slots=True)
class Weak:
    """A region that falls behind: in what, its own figure, and that of all other regions together."""

    region: Region
    why: str
    own: Decimal
    others: Decimal


def weak(regions: Sequence[Region]) -> list[Weak]:
    """Return the regions that fall behind, the weakest first.

    A region of at least three files is weak when the share of its files that were visited is less than half of that
    in all other regions together (seldom), or what its files bought on average is less than half of theirs (little).
    """
    whole = Region(
        "", sum(one.files for one in regions), sum(one.visited for one in regions),
        sum((one.bought for one in regions), Decimal(0)),
    )  # fmt: skip
    found = []
    for one in regions:
        rest = whole.files - one.files
        if one.files < FEWEST_FILES or rest <= 0:
            continue
        for why, own, others in (
            (SELDOM, Decimal(one.visited) / one.files, Decimal(whole.visited - one.visited) / rest),
            (LITTLE, one.bought / one.files, (whole.bought - one.bought) / rest),
        ):
            if own < others * HALF:
                found.append(Weak(one, why, own, others))
    return sorted(found, key=lambda one: (one.own / one.others, one.region.code, one.why))
