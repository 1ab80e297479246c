"""Bringing files in: what is created, what is joined, what is refused, and what a rehearsal leaves behind."""

import csv
from decimal import Decimal

import pytest
from django.db import connection

from kedang.areas.customers.models import Customer
from kedang.areas.trade.models import Order, OrderLine
from kedang.engine.exchange.imports import guessed, run_import, runs_of
from kedang.engine.exchange.mapping import read_mapping
from kedang.engine.exchange.models import ImportProblem, ImportRun
from kedang.engine.exchange.reader import open_table
from kedang.engine.exchange.undo import undo_import
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent, TimelineEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import business_digest, verify
from kedang.kernel.errors import FileRefused, Invalid, NotAllowed, NotVisible, RuleBroken

CUSTOMER, ORDER, PRODUCT = RECORDS["customers.customer"], RECORDS["trade.order"], RECORDS["catalog.product"]
HEADINGS = ["外部编号", "名称", "类型", "等级", "电话", "国家"]
MAPPING = """
    [columns]
    external_no = "外部编号"
    name = "名称"
    type_key = "类型"
    level_key = "等级"
    phone = "电话"
    country = { const = "CN" }
"""
ROWS = [
    ["K1", "港珲机电有限公司", "企业", "金", "020-83317720", ""],
    ["K2", "惠城汇源泵业商行", "dealer", "银", "0752-2661809", ""],
    ["K3", "王小明", "个人", "", "", ""],
]


@pytest.fixture
def sheet(tmp_path):
    def write(rows=ROWS, headings=HEADINGS, encoding="utf-8", name="customers.csv"):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as out:
            csv.writer(out).writerows([headings, *rows])
        return path

    return write


def bring(world, path, mapping=MAPPING, kind=CUSTOMER, actor=None, **how):
    chosen = read_mapping(mapping) if mapping else None
    return run_import(actor or world.boss, kind, path, chosen, **how)


def customer(**facts):
    return Customer.objects.unscoped(because="test").get(**facts)


def traces():
    models = (HistoryEntry, TimelineEntry, OutboxEvent)
    return (business_digest(), *(model.objects.count() for model in models))


