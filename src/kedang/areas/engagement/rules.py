"""When a task is due, what minutes hold, what a calendar program is told. Pure: no database, no clock, no Django."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from kedang.kernel.codes import gettext_noop
from kedang.kernel.places import Point, km

TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
FOLD = 75
LASTS = timedelta(minutes=30)
WEEK = 7
SAME = 1e-6  # kilometres: a way that is shorter by less is not shorter


@dataclass(frozen=True, slots=True)
class Entry:
    """One task as a calendar program shows it."""

    uid: str
    title: str
    on: date
    at: str
    note: str
    url: str
    changed: datetime


def clock_time(text: str) -> str:
    """Return a time of the day in its one form, 09:30; raise ValueError for what is none."""
    plain = text.strip().replace("：", ":")
    if re.fullmatch(r"\d:\d\d", plain):
        plain = f"0{plain}"
    if not TIME.fullmatch(plain):
        raise ValueError(text)
    return plain


def week_of(day: date) -> list[date]:
    """Return the seven days of a day's week, Monday first."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(WEEK)]


def month_of(day: date) -> list[list[date]]:
    """Return the weeks that a day's month touches, each with its seven days."""
    weeks: list[list[date]] = []
    monday = week_of(day.replace(day=1))[0]
    while not weeks or (monday.year, monday.month) <= (day.year, day.month):
        weeks.append(week_of(monday))
        monday += timedelta(days=WEEK)
    return weeks


def faults_of_minutes(
    today: date, done_on: date | None, next_step: str, next_step_on: date | None, promise: str, promise_on: date | None
) -> list[tuple[str, str]]:  # fmt: skip
    """Return what is wrong with the minutes of a visit, as pairs of field and text.

    What was done lies in the past, what follows has a day that is still to come, and a promise a day it is due.
    """
    found = []
    if done_on is not None and done_on > today:
        found.append(("done_on", gettext_noop("A visit that lies ahead is planned, not done.")))
    if next_step.strip() and next_step_on is None:
        found.append(("next_step_on", gettext_noop("Say by when; it becomes a task.")))
    if next_step_on is not None and not next_step.strip():
        found.append(("next_step", gettext_noop("Say what is to be done on that day.")))
    if next_step_on is not None and next_step_on < today:
        found.append(("next_step_on", gettext_noop("Choose a day that is still to come.")))
    if promise.strip() and promise_on is None:
        found.append(("promise_on", gettext_noop("Say by when it was promised.")))
    return found


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit of a day as its route knows it: its hour (14:30 or none), its place in an accepted order, where it is."""

    pk: int
    at: str
    turn: int | None
    point: Point | None


def in_order(stops: Sequence[Stop]) -> list[Stop]:
    """Return the visits of a day in the order in which they are made.

    Those of an accepted order stand in it. The others follow: at their hour, before the first that is later; without an
    hour at the end.
    """
    found = sorted((one for one in stops if one.turn is not None), key=lambda one: (one.turn or 0, one.pk))
    for stop in sorted((one for one in stops if one.turn is None), key=lambda one: (one.at or "99", one.pk)):
        later = (n for n, one in enumerate(found) if stop.at and one.at > stop.at)
        found.insert(next(later, len(found)), stop)
    return found


def proposed(stops: Sequence[Stop]) -> list[Stop]:
    """Return the visits of a day in a shorter order: to the nearest next, then turned about while that shortens it.

    It begins with the first of `stops`. Visits with an hour keep their order among themselves; those whose place is
    not known stand at the end. The way is straight lines, so it is a proposal and not the shortest drive.
    """
    hours = iter(
        sorted((one for one in stops if one.at and one.point is not None), key=lambda one: (one.at, one.pk))
    )
    given = [next(hours) if one.at else one for one in stops if one.point is not None]
    found, rest = given[:1], given[1:]
    while rest:
        coming = min((one.at for one in rest if one.at), default="")
        free = [one for one in rest if one.at in ("", coming)]
        found.append(min(free, key=lambda one: (_far(found[-1], one), one.pk)))
        rest.remove(found[-1])
    found = _turned(found)
    nowhere = [one for one in stops if one.point is None]
    return (found if way(found) < way(given) - SAME else given) + nowhere


def _turned(stops: list[Stop]) -> list[Stop]:
    """Turn stretches about (2-opt), the first stop apart, as long as that shortens the way and keeps the hours."""
    best, better = stops, True
    while better:
        better = False
        for first in range(1, len(best) - 1):
            for last in range(first + 1, len(best)):
                tried = [*best[:first], *reversed(best[first : last + 1]), *best[last + 1 :]]
                if _keeps_hours(tried) and way(tried) < way(best) - SAME:
                    best, better = tried, True
    return best


def _keeps_hours(stops: Sequence[Stop]) -> bool:
    hours = [one.at for one in stops if one.at]
    return hours == sorted(hours)


def legs(stops: Sequence[Stop]) -> list[float | None]:
    """Return how far each visit is from the one before, in kilometres of straight line; None where one has no place."""
    return [None, *(_known(one, other) for one, other in pairwise(stops))] if stops else []


def way(stops: Sequence[Stop]) -> float:
    """Return the straight lines from visit to visit together, in kilometres; those without a place are passed over."""
    return sum(_far(one, other) for one, other in pairwise([one for one in stops if one.point is not None]))


def _known(one: Stop, other: Stop) -> float | None:
    return None if one.point is None or other.point is None else km(one.point, other.point)


def _far(one: Stop, other: Stop) -> float:
    return _known(one, other) or 0.0


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of a pocket card: a visit with what it came to."""

    no: int
    on: date | None
    met: str
    said: str
    next_step: str


