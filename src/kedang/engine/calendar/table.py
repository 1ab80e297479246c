"""Read and change the calendar. Who counts in working days hears of every change that is in force."""

from collections import defaultdict
from datetime import date

import chinese_calendar
from chinese_calendar import constants
from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.calendar.models import CalendarDay, CalendarYear
from kedang.engine.identity.stamps import Remembered, bump
from kedang.engine.ledger.models import OutboxEvent
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, Problem
from kedang.kernel.workdays import Workdays, Year

STAMP = "calendar"
CHANGED = "engine.calendar.changed"
FIRST, LAST = 2004, 2100
NAMES = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


def _read() -> Workdays:
    off: dict[int, set[date]] = defaultdict(set)
    worked: dict[int, set[date]] = defaultdict(set)
    for day, working in CalendarDay.objects.values_list("day", "working"):
        (worked if working else off)[day.year].add(day)
    return Workdays({
        year: Year(published, frozenset(off[year]), frozenset(worked[year]))
        for year, published in CalendarYear.objects.values_list("year", "published")
    })  # fmt: skip


workdays: Remembered[Workdays] = Remembered(STAMP, _read)


def fill() -> int:
    """Store the published years that the library knows and the table does not; return how many."""
    known = set(CalendarYear.objects.values_list("year", flat=True))
    told = {day.year for day in (*constants.holidays, *constants.workdays)}
    fresh = sorted(year for year in told - known if year >= FIRST)
    if not fresh:
        return 0
    off = {day: (False, name) for day, name in constants.holidays.items()}
    days = off | {day: (True, name) for day, name in constants.workdays.items()}
    with transaction.atomic():
        CalendarYear.objects.bulk_create(CalendarYear(year=year, published=True) for year in fresh)
        CalendarDay.objects.bulk_create(
            CalendarDay(day=day, working=working, name=NAMES.get(name, ""))
            for day, (working, name) in days.items()
            if day.year in fresh
        )
        _changed(fresh)
    return len(fresh)


def days_of(year: int) -> list[CalendarDay]:
    """Return the days of a year that differ from their weekday, in order."""
    return list(CalendarDay.objects.filter(day__range=(date(year, 1, 1), date(year, 12, 31))).order_by("day"))


def put(first: date, last: date, *, working: bool, name: str = "") -> None:
    """Set days off or worked. Raise Invalid for a span that is upside down, too long, or of no year we keep."""
    if not first <= last <= date(LAST, 12, 31) or first.year < FIRST or (last - first).days > 30:
        text = _("Give a first and a last day, at most 31 days, the last not before the first.")
        raise Invalid(text, [Problem("last", text)])
    if first.year != last.year:
        text = _("A notice is about one year: enter each year's days by themselves.")
        raise Invalid(text, [Problem("last", text)])
    with transaction.atomic():
        CalendarYear.objects.get_or_create(year=first.year)
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            values = {"working": working, "name": name.strip()[:40]}
            CalendarDay.objects.update_or_create(day=date.fromordinal(ordinal), defaults=values)
        _changed([first.year])


def take_out(day: date) -> None:
    """Let a day go by its weekday again."""
    with transaction.atomic():
        CalendarDay.objects.filter(day=day).delete()
        _changed([day.year])


def publish(year: int, *, published: bool) -> None:
    """Say that a year's notice is out and entered, or that it is not after all."""
    if not FIRST <= year <= LAST:
        raise Invalid(
            _("The calendar holds the years %(first)s to %(last)s.") % {"first": FIRST, "last": LAST}
        )
    with transaction.atomic():
        CalendarYear.objects.update_or_create(year=year, defaults={"published": published})
        _changed([year])


def _changed(years: list[int]) -> None:
    bump(STAMP)
    OutboxEvent.objects.create(at=clock.now(), type=CHANGED, payload={"years": years})
