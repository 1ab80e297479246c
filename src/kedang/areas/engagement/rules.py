"""When a task is due, what minutes hold, what a calendar program is told. Pure: no database, no clock, no Django."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from kedang.kernel.codes import gettext_noop

TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
FOLD = 75
LASTS = timedelta(minutes=30)
WEEK = 7


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
    near = f" ±{min(max(accuracy, 0), 99_999)}" if accuracy is not None else ""
    return f"{latitude:.6f},{longitude:.6f}{near} WGS-84"


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
