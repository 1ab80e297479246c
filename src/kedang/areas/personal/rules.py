"""Consent, the clock of requests and the end of a duty to keep, as plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from kedang.kernel.workdays import Workdays

ANSWER_DAYS = 30  # GB/T 35273-2020: a request is answered within thirty days
WARN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Given:
    """One line of the consent ledger: for what, by which way, from when, and until when if it was withdrawn."""

    purpose: str
    channel: str
    given_on: date
    withdrawn_on: date | None = None


def covers(lines: Iterable[Given], purpose: str, channel: str, as_of: date) -> bool:
    """Say whether one line allows this purpose by this way on a day.

    A consent counts from the day it was given; on the day it is withdrawn it counts no more.
    """
    return any(
        line.purpose == purpose
        and line.channel == channel
        and line.given_on <= as_of
        and (line.withdrawn_on is None or as_of < line.withdrawn_on)
        for line in lines
    )


def due_on(asked_on: date, days: Workdays) -> date:
    """Return the last working day on which a request may be answered: within thirty days, on a day people work."""
    due = asked_on + timedelta(days=ANSWER_DAYS)
    while due > asked_on and not days.is_working(due):
        due -= timedelta(days=1)
    return due


def in_time(due: date, answered: date) -> bool:
    """Say whether a request was answered within its term; the last day counts."""
    return answered <= due


def days_left(due: date, as_of: date) -> int:
    """Return how many days are left to answer; negative when it is late."""
    return (due - as_of).days


def is_pressing(due: date, as_of: date) -> bool:
    """Say whether a request is late or nearly so."""
    return days_left(due, as_of) <= WARN_DAYS


def duty_end(last: date, years: int) -> date:
    """Return the last day on which a document is kept: its years begin with the day after the year it is of."""
    return date(last.year + years, 12, 31)
