"""One reach, two renderings: what the ORM selects and what Ibis keeps are the same rows."""

from dataclasses import replace
from datetime import UTC, date, datetime

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedang.areas.customers.models import Customer, Relation
from kedang.areas.trade.models import Order
from kedang.engine.identity.models import Pool, Unit, User
from kedang.engine.records.queries import Sort, mark_of, ordered, read_mark, slice_of
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.engine.scope.reach import Need, Reach
from kedang.insight.scope import narrow

AT = datetime(2026, 11, 18, tzinfo=UTC)
CUSTOMER = ("id", "owner_id", "unit_id", "pool_id")
ORDER = ("id", "owner_id", "unit_id", *(f"customer__{name}" for name in CUSTOMER))
RELATION = (
    "id",
    "owner_id",
    "unit_id",
    *(f"{end}__{name}" for end in ("customer", "other") for name in CUSTOMER),
)
OWNERS = (None, 101, 102, 103)
UNITS = (201, 202, 203)
POOLS = (None, 301, 302)


@pytest.fixture
def stock(db):
    """Return a customer of every owner, unit and pool, with an order of every owner, as tables too."""
    User.objects.bulk_create(User(id=n, username=str(n), name=str(n)) for n in OWNERS if n)
    Unit.objects.bulk_create(Unit(id=n, name=str(n), path=f"/{n}/") for n in UNITS)
    Pool.objects.bulk_create(Pool(id=n, name=str(n)) for n in POOLS if n)
    every = [(owner, unit, pool) for owner in OWNERS for unit in UNITS for pool in POOLS]
    dates = {"created_at": AT, "changed_at": AT}
    with writing("test"):
        Customer.objects.bulk_create(
            Customer(
                id=n, name=str(n), owner_id=owner, unit_id=unit, pool_id=pool, type_key="company", **dates
            )
            for n, (owner, unit, pool) in enumerate(every, 1)
        )
        Order.objects.bulk_create(
            Order(
                id=n * 10 + k,
                number=f"{n}-{k}",
                customer_id=n,
                owner_id=owner,
                unit_id=UNITS[k % 3],
                ordered_on=date(2026, 1, 1),
                **dates,
            )
            for n in range(1, len(every) + 1)
            for k, owner in enumerate(OWNERS)
        )
        Relation.objects.bulk_create(
            Relation(
                id=n, customer_id=n, other_id=n * 7 % 36 + 1, kind_key="x", owner_id=OWNERS[n % 4],
                unit_id=UNITS[n % 3], **dates,
            )
            for n in range(1, len(every) + 1) if n * 7 % 36 + 1 != n
        )  # fmt: skip
    return {
        Relation: table(Relation, RELATION, tuple(name.replace("__", "_") for name in RELATION)),
        Customer: table(Customer, CUSTOMER, ("id", "owner_id", "unit_id", "pool_id")),
        Order: table(Order, ORDER, tuple(name.replace("__", "_") for name in ORDER)),
    }


def table(model, paths, names):
    rows = list(model.objects.unscoped(because="test").values_list(*paths))
    columns = [pa.array(column, pa.int64()) for column in zip(*rows, strict=True)]
    return ibis.memtable(pa.table(columns, names=list(names)))


def by_orm(model, reach):
    rows = model.objects.unscoped(because="test").filter(reach.q(model))
    return set(rows.values_list("pk", flat=True))


def by_ibis(stock, model, reach):
    kept = narrow(stock[model], reach, follows=model.follows)
    return {row["id"] for row in kept.select("id").to_pyarrow().to_pylist()}


def some(values):
    return st.sets(st.sampled_from([value for value in values if value]), max_size=2).map(frozenset)


def reaches(ids, parents=None):
    return st.builds(
        Reach,
        everything=st.sampled_from([False, False, False, True]),
        owners=some([*OWNERS, 999]),
        units=some(UNITS),
        shared=some(ids),
        pools=some(POOLS) if parents is None else st.just(frozenset()),
        parent=st.none() if parents is None else st.one_of(st.none(), parents),
    )


