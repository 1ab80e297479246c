"""Consent and the clock of requests, by hand-reckoned days."""

from datetime import date, timedelta

import pytest

from kedang.areas.personal import rules
from kedang.areas.personal.rules import Given
from kedang.kernel.workdays import Workdays, Year

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 1)
LINE = Given("marketing", "sms", FIRST, LAST)


@pytest.mark.parametrize(
    ("purpose", "channel", "as_of", "may"),
    [
        ("marketing", "sms", date(2026, 2, 28), False),
        ("marketing", "sms", FIRST, True),
        ("marketing", "sms", date(2026, 5, 31), True),
        ("marketing", "sms", LAST, False),
        ("marketing", "email", FIRST, False),
        ("survey", "sms", FIRST, False),
    ],
)
def test_a_consent_counts_from_its_day_until_it_is_withdrawn(
    purpose: str, channel: str, as_of: date, may: bool
) -> None:
    assert rules.covers([LINE], purpose, channel, as_of) is may


def test_no_consent_is_no_and_a_new_one_stands_beside_a_withdrawn_one() -> None:
    assert not rules.covers([], "marketing", "sms", FIRST)
    again = Given("marketing", "sms", date(2026, 9, 1))
    assert not rules.covers([LINE, again], "marketing", "sms", date(2026, 8, 31))
    assert rules.covers([LINE, again], "marketing", "sms", date(2026, 9, 1))


WEEKENDS = Workdays({2026: Year(True, off=frozenset({date(2026, 10, day) for day in range(1, 9)}))})


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2026, 11, 10), date(2026, 12, 10)),  # a Thursday
        (date(2026, 11, 20), date(2026, 12, 18)),  # the thirtieth day is a Sunday: the Friday before
        (date(2026, 9, 5), date(2026, 9, 30)),  # the thirtieth day lies in the National Day holiday
        (date(2028, 1, 31), date(2028, 3, 1)),  # over a February of 29 days
    ],
)
def test_thirty_days_to_answer_and_then_the_last_working_day_within_them(asked: date, due: date) -> None:
    assert rules.due_on(asked, WEEKENDS) == due
    assert rules.in_time(due, due)
    assert not rules.in_time(due, due + timedelta(days=1))


@pytest.mark.parametrize(
    ("as_of", "left", "pressing"),
    [
        (date(2026, 12, 2), 8, False),
        (date(2026, 12, 3), 7, True),
        (date(2026, 12, 10), 0, True),
        (date(2026, 12, 12), -2, True),
    ],
)
def test_the_last_week_presses(as_of: date, left: int, pressing: bool) -> None:
    due = date(2026, 12, 10)
    assert rules.days_left(due, as_of) == left
    assert rules.is_pressing(due, as_of) is pressing


def test_a_voucher_of_2026_is_kept_for_thirty_years_after_its_year() -> None:
    assert rules.duty_end(date(2026, 11, 23), 30) == date(2056, 12, 31)
    assert rules.duty_end(date(2026, 1, 1), 10) == date(2036, 12, 31)
