"""When a customer gives cause for concern: a table of examples by hand, and properties."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedang.areas.warnings import rules
from kedang.areas.warnings.rules import Bill, Purchases, Standing, Step
from kedang.kernel import expr

D = date(2026, 11, 18)
DAYS = st.dates(date(2024, 1, 1), D)
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(10_000), places=2)


def days(*ago: int) -> list[date]:
    return [D - timedelta(n) for n in ago]


@pytest.mark.parametrize(
    ("bought", "usual", "off"),
    [
        ([], None, None),
        (days(400), None, None),  # one purchase is no rhythm
        (days(60, 20), None, None),  # nor are two
        (days(100, 76, 52), "24", "2.17"),  # every 24 days, silent for 52
        (days(100, 76, 52, 52), "24", "2.17"),  # two orders of one day are one purchase
        (days(30, 20, 10), "10", "1.00"),  # due today
        (days(130, 120, 20, 10), "10", "1.00"),  # one long pause moves nothing
        (days(31, 21, 0), "15.5", "0.00"),
    ],
)
def test_a_customers_own_rhythm(bought: list[date], usual: str | None, off: str | None) -> None:
    assert rules.usual_gap(bought) == (None if usual is None else Decimal(usual))
    assert rules.off_rhythm(bought, D) == (None if off is None else Decimal(off))


def test_purchases_to_come_do_not_count() -> None:
    known = [*days(100, 76, 52), D + timedelta(5)]
    assert rules.off_rhythm(known, D) == Decimal("2.17")


@pytest.mark.parametrize(
    ("bought", "slower"),
    [
        (days(60, 51, 42, 33, 24, 15), None),  # five gaps: nothing to compare with
        (days(78, 69, 60, 51, 34, 17, 0), "88.89"),  # 9, 9, 9 became 17, 17, 17
        (days(60, 50, 40, 30, 20, 10, 0), "0.00"),
        (days(66, 46, 26, 6, 4, 2, 0), "-90.00"),
    ],
)
def test_buying_less_often(bought: list[date], slower: str | None) -> None:
    assert rules.slowed(bought) == (None if slower is None else Decimal(slower))


@pytest.mark.parametrize(
    ("now", "then", "change"),
    [
        ("213.7", "246.4", "-13.27"),
        ("100", "100", "0.00"),
        ("0", "80", "-100.00"),
        ("50", "0", None),
        ("0", "0", None),
    ],
)
def test_against_last_year(now: str, then: str, change: str | None) -> None:
    assert rules.change(Decimal(now), Decimal(then)) == (None if change is None else Decimal(change))


def test_the_same_days_of_last_year_both_ends_counted() -> None:
    first, last = date(2026, 8, 21), date(2026, 11, 18)  # 90 days
    bought = Purchases(
        [date(2025, 8, 20), date(2025, 8, 21), date(2025, 11, 18), date(2025, 11, 19), first, last],
        [Decimal(n) for n in (1, 10, 100, 1000, 20, 35)],
    )
    assert bought.against_last_year(D, 90) == (Decimal(55), Decimal(110), Decimal("-50.00"))


def test_leap_day() -> None:
    assert rules.year_before(date(2028, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("paid", "still", "overdue", "late"),
    [
        (
            "0",
            "600",
            "300",
            48,
        ),  # 100 due 48 days ago, 200 due yesterday, 300 due today: today is not overdue
        ("100", "500", "200", 1),  # the earliest due is paid first
        ("150", "450", "150", 1),
        ("300", "300", "0", None),
        ("600", "0", "0", None),
        ("700", "0", "0", None),  # paid ahead: nothing is open
    ],
)
def test_what_is_owed(paid: str, still: str, overdue: str, late: int | None) -> None:
    bills = [
        Bill(D - timedelta(9), D, Decimal(300)), Bill(D - timedelta(90), D - timedelta(48), Decimal(100)),
        Bill(D - timedelta(40), D - timedelta(1), Decimal(200)),
    ]  # fmt: skip
    found = rules.owing(bills, Decimal(paid), D)
    assert (found.open, found.overdue, found.overdue_days) == (Decimal(still), Decimal(overdue), late)


def test_without_a_term_nothing_is_overdue() -> None:
    found = rules.owing([Bill(D - timedelta(900), None, Decimal(5))], Decimal(0), D)
    assert (found.open, found.overdue, found.overdue_days, found.open_since) == (
        5,
        0,
        None,
        D - timedelta(900),
    )


@given(st.lists(st.tuples(DAYS, st.none() | DAYS, AMOUNTS)), AMOUNTS)
def test_owing_adds_up(bills: list[tuple[date, date | None, Decimal]], paid: Decimal) -> None:
    found = rules.owing([Bill(*one) for one in bills], paid, D)
    assert found.open == max(Decimal(0), sum((amount for _on, _due, amount in bills), Decimal(0)) - paid)
    assert 0 <= found.overdue <= found.open
    assert (found.overdue_days is None) == (found.overdue == 0)
    assert (found.open_since is None) == (found.open == 0)


@given(st.lists(st.tuples(DAYS, st.none() | DAYS, st.decimals(-100, 10_000, places=2)), min_size=1), AMOUNTS)
def test_what_is_settled_leaves_nothing_open(
    bills: list[tuple[date, date | None, Decimal]], paid: Decimal
) -> None:
    if rules.settled([amount for _on, _due, amount in bills], paid):
        assert rules.owing([Bill(*one) for one in bills], paid, D) == rules.NOTHING_OWED


@given(st.lists(DAYS, max_size=30))
def test_the_rhythm_is_one_of_the_customer(known: list[date]) -> None:
    usual = rules.usual_gap(known)
    found = rules.gaps(known)
    assert (usual is None) == (len(set(known)) < rules.FEWEST_PURCHASES)
    assert usual is None or min(found) <= usual <= max(found)
    assert rules.usual_gap(known * 2) == usual


NAMES = ("a", "b", "c")
LITERALS = st.one_of(st.integers(-3, 3), st.booleans(), st.sampled_from(["x", "y"]), DAYS)


def comparisons() -> st.SearchStrategy[expr.Node]:
    ordered = st.builds(
        expr.Compare, st.sampled_from(NAMES), st.sampled_from(list(expr.COMPARISONS)), st.integers(-3, 3)
    )
    equal = st.builds(
        expr.Compare, st.sampled_from(NAMES), st.sampled_from([expr.Op.EQ, expr.Op.NE]), LITERALS
    )
    among = st.builds(
        expr.Among, st.sampled_from(NAMES), st.sampled_from([expr.Op.IN, expr.Op.NOT_IN]),
        st.lists(st.integers(-3, 3), min_size=1).map(tuple),
    )  # fmt: skip
    return st.one_of(ordered, equal, among, st.builds(expr.Missing, st.sampled_from(NAMES)))


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(expr.Not, inner),
        st.builds(expr.All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(expr.Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
ROWS = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(st.none(), st.just(""), st.decimals(-3, 3), LITERALS)
)


@given(CONDITIONS, ROWS)
def test_a_compiled_condition_says_what_the_language_says(node: expr.Node, row: dict[str, object]) -> None:
    assert rules.compiled(node)(row) == expr.holds(node, row)


def test_no_data_is_no_warning() -> None:
    rule = rules.ready(1, "amber", "off_rhythm > 2 or against_last_year < -15", "off_rhythm > 3")
    assert rules.judged(rule, {}) is None
    assert rules.judged(rule, {"off_rhythm": Decimal("2.17")}) == "amber"
    assert rules.judged(rule, {"off_rhythm": Decimal("3.01")}) == "red"


@pytest.mark.parametrize(
    ("level", "standing", "closed_on", "what"),
    [
        (None, None, None, Step.NOTHING),
        ("amber", None, None, Step.OPEN),
        ("amber", None, D - timedelta(29), Step.NOTHING),  # closed, and quiet still
        ("amber", None, D - timedelta(30), Step.OPEN),
        ("amber", Standing("amber", D), None, Step.NOTHING),  # seen today already
        ("amber", Standing("amber", D - timedelta(6)), None, Step.NOTHING),
        ("amber", Standing("amber", D - timedelta(7)), None, Step.JOIN),
        ("red", Standing("amber", D), None, Step.WORSEN),
        (
            "amber",
            Standing("red", D - timedelta(1)),
            None,
            Step.NOTHING,
        ),  # it is less bad: it stays as serious
        ("amber", Standing("amber", D - timedelta(1), D), None, Step.JOIN),  # it had cleared and is back
        (None, Standing("amber", D - timedelta(1)), None, Step.CLEAR),
        (None, Standing("amber", D - timedelta(3), D - timedelta(1)), None, Step.NOTHING),
        ("red", Standing("amber", D + timedelta(1)), None, Step.NOTHING),  # a run as of an earlier day
    ],
)
def test_what_becomes_of_it(
    level: str | None, standing: Standing | None, closed_on: date | None, what: Step
) -> None:
    assert rules.step(level, standing, closed_on, D, 30) is what


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            {"a": "9万元", "b": "3万元", "c": "67天", "d": "1万元"},
            "欠款9万元，其中逾期3万元，最长67天。超授信1万元。",
        ),
        ({"a": "9万元", "d": "1万元"}, "欠款9万元，超授信1万元。"),
        ({"a": "9万元"}, "欠款9万元。"),
        ({}, ""),
    ],
)
def test_a_clause_without_its_figure_is_left_out(words: dict[str, str], said: str) -> None:
    assert rules.composed("欠款{a}，其中逾期{b}，最长{c}。超授信{d}。", words) == said