OF_CUSTOMERS = reaches(range(1, 37))
OF_ORDERS = reaches(range(10, 370), OF_CUSTOMERS)
OF_RELATIONS = st.builds(
    lambda reach, ends: Reach(reach.everything, reach.owners, reach.units, reach.shared, parent=reach.parent,
                              needs=tuple(Need(key, span) for key, span in ends.items())),
    reaches(range(1, 37), OF_CUSTOMERS), st.dictionaries(st.sampled_from(["customer", "other"]), OF_CUSTOMERS),
)  # fmt: skip
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(reach=OF_CUSTOMERS)
def test_both_renderings_reach_the_same_customers(stock, reach):
    assert by_ibis(stock, Customer, reach) == by_orm(Customer, reach)


@QUICK
@given(reach=OF_ORDERS)
def test_both_renderings_reach_the_same_orders_through_their_customers(stock, reach):
    assert by_ibis(stock, Order, reach) == by_orm(Order, reach)


@QUICK
@given(reach=OF_RELATIONS)
def test_both_renderings_reach_the_same_relations_with_both_ends_in_view(stock, reach):
    assert by_ibis(stock, Relation, reach) == by_orm(Relation, reach)


@QUICK
@given(reach=st.one_of(OF_CUSTOMERS, OF_ORDERS, OF_RELATIONS), owner=st.sampled_from([101, 102, 999]))
@pytest.mark.parametrize("model", [Customer, Order, Relation])
def test_what_one_owner_has_of_a_reach_is_what_of_its_rows_is_theirs(stock, model, reach, owner):
    if reach.parent is not None and not model.follows:
        reach = replace(reach, parent=None)
    if reach.pools and not model.pooled:
        reach = replace(reach, pools=frozenset())
    if model is not Relation:
        reach = replace(reach, needs=())
    rows = model.objects.unscoped(because="test")
    theirs = set(rows.filter(reach.of_owner(model, owner)).values_list("pk", flat=True))
    assert theirs == by_orm(model, reach) & set(rows.filter(owner=owner).values_list("pk", flat=True))


@QUICK
@given(
    reach=st.builds(Reach, owners=some([*OWNERS, 999]), shared=some(range(1, 37)), pools=some(POOLS)),
    sort=st.sampled_from([Sort(), Sort(falling=False), Sort("name_sort", falling=False), Sort("changed_at")]),
    limit=st.integers(1, 12),
)
@pytest.mark.usefixtures("stock")
def test_pages_of_what_is_own_shared_or_in_a_pool_hold_every_row_once_and_in_order(reach, sort, limit):
    kind = RECORDS["customers.customer"]
    opened = Customer.objects.unscoped(because="test")
    rows, ways = opened.filter(reach.q(Customer)), [opened.filter(way) for way in reach.ways(Customer)]
    whole = [row.pk for row in ordered(kind, rows, sort)]
    for most in (limit, 100) if ways else ():
        assert slice_of(kind, rows, sort, limit, ways=ways, counting=most).count == min(len(whole), most)
    read, mark = [], None
    while True:
        page = slice_of(kind, rows, sort, limit, after=mark, ways=ways)
        read += [row.pk for row in page.rows]
        if not page.more:
            break
        mark = read_mark(kind, sort, mark_of(kind, sort, page.rows[-1]))
        back = slice_of(kind, rows, sort, limit, before=mark, ways=ways)
        assert [row.pk for row in back.rows] == whole[max(0, len(read) - 1 - limit) : len(read) - 1]
    assert read == whole


def test_what_is_needed_narrows_what_everything_opens(stock):
    mine = Reach(owners=frozenset({101}))
    needing = Reach(everything=True, needs=(Need("other", mine),))
    kept = {row.pk for row in Relation.objects.unscoped(because="test").filter(other__owner=101)}
    assert by_ibis(stock, Relation, needing) == by_orm(Relation, needing) == kept != set()


def test_a_reach_without_parts_reaches_nothing(stock):
    assert by_ibis(stock, Customer, Reach()) == by_orm(Customer, Reach()) == set()
    nothing_above = Reach(parent=Reach())
    assert by_ibis(stock, Order, nothing_above) == by_orm(Order, nothing_above) == set()


def test_everything_above_is_everything_below(stock):
    above = Reach(owners=frozenset({101}), parent=Reach(everything=True))
    assert by_ibis(stock, Order, above) == by_orm(Order, above)
    assert len(by_orm(Order, above)) == 36 * 4


def test_a_record_without_an_owner_is_nobodys_own(stock):
    mine = Reach(owners=frozenset({101}))
    assert by_ibis(stock, Customer, mine) == by_orm(Customer, mine)
    assert len(by_orm(Customer, mine)) == 9