def card_text(head: str, *sides: tuple[str, Sequence[CardLine]]) -> str:
    """Return a pocket card as plain text: a head, then its sides, one line a visit."""
    parts = [head]
    for title, lines in sides:
        parts += ["", title]
        for one in lines:
            day = one.on.isoformat() if one.on is not None else ""
            told = (day, one.met, " ".join(one.said.split()), f"→ {one.next_step}" if one.next_step else "")
            parts.append(f"{one.no}. " + "  ".join(part for part in told if part))
    return "\n".join(parts) + "\n"


def point(latitude: Decimal, longitude: Decimal, accuracy: int | None) -> str:
    """Return a point as it is kept, `23.129110,113.264385 ±12 WGS-84`, to six places (about 0.1 m); empty if none."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ""
    near = min(max(accuracy, 0), 99_999) if accuracy is not None else None
    return str(Point(float(latitude), float(longitude), accuracy=near))


def calendar_file(name: str, entries: Sequence[Entry], zone: tzinfo) -> str:
    """Return an iCalendar file (RFC 5545) with an event for each entry; one without a time lasts all day."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kedang//Tasks//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]  # fmt: skip
    for one in entries:
        lines += ["BEGIN:VEVENT", f"UID:{one.uid}", f"DTSTAMP:{_utc(one.changed)}", *_when(one, zone)]
        lines += [f"SUMMARY:{_escaped(one.title)}", f"URL:{one.url}"]
        if one.note:
            lines.append(f"DESCRIPTION:{_escaped(one.note)}")
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _when(one: Entry, zone: tzinfo) -> list[str]:
    if not one.at:
        return [
            f"DTSTART;VALUE=DATE:{one.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.on + timedelta(days=1):%Y%m%d}",
        ]
    begins = datetime.combine(one.on, time.fromisoformat(one.at), tzinfo=zone)
    return [f"DTSTART:{_utc(begins)}", f"DTEND:{_utc(begins + LASTS)}"]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(letter for letter in plain if letter == "\n" or letter.isprintable())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, never within a letter; the next ones begin with a blank."""
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > FOLD:
            yield part
            part, size = " ", 1
        part += letter
        size += octets
    yield part
