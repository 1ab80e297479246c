"""Quotas, proposals of a month, lines of a sales task and weak regions, by figures."""

from datetime import date
from decimal import Decimal

import pytest

from kedang.areas.planning import rules
from kedang.areas.planning.rules import CALLS, CUSTOMERS, NEW, PROSPECTS, Candidate, Figure, Region
from kedang.kernel.places import Point

USUAL = {CALLS: 30, CUSTOMERS: 20, NEW: 3, PROSPECTS: 3}
TOP, NORTH, BRANCH, SOUTH = 1, 2, 3, 4


def test_a_quota_is_a_minimum():
    assert (Figure(CUSTOMERS, 19, 20).met, Figure(CUSTOMERS, 19, 20).missing) == (False, 1)
    assert (Figure(CUSTOMERS, 20, 20).met, Figure(CUSTOMERS, 25, 20).missing) == (True, 0)
    assert Figure(NEW, 0, 0).met  # a quota of nought asks for nothing


def test_the_nearest_unit_decides_about_a_quota():
    own = {(TOP, CALLS): 40, (NORTH, CALLS): 25, (SOUTH, CALLS): 5, (NORTH, NEW): 2}
    assert rules.quotas_of([TOP, NORTH, BRANCH], USUAL, own) == USUAL | {CALLS: 25, NEW: 2}
    assert rules.quotas_of([TOP, SOUTH], USUAL, own) == USUAL | {CALLS: 5}
    assert rules.quotas_of([], USUAL, own) == USUAL


def test_a_quota_taken_back_lets_the_one_above_hold_and_nought_is_a_quota():
    own = {(TOP, CALLS): 40, (NORTH, CALLS): None, (NORTH, NEW): 0}
    assert rules.quotas_of([TOP, NORTH], USUAL, own) == USUAL | {CALLS: 40, NEW: 0}


def test_a_month_is_proposed_from_the_files():
    files, each = (
        {"diamond": 2, "gold": 5, "silver": 10, "member": 40},
        {"diamond": 4, "gold": 2, "silver": 1, "member": 0},
    )
    found = rules.propose(files, each, 21)
    assert found.visits == 2 * 4 + 5 * 2 + 10 * 1 == 28
    assert found.per_day == Decimal("1.4")  # 28 / 21 = 1.33, rounded up so that keeping to it is enough
    assert found.levels == {"diamond": (2, 4), "gold": (5, 2), "silver": (10, 1), "member": (40, 0)}


def test_files_without_a_level_and_months_without_days_ask_for_nothing():
    found = rules.propose({"": 7, "gold": 0}, {"gold": 2}, 0)
    assert (found.visits, found.per_day, found.levels) == (0, Decimal(0), {"": (7, 0)})


@pytest.mark.parametrize(
    ("each", "gone", "days", "wanted"),
    [
        (4, 0, 20, 0),
        (4, 4, 20, 0),
        (4, 5, 20, 1),
        (4, 19, 20, 3),
        (4, 20, 20, 4),
        (1, 19, 20, 0),
        (1, 1, 0, 0),
    ],
)
def test_visits_are_overdue_only_when_their_part_of_the_month_has_passed(each, gone, days, wanted):
    assert rules.wanted_by(each, gone, days) == wanted


def test_visits_a_customer():
    assert rules.average(21, 18) == Decimal("1.2")
    assert rules.average(1, 8) == Decimal("0.1")
    assert rules.average(3, 0) == Decimal("0.0")


def test_near_is_the_same_district_then_the_same_city_and_who_is_still_to_be_visited():
    far, city, same, late, full = (
        Candidate(1, "440304", 4, 3), Candidate(2, "440104", 4, 3), Candidate(3, "440106", 1, 0),
        Candidate(4, "440106", 2, 1), Candidate(5, "440106", 0, 0),
    )  # fmt: skip
    some = [far, city, same, late, full]
    assert [one.pk for one, _far in rules.near("440106", None, some, 5)] == [4, 3, 2]
    assert [one.pk for one, _far in rules.near("440106", None, some, 1)] == [4]
    assert [one.pk for one, _far in rules.near("440100", None, some, 5)] == [
        2,
        4,
        3,
    ]  # a whole city is no district
    assert rules.near("", None, [Candidate(6, "", 1, 1)], 5) == []


def test_what_lies_near_by_distance_comes_before_what_only_shares_the_district():
    here = Point(23.13, 113.26)
    some = [
        Candidate(1, "440106", 1, 0), Candidate(2, "440106", 1, 0, Point(23.13, 113.32)),
        Candidate(3, "440604", 1, 0, Point(23.14, 113.27)), Candidate(4, "440106", 1, 0, Point(23.40, 113.26)),
        Candidate(5, "440106", 0, 0, here),
    ]  # fmt: skip
    found = rules.near("440106", here, some, 5)
    assert [one.pk for one, _far in found] == [3, 2, 1], (
        "a neighbour in the next city counts, one 30 km away does not"
    )
    assert [far for _one, far in found] == [
        pytest.approx(1.51, abs=0.01),
        pytest.approx(6.14, abs=0.01),
        None,
    ]
    assert [one.pk for one, _far in rules.near("", here, some, 5)] == [3, 2], "a place is enough"


def test_months():
    assert rules.next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert rules.next_month(date(2028, 1, 31)) == date(2028, 2, 1)
    assert rules.last_of(date(2028, 2, 5)) == date(2028, 2, 29)
    assert rules.first_of(date(2026, 11, 26)) == date(2026, 11, 1)


def test_a_line_is_met_by_what_was_bought():
    assert rules.outcome(Decimal("10000"), Decimal("10000")) == "met"
    assert rules.outcome(Decimal("10000"), Decimal("9999.99")) == "unmet"
    assert rules.outcome(Decimal("10000"), None) == "unmet"
    assert rules.percent(Decimal("9999.99"), Decimal("10000")) == 99
    assert rules.percent(Decimal("5"), Decimal("0")) == 0


def test_a_region_is_weak_beside_all_others():
    beijing, chengde = Region("110100", 10, 8, Decimal("900000")), Region("130800", 5, 1, Decimal("400000"))
    small = Region("130700", 2, 0, Decimal(0))
    found = rules.weak([beijing, chengde, small])
    assert [(one.region.code, one.why) for one in found] == [("130800", "seldom")]
    assert (found[0].own, found[0].others) == (Decimal("0.2"), Decimal(8) / 12)


def test_a_region_that_buys_little_is_weak_too_and_one_alone_never_is():
    rich, poor = Region("110100", 4, 4, Decimal("400000")), Region("130800", 4, 4, Decimal("100000"))
    found = rules.weak([poor, rich])
    assert [(one.region.code, one.why, one.own, one.others) for one in found] == [
        ("130800", "little", Decimal(25_000), Decimal(100_000))
    ]
    assert rules.weak([Region("110100", 9, 0, Decimal(0))]) == []


def test_half_of_the_others_is_not_yet_weak():
    assert rules.weak([Region("110100", 4, 4, Decimal(0)), Region("130800", 4, 2, Decimal(0))]) == []
