"""Figures are narrowed to the reader's reach first and added up after."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.scope.doors import SEALED_AT
from kedang.insight import selectors
from kedang.insight.runs import run_rfm
from kedang.insight.serve import query
from kedang.kernel.actor import Actor, Grant, Mode, Share
from kedang.kernel.errors import NotAllowed, NotVisible
from kedang.kernel.money import from_minor

DAY = date(2026, 11, 18)


@pytest.fixture
def run(company):
    """Two buyers of Li in the north, one of Wang in the south, one in the pool; one of Li never bought."""
    for place, (name, owner, unit) in enumerate(
        [
            ("A", company.li, company.north),
            ("B", company.li, company.north),
            ("C", company.wang, company.south),
            ("D", None, company.south),
        ]
    ):
        customer = company.customer(name, owner=owner, unit=unit, pool=None if owner else company.pool)
        company.order(customer, DAY - timedelta(days=10 * place), f"{100 * (place + 1)}.00")
    company.customer("Never", owner=company.li)
    return run_rfm(DAY)


def seen(actor):
    found = query(actor, "rfm")
    rows = {row["type"]: row for row in found.rows}
    never = rows.pop("none")["customers"]
    people = sum(row["customers"] for row in rows.values())
    return people, from_minor(sum(row["monetary"] for row in rows.values())), never


def by_filter(actor, run, *types):
    return Customer.objects.visible_to(actor).filter(selectors.of_types(run, types))


def test_each_reader_counts_only_the_customers_in_reach(company, run):
    assert seen(company.boss()) == (4, Decimal("1000.00"), 1)
    assert seen(company.seller(company.li)) == (2, Decimal("300.00"), 1)
    assert seen(company.seller(company.wang)) == (1, Decimal("300.00"), 0)
    assert seen(company.manager(company.wang)) == (2, Decimal("700.00"), 0)


def test_the_lines_are_those_of_the_whole_company(company, run):
    before = run.thresholds
    query(company.seller(company.li), "rfm")
    assert selectors.run_of().thresholds == before
    assert run.thresholds.monetary == Decimal("250")


def test_a_shared_customer_counts_for_who_got_it(company, run):
    base = company.seller(company.li)
    shares = {"customers.customer": (Share(company.customers["C"].pk, "view"),)}
    actor = Actor("li", base.user_id, base.unit_id, grants=base.grants, shares=shares)
    assert seen(actor) == (3, Decimal("600.00"), 1)


def test_a_pool_customer_counts_for_whom_the_pool_serves(company, run):
    base = company.seller(company.li)
    actor = Actor("li", base.user_id, base.unit_id, grants=base.grants, pools=frozenset({company.pool.pk}))
    assert seen(actor) == (3, Decimal("700.00"), 1)


def test_a_reader_without_any_customer_counts_nobody(company, run):
    nobody = Actor("new", 99, grants={"trade.order:view": Grant(own=True, follow=True)})
    assert seen(nobody) == (0, Decimal("0.00"), 0)


def test_the_copy_and_the_ledger_agree_for_every_reader(company, run):
    for actor in (company.boss(), company.seller(company.li), company.manager(company.wang)):
        rows = {row["type"]: row for row in query(actor, "rfm").rows if row["type"] != "none"}
        by_copy = {key: (row["customers"], from_minor(row["monetary"])) for key, row in rows.items()}
        assert by_copy == selectors.cells_within(actor, run)


@pytest.mark.parametrize("orders", ["", "own"])
def test_who_does_not_see_all_orders_sees_no_value(company, run, orders):
    actor = company.seller(company.li, orders=orders)
    with pytest.raises(NotAllowed):
        query(actor, "rfm")
    assert selectors.score_of(actor, company.customers["A"].pk) is None


def test_who_may_not_read_amounts_sees_no_value(company, run):
    actor = company.seller(company.li, modes={"trade.order.base_amount": Mode.MASK})
    with pytest.raises(NotAllowed):
        query(actor, "rfm")


def test_a_score_is_seen_only_with_its_customer(company, run):
    li = company.seller(company.li)
    assert selectors.score_of(li, company.customers["A"].pk).type == "general_value"
    assert selectors.score_of(li, company.customers["C"].pk) is None
    assert selectors.score_of(li, company.customers["Never"].pk) is None


def test_the_customers_behind_a_cell_are_those_it_counted(company, run):
    for actor in (company.boss(), company.seller(company.li), company.manager(company.wang)):
        for key, (count, money) in selectors.cells_within(actor, run).items():
            page = selectors.page_of_type(actor, run, key)
            assert len(page.rows) == count == by_filter(actor, run, key).count()
            assert sum(row.score.monetary for row in page.rows) == money


def test_pages_of_a_cell_leave_nobody_out_and_name_nobody_twice(company, run, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 1)
    boss, found = company.boss(), []
    for key in selectors.cells_within(boss, run):
        after = None
        while True:
            page = selectors.page_of_type(boss, run, key, after)
            found += [row.customer.name for row in page.rows]
            after = page.next
            if after is None:
                break
    assert sorted(found) == ["A", "B", "C", "D"]


def test_those_who_never_bought_are_found_too(company, run):
    names = {row.name for row in by_filter(company.boss(), run, "none")}
    assert names == {"Never"}


def test_a_day_that_was_not_computed_has_no_figures(company, run):
    with pytest.raises(NotVisible):
        query(company.boss(), "rfm", as_of=DAY - timedelta(days=1))


@pytest.mark.parametrize("archived_at", [SEALED_AT - timedelta(days=1), SEALED_AT])
def test_who_is_held_or_sealed_is_gone_from_the_scores_at_once(company, run, archived_at):
    before = selectors.cells_within(company.boss(), run)
    money = selectors.score_of(company.boss(), company.customers["A"].pk).monetary
    company.store(company.customers["A"], archived_at=archived_at)
    for types in ((), ("general_value",)):
        after = selectors.cells_within(company.boss(), run, types)
        count, whole = after.get("general_value", (0, 0))
        assert (count, whole) == (before["general_value"][0] - 1, before["general_value"][1] - money)
        assert count == len(selectors.page_of_type(company.boss(), run, "general_value").rows)
    assert selectors.score_of(company.boss(), company.customers["A"].pk) is None
