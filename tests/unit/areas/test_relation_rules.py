"""Trees of customers: one above each, no circle, also when two files become one."""

from hypothesis import given
from hypothesis import strategies as st

from kedang.areas.customers.rules import DEEPEST, chain, fault_of_tie, left_over

TREE = "group"


def test_a_chain_leads_upward_and_ends_in_a_circle_of_bad_data():
    assert chain({1: 2, 2: 3}, 1) == [2, 3]
    assert chain({1: 2, 2: 1}, 1) == [2]
    assert chain({1: 2, 2: 3, 3: 2}, 1) == [2, 3]


def test_what_may_not_stand_beneath_what():
    above = {1: 2, 2: 3}
    assert fault_of_tie(above, 4, 4) == "self"
    assert fault_of_tie(above, 1, 4) == "parent"
    assert fault_of_tie(above, 3, 1) == "loop"
    assert fault_of_tie(above, 4, 1) == ""
    deep = {n: n + 1 for n in range(DEEPEST)}
    assert fault_of_tie(deep, 99, 0) == "deep"
    assert fault_of_tie(deep, 99, 1) == ""


def test_a_merge_takes_over_what_fits():
    ties = [(1, 20, TREE, 30), (2, 40, TREE, 20), (3, 20, "referral", 30)]
    kept = [(10, "referral", 30)]
    assert left_over(10, 20, ties, kept, {TREE: {20: 30, 40: 20}}) == [3]


def test_a_second_one_above_a_circle_and_a_tie_to_oneself_are_left_over():
    assert left_over(10, 20, [(1, 20, TREE, 30)], [(10, TREE, 40)], {TREE: {10: 40, 20: 30}}) == [1]
    # 20 stands under 40, which stands under 10
    assert left_over(10, 20, [(1, 20, TREE, 40)], [(40, TREE, 10)], {TREE: {20: 40, 40: 10}}) == [1]
    # 10 stands under 20, which stands under 30: then 10 stands under 30
    ties = [(1, 20, TREE, 30), (2, 10, TREE, 20)]
    assert left_over(10, 20, ties, [], {TREE: {10: 20, 20: 30}}) == [2]


PLACES = st.integers(1, 8)


@given(
    st.dictionaries(PLACES, PLACES, max_size=8),
    st.lists(st.tuples(PLACES, PLACES), max_size=6),
    PLACES,
    PLACES,
)
def test_what_is_taken_over_is_a_tree_again(wanted, referred, survivor, merged):
    if survivor == merged:
        return
    tree: dict[int, int] = {}
    for low, high in wanted.items():
        if not fault_of_tie(tree, low, high):
            tree[low] = high
    every = [(low, TREE, high) for low, high in tree.items()]
    every += [(low, "referral", high) for low, high in dict.fromkeys(referred) if low != high]
    named = [(pk, *tie) for pk, tie in enumerate(every)]
    ties = [tie for tie in named if merged in (tie[1], tie[3])]
    kept = [tie[1:] for tie in named if merged not in (tie[1], tie[3])]
    left = left_over(
        survivor, merged, ties, [one for one in kept if survivor in (one[0], one[2])], {TREE: tree}
    )
    moved = [
        (survivor if low == merged else low, kind, survivor if high == merged else high)
        for pk, low, kind, high in ties if pk not in left
    ]  # fmt: skip
    stored = [*kept, *moved]
    assert len(stored) == len(set(stored))
    assert all(low != high for low, _kind, high in stored)
    again: dict[int, int] = {}
    for low, kind, high in stored:
        if kind == TREE:
            assert fault_of_tie(again, low, high) == ""
            again[low] = high
