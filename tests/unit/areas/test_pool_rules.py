"""When a customer falls into the pool and who may claim it: the vectors, and what holds for all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedang.areas.pool import rules
from kedang.kernel.workdays import Workdays
from kedang.packs.schema import PoolFall, PoolRule
from kedang.packs.words import Text

NAME = Text(zh_hans="规则", en="Rule")
DAY = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def rule(*falls, **more):
    return PoolRule(key="own", label=NAME, falls=tuple(PoolFall(after=a, days=d) for a, d in falls), **more)


def file(acquired=date(2026, 1, 1), level="", shields=(), **last):
    return rules.File("enterprise", level, "", acquired, last, frozenset(shields))


def test_ninety_days_after_the_last_contract_the_customer_is_protected_to_the_28th_of_september():
    verdict = rules.judge(rule(("contract_end", 90)), file(contract_end=date(2026, 6, 30)))
    assert verdict.on == date(2026, 9, 29)
    assert not verdict.falls(date(2026, 9, 28))
    assert verdict.falls(date(2026, 9, 29))


def test_who_was_never_followed_up_falls_from_the_day_the_owner_got_it():
    verdict = rules.judge(rule(("follow_up", 90)), file(date(2026, 6, 30)))
    assert (verdict.on, verdict.never, verdict.since) == (date(2026, 9, 29), True, date(2026, 6, 30))


def test_what_was_done_before_the_owner_got_it_counts_for_nothing():
    verdict = rules.judge(rule(("follow_up", 30)), file(date(2026, 6, 1), follow_up=date(2026, 1, 1)))
    assert verdict.since == date(2026, 6, 1)


def test_a_line_about_contracts_says_nothing_of_who_never_had_one():
    assert rules.judge(rule(("contract_end", 90)), file()) is None


def test_the_line_that_comes_first_counts_and_others_of_another_level_do_not():
    falls = (PoolFall(after="follow_up", days=90), PoolFall(after="order", days=10, levels=("gold",)))
    both = PoolRule(key="own", label=NAME, falls=falls)
    assert rules.judge(both, file(level="gold")).after == "order"
    assert rules.judge(both, file(level="silver")).after == "follow_up"


@pytest.mark.parametrize("name", sorted(rules.ALWAYS))
def test_what_always_shields_keeps_out(name):
    verdict = rules.judge(rule(("follow_up", 1)), file(shields=[name]))
    assert verdict.kept == (name,)
    assert not verdict.falls(date(2099, 1, 1))


@pytest.mark.parametrize(
    ("name", "option"), [("opportunity", "keep_opportunity"), ("receivable", "keep_receivable")]
)
def test_what_shields_only_where_the_rule_says_so(name, option):
    for chosen in (True, False):
        verdict = rules.judge(rule(("follow_up", 1), **{option: chosen}), file(shields=[name]))
        assert verdict.falls(date(2099, 1, 1)) is not chosen


def test_a_shelter_with_an_end_puts_the_fall_off_and_one_that_is_over_changes_nothing():
    for until, on in ((date(2026, 1, 20), date(2026, 1, 21)), (date(2026, 1, 5), date(2026, 1, 12))):
        kept = rules.File("enterprise", "", "", date(2026, 1, 1), {}, sheltered=until)
        verdict = rules.judge(rule(("follow_up", 10)), kept)
        assert (verdict.on, verdict.kept) == (on, ())


def test_a_key_account_never_falls():
    kept = rule(("follow_up", 1), keep_levels=("diamond",))
    assert rules.judge(kept, file(level="diamond")).kept == ("key_account",)
    assert rules.judge(kept, file(level="gold")).kept == ()


@given(DAY, st.none() | DAY, st.integers(1, 3_000))
def test_a_follow_up_never_brings_the_fall_nearer_and_the_last_protected_day_is_the_days_after(
    acquired, last, days
):
    without = rules.judge(rule(("follow_up", days)), file(acquired))
    done = {"follow_up": last} if last else {}
    verdict = rules.judge(rule(("follow_up", days)), file(acquired, **done))
    assert verdict.on >= without.on
    assert verdict.on - verdict.since == timedelta(days=days + 1)
    assert not verdict.falls(verdict.on - timedelta(days=1))
    assert verdict.falls(verdict.on)


def test_the_owner_is_warned_seven_three_and_one_working_days_before():
    monday, calendar = date(2026, 11, 30), Workdays()  # no holidays known: weekends only
    told = {
        rules.stage(monday, monday - timedelta(days=n), (7, 3, 1), calendar): n for n in range(14, -1, -1)
    }
    assert rules.stage(monday, date(2026, 11, 18), (7, 3, 1), calendar) is None
    assert rules.stage(monday, date(2026, 11, 19), (7, 3, 1), calendar) == 7
    assert rules.stage(monday, date(2026, 11, 24), (7, 3, 1), calendar) == 7
    assert rules.stage(monday, date(2026, 11, 25), (7, 3, 1), calendar) == 3
    assert rules.stage(monday, date(2026, 11, 27), (7, 3, 1), calendar) == 1
    assert rules.stage(monday, date(2026, 11, 29), (7, 3, 1), calendar) == 1
    assert set(told) == {None, 7, 3, 1}
    assert rules.stage(monday, monday, (7, 3, 1), calendar) is None


TODAY = date(2026, 11, 26)


def claim(**more):
    known = {"today": 0, "allowed": 3, "left_on": None, "filed_on": date(2026, 1, 1), "held": 0}
    return rules.Claim(**{**known, **more})


@pytest.mark.parametrize(
    ("settings", "known", "cap", "again"),
    [
        ({}, {}, None, None),
        ({}, {"allowed": 0}, "role", None),
        ({}, {"today": 3}, "daily", date(2026, 11, 27)),
        ({"claims_per_day": 1}, {"today": 1}, "daily", date(2026, 11, 27)),
        ({"former_owner_days": 30}, {"left_on": date(2026, 10, 28)}, "former", date(2026, 11, 27)),
        ({"former_owner_days": 30}, {"left_on": date(2026, 10, 27)}, None, None),
        ({"new_data_days": 7}, {"filed_on": date(2026, 11, 20)}, "new", date(2026, 11, 27)),
        ({"new_data_days": 7}, {"filed_on": date(2026, 11, 19)}, None, None),
        ({"holding_cap": 50}, {"held": 50}, "holding", None),
        ({"holding_cap": 50}, {"held": 49}, None, None),
    ],
)
def test_each_cap_says_which_it_is_and_when_a_claim_is_possible_again(settings, known, cap, again):
    refusal = rules.refuse_claim(rule(**settings), claim(**known), TODAY)
    assert (refusal and refusal.cap, refusal and refusal.again_on) == (cap, again)
