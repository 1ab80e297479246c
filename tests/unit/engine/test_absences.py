"""When somebody may stand in for somebody else."""

from datetime import date

import pytest

from kedang.engine.identity.absences import Absence, fault_of, looked_after

TODAY = date(2026, 11, 25)
LI, WANG, ZHAO = 1, 2, 3


def absence(away=LI, deputy=WANG, first=date(2026, 11, 25), last=date(2026, 12, 1)):
    return Absence(away, deputy, first, last)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 24), frozenset()),
        (date(2026, 11, 25), frozenset({LI})),
        (date(2026, 12, 1), frozenset({LI})),
        (date(2026, 12, 2), frozenset()),
    ],
)
def test_the_first_and_the_last_day_count(today, expected):
    assert looked_after([absence()], WANG, today) == expected


def test_standing_in_is_not_passed_on():
    chain = [absence(LI, WANG), absence(WANG, ZHAO)]
    assert looked_after(chain, ZHAO, TODAY) == {WANG}


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (absence(), ""),
        (absence(deputy=LI), "self"),
        (absence(last=date(2026, 11, 24)), "order"),
        (absence(first=date(2026, 11, 1), last=date(2026, 11, 24)), "past"),
        (absence(last=date(2027, 11, 25)), ""),
        (absence(last=date(2027, 11, 26)), "long"),
    ],
)
def test_days_are_in_order_ahead_and_at_most_a_year(asked, fault):
    assert fault_of(asked, [], TODAY) == fault


def test_a_deputy_who_is_away_on_one_of_the_days_is_none():
    assert fault_of(absence(), [absence(WANG, ZHAO, date(2026, 12, 1), date(2026, 12, 5))], TODAY) == "away"
    assert fault_of(absence(), [absence(WANG, ZHAO, date(2026, 12, 2), date(2026, 12, 5))], TODAY) == ""


def test_the_same_pair_is_not_named_twice_for_one_day():
    assert fault_of(absence(), [absence(first=date(2026, 12, 1), last=date(2026, 12, 9))], TODAY) == "twice"