def dump():
    """Return everything in the database, table by table."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        found = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


def problems(result):
    found = ImportProblem.objects.filter(run=result.run)
    return [(problem.row_no, problem.field, problem.code) for problem in found]


def test_rows_become_numbered_and_owned_records(world, sheet):
    result = bring(world, sheet())
    assert result.counts == {
        "rows": 3,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "refused": 0,
    }
    first = customer(external_no="K1")
    assert (first.name, first.type_key, first.level_key, first.owner_id) == (
        "港珲机电有限公司", "enterprise", "gold", world.boss.user_id,
    )  # fmt: skip
    assert first.number
    entry = HistoryEntry.objects.get(record=CUSTOMER.key, record_id=first.pk)
    assert (entry.action, entry.run_id, entry.actor_id) == (
        "customers.customer.import",
        result.run.pk,
        world.chief.pk,
    )
    assert result.run.state == ImportRun.DONE
    assert verify().faults == []


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_a_file_in_another_encoding_gives_the_same_records(world, sheet, encoding):
    bring(world, sheet(encoding=encoding))
    assert customer(external_no="K2").name == "惠城汇源泵业商行"


def test_the_same_file_again_changes_nothing(world, sheet):
    path = sheet()
    bring(world, path)
    before = traces()
    again = bring(world, path)
    assert (again.counts["unchanged"], again.counts["rows"]) == (3, 3)
    assert traces() == before


def test_a_changed_row_changes_its_record_and_says_what(world, sheet):
    bring(world, sheet())
    changed = sheet([["K1", "港珲机电有限公司", "企业", "银", "020-83317720", ""], *ROWS[1:]])
    rehearsed = bring(world, changed, dry_run=True)
    assert [row.kind for row in rehearsed.rows] == ["updated", "unchanged", "unchanged"]
    assert rehearsed.rows[0].changes == {"level_key": ("gold", "silver")}
    result = bring(world, changed)
    assert (result.counts["updated"], result.counts["unchanged"]) == (1, 2)
    assert customer(external_no="K1").version == 2


def test_an_empty_cell_keeps_the_value_unless_the_mapping_clears(world, sheet):
    bring(world, sheet())
    empty = sheet([["K1", "港珲机电有限公司", "企业", "", "020-83317720", ""]])
    assert bring(world, empty).counts["unchanged"] == 1
    assert bring(world, empty, 'empty = "clear"\n' + MAPPING).counts["updated"] == 1
    assert customer(external_no="K1").level_key == ""


def test_a_rehearsal_leaves_the_database_as_it_was(world, sheet):
    before = dump()
    result = bring(world, sheet([*ROWS, ["K4", "", "企业", "", "", ""]]), dry_run=True)
    assert dump() == before
    assert (result.run, result.counts["created"], result.counts["refused"]) == (None, 3, 1)
    assert [row.kind for row in result.rows] == ["created"] * 3 + ["refused"]
    assert {problem.field for problem in result.rows[3].problems} == {"name", "phone"}


def test_refused_rows_do_not_stop_the_others_and_can_be_sent_again(world, sheet, tmp_path):
    bad = ["K9", "岐江五金机电经营部", "企业", "白金", "0760-88221013", ""]
    errors = tmp_path / "errors.csv"
    result = bring(world, sheet([ROWS[0], bad, ROWS[2]]), errors_out=errors)
    assert (result.counts["created"], result.counts["refused"]) == (2, 1)
    assert problems(result) == [(3, "level_key", "choice")]
    rows = list(csv.reader(errors.read_text("utf-8-sig").splitlines()))
    assert rows[0][:6] == HEADINGS
    assert rows[1][:7] == [*bad, "3"]
    assert "level_key" in rows[1][7]
    mended = errors.with_name("mended.csv")
    mended.write_text(errors.read_text("utf-8-sig").replace("白金", "金"), "utf-8")
    assert bring(world, mended).counts["created"] == 1


def test_each_kind_of_bad_cell_is_refused_with_its_field(world, sheet):
    rows = [
        ["A1", "甲有限公司", "火星人", "", "020-83317720", ""],
        ["9.1E+17", "乙有限公司", "企业", "", "020-83317720", ""],
        ["A3", "丙有限公司", "企业", "", "", ""],
        ["A4", "丁" * 121, "企业", "", "020-83317720", ""],
    ]
    found = {(row, field) for row, field, _code in problems(bring(world, sheet(rows)))}
    assert {(2, "type_key"), (3, "external_no"), (4, "phone"), (5, "name")} <= found
    assert {row for row, _field in found} == {2, 3, 4, 5}


def test_two_rows_about_one_record_are_told_apart(world, sheet):
    result = bring(world, sheet([ROWS[0], ["K1", "别的名称", "企业", "", "020-1111111", ""]]))
    assert (result.counts["created"], problems(result)) == (1, [(3, "external_no", "repeated")])


def test_an_id_finds_its_record_and_a_foreign_id_is_refused(world, sheet):
    bring(world, sheet())
    known = customer(external_no="K1")
    mapping = '[columns]\nid = "ID"\nname = "名称"'
    from kedang.kernel import ids

    rows = [[ids.show(known.pk), "港珲机电股份有限公司"], ["0" * 13, "没有"], ["x", "没有"]]
    result = bring(world, sheet(rows, ["ID", "名称"]), mapping)
    assert (result.counts["updated"], result.counts["refused"]) == (1, 2)
    assert customer(external_no="K1").name == "港珲机电股份有限公司"


def test_a_number_we_gave_finds_its_record_and_never_makes_one(world, sheet):
    bring(world, sheet())
    number = customer(external_no="K1").number
    mapping = '[columns]\nnumber = "编号"\nname = "名称"\ntype_key = { const = "individual" }'
    result = bring(world, sheet([[number, "改名有限公司"], ["GZ-0", "没有"]], ["编号", "名称"]), mapping)
    assert (result.counts["updated"], problems(result)) == (1, [(3, "number", "not_found")])


def test_columns_are_found_by_their_headings_without_a_mapping(world, sheet):
    path = sheet([["王小明", "individual", "x"]], ["name", "Type key".replace(" ", "_").lower(), "无关"])
    with open_table(path) as table:
        assert set(guessed(world.boss, CUSTOMER, table).columns) == {"name", "type_key"}
    assert bring(world, path, None).counts["created"] == 1
    with pytest.raises(Invalid):
        bring(world, sheet([["x"]], ["无关"]), None)


def test_orders_find_their_customer_by_what_identifies_it(world, sheet):
    bring(world, sheet())
    mapping = """
        [columns]
        number = "单号"
        customer = "客户"
        ordered_on = "日期"
        amount = "金额"
        status_key = { const = "completed" }
    """
    name = customer(external_no="K2").name
    number = customer(external_no="K3").number
    rows = [["D1", "K1", "2026年11月3日", "1,234.50"], ["D2", name, "20261103", "5"], ["D3", number, "2026-11-03", "6"],
            ["D4", "没有此人", "2026-11-03", "7"]]  # fmt: skip
    path = sheet(rows, ["单号", "客户", "日期", "金额"])
    result = bring(world, path, mapping, ORDER)
    assert (result.counts["created"], problems(result)) == (3, [(5, "customer", "not_found")])
    first = Order.objects.unscoped(because="test").get(number="D1")
    assert (first.customer_id, first.amount) == (customer(external_no="K1").pk, Decimal("1234.50"))
    before = traces()
    assert bring(world, path, mapping, ORDER).counts["unchanged"] == 3
    assert traces() == before


def test_rows_of_one_document_become_its_lines(world, sheet):
    mapping = """
        group = ["单号"]
        [columns]
        number = "单号"
        customer = "客户"
        ordered_on = "日期"
        status_key = { const = "draft" }
        [lines]
        product = "产品"
        quantity = "数量"
        price = "单价"
    """
    bring(world, sheet())
    rows = [
        ["D1", "K1", "2026-11-03", "P-1", "2", "10"], ["D1", "K1", "2026-11-03", "P-2", "1", "5.5"],
        ["D2", "K2", "2026-11-04", "P-1", "3", "10"], ["D1", "K1", "2026-11-03", "P-3", "1", "1"],
    ]  # fmt: skip
    path = sheet(rows, ["单号", "客户", "日期", "产品", "数量", "单价"])
    result = bring(world, path, mapping, ORDER)
    assert (result.counts["rows"], result.counts["created"]) == (4, 2)
    assert problems(result) == [(5, "", "scattered")]
    order = Order.objects.unscoped(because="test").get(number="D1")
    lines = OrderLine.objects.unscoped(because="test").filter(order=order).order_by("line_no")
    assert [(line.quantity, line.price) for line in lines] == [
        (Decimal(2), Decimal(10)),
        (Decimal(1), Decimal("5.5")),
    ]
    assert order.amount == Decimal("25.50")
    before = traces()
    assert bring(world, path, mapping, ORDER).counts["unchanged"] == 2
    assert traces() == before


def test_only_the_first_row_of_a_key_counts(world, sheet):
    mapping = 'unique = ["外部编号"]\n' + MAPPING
    path = sheet(
        [ROWS[0], ["K1", "第二次", "企业", "", "", ""], ROWS[2], ["K1", "第三次", "企业", "", "", ""]]
    )
    assert bring(world, path, mapping).counts == {
        "rows": 4, "created": 2, "updated": 0, "unchanged": 0, "skipped": 2, "refused": 0,
    }  # fmt: skip
    assert customer(external_no="K1").name == "港珲机电有限公司"


@pytest.mark.parametrize(("mode", "counts"), [("create", ("created", 1)), ("update", ("updated", 1))])
def test_a_mapping_may_only_create_or_only_update(world, sheet, mode, counts):
    bring(world, sheet(ROWS[:1]))
    path = sheet([["K1", "改了名有限公司", *ROWS[0][2:]], ROWS[1]])
    result = bring(world, path, f'mode = "{mode}"\n' + MAPPING)
    assert (result.counts[counts[0]], result.counts["skipped"]) == (counts[1], 1)


def test_a_column_that_is_none_of_the_actors_is_refused_before_any_row(world, sheet):
    with pytest.raises(Invalid) as caught:
        bring(world, sheet(), '[columns]\nname = "名称"\nversion = "等级"\ncreated_at = "电话"')
    assert {problem.field for problem in caught.value.problems} == {"columns.version", "columns.created_at"}
    assert not ImportRun.objects.exists()


def test_progress_is_told_batch_by_batch(world, sheet):
    told = []
    rows = [[f"N{n}", f"第{n}人", "个人", "", "", ""] for n in range(250)]
    bring(world, sheet(rows), on_progress=lambda done, total: told.append((done, total)))
    assert (told[0], told[-1], told == sorted(set(told))) == ((100, 250), (250, 250), True)


def test_a_refused_file_leaves_no_run(world, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"name\n\x00\n")
    before = dump()
    with pytest.raises(FileRefused):
        bring(world, path)
    assert dump() == before


def test_an_import_is_taken_back(world, sheet):
    bring(world, sheet(ROWS[:2]))
    changed = [["K1", *ROWS[0][1:3], "银", *ROWS[0][4:]], ["K2", "汇源泵业集团", *ROWS[1][2:]], ROWS[2]]
    result = bring(world, sheet(changed))
    number = customer(external_no="K3").number
    later = sheet([["K2", "后来又改了", *ROWS[1][2:]]], name="later.csv")
    bring(world, later)
    undone = undo_import(world.boss, result.run.pk)
    assert (undone.archived, undone.reverted, [left.title for left in undone.left]) == (1, 1, ["后来又改了"])
    assert (customer(external_no="K1").level_key, customer(external_no="K2").name) == ("gold", "后来又改了")
    gone = customer(external_no="K3")
    assert (gone.archived_at is not None, gone.number) == (True, number)
    assert verify().faults == []
    with pytest.raises(RuleBroken):
        undo_import(world.boss, result.run.pk)


def test_an_undo_that_was_stopped_goes_on(world, sheet):
    result = bring(world, sheet([[f"N{n}", f"第{n}人", "个人", "", "", ""] for n in range(250)]))
    entries = HistoryEntry.objects.filter(run_id=result.run.pk).order_by("-pk")
    assert entries.count() == 250

    class Stop(Exception):
        pass

    writes = []

    def stop(execute, sql, params, many, context):
        writes.append(sql.startswith("INSERT") and "outboxevent" in sql)  # the last statement of a batch
        if sum(writes) > 1:
            raise Stop
        return execute(sql, params, many, context)

    with pytest.raises(Stop), connection.execute_wrapper(stop):
        undo_import(world.boss, result.run.pk)
    undone = undo_import(world.boss, result.run.pk)
    assert (undone.archived, undone.left) == (250, [])


def test_lines_of_a_document_are_taken_back_too(world, sheet):
    mapping = '[columns]\nnumber = "a"\ncustomer = "b"\nordered_on = "c"\nstatus_key = { const = "draft" }\n' \
        '[lines]\nproduct = "p"\nquantity = "q"\nprice = { const = "10" }'  # fmt: skip
    bring(world, sheet())
    headings = ["a", "b", "c", "p", "q"]
    bring(world, sheet([["D1", "K1", "2026-11-03", "P-1", "2"]], headings), mapping, ORDER)
    result = bring(world, sheet([["D1", "K1", "2026-11-03", "P-2", "5"]], headings), mapping, ORDER)
    assert result.counts["updated"] == 1
    assert undo_import(world.boss, result.run.pk).reverted == 1
    line = OrderLine.objects.unscoped(because="test").get(order__number="D1")
    assert (line.quantity, line.product.number) == (Decimal(2), "P-1")


def test_a_run_is_nobody_elses_business(world, sheet):
    result = bring(world, sheet())
    other = world.actor(world.li, {"customers.customer:import": "all", "customers.customer:view": "all"})
    assert not runs_of(other).exists()
    with pytest.raises(NotVisible):
        undo_import(other, result.run.pk)
    with pytest.raises(NotAllowed):
        bring(world, sheet(), actor=world.actor(world.li, {"customers.customer:view": "all"}))
