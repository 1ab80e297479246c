"""When one colleague may stand in for another. Pure: no database, no clock, no Django."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from one day to another, both counted, and somebody looks after their records."""

    away: int
    deputy: int
    first: date
    last: date

    def meets(self, first: date, last: date) -> bool:
        """Say whether it shares a day with another stretch of days."""
        return self.first <= last and first <= self.last


def looked_after(absences: Iterable[Absence], deputy: int, today: date) -> frozenset[int]:
    """Return the people for whom `deputy` stands in today. It is not passed on to a deputy's deputy."""
    return frozenset(one.away for one in absences if one.deputy == deputy and one.meets(today, today))


def fault_of(asked: Absence, others: Iterable[Absence], today: date) -> str:
    """Return why an absence cannot be, as a code, or nothing: `self`, `order`, `past`, `long`, `twice`, `away`."""
    if asked.away == asked.deputy:
        return "self"
    if asked.last < asked.first:
        return "order"
    if asked.last < today:
        return "past"
    if (asked.last - asked.first).days >= LONGEST_DAYS:
        return "long"
    for other in others:
        if other.meets(asked.first, asked.last):
            if (other.away, other.deputy) == (asked.away, asked.deputy):
                return "twice"
            if other.away == asked.deputy:
                return "away"
    return ""
