"""The key-person map: its states (domain rule 14), its gaps, and where people and lines stand."""

from datetime import date, timedelta

import pytest

from kedang.areas.customers.peoplemap import (
    HIGH,
    LEFT,
    WIDTH,
    Person,
    bands,
    drawn,
    gaps,
    height,
    places,
    state,
)  # fmt: skip

TODAY = date(2026, 11, 26)
FULL = {"attitude": "supportive", "closeness": 3, "covered": True}


def person(pk: int, layer: str, **more: object) -> Person:
    return Person(pk, layer, **(FULL | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], 0),
        ([Person(1, "use", 3, "supportive")], 1),
        ([Person(1, "use", 3, "supportive"), Person(2, "decision", None, "neutral")], 2),
        ([Person(1, "image", 4, "adverse")], 2),
        ([Person(1, "decision", 5, "adverse"), Person(2, "implementation", 4, "supportive")], 3),
        ([Person(1, "decision", 2, "supportive")], 3),
    ],
)
def test_a_map_is_in_one_of_four_states(people: list[Person], expected: int) -> None:
    assert state(people) == expected


def test_nobody_known_is_a_gap_in_every_layer_and_the_decision_layer_weighs_most() -> None:
    found = gaps([], TODAY)
    assert [(gap.kind, gap.layer, gap.severity) for gap in found] == [
        ("empty_layer", "decision", "high"),
        ("empty_layer", "image", "mid"),
        ("empty_layer", "implementation", "mid"),
        ("empty_layer", "use", "mid"),
    ]


def test_a_map_that_lacks_nothing_has_no_gap() -> None:
    layers = ("image", "decision", "implementation", "use")
    assert gaps([person(n, layer) for n, layer in enumerate(layers)], TODAY) == []


def test_an_opponent_who_decides_and_was_never_met_comes_first() -> None:
    people = [
        person(1, "image"),
        person(2, "decision", attitude="adverse", closeness=1, influence=4),
        person(3, "implementation", covered=False),
        person(4, "use", attitude=""),
    ]
    found = [(gap.kind, gap.pk, gap.severity) for gap in gaps(people, TODAY)]
    assert found == [("never_met", 2, "crit"), ("uncovered", 3, "mid"), ("attitude_unknown", 4, "mid")]


def test_a_noted_contact_counts_as_met_and_grows_stale_for_key_players_only() -> None:
    old = TODAY - timedelta(days=30)
    people = [
        person(1, "decision", closeness=None, touched=old),
        person(2, "use", touched=old),
        person(3, "image"),
        person(4, "implementation"),
    ]
    assert [(gap.kind, gap.pk, gap.days) for gap in gaps(people, TODAY)] == [("stale", 1, 30)]
    people[0] = person(1, "decision", touched=old + timedelta(days=1))
    assert gaps(people, TODAY) == []


def test_a_contact_without_a_layer_is_asked_for_one() -> None:
    found = gaps([*(person(n, layer) for n, layer in enumerate(("image", "decision", "implementation", "use"))),
                  person(9, "")], TODAY)  # fmt: skip
    assert [(gap.kind, gap.pk) for gap in found] == [("layer_unknown", 9)]


def test_the_most_influential_stands_in_the_middle_and_a_fourth_begins_a_new_row() -> None:
    every = bands([person(n, "decision", influence=n) for n in range(1, 5)])
    assert [band.layer for band in every] == ["image", "decision", "implementation", "use"]
    assert every[1].rows == (((3, 1), (4, 2), (2, 3)), ((1, 2),))
    assert height(every) == 4 * 160 + 160
    assert places(every)[1] == (2, LEFT + 228, 160 + 24 + 160)


def test_no_two_people_stand_in_one_place_and_all_stand_on_the_map() -> None:
    every = bands(
        [person(n, ("image", "decision", "use", "")[n % 4], influence=n % 5 + 1) for n in range(23)]
    )
    where = places(every)
    assert len(set(where.values())) == 23
    assert all(left + 192 <= WIDTH and top + HIGH <= height(every) for _row, left, top in where.values())


def test_a_line_begins_at_one_card_and_ends_at_the_other() -> None:
    every = bands(
        [person(1, "image"), person(2, "decision", influence=5), person(3, "decision"), person(4, "use")]
    )
    where = places(every)
    straight, beside, far = drawn(every, [(10, 1, 2, "甲"), (11, 3, 2, "乙"), (12, 1, 4, "丙")])
    assert straight.path.startswith(f"M{where[1][1] + 96} {where[1][2] + HIGH}V")
    assert beside.path == f"M{where[3][1]} {where[3][2] + 56}H{where[2][1] + 192}"
    assert far.path.endswith(f"V{where[4][2]}")
    assert drawn(every, [(13, 1, 99, ""), (14, 1, 1, "")]) == []


def test_lines_that_run_together_are_kept_apart() -> None:
    every = bands([person(1, "image"), person(2, "decision")])
    first, second = drawn(every, [(10, 1, 2, "父子"), (11, 2, 1, "汇报工作")])
    assert first.path.split("V")[0] != second.path.split("V")[0]
    assert first.label is not None
    assert second.label is not None
    assert abs(first.label[0] - second.label[0]) > 2 * 12


def test_words_without_room_are_left_to_the_list_beside_the_map() -> None:
    every = bands([person(1, "image"), person(2, "decision")])
    found = drawn(every, [(n, 1, 2, "管付款审批和合同评审") for n in range(6)])
    shown = [one.label for one in found if one.label is not None]
    assert 1 <= len(shown) < 6
    assert len(set(shown)) == len(shown)
