"""Lunar dates by the vectors of the almanac."""

from datetime import date, timedelta

import pytest

from kedang.kernel.lunar import Leap, LunarDay, birthdays, leap_month, length, next_birthday, of, said, solar


@pytest.mark.parametrize(
    ("lunar", "day"),
    [
        (LunarDay(2024, 1, 1), date(2024, 2, 10)), (LunarDay(2025, 1, 1), date(2025, 1, 29)),
        (LunarDay(2026, 1, 1), date(2026, 2, 17)), (LunarDay(2027, 1, 1), date(2027, 2, 6)),
        (LunarDay(2033, 1, 1), date(2033, 1, 31)), (LunarDay(2034, 1, 1), date(2034, 2, 19)),
        (LunarDay(2025, 6, 1), date(2025, 6, 25)), (LunarDay(2025, 6, 1, leap=True), date(2025, 7, 25)),
        (LunarDay(2026, 5, 5), date(2026, 6, 19)), (LunarDay(2026, 7, 7), date(2026, 8, 19)),
        (LunarDay(2026, 8, 15), date(2026, 9, 25)), (LunarDay(2026, 9, 9), date(2026, 10, 18)),
        (LunarDay(2026, 12, 8), date(2027, 1, 15)),
    ],
)  # fmt: skip
def test_both_ways(lunar, day):
    assert solar(lunar) == day
    assert of(day) == lunar


@pytest.mark.parametrize(
    ("year", "month"), [(2025, 6), (2026, 0), (2028, 5), (2031, 3), (2033, 11), (2036, 6)]
)
def test_leap_months(year, month):
    assert leap_month(year) == month


def test_every_day_of_a_century_goes_there_and_back():
    day = date(1950, 1, 1)
    while day.year < 2051:
        assert solar(of(day)) == day
        day += timedelta(days=13)


def test_a_day_that_a_year_does_not_have():
    assert length(2026, 6, leap=True) == 0
    assert solar(LunarDay(2026, 6, 1, leap=True)) is None
    assert solar(LunarDay(2026, 12, 30)) is None


def test_the_thirtieth_of_a_short_twelfth_month_is_kept_on_the_29th():
    for year, day in ((2024, date(2025, 1, 28)), (2025, date(2026, 2, 16)), (2026, date(2027, 2, 5))):
        assert length(year, 12) == 29
        assert birthdays(year, 12, 30) == [day] == [solar(LunarDay(year, 12, 29))]


def test_a_birthday_in_a_leap_month():
    born = {"month": 6, "day": 1, "leap": True}
    assert birthdays(2025, **born) == [date(2025, 6, 25)]
    assert birthdays(2025, **born, policy=Leap.LEAP) == [date(2025, 7, 25)]
    assert birthdays(2025, **born, policy=Leap.BOTH) == [date(2025, 6, 25), date(2025, 7, 25)]
    for policy in Leap:
        assert birthdays(2026, **born, policy=policy) == [date(2026, 7, 14)]
    assert birthdays(2025, 6, 1, policy=Leap.BOTH) == [date(2025, 6, 25)]


def test_the_next_birthday():
    assert next_birthday(12, 8, date(2026, 11, 25)) == date(2027, 1, 15)
    assert next_birthday(12, 8, date(2027, 1, 15)) == date(2027, 1, 15)
    assert next_birthday(1, 1, date(2026, 2, 18)) == date(2027, 2, 6)
    both = {"leap": True, "policy": Leap.BOTH}
    assert next_birthday(6, 1, date(2025, 6, 26), **both) == date(2025, 7, 25)


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2026, 11, 18), "十月初十"), (date(2026, 2, 17), "正月初一"), (date(2025, 7, 25), "闰六月初一"),
     (date(2026, 9, 25), "八月十五"), (date(2027, 1, 15), "腊月初八"), (date(2027, 2, 5), "腊月廿九")],
)  # fmt: skip
def test_as_it_is_read(day, text):
    assert said(of(day)) == text


@pytest.mark.parametrize(
    ("day", "text"), [(10, "初十"), (11, "十一"), (20, "二十"), (21, "廿一"), (30, "三十")]
)
def test_days_as_they_are_read(day, text):
    assert said(LunarDay(2026, 11, day)) == f"冬月{text}"
