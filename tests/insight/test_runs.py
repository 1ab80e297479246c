"""Runs of RFM over the stored orders: exact, repeatable, blind to what came after the day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

import cdnow
from kedang.areas.customers.models import Customer
from kedang.areas.trade.models import Order
from kedang.engine.exchange.pace import tell_planner
from kedang.engine.scope.doors import writing
from kedang.insight import extract, runs
from kedang.insight.models import RfmRun, RfmScore
from kedang.insight.rules import Method, Thresholds
from kedang.insight.runs import run_rfm
from kedang.kernel import clock
from kedang.kernel.money import from_minor

DAY = date(2026, 11, 18)


def scores(run):
    values = ("customer_id", "type", "near", "often", "high", "last_on", "recency", "frequency", "monetary")
    return sorted(RfmScore.objects.filter(run=run).values_list(*values))


def facts(run):
    return (run.method, run.recency, run.frequency, run.monetary, run.orders, run.counts, scores(run))


@pytest.fixture
def buyers(company):
    """Two who buy, one who only returned goods, one who never came."""
    for name in ("Deli", "Hai", "Refund", "Never"):
        company.customer(name, owner=company.li)
    one, two, refund = (company.customers[name] for name in ("Deli", "Hai", "Refund"))
    company.order(one, DAY - timedelta(days=10), "100.00")
    company.order(one, DAY - timedelta(days=40), "0.00")
    company.order(two, DAY - timedelta(days=30), "40.50")
    company.order(refund, DAY - timedelta(days=3), "-5.00")
    return company


def test_a_run_stores_thresholds_counts_and_scores(buyers):
    run = run_rfm(DAY)
    assert run.thresholds == Thresholds(Decimal(20), Decimal("1.5"), Decimal("70.25"), Method.MEAN)
    assert (run.scored, run.never_bought, run.orders, run.current) == (2, 2, 3, True)
    one, two = buyers.customers["Deli"].pk, buyers.customers["Hai"].pk
    assert scores(run) == sorted(
        [
            (one, "important_value", True, True, True, date(2026, 11, 8), 10, 2, Decimal("100.00")),
            (two, "general_winback", False, False, False, date(2026, 10, 19), 30, 1, Decimal("40.50")),
        ]
    )


def test_a_repeated_run_equals_itself_and_is_the_only_one_of_its_day(buyers):
    first = run_rfm(DAY)
    before = facts(first)
    again = run_rfm(DAY)
    assert facts(again) == before
    assert [run.pk for run in RfmRun.objects.all()] == [again.pk]
    assert not runs.file_of(first).exists()
    assert RfmScore.objects.count() == 2


def test_orders_after_the_day_do_not_matter(buyers):
    before = facts(run_rfm(DAY))
    buyers.order(buyers.customers["Never"], DAY + timedelta(days=1), "9999.00")
    buyers.order(buyers.customers["Hai"], DAY + timedelta(days=30), "9999.00")
    assert facts(run_rfm(DAY)) == before
    assert run_rfm(DAY + timedelta(days=30)).scored == 3


def test_runs_of_two_days_stand_side_by_side(buyers):
    earlier, later = run_rfm(DAY - timedelta(days=20)), run_rfm(DAY)
    assert list(RfmRun.objects.filter(current=True)) == [later, earlier]
    assert scores(earlier) != scores(later)


def test_only_the_newest_days_keep_their_scores(buyers, monkeypatch):
    monkeypatch.setattr(runs, "DAYS_KEPT", 1)
    earlier, later = run_rfm(DAY - timedelta(days=5)), run_rfm(DAY)
    assert RfmRun.objects.filter(current=True).count() == 2
    assert scores(earlier) == []
    assert len(scores(later)) == 2


@pytest.mark.parametrize(
    "options", [{"method": Method.MEDIAN}, {"typed": Thresholds(Decimal(15), Decimal(1), Decimal(50))}]
)
def test_the_thresholds_that_were_asked_for_are_stored(buyers, options):
    run = run_rfm(DAY, **options)
    typed = options.get("typed")
    assert run.thresholds == (
        typed or Thresholds(Decimal(20), Decimal("1.5"), Decimal("70.25"), Method.MEDIAN)
    )


def test_an_empty_company_has_a_run_too(company):
    run = run_rfm(DAY)
    assert (run.scored, run.counts, scores(run)) == (0, {}, [])


def test_archived_customers_and_void_orders_do_not_count(buyers):
    buyers.order(buyers.customers["Hai"], DAY, "500.00", status="cancelled")
    buyers.order(buyers.customers["Hai"], DAY, None)
    buyers.store(buyers.customers["Deli"], archived_at=clock.now())
    run = run_rfm(DAY)
    assert [row[0] for row in scores(run)] == [buyers.customers["Hai"].pk]
    assert run.counts["important_value"] == [1, 4050]


def rows_of(name):
    engine = extract.engine()
    try:
        rows = extract.opened(engine).tables[name].to_pyarrow().to_pylist()
    finally:
        engine.disconnect()
    return sorted(rows, key=lambda row: row["id"])


def refreshed(*, full=False):
    engine = extract.engine()
    try:
        extract.refresh(engine, full=full)
    finally:
        engine.disconnect()
    return {name: rows_of(name) for name in extract.SOURCES}


def test_a_refresh_of_what_changed_equals_a_full_copy(buyers):
    refreshed()
    hai = buyers.customers["Hai"]
    with clock.frozen(clock.now() + timedelta(hours=1)):
        fresh = buyers.order(hai, DAY, "12.34")
        gone = Order.objects.unscoped(because="test").get(customer=buyers.customers["Deli"], base_amount=0)
        buyers.store(gone, archived_at=clock.now())
        buyers.store(hai, owner=buyers.wang, unit=buyers.south)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        in_parts = refreshed()
        assert in_parts == refreshed(full=True)
    orders = {row["id"]: row for row in in_parts["orders"]}
    assert orders[fresh.pk]["amount"] == 1234
    assert gone.pk not in orders
    moved = next(row for row in in_parts["customers"] if row["id"] == hai.pk)
    assert (moved["owner_id"], moved["unit_id"]) == (buyers.wang.pk, buyers.south.pk)


def test_only_what_changed_is_read_again(buyers, monkeypatch):
    refreshed()
    monkeypatch.setattr(extract, "_all", lambda source: pytest.fail("it read everything"))
    with clock.frozen(clock.now() + timedelta(hours=1)):
        buyers.order(buyers.customers["Hai"], DAY, "1.00")
        assert len(refreshed()["orders"]) == 5


def test_a_row_that_vanished_without_a_trace_is_noticed(buyers):
    refreshed()
    with writing("test"):
        Order.objects.unscoped(because="test").filter(base_amount=0).delete()
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert len(refreshed()["orders"]) == 3


def test_a_clock_that_went_back_means_a_full_copy(buyers):
    refreshed()
    with clock.frozen(clock.now() - timedelta(days=2)):
        buyers.order(buyers.customers["Hai"], DAY, "1.00")
        assert len(refreshed()["orders"]) == 5


def test_every_mart_carries_whom_its_rows_belong_to():
    for source in extract.SOURCES.values():
        assert {"id", "owner_id", "unit_id"} <= set(source.schema.names)


def test_the_cohort_through_the_database_gives_the_published_counts(company):
    people = sorted({person for person, _, _ in cdnow.purchases()})
    at = clock.now()
    dates = {"created_at": at, "changed_at": at, "unit_id": company.north.pk}
    with writing("test"):
        Customer.objects.bulk_create(
            (Customer(id=n, name=f"CDNOW {n}", type_key="individual", **dates) for n in people), 2_000
        )
        Order.objects.bulk_create(
            (
                Order(
                    id=n, number=f"CDNOW-{n}", customer_id=person, ordered_on=day,
                    base_amount=from_minor(cents), **dates,
                )
                for n, (person, day, cents) in enumerate(cdnow.purchases(), 1)
            ),
            2_000,
        )  # fmt: skip
    tell_planner(Customer, Order)  # else PostgreSQL proves 70,000 foreign keys by plans made for empty tables
    run = run_rfm(date(1998, 6, 30))
    lines = run.thresholds
    assert [round(value, 4) for value in (lines.recency, lines.frequency, lines.monetary)] == [
        Decimal("367.2216"),
        Decimal("2.9554"),
        Decimal("106.0804"),
    ]
    assert {key: count for key, (count, _) in run.counts.items()} == {
        "important_value": 4617,
        "general_value": 1974,
        "important_growth": 268,
        "general_growth": 1532,
        "important_keep": 449,
        "general_keep": 543,
        "important_winback": 579,
        "general_winback": 13608,
    }
    assert RfmScore.objects.filter(run=run).count() == 23_570
