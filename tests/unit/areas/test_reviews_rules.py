"""Periods, trends, shares and proposals of reclassification, by hand and by property."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedang.areas.reviews import rules
from kedang.areas.reviews.rules import Bought, LevelRule, Proposal

LEVELS = [
    LevelRule("diamond", Decimal(500), Decimal(300)), LevelRule("gold", Decimal(150), Decimal(90)),
    LevelRule("honorary"), LevelRule("silver", Decimal(30), Decimal(15)), LevelRule("member", Decimal(0), Decimal(0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "day", "first", "last", "name"),
    [
        ("month", date(2026, 2, 11), date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29), "2028-02"),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31), "2026 Q4"),
        ("half_year", date(2026, 7, 1), date(2026, 7, 1), date(2026, 12, 31), "2026 H2"),
        ("year", date(2026, 6, 1), date(2026, 1, 1), date(2026, 12, 31), "2026"),
    ],
)  # fmt: skip
def test_periods_are_whole_months(kind, day, first, last, name):
    period = rules.period_of(kind, day)
    assert (period.first, period.last, period.name) == (first, last, name)


@given(st.sampled_from(sorted(rules.MONTHS)), st.dates(date(2001, 1, 1), date(2098, 1, 1)))
def test_periods_follow_one_another_without_gaps(kind, day):
    period, earlier = rules.period_of(kind, day), rules.before(rules.period_of(kind, day))
    assert period.first <= day <= period.last
    assert earlier.last + timedelta(days=1) == period.first
    ago = rules.year_ago(period)
    assert (ago.first.month, ago.first.year) == (period.first.month, period.first.year - 1)


@pytest.mark.parametrize(
    ("now", "then", "word"),
    [
        (None, None, "no_data"), ("100", None, "started"), (None, "100", "stopped"), ("0", "100", "stopped"),
        ("100", "0", "started"), ("110", "100", "steady"), ("110.01", "100", "rising"), ("90", "100", "steady"),
        ("89.99", "100", "falling"), ("-5", "100", "stopped"), ("-5", None, "no_data"),
    ],
)  # fmt: skip
def test_trends_never_take_no_data_for_zero(now, then, word):
    assert rules.trend(now and Decimal(now), then and Decimal(then)) == word


def test_shares_are_percent_to_one_place():
    assert rules.share(Decimal(1), Decimal(3)) == Decimal("33.3")
    assert rules.share(Decimal("0.0005"), Decimal(1)) == Decimal("0.1")
    assert rules.share(None, Decimal(3)) is None
    assert rules.share(Decimal(1), Decimal(0)) is None


@pytest.mark.parametrize(
    ("level", "amount", "before", "kind", "to"),
    [
        ("gold", 499, None, "keep", "gold"), ("gold", 500, None, "up", "diamond"), ("member", 600, 0, "up", "diamond"),
        ("silver", 150, 0, "up", "gold"), ("", 40, None, "up", "silver"), ("", 0, 5, "up", "member"),
        ("gold", 90, None, "keep", "gold"), ("gold", 89, 90, "keep", "gold"), ("gold", 89, 89, "down", "silver"),
        ("gold", 89, None, "down", "silver"), ("gold", None, 14, "down", "member"),
        ("diamond", 20, 299, "down", "gold"),
        ("silver", 0, 0, "down", "member"), ("member", 0, 0, "keep", "member"), ("honorary", 1, 1, "keep", "honorary"),
        ("honorary", 200, 1, "up", "gold"),
    ],
)  # fmt: skip
def test_proposals_by_hand(level, amount, before, kind, to):
    bought = Bought(*(None if one is None else Decimal(one) for one in (amount, before)))
    found = rules.propose(level, bought, LEVELS)
    assert (found.kind, found.to) == (kind, to)


def test_a_fresh_file_is_not_lowered_and_one_without_purchases_not_judged():
    assert rules.propose("gold", Bought(Decimal(1), fresh=True), LEVELS).kind == "keep"
    assert rules.propose("gold", Bought(Decimal(500), fresh=True), LEVELS).kind == "up"
    assert rules.propose("gold", Bought(None, None, known=False), LEVELS) == Proposal("no_data", "gold")


AMOUNTS = st.none() | st.integers(0, 1_000).map(Decimal)


@given(st.sampled_from(["", *(level.key for level in LEVELS)]), AMOUNTS, AMOUNTS)
def test_nobody_flips_bought_the_same_again_the_new_level_is_kept(level, amount, before):
    found = rules.propose(level, Bought(amount, before), LEVELS)
    assert rules.propose(found.to, Bought(amount, before), LEVELS).kind == "keep"


@given(st.sampled_from(["", *(level.key for level in LEVELS)]), st.integers(0, 900), st.integers(0, 100))
def test_who_buys_more_is_never_placed_lower(level, amount, more):
    order = [one.key for one in LEVELS]
    less, greater = (
        rules.propose(level, Bought(Decimal(one), Decimal(0)), LEVELS).to for one in (amount, amount + more)
    )
    assert order.index(greater) <= order.index(less)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30), st.integers(0, 9))
def test_movements_add_up_to_the_files_of_each_level(moved, stayed):
    now = {key: stayed + sum(to == key and was != to for was, to in moved) for key in "abc"}
    matrix = rules.movements(moved, now)
    for key in "abc":
        assert sum(row.get(key, 0) for row in matrix.values()) == now[key]
    for was, to in moved:
        assert was == to or matrix[was][to] >= 1


def test_focus_is_said_for_a_fall_by_half_high_value_and_a_new_file():
    def codes(now, then, **more):
        return [code for code, _data in rules.focus_of(now, then, **{"top": False, "fresh": False, **more})]

    assert codes(Decimal(50), Decimal(100)) == ["falling"]
    assert codes(Decimal(51), Decimal(100)) == []
    assert codes(None, Decimal(100)) == ["stopped"]
    assert codes(Decimal(50), Decimal(100), top=True, fresh=True) == ["falling", "top", "new"]
    assert codes(None, None) == []


def test_classes_add_up_and_no_data_stays_no_data():
    one = rules.ClassSum()
    one.add(0, None, None, None)
    assert (one.buyers, one.amount, one.before) == (0, None, None)
    one.add(2, Decimal(5), None, Decimal(1))
    one.add(1, Decimal(7), Decimal(3), None)
    assert (one.buyers, one.orders, one.amount, one.before, one.year_ago) == (2, 3, 12, 3, 1)


def test_stale_is_what_the_level_or_the_house_asks_for():
    assert [rules.stale_after(30, 90), rules.stale_after(180, 90), rules.stale_after(None, 90)] == [
        30,
        90,
        90,
    ]


def test_a_suggestion_is_accepted_whole_or_in_part():
    whole = rules.whole_changes({"phone": "1", "city": "x"}, "moved")
    assert whole == ("phone", "city", "told")
    assert rules.outcome(whole, ["told", "phone", "city"]) == "accepted"
    assert rules.outcome(whole, ["phone"]) == "partly"
