"""Working days, by the notice of 4 November 2025 for 2026."""

from datetime import date, timedelta

import pytest

from kedang.kernel.workdays import Workdays, Year


def span(first, last):
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


OFF = (
    span(date(2026, 1, 1), date(2026, 1, 3)) | span(date(2026, 2, 15), date(2026, 2, 23))
    | span(date(2026, 4, 4), date(2026, 4, 6)) | span(date(2026, 5, 1), date(2026, 5, 5))
    | span(date(2026, 6, 19), date(2026, 6, 21)) | span(date(2026, 9, 25), date(2026, 9, 27))
    | span(date(2026, 10, 1), date(2026, 10, 7))
)  # fmt: skip
WORKED = {
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10),
}  # fmt: skip
CHINA = Workdays({2026: Year(published=True, off=frozenset(OFF), worked=frozenset(WORKED))})


def test_a_year_has_its_working_days():
    assert CHINA.count(date(2026, 1, 1), date(2026, 12, 31)) == 248


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 2, 27), -5, date(2026, 2, 13)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 11, 25), 0, date(2026, 11, 25)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
    ],
)
def test_so_many_working_days_later(start, count, expected):
    assert CHINA.add(start, count) == expected


def test_going_there_and_back():
    for n in range(1, 120):
        later = CHINA.add(date(2026, 3, 2), n)
        assert CHINA.is_working(later)
        assert CHINA.count(date(2026, 3, 3), later) == n
        assert CHINA.add(later, -n) == date(2026, 3, 2)


def test_an_unpublished_year_is_provisional_and_goes_by_weekends():
    assert CHINA.provisional(date(2027, 1, 4))
    assert not CHINA.provisional(date(2026, 12, 31))
    assert CHINA.provisional(date(2026, 12, 31), date(2027, 1, 4))
    draft = Workdays({2027: Year(published=False, off=frozenset({date(2027, 1, 1)}))})
    assert draft.provisional(date(2027, 1, 1))
    assert not draft.is_working(date(2027, 1, 1))
    assert CHINA.is_working(date(2027, 1, 1))


def test_the_working_day_of_the_month():
    assert CHINA.in_month(date(2026, 11, 18)) == (13, 21)
    assert CHINA.in_month(date(2026, 2, 28)) == (16, 16)
    assert CHINA.in_month(date(2026, 10, 3)) == (0, 18)


def test_too_far_is_refused():
    with pytest.raises(ValueError, match="working days"):
        CHINA.add(date(2026, 1, 1), 10_000)
