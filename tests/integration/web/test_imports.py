"""An import in the browser: from the file to the result, back again, and nobody else's."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rustpy_xlsxwriter import write_worksheets

from kedang.areas.customers.models import Customer
from kedang.areas.trade.models import Order
from kedang.engine.exchange import uploads
from kedang.engine.exchange.guess import guess
from kedang.engine.exchange.imports import importable
from kedang.engine.exchange.models import ImportProblem, ImportRun, ImportUpload, RememberedMapping
from kedang.engine.exchange.reader import FileOptions, open_table
from kedang.engine.jobs import running
from kedang.engine.jobs.models import Job
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, ids
from world import World

pytestmark = pytest.mark.django_db
HEADINGS = ["单位全称", "外部编号", "类型", "等级", "电话", "备注2"]
ROWS = [
    ["港珲机电有限公司", "K1", "企业", "金", "020-83317720", "x"],
    ["惠城汇源泵业商行", "K2", "经销商", "银", "0752-2661809", "y"],
    ["岐江五金机电经营部", "K3", "企业", "白金", "0760-88221013", "z"],
]
CHOSEN = {
    "c.0": "f.name", "c.1": "f.external_no", "c.2": "f.type_key", "c.3": "f.level_key", "c.4": "f.phone", "c.5": "",
    "x.0.f": "f.country", "x.0.how": "const", "x.0.v": "CN", "mode": "both", "match": "",
}  # fmt: skip


def work() -> int:
    """Do what the worker would do."""
    count = 0
    while (job := running.take()) is not None:
        running.run(job)
        count += 1
    return count


def sheet(
    rows: Any, encoding: str = "utf-8", name: str = "客户.csv", headings: Any = HEADINGS
) -> SimpleUploadedFile:
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return SimpleUploadedFile(name, out.getvalue().encode(encoding))


def upload(visitor: Client, rows: Any = ROWS, **how: Any) -> ImportUpload:
    answer = visitor.post("/imports/new/customers", {"file": sheet(rows, **how)})
    assert answer.status_code == 302, answer.content.decode()
    return ImportUpload.objects.latest("pk")


def at(row: ImportUpload, step: str) -> str:
    return f"/imports/{ids.show(row.pk)}/{step}"


def rehearsed(visitor: Client, rows: Any = ROWS, **more: str) -> ImportUpload:
    row = upload(visitor, rows)
    assert visitor.post(at(row, "columns"), CHOSEN | more).status_code == 302
    assert work() == 1
    row.refresh_from_db()
    return row


def imported(visitor: Client, rows: Any = ROWS) -> ImportRun:
    row = rehearsed(visitor, rows)
    visitor.post(at(row, "run"))
    assert work() == 1
    row.refresh_from_db()
    assert row.run is not None
    return row.run


def refused_cells(visitor: Client, address: str, tmp_path: Any) -> list[list[str]]:
    path = tmp_path / "refused.xlsx"
    answer = visitor.get(address)
    assert answer.status_code == 200
    path.write_bytes(b"".join(answer.streaming_content))
    with open_table(path) as table:
        return [list(table.headers), *(row.cells for batch in table.batches for row in batch)]


@pytest.fixture
def li(world: World, sign_in: Any) -> Client:
    return sign_in(world.li, "sales_manager")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_is_uploaded_mapped_rehearsed_and_brought_in(
    li: Client, tmp_path: Any, encoding: str
) -> None:
    row = upload(li, encoding=encoding)
    assert row.found["encoding"] == encoding
    page = li.get(at(row, "columns")).content.decode()
    assert "港珲机电有限公司" in page
    assert 'value="f.level_key" selected' in page  # 等级 is the label of a field
    li.post(at(row, "columns"), CHOSEN)
    assert "It waits for its turn" in li.get(at(row, "rehearsal")).content.decode()
    assert not Customer.objects.unscoped(because="test").filter(external_no="K1").exists()
    work()
    page = li.get(at(row, "rehearsal")).content.decode()
    row.refresh_from_db()
    assert [row.rehearsal[name] for name in ("rows", "created", "refused")] == [3, 2, 1]
    assert "“白金” is not one of" in page
    assert refused_cells(li, at(row, "refused"), tmp_path)[1][:4] == [
        "岐江五金机电经营部",
        "K3",
        "企业",
        "白金",
    ]
    only = li.get(at(row, "rehearsal"), {"kind": "refused"}).content.decode()
    assert "岐江五金机电经营部" in only
    assert "港珲机电有限公司" not in only.split("<aside")[0].split("<table")[1]
    li.post(at(row, "run"))
    li.post(at(row, "run"))  # pressed twice
    assert work() == 1
    answer = li.get(at(row, "run"), follow=True)
    assert "Import finished" in answer.content.decode()
    assert sorted(Customer.objects.unscoped(because="test").filter(external_no__in=["K1", "K2", "K3"]).values_list(
        "name", "country")) == [("惠城汇源泵业商行", "CN"), ("港珲机电有限公司", "CN")]  # fmt: skip


def test_the_refused_rows_are_mended_in_their_file_and_the_import_is_taken_back(
    li: Client, tmp_path: Any
) -> None:
    run = imported(li)
    address = f"/imports/runs/{ids.show(run.pk)}"
    head, bad = refused_cells(li, f"{address}/errors", tmp_path)
    assert head[-2:] == ["Row in the file", "Why refused"]
    assert bad[-2] == "4"
    mended = [cell.replace("白金", "金") for cell in bad[: len(HEADINGS)]]
    again = imported(li, [mended])
    assert again.counts["created"] == 1
    changed = Customer.objects.unscoped(because="test").get(external_no="K2")
    li.post(f"/customers/{ids.show(changed.pk)}/edit", {"version": changed.version, "short_name": "汇源"})
    assert li.post(f"{address}/undo").status_code == 302
    assert li.post(f"{address}/undo").status_code == 409
    work()
    run.refresh_from_db()
    assert (run.state, run.undone["archived"], run.undone["left"]) == (ImportRun.UNDONE, 1, 1)
    page = li.get(address).content.decode()
    assert "It was changed since." in page
    assert changed.name in page
    assert li.post(f"{address}/undo").status_code == 409


def test_the_list_shows_what_an_import_brought_in(li: Client, world: World, sign_in: Any) -> None:
    run, other_name = imported(li), world.records["customers.customer"]["li"].name
    address = f"/customers?import={ids.show(run.pk)}"
    assert f'href="{address}"' in li.get(f"/imports/runs/{ids.show(run.pk)}").content.decode()
    page = li.get(address).content.decode()
    assert f"{run.file_name} · " in page  # what holds is said by the name of the file
    assert [name in page for name in (ROWS[0][0], ROWS[1][0], ROWS[2][0], other_name)] == [
        True, True, False, False
    ]  # fmt: skip
    other = li.get(f"/customers?import.not={ids.show(run.pk)}").content.decode()
    assert [name in other for name in (ROWS[0][0], other_name)] == [False, True]
    assert li.get("/customers?import=nothing").status_code == 400
    # A colleague learns nothing of it, not even its name, though he sees the files.
    told = sign_in(world.chief, "sales_manager").get(address).content.decode()
    assert [text in told for text in (ROWS[0][0], run.file_name)] == [False, False]


def test_the_same_file_again_changes_nothing_and_differences_are_told_field_by_field(li: Client) -> None:
    imported(li)
    again = rehearsed(li)
    assert (again.rehearsal["unchanged"], again.rehearsal["refused"]) == (2, 1)
    other = [[ROWS[0][0], "K1", "企业", "钻石", "020-83317721", ""]]
    row = rehearsed(li, other)
    (told,) = row.rows.all()
    assert told.kind == "updated"
    assert told.changes["level_key"] == ["Gold", "Diamond"]
    assert set(told.changes) == {"level_key", "phone"}
    page = li.get(at(row, "rehearsal")).content.decode()
    assert '<span class="old">Gold</span>' in page


def test_how_columns_are_mapped_is_remembered_for_the_person_and_the_columns(
    li: Client, world: World, sign_in: Any
) -> None:
    rehearsed(li)
    row = upload(li)
    assert row.remembered
    assert row.stated["columns"]["name"] == "单位全称"
    assert row.stated["columns"]["country"] == {"const": "CN"}
    assert RememberedMapping.objects.count() == 1
    wang = sign_in(world.wang, "sales_manager")
    assert not upload(wang).remembered


def test_a_field_that_is_filled_twice_or_not_at_all_is_said_at_its_column(li: Client) -> None:
    row = upload(li)
    answer = li.post(
        at(row, "columns"), CHOSEN | {"c.5": "f.name", "x.1.f": "f.remarks", "match": "credit_code"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is filled twice" in page
    assert "Say both the field and its text" in page
    assert "No column is mapped to" in page
    assert li.post(at(row, "columns"), {"mode": "both"}).status_code == 422
    assert li.post(at(row, "columns"), CHOSEN | {"c.5": "f.credit_limit.x"}).status_code == 422


def test_only_new_only_known_and_templates(li: Client) -> None:
    template = {"x.1.f": "f.remarks", "x.1.how": "template", "x.1.v": "旧系统{外部编号}号"}
    row = rehearsed(li, ROWS, mode="update", **template)
    assert row.rehearsal["skipped"] == 2
    assert li.post(at(row, "columns"), CHOSEN | template).status_code == 302
    work()
    li.post(at(row, "run"))
    work()
    assert Customer.objects.unscoped(because="test").get(external_no="K1").remarks == "旧系统K1号"


def test_a_sheet_is_chosen(li: Client, tmp_path: Any) -> None:
    path = tmp_path / "two.xlsx"
    rows = [dict(zip(HEADINGS, row, strict=True)) for row in ROWS]
    write_worksheets([("说明", [{"a": "b"}]), ("客户表", rows)], str(path))
    answer = li.post("/imports/new/customers", {"file": SimpleUploadedFile("two.xlsx", path.read_bytes())})
    row = ImportUpload.objects.latest("pk")
    assert answer.url == at(row, "file")
    assert "客户表" in li.get(answer.url).content.decode()
    assert li.post(at(row, "file"), {"sheet": "客户表", "then": "on"}).status_code == 302
    row.refresh_from_db()
    assert (row.found["sheet"], row.found["headers"]) == ("客户表", HEADINGS)
    assert li.post(at(row, "file"), {"sheet": "没有", "then": "on"}).status_code == 422


def test_the_template_is_read_back_with_every_column_known(li: Client, tmp_path: Any, world: World) -> None:
    answer = li.get("/imports/template/customers")
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    empty = li.post("/imports/new/customers", {"file": SimpleUploadedFile("t.xlsx", path.read_bytes())})
    assert empty.status_code == 422
    assert "The file holds no rows" in empty.content.decode()
    with open_table(path) as table:
        headings = list(table.headers)
        assert table.rows == 0
        assert "Name (required)" in headings
        assert len(table.sheets) == 2
    with open_table(path, FileOptions(sheet=table.sheets[1])) as table:
        example = next(table.batches)[0].cells
        assert list(table.headers) == headings
    kind = RECORDS["customers.customer"]
    mapped = guess(headings, importable(world.boss, kind), kind.label, kind.headings)
    assert mapped.left == ()
    assert len(mapped.columns) == len(headings)
    out = io.StringIO()
    csv.writer(out).writerows([headings, example])
    li.post("/imports/new/customers", {"file": SimpleUploadedFile("t.csv", out.getvalue().encode())})
    row = ImportUpload.objects.latest("pk")
    fields = {
        f"c.{n}": f"f.{name}" for n, h in enumerate(headings) for name, c in mapped.columns.items() if c == h
    }
    li.post(at(row, "columns"), fields | {"mode": "both", "match": ""})
    work()
    row.refresh_from_db()
    assert row.rehearsal["created"] == 1, list(row.rows.values_list("problems", flat=True))


def test_the_page_of_columns_says_which_needed_field_no_heading_names(li: Client) -> None:
    for heading, said in (("旧系统叫法", True), ("单位全称", False)):
        sheet = f"{heading},客户类别\n港珲机电有限公司,企业\n".encode()
        li.post("/imports/new/customers", {"file": SimpleUploadedFile("t.csv", sheet)})
        page = li.get(at(ImportUpload.objects.latest("pk"), "columns")).content.decode()
        assert ("No heading says where to find Name:" in page) is said


def test_a_needed_field_without_a_column_waits_for_its_fixed_text(li: Client) -> None:
    row = upload(
        li,
        [["港珲机电有限公司", "K1", "金牌", "020-83317720"]],
        headings=["单位全称", "外部编号", "等级", "电话"],
    )
    page = li.get(at(row, "columns")).content.decode()
    first = page.partition('name="x.0.f"')[2].partition("</li>")[0]
    assert '<option value="f.type_key" selected>' in first
    assert '<option value="Retail outlet"></option>' in first
    columns = {"c.0": "f.name", "c.1": "f.external_no", "c.2": "f.level_key", "c.3": "f.phone"}
    asked = columns | {"x.0.f": "f.type_key", "x.0.how": "const", "x.0.v": "", "match": ""}
    assert li.post(at(row, "columns"), asked | {"mode": "both"}).status_code == 422
    assert li.post(at(row, "columns"), asked | {"mode": "update"}).status_code == 302
    work()
    assert li.post(at(row, "columns"), asked | {"mode": "both", "x.0.v": "企业"}).status_code == 302
    work()
    li.post(at(row, "run"))
    work()
    found = Customer.objects.unscoped(because="test").get(external_no="K1")
    assert (found.type_key, found.level_key) == ("enterprise", "gold")


def test_a_region_is_worked_out_of_the_address_where_new_rows_name_none(li: Client, world: World) -> None:
    old = world.records["customers.customer"]["li"]
    rows = [
        ["恒泰阀门厂", "R1", "企业", "佛山市顺德区容桂街道工业路12号", "020-83317720"],
        ["金利水泵经营部", "R2", "经销商", "", "0750-6661234"],
        ["宏达排灌商行", "R3", "经销商", "不详", "13800138000"],
        [old.name, "R4", "企业", "佛山市顺德区容桂街道工业路14号", ""],
    ]
    with writing("test"):
        Customer.objects.unscoped(because="test").filter(pk=old.pk).update(external_no="R4", region_code="")
    heads = ["单位名称", "外部编号", "类型", "地址", "电话"]
    row = upload(li, rows, headings=heads)
    assert row.stated["columns"]["region_code"] == {"offer": True}
    page = li.get(at(row, "columns")).content.decode()
    assert 'value="offer" selected' in page
    fields = ("name", "external_no", "type_key", "address", "phone")
    chosen = {f"c.{n}": f"f.{name}" for n, name in enumerate(fields)} | {"mode": "both", "match": ""}
    fixed = {"x.0.f": "f.country", "x.0.how": "const", "x.0.v": "CN"}
    wrong = li.post(at(row, "columns"), chosen | fixed | {"x.1.f": "f.city", "x.1.how": "offer"})
    assert "cannot be worked out" in wrong.content.decode()
    li.post(at(row, "columns"), chosen | fixed | {"x.1.f": "f.region_code", "x.1.how": "offer"})
    work()
    page = li.get(at(row, "rehearsal")).content.decode()
    assert page.count("Region worked out:") == 2
    li.post(at(row, "run"))
    work()
    found = Customer.objects.unscoped(because="test").filter(external_no__startswith="R")
    assert dict(found.values_list("external_no", "region_code")) == {
        "R1": "440606", "R2": "440700", "R3": "", "R4": "",
    }  # fmt: skip


def test_rows_become_the_lines_of_documents(li: Client, world: World) -> None:
    customer, goods = world.records["customers.customer"]["li"], world.records["catalog.product"]["li"]
    headings = ["旧单号", "客户", "日期", "产品", "数量", "单价"]
    rows = [
        ["S1", customer.number, "2026-10-08", goods.number, "2", "100"],
        ["S1", customer.number, "2026-10-08", goods.number, "1", "90.50"],
        ["S2", customer.number, "2026-10-09", goods.number, "3", "80"],
    ]
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    li.post("/imports/new/orders", {"file": SimpleUploadedFile("orders.csv", out.getvalue().encode())})
    row = ImportUpload.objects.latest("pk")
    chosen = {
        "c.1": "f.customer", "c.2": "f.ordered_on", "c.3": "l.product", "c.4": "l.quantity", "c.5": "l.price",
        "x.0.f": "f.status_key", "x.0.how": "const", "x.0.v": "draft", "group": "旧单号", "mode": "create",
    }  # fmt: skip
    assert li.post(at(row, "columns"), chosen).status_code == 302
    work()
    row.refresh_from_db()
    assert row.rehearsal["created"] == 2, list(row.rows.values_list("problems", flat=True))
    li.post(at(row, "run"))
    work()
    orders = Order.objects.unscoped(because="test").filter(ordered_on__in=["2026-10-08", "2026-10-09"])
    assert sorted(order.amount for order in orders) == [Decimal("240.00"), Decimal("290.50")]


def test_every_type_has_a_template_for_who_may_import_it(li: Client) -> None:
    for plural in ("contacts", "orders", "products"):
        assert li.get(f"/imports/template/{plural}").status_code == 200, plural
    assert li.get("/imports/template/receipts").status_code == 403
    assert li.get("/imports/template/approvals").status_code == 404


def test_another_begins_with_the_settings_of_one_before(li: Client) -> None:
    run = imported(li)
    like = ImportUpload.objects.get(run=run)
    answer = li.post(f"/imports/new/customers?like={ids.show(like.pk)}", {"file": sheet(ROWS)})
    row = ImportUpload.objects.latest("pk")
    assert answer.url == at(row, "columns")
    assert row.stated == like.stated


def test_a_stopped_import_goes_on_or_is_taken_back(li: Client, world: World) -> None:
    row = rehearsed(li)
    li.post(at(row, "run"))
    assert li.post(at(row, "stop")).status_code == 302
    assert work() == 0
    li.post(at(row, "run"))
    assert work() == 1
    row.refresh_from_db()
    assert row.run is not None
    assert row.run.counts["created"] == 2


def test_old_uploads_and_refused_rows_are_deleted(still_clock: Any, li: Client) -> None:
    run = imported(li)
    waiting = upload(li)
    path = uploads.path_of(waiting)
    assert path.exists()
    assert uploads.forget_old() == 0
    with clock.frozen(still_clock + timedelta(days=8)):
        assert uploads.forget_old() == 2
    assert not path.exists()
    assert not ImportUpload.objects.filter(pk=waiting.pk).exists()
    assert ImportProblem.objects.filter(run=run).exists()
    with clock.frozen(still_clock + timedelta(days=31)):
        uploads.forget_old()
    assert not ImportProblem.objects.filter(run=run).exists()
    assert li.get(f"/imports/runs/{ids.show(run.pk)}").status_code == 200
    assert li.get(f"/imports/runs/{ids.show(run.pk)}/errors").status_code == 404


def test_nobody_else_sees_an_upload_an_import_or_its_errors(li: Client, world: World, sign_in: Any) -> None:
    run = imported(li)
    mine = upload(li)
    wang = sign_in(world.wang, "sales_manager")
    jobs = Job.objects.count()
    for step in ("", "/file", "/columns", "/rehearsal", "/refused", "/run"):
        assert wang.get(f"/imports/{ids.show(mine.pk)}{step}").status_code == 404, step
    for step in ("file", "columns", "rehearsal", "run", "stop", "discard"):
        assert wang.post(at(mine, step), CHOSEN).status_code == 404, step
    for step in ("", "/errors"):
        assert wang.get(f"/imports/runs/{ids.show(run.pk)}{step}").status_code == 404
    assert wang.post(f"/imports/runs/{ids.show(run.pk)}/undo").status_code == 404
    assert (
        wang.post(f"/imports/new/customers?like={ids.show(mine.pk)}", {"file": sheet(ROWS)}).status_code
        == 404
    )
    assert Job.objects.count() == jobs
    assert ImportUpload.objects.filter(pk=mine.pk).exists()
    assert "客户.csv" not in wang.get("/imports").content.decode()
