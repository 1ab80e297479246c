"""When a job is tried again, and when a schedule comes next. Pure: no database, no clock, no Django."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MAX_TRIES = 5
MAX_LOST = 8
PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
RHYTHM = re.compile(
    r"every (?P<minutes>[1-9]\d{0,3}) minutes"
    r"|(daily|weekly (?P<weekday>[1-7])|monthly (?P<day>[1-9]|[12]\d|3[01]))"
    r" (?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
)


def pause(tries: int) -> timedelta | None:
    """Return how long to wait after so many failed tries, growing each time; None when it is enough."""
    return PAUSES[min(tries, len(PAUSES)) - 1] if tries < MAX_TRIES else None


def next_time(rhythm: str, after: datetime, zone: tzinfo) -> datetime:
    """Return the first moment of a rhythm after another moment, in UTC.

    A rhythm is `every 15 minutes`, `daily 02:30`, `weekly 1 06:00` (1 is Monday) or `monthly 31 06:00`, by the
    wall clock of `zone`; a month without that day takes its last one. Raise ValueError for anything else.
    """
    found = RHYTHM.fullmatch(rhythm)
    if found is None:
        raise ValueError(f"{rhythm!r} is not a rhythm")
    if found["minutes"]:
        return after.astimezone(UTC) + timedelta(minutes=int(found["minutes"]))
    at = time(int(found["hour"]), int(found["minute"]))
    on = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(on, at, tzinfo=zone).astimezone(UTC)
        if moment > after and _fits(on, found["weekday"], found["day"]):
            return moment
        on += timedelta(days=1)


def _fits(on: date, weekday: str | None, day: str | None) -> bool:
    if weekday:
        return on.isoweekday() == int(weekday)
    if day:
        return on.day == min(int(day), calendar.monthrange(on.year, on.month)[1])
    return True
