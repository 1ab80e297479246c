"""Days as people say them in a filter: today, this week, the last 30 days. Pure: today is an argument."""

import re
from datetime import date, timedelta

MOST_DAYS = 3_660
COUNTED = re.compile(
    r"last-(?P<last>\d{1,4})-days|next-(?P<next>\d{1,4})-days|(?P<ago>\d{1,4})-days-ago|in-(?P<ahead>\d{1,4})-days"
)
WORDS = (
    "today", "yesterday", "tomorrow", "overdue", "this-week", "last-week", "next-week", "this-month", "last-month",
    "next-month", "this-quarter", "this-year", "last-year",
)  # fmt: skip
Days = tuple[date | None, date | None]


def is_word(text: str) -> bool:
    """Say whether a text names days by a word, not by a date."""
    return text in WORDS or COUNTED.fullmatch(text) is not None


def span(text: str, today: date) -> Days:
    """Return the first and the last day that a word or an ISO date names; None is an open end.

    A week begins on Monday; `last-30-days` ends today and `next-30-days` begins today, today counted. Raise
    ValueError for a text that names no day.
    """
    counted = COUNTED.fullmatch(text)
    try:
        if counted is not None:
            return _counted(counted, today)
        if text in WORDS:
            return _named(text, today)
        if len(text) != 10:
            raise ValueError(text)
        day = date.fromisoformat(text)
    except OverflowError as error:
        raise ValueError(text) from error
    return day, day


def _counted(found: re.Match[str], today: date) -> Days:
    name = str(found.lastgroup)
    days = int(found[name])
    if days > MOST_DAYS or (days == 0 and name in ("last", "next")):
        raise ValueError(found[0])
    match name:
        case "last":
            return today - timedelta(days - 1), today
        case "next":
            return today, today + timedelta(days - 1)
        case "ago":
            return today - timedelta(days), today - timedelta(days)
    return today + timedelta(days), today + timedelta(days)


def _named(word: str, today: date) -> Days:
    monday = today - timedelta(today.weekday())
    first = today.replace(day=1)
    match word:
        case "today":
            return today, today
        case "yesterday" | "tomorrow":
            day = today + timedelta(1 if word == "tomorrow" else -1)
            return day, day
        case "overdue":
            return None, today - timedelta(1)
        case "this-week" | "last-week" | "next-week":
            start = monday + timedelta(weeks={"this": 0, "last": -1, "next": 1}[word.partition("-")[0]])
            return start, start + timedelta(6)
        case "this-month":
            return first, _next_month(first) - timedelta(1)
        case "last-month":
            end = first - timedelta(1)
            return end.replace(day=1), end
        case "next-month":
            start = _next_month(first)
            return start, _next_month(start) - timedelta(1)
        case "this-quarter":
            start = first.replace(month=(first.month - 1) // 3 * 3 + 1)
            return start, _next_month(_next_month(_next_month(start))) - timedelta(1)
    year = today.year - (word == "last-year")
    return date(year, 1, 1), date(year, 12, 31)


def _next_month(first: date) -> date:
    return (first + timedelta(32)).replace(day=1)
