"""Dates of the lunar calendar. What was typed is kept; the solar day of a year is worked out each time.

Checked against two tables for 1950 to 2050. Births before 1978-10-02 may differ by a day in older almanacs.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lunar_python import LunarMonth, LunarYear, Solar

FIRST, LAST = 1900, 2100
MONTHS = "正二三四五六七八九十冬腊"
DIGITS = "一二三四五六七八九十"


class Leap(StrEnum):
    """When a birthday in a leap month is kept in a year that has that leap month."""

    ORDINARY = "ordinary"
    LEAP = "leap"
    BOTH = "both"


@dataclass(frozen=True, slots=True, order=True)
class LunarDay:
    """A day of the lunar calendar: the year in which the lunar year began, month 1 to 12, day 1 to 30."""

    year: int
    month: int
    day: int
    leap: bool = False


def of(day: date) -> LunarDay:
    """Return the lunar day of a solar day."""
    found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return LunarDay(found.getYear(), abs(found.getMonth()), found.getDay(), leap=found.getMonth() < 0)


def leap_month(year: int) -> int:
    """Return which month a lunar year has twice; 0 for none."""
    return int(LunarYear.fromYear(_known(year)).getLeapMonth())


def length(year: int, month: int, *, leap: bool = False) -> int:
    """Return how many days a lunar month has, 29 or 30; 0 when the year has no such month."""
    found = LunarMonth.fromYm(_known(year), -month if leap else month)
    return int(found.getDayCount()) if found is not None else 0


def solar(lunar: LunarDay) -> date | None:
    """Return the solar day of a lunar day; None when that year has no such day."""
    if not 1 <= lunar.day <= length(lunar.year, lunar.month, leap=lunar.leap):
        return None
    month = LunarMonth.fromYm(lunar.year, -lunar.month if lunar.leap else lunar.month)
    first = Solar.fromJulianDay(month.getFirstJulianDay())
    return date(first.getYear(), first.getMonth(), first.getDay()) + timedelta(days=lunar.day - 1)


def birthdays(
    year: int, month: int, day: int, *, leap: bool = False, policy: Leap = Leap.ORDINARY
) -> list[date]:
    """Return the solar days on which a lunar birthday is kept in a lunar year.

    The 30th of a month that has 29 days is kept on the 29th. One in a leap month is kept in the ordinary month of
    years without that leap month, and by `policy` in years with it.
    """
    twice = leap and leap_month(year) == month
    wanted = (
        {Leap.ORDINARY: [False], Leap.LEAP: [True], Leap.BOTH: [False, True]}[policy] if twice else [False]
    )
    found = []
    for which in wanted:
        last = length(year, month, leap=which)
        kept = solar(LunarDay(year, month, min(day, last), which))
        if kept is not None:
            found.append(kept)
    return found


def next_birthday(
    month: int, day: int, after: date, *, leap: bool = False, policy: Leap = Leap.ORDINARY
) -> date:
    """Return the first day on or after a day on which a lunar birthday is kept."""
    year = of(after).year
    days = [
        one
        for n in (0, 1)
        for one in birthdays(year + n, month, day, leap=leap, policy=policy)
        if one >= after
    ]
    return min(days)


def said(lunar: LunarDay) -> str:
    """Return a lunar day as it is read, without the year: 闰六月初一."""
    ones, tens = lunar.day % 10, lunar.day // 10
    if lunar.day <= 10:
        day = f"初{DIGITS[lunar.day - 1]}"
    elif ones == 0:
        day = "二十" if tens == 2 else "三十"
    else:
        day = ("十" if tens == 1 else "廿") + DIGITS[ones - 1]
    return f"{'闰' if lunar.leap else ''}{MONTHS[lunar.month - 1]}月{day}"


def said_of(day: date) -> str:
    """Return the lunar day of a solar day as it is read."""
    return said(of(day))


def _known(year: int) -> int:
    if not FIRST <= year <= LAST:
        raise ValueError(f"the lunar table reaches from {FIRST} to {LAST}")
    return year
