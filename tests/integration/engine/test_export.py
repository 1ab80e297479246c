"""Taking rows out: only permitted rows and columns, masks kept, counted; and back in without a change."""

import csv
import io
import zipfile

import pytest
from django.utils import translation

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.exchange.exports import export_rows, exportable
from kedang.engine.exchange.imports import run_import
from kedang.engine.exchange.reader import open_table
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import business_digest
from kedang.kernel.actor import Mode, Span
from kedang.kernel.errors import LimitReached, NotAllowed
from world import everywhere, open_fields

CUSTOMER, ORDER = RECORDS["customers.customer"], RECORDS["trade.order"]
LIMITS = {"export_rows": 100_000}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def boss(world):
    return world.actor(world.chief, everywhere(Span.ALL), modes=open_fields(), limits=LIMITS)


def spans(span, *verbs):
    return {f"{key}:{verb}": span for key in (CUSTOMER.key, ORDER.key) for verb in verbs}


def table(actor, kind=CUSTOMER, **how):
    text = b"".join(export_rows(actor, kind, **how).stream_csv()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def names(rows):
    return {row["Name"] for row in rows}


def test_only_the_rows_within_reach_leave(world, boss):
    li = world.actor(world.li, spans(Span.OWN, "view", "export"), limits=LIMITS)
    assert len(table(boss)) == 3
    assert names(table(li)) == {world.records[CUSTOMER.key]["li"].name}
    wider = world.actor(world.li, spans(Span.ALL, "view") | spans(Span.OWN, "export"), limits=LIMITS)
    assert len(table(wider)) == 1


def test_without_the_right_nothing_leaves(world):
    with pytest.raises(NotAllowed):
        export_rows(world.actor(world.li, spans(Span.ALL, "view"), limits=LIMITS), CUSTOMER)
    assert not AccessLog.objects.filter(kind="export").exists()


def test_hidden_fields_are_no_columns_and_masked_ones_stay_masked(world):
    record = world.records[CUSTOMER.key]["li"]
    perform(world.boss, f"{CUSTOMER.key}.update", record.pk, {"bank_account": "6222020200112233"})
    li = world.actor(world.li, spans(Span.ALL, "view", "export"), limits=LIMITS)
    assert "credit_limit" not in {spec.name for spec in exportable(li, CUSTOMER)}
    (row,) = [row for row in table(li) if row["Name"] == record.name]
    assert row["Bank account"] == "****"
    assert "Credit limit" not in row
    asked = export_rows(li, CUSTOMER, fields=["name", "credit_limit", "bank_account", "nonsense"])
    assert asked.headers == ("ID", "Name", "Bank account")
    hidden = world.actor(world.li, spans(Span.ALL, "view", "export"), limits=LIMITS,
                         modes={f"{CUSTOMER.key}.bank_account": Mode.READ})  # fmt: skip
    assert any(row["Bank account"] == "6222020200112233" for row in table(hidden))


def test_contact_data_of_a_pool_customer_stay_masked(world, boss):
    record = world.records[CUSTOMER.key]["wang"]
    from kedang.engine.scope.doors import writing

    with writing("test"):
        Customer.objects.unscoped(because="test").filter(pk=record.pk).update(owner=None, pool=world.pool)
    units = frozenset({world.north.pk, world.south.pk})
    li = world.actor(world.li, spans(Span.CUSTOM, "view", "export"), limits=LIMITS, custom_units=units,
                     pools=frozenset({world.pool.pk}))  # fmt: skip
    shown = {row["Name"]: row["Phone"] for row in table(li)}
    assert "*" in shown[record.name]
    assert "*" not in shown[world.records[CUSTOMER.key]["li"].name]
    assert all("*" not in row["Phone"] for row in table(boss))


def test_each_export_is_written_down_before_it_leaves(world, boss):
    export_rows(boss, CUSTOMER, reason="for the auditor")
    look = AccessLog.objects.get(kind="export")
    assert (look.user_id, look.record, look.rows, look.reason) == (
        world.chief.pk,
        CUSTOMER.key,
        3,
        "for the auditor",
    )


def test_the_days_rows_are_limited(world):
    actor = world.actor(world.chief, everywhere(Span.ALL), limits={"export_rows": 5})
    export_rows(actor, CUSTOMER)
    with pytest.raises(LimitReached):
        export_rows(actor, CUSTOMER)
    none = world.actor(world.wang, everywhere(Span.ALL))
    with pytest.raises(LimitReached):
        export_rows(none, CUSTOMER)


def test_exactly_the_list_is_exported(world, boss):
    rows = Customer.objects.visible_to(boss).filter(owner=world.li).order_by("-name")
    assert names(table(boss, rows=rows)) == {world.records[CUSTOMER.key]["li"].name}


def test_what_would_be_a_formula_is_text(world, boss):
    perform(
        boss, f"{CUSTOMER.key}.update", world.records[CUSTOMER.key]["li"].pk, {"remarks": '=HYPERLINK("x")'}
    )
    raw = b"".join(export_rows(boss, CUSTOMER).stream_csv()).decode()
    assert "'=HYPERLINK" in raw
    target = io.BytesIO()
    export_rows(boss, CUSTOMER).write(target, "xlsx")
    assert "'=HYPERLINK" in zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
@pytest.mark.parametrize("key", ["customers.customer", "customers.contact", "catalog.product", "trade.order",
                                 "trade.receipt"])  # fmt: skip
def test_an_export_that_is_imported_again_changes_nothing(world, boss, tmp_path, layout, key):
    kind = RECORDS[key]
    twin = world.records[CUSTOMER.key]["li"]
    odd = {"name": "'=1+1", "remarks": "=cmd\n'x", "phone": "+86 13912345678", "external_no": "00012"}
    perform(boss, f"{CUSTOMER.key}.update", twin.pk, odd)
    perform(boss, f"{CUSTOMER.key}.update", world.records[CUSTOMER.key]["wang"].pk, {"name": "'=1+1"})
    path = tmp_path / f"out.{layout}"
    taken = export_rows(boss, kind)
    count = taken.write(path, layout)
    before = (business_digest(), HistoryEntry.objects.count())
    result = run_import(boss, kind, path, errors_out=tmp_path / "errors.csv")
    assert result.counts["unchanged"] == taken.count, (tmp_path / "errors.csv").read_text()
    assert (business_digest(), HistoryEntry.objects.count()) == before
    with open_table(path) as read:
        assert read.rows == count


@pytest.mark.parametrize("layout", ["csv", "xlsx"])
def test_a_document_leaves_with_its_lines_and_comes_back_with_them(world, boss, tmp_path, layout):
    product = world.records["catalog.product"]["li"]
    lines = [{"line_no": n, "product": product.pk, "quantity": n, "price": "2.50"} for n in (1, 2, 3)]
    values = {
        "customer": world.records[CUSTOMER.key]["li"].pk,
        "ordered_on": "2026-11-02",
        "status_key": "draft",
    }
    made = perform(boss, f"{ORDER.key}.create", inputs=values | {"lines": lines}).record
    bare = perform(boss, f"{ORDER.key}.create", inputs=values | {"amount": "9"}).record
    path = tmp_path / f"out.{layout}"
    taken = export_rows(boss, ORDER)
    written = taken.write(path, layout)
    with open_table(path) as read:
        found = [dict(zip(read.headers, row.cells, strict=True)) for batch in read.batches for row in batch]
    mine = [row for row in found if row["Order number"] == made.number]
    assert [(row["Lines: Product"], row["Lines: Amount"].rstrip("0").rstrip(".")) for row in mine] == [
        (product.number, "2.5"), (product.number, "5"), (product.number, "7.5"),
    ]  # fmt: skip
    assert [row["Lines: Product"] for row in found if row["Order number"] == bare.number] == [""]
    assert (len(found), taken.count < written) == (written, True)
    before = (business_digest(), HistoryEntry.objects.count())
    assert run_import(boss, ORDER, path).counts["unchanged"] == taken.count
    assert (business_digest(), HistoryEntry.objects.count()) == before
