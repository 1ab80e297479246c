"""The RFM metric over a published data set and over tables small enough to check by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cdnow
from kedang.insight import rules
from kedang.insight.metrics import rfm
from kedang.insight.rules import Figures, Method, Thresholds

END = date(1998, 6, 30)


def table(*rows):
    people, days, amounts = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {
        "customer_id": pa.array(people, pa.int64()),
        "ordered_on": pa.array(days, pa.date32()),
        "amount": pa.array(amounts, pa.int64()),
    }
    return ibis.memtable(pa.table(columns))


def run(orders, as_of, method=Method.MEAN, typed=None):
    measured = rfm.measures(orders, as_of)
    thresholds = typed or rfm.thresholds_from(rfm.middles(measured).to_pyarrow().to_pylist()[0], method)
    scored = rfm.classify(measured, thresholds).to_pyarrow().to_pylist()
    return thresholds, {row["customer_id"]: row for row in scored}


@pytest.fixture(scope="module")
def cohort():
    return run(ibis.memtable(cdnow.orders()), END)


def test_the_cohort_has_the_published_thresholds(cohort):
    thresholds, _ = cohort
    rounded = [round(value, 4) for value in (thresholds.recency, thresholds.frequency, thresholds.monetary)]
    assert rounded == [Decimal("367.2216"), Decimal("2.9554"), Decimal("106.0804")]


def test_the_cohort_falls_into_the_published_eight_counts(cohort):
    _, scored = cohort
    counts: dict[str, int] = {}
    for row in scored.values():
        bits = "".join(str(int(row[bit])) for bit in ("near", "often", "high"))
        counts[bits] = counts.get(bits, 0) + 1
    expected = {
        "111": 4617,
        "110": 1974,
        "101": 268,
        "100": 1532,
        "011": 449,
        "010": 543,
        "001": 579,
        "000": 13608,
    }
    assert counts == expected
    assert sum(counts.values()) == 23_570


def test_the_grid_adds_up_to_every_customer_and_every_cent():
    measured = rfm.measures(ibis.memtable(cdnow.orders()), END)
    thresholds = rfm.thresholds_from(rfm.middles(measured).to_pyarrow().to_pylist()[0], Method.MEAN)
    cells = rfm.grid(rfm.classify(measured, thresholds)).to_pyarrow().to_pylist()
    assert {cell["type"] for cell in cells} == set(rules.TYPES.values())
    assert sum(cell["customers"] for cell in cells) == 23_570
    assert sum(cell["monetary"] for cell in cells) == sum(amount for _, _, amount in cdnow.purchases())


def test_orders_after_the_day_do_not_matter():
    known = [(1, date(2026, 1, 5), 100), (2, date(2026, 2, 1), 500), (2, date(2026, 2, 9), 0)]
    later = [(1, date(2026, 3, 2), 9_000), (3, date(2026, 3, 1), 70)]
    as_of = date(2026, 2, 28)
    assert run(table(*known, *later), as_of) == run(table(*known), as_of)
    assert set(run(table(*known, *later), date(2026, 3, 1))[1]) == {1, 2, 3}


def test_an_order_on_the_day_itself_is_zero_days_old():
    _, scored = run(table((1, date(2026, 2, 28), 100)), date(2026, 2, 28))
    assert scored[1]["recency"] == 0
    assert scored[1]["last_on"] == date(2026, 2, 28)


def test_a_free_order_counts_and_a_refund_only_lowers_the_money():
    orders = table((1, date(2026, 1, 1), 0), (1, date(2026, 1, 10), 900), (1, date(2026, 1, 20), -300))
    row = run(orders, date(2026, 1, 31))[1][1]
    assert (row["recency"], row["frequency"], row["monetary"]) == (21, 2, 600)


def test_somebody_with_nothing_but_a_refund_never_bought():
    assert run(table((1, date(2026, 1, 20), -300)), date(2026, 1, 31))[1] == {}


def test_no_orders_give_no_rows_and_thresholds_of_zero():
    thresholds, scored = run(table(), date(2026, 1, 31))
    assert scored == {}
    assert (thresholds.recency, thresholds.frequency, thresholds.monetary) == (0, 0, 0)


def test_exactly_on_the_threshold_is_near_often_and_high():
    typed = Thresholds(Decimal(30), Decimal(2), Decimal("10.00"))
    orders = table((1, date(2026, 1, 1), 400), (1, date(2026, 1, 1), 600))
    row = run(orders, date(2026, 1, 31), typed=typed)[1][1]
    assert (row["near"], row["often"], row["high"], row["type"]) == (True, True, True, "important_value")


@pytest.mark.parametrize(
    ("days", "count", "cents", "key"),
    [
        (30, 2, 1000, "important_value"),
        (31, 2, 1000, "important_keep"),
        (30, 1, 1000, "important_growth"),
        (31, 1, 1000, "important_winback"),
        (30, 2, 999, "general_value"),
        (31, 2, 999, "general_keep"),
        (30, 1, 999, "general_growth"),
        (31, 1, 999, "general_winback"),
    ],
)
def test_each_corner_has_its_type(days, count, cents, key):
    typed = Thresholds(Decimal(30), Decimal(2), Decimal("10.00"))
    day = date.fromordinal(date(2026, 3, 1).toordinal() - days)
    orders = [(7, day, cents)] + [(7, day, 0)] * (count - 1)
    assert run(table(*orders), date(2026, 3, 1), typed=typed)[1][7]["type"] == key
    figures = rules.measure([(day, amount) for _, day, amount in orders], date(2026, 3, 1))
    assert rules.type_of(figures, typed) == key


def test_the_median_is_the_middle_customer():
    day = date(2026, 1, 1)
    orders = table((1, day, 100), (2, day, 300), (3, day, 1_100), (4, day, 90_000), (4, day, 0))
    thresholds, scored = run(orders, date(2026, 1, 11), Method.MEDIAN)
    assert (thresholds.recency, thresholds.frequency, thresholds.monetary) == (10, 1, Decimal("7.00"))
    assert [scored[n]["high"] for n in (1, 2, 3, 4)] == [False, False, True, True]


def test_typed_thresholds_are_never_computed():
    with pytest.raises(ValueError, match="typed"):
        rfm.thresholds_from({}, Method.TYPED)


def test_somebody_who_never_bought_is_not_called_lost():
    assert rules.type_of(None, Thresholds(Decimal(1), Decimal(1), Decimal(1))) == "none"


def test_each_reason_names_its_figure_and_its_threshold():
    figures = Figures(date(2026, 1, 1), 30, 1, Decimal("10.00"))
    reasons = rules.reasons_of(figures, Thresholds(Decimal("29.5"), Decimal(1), Decimal(11)))
    assert [(r.measure, r.value, r.threshold, r.met) for r in reasons] == [
        ("recency", 30, Decimal("29.5"), False),
        ("frequency", 1, Decimal(1), True),
        ("monetary", Decimal("10.00"), Decimal(11), False),
    ]


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6), st.integers(-(10**10), 10**10))
def test_a_stored_mean_sorts_as_the_exact_mean_does(total, count, value):
    stored, exact = rules.mean(total, count), Fraction(total, count)
    assert (value >= stored) == (value >= exact)
    assert (value <= stored) == (value <= exact)


DAYS = st.dates(date(2025, 12, 1), date(2026, 2, 28))
ORDERS = st.lists(st.tuples(st.integers(1, 6), DAYS, st.integers(-500, 5_000)), max_size=30)


@settings(max_examples=40, deadline=None)
@given(orders=ORDERS, method=st.sampled_from([Method.MEAN, Method.MEDIAN]))
def test_the_metric_and_the_rule_for_one_customer_agree(orders, method):
    as_of = date(2026, 1, 31)
    thresholds, scored = run(table(*orders), as_of, method)
    for person in range(1, 7):
        figures = rules.measure([(day, cents) for who, day, cents in orders if who == person], as_of)
        found = scored[person]["type"] if person in scored else "none"
        assert found == rules.type_of(figures, thresholds)


def test_a_parquet_file_reads_as_a_table_does(tmp_path, cohort):
    path = tmp_path / "orders.parquet"
    duckdb.from_arrow(cdnow.orders()).write_parquet(str(path))
    assert run(ibis.duckdb.connect().read_parquet(str(path)), END) == cohort
