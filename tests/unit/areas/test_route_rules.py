"""The order of a day's visits: as accepted, by the clock, and a proposal that is never longer. Straight lines."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedang.areas.engagement import rules
from kedang.areas.engagement.rules import Stop
from kedang.kernel.places import Point


def stop(pk: int, east: float | None, at: str = "", turn: int | None = None, north: float = 23.0) -> Stop:
    return Stop(pk, at, turn, Point(north, 113 + east) if east is not None else None)


def order(stops: list[Stop]) -> list[int]:
    return [one.pk for one in stops]


def test_the_day_stands_by_the_clock_and_what_has_no_hour_comes_last() -> None:
    assert order(rules.in_order([stop(1, 0), stop(2, 0, "14:00"), stop(3, 0, "09:30")])) == [3, 2, 1]


def test_an_accepted_order_holds_and_a_new_visit_joins_it_at_its_hour() -> None:
    day = [stop(1, 0, turn=2), stop(2, 0, "14:00", turn=3), stop(3, 0, "09:30", turn=1), stop(4, 0, "11:00")]
    assert order(rules.in_order(day)) == [3, 1, 4, 2]
    assert order(rules.in_order([*day, stop(5, 0)])) == [3, 1, 4, 2, 5]


def test_the_proposal_goes_along_the_road_instead_of_back_and_forth() -> None:
    assert order(rules.proposed([stop(1, 0), stop(2, 0.3), stop(3, 0.1), stop(4, 0.2)])) == [1, 3, 4, 2]


def test_turning_stretches_about_mends_what_the_nearest_next_leaves() -> None:
    day = [stop(1, 0), stop(2, 0.1), stop(3, -0.11), stop(4, 0.35)]
    assert order(rules.proposed(day)) == [1, 3, 2, 4]


def test_visits_with_an_hour_keep_their_order_whatever_the_way() -> None:
    day = [stop(1, 0, "09:00"), stop(2, 0.3, "10:00"), stop(3, 0.01, "15:00"), stop(4, 0.29)]
    assert order(rules.proposed(day)) == [1, 4, 2, 3]


def test_what_has_no_place_stands_at_the_end_and_its_way_is_not_known() -> None:
    day = rules.proposed([stop(1, 0), stop(2, None), stop(3, 0.1)])
    assert order(day) == [1, 3, 2]
    assert rules.legs(day) == [None, pytest.approx(10.24, abs=0.01), None]
    assert rules.way(day) == pytest.approx(10.24, abs=0.01)
    assert rules.legs([]) == rules.proposed([]) == []


days = st.lists(
    st.tuples(st.floats(-1, 1), st.floats(22, 24), st.sampled_from(["", "", "09:00", "13:30", "16:00"])),
    max_size=7,
)


@given(days)
def test_a_proposal_is_no_longer_holds_everything_and_keeps_the_hours(
    day: list[tuple[float, float, str]],
) -> None:
    stops = rules.in_order([stop(n, east, at, north=north) for n, (east, north, at) in enumerate(day)])
    found = rules.proposed(stops)
    assert sorted(order(found)) == sorted(order(stops))
    assert found[:1] == stops[:1]
    assert rules.way(found) <= rules.way(stops) + rules.SAME
    hours = [one.at for one in found if one.at]
    assert hours == sorted(hours)


def test_a_small_day_comes_within_a_tenth_of_the_shortest_way() -> None:
    day = [stop(n, east, north=23 + north) for n, (east, north) in enumerate(
        [(0, 0), (0.2, 0.1), (0.05, 0.3), (0.4, 0.2), (0.1, 0.15), (0.33, 0.05)])]  # fmt: skip
    best = min(rules.way([day[0], *rest]) for rest in permutations(day[1:]))
    assert rules.way(rules.proposed(day)) <= best * 1.1
