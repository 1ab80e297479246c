"""Days by a word: what each names on a given day."""

from datetime import date

import pytest

from kedang.engine.records.days import WORDS, is_word, span

WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("today", "2026-11-25", "2026-11-25"), ("yesterday", "2026-11-24", "2026-11-24"),
        ("tomorrow", "2026-11-26", "2026-11-26"), ("overdue", None, "2026-11-24"),
        ("this-week", "2026-11-23", "2026-11-29"), ("last-week", "2026-11-16", "2026-11-22"),
        ("next-week", "2026-11-30", "2026-12-06"), ("this-month", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-10-01", "2026-10-31"), ("next-month", "2026-12-01", "2026-12-31"),
        ("this-quarter", "2026-10-01", "2026-12-31"), ("this-year", "2026-01-01", "2026-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"), ("last-30-days", "2026-10-27", "2026-11-25"),
        ("last-1-days", "2026-11-25", "2026-11-25"), ("next-7-days", "2026-11-25", "2026-12-01"),
        ("90-days-ago", "2026-08-27", "2026-08-27"), ("in-7-days", "2026-12-02", "2026-12-02"),
        ("2026-02-28", "2026-02-28", "2026-02-28"),
    ],
)  # fmt: skip
def test_a_word_names_these_days(word: str, first: str | None, last: str) -> None:
    found = span(word, WEDNESDAY)
    assert [day and day.isoformat() for day in found] == [first, last]


def test_every_word_is_known_on_every_day_of_a_leap_year() -> None:
    for ordinal in range(date(2028, 1, 1).toordinal(), date(2029, 1, 1).toordinal()):
        today = date.fromordinal(ordinal)
        for word in WORDS:
            first, last = span(word, today)
            assert is_word(word)
            assert first is None or last is None or first <= last
        assert span("last-month", today)[1] == today.replace(day=1).fromordinal(
            today.replace(day=1).toordinal() - 1
        )


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "20261125", "last-0-days", "last-9999-days", "-1-days-ago"]
)
def test_what_names_no_day_is_refused(text: str) -> None:
    assert not (is_word(text) and text in WORDS)
    with pytest.raises(ValueError, match=r".*"):
        span(text, WEDNESDAY)


def test_a_span_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match=r".*"):
        span("3660-days-ago", date(5, 1, 1))
