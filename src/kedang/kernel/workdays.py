"""Working days of China: weekends, public holidays and the weekends that are worked for them.

The days off come from the State Council's notice for one year. A year whose notice is not out yet is counted by
weekends alone, and says that it is provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

FAR = 3_660
SATURDAY = 5


def next_weekday(day: date) -> date:
    """Return the next day that is neither a Saturday nor a Sunday, whatever the notices say."""
    return next(later for n in (1, 2, 3) if (later := day + timedelta(days=n)).weekday() < SATURDAY)


@dataclass(frozen=True, slots=True)
class Year:
    """What a notice says of one year: days off and days worked; all others go by the weekday."""

    published: bool
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Workdays:
    """The years that are known. A year that is not is provisional."""

    years: Mapping[int, Year] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Say whether people work on a day."""
        year = self.years.get(day.year)
        if year is not None and day in year.worked:
            return True
        return day.weekday() < 5 and not (year is not None and day in year.off)

    def provisional(self, *days: date) -> bool:
        """Say whether an answer about these days may change when a notice comes out."""
        return any(day.year not in self.years or not self.years[day.year].published for day in days)

    def add(self, start: date, count: int) -> date:
        """Return the day that lies `count` working days after `start`, or before it when `count` is negative.

        The day it starts on does not count. Zero gives the start when that is a working day, else the next one.
        """
        if abs(count) > FAR:
            raise ValueError(f"more than {FAR} working days")
        step = timedelta(days=-1 if count < 0 else 1)
        day, left = start, abs(count)
        if not left:
            while not self.is_working(day):
                day += step
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def count(self, first: date, last: date) -> int:
        """Return how many working days there are from one day to another, both included."""
        return sum(self.is_working(first + timedelta(days=n)) for n in range((last - first).days + 1))

    def in_month(self, day: date) -> tuple[int, int]:
        """Return how many working days of its month have begun by a day, and how many the month has."""
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self.count(first, day), self.count(first, last)
