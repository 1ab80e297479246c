"""A sales manager brings an old table in, mends the rows that were refused in their file, and takes the first back."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.exchange.reader import open_table
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.jobs import running
from kedang.engine.records.verify import verify
from kedang.kernel import ids
from world import World

HEADINGS = ["单位全称", "外部编号", "客户类型", "VIP等级", "电话", "备注2"]
ROWS = [
    ["惠城汇源泵业商行", "HN-31", "经销商", "银", "0752-2661809", ""],
    ["肇新给排水器材商行", "HN-44", "经销商", "会员", "0758-2736620", "老客户"],
    ["岐江五金机电经营部", "HN-07", "经销商", "白金", "0760-88221013", ""],
]


def work() -> None:
    """Do what the worker does, which runs beside the server."""
    while (job := running.take()) is not None:
        running.run(job)


def old_table() -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *ROWS])
    return out.getvalue().encode("gb18030")


def stored() -> set[str]:
    rows = Customer.objects.unscoped(because="test").filter(archived_at__isnull=True)
    return set(rows.filter(external_no__startswith="HN-").values_list("name", flat=True))


@pytest.fixture
def manager(company: World) -> None:
    user = User.objects.get(username="li")
    Membership.objects.filter(user=user).delete()
    Membership.objects.create(user=user, role=Role.objects.get(key="sales_manager"))


@pytest.mark.parametrize("width", [1440, 390])
def test_an_import_with_errors_is_mended_through_its_file_and_taken_back(
    visit: Any, company: World, manager: None, tmp_path: Path, width: int
) -> None:
    with visit("li", width) as visitor:
        page = visitor.go("/imports")

        def sound(step: str) -> None:
            assert visitor.serious() == [], step
            assert visitor.overflow() <= 0, step

        page.click("a[href='/imports/new/customers']")
        sound("start")
        page.set_input_files("#file", {"name": "华南旧表.csv", "mimeType": "text/csv", "buffer": old_table()})
        page.click("button.btn-p[type=submit]")
        page.wait_for_url("**/columns")
        sound("columns")
        page.select_option("select[name='c.0']", "f.name")
        assert page.input_value("select[name='c.1']") == "f.external_no"
        assert page.input_value("select[name='c.3']") == "f.level_key"
        page.select_option("select[name='x.0.f']", "f.country")
        page.fill("input[name='x.0.v']", "中国")
        page.click(".act-bar .btn-p")
        page.wait_for_url("**/rehearsal")
        sound("progress")
        work()
        page.wait_for_selector("table.pre")
        sound("rehearsal")
        assert "“白金”不在选项里" in page.inner_text("table.pre")
        assert not stored()

        page.click("text=导入2行")
        page.wait_for_url("**/run")
        work()
        page.wait_for_url(re.compile("/imports/runs/"))
        sound("result")
        first = page.url
        assert stored() == {ROWS[0][0], ROWS[1][0]}
        with page.expect_download() as caught:
            page.click("text=下载被拒绝的行")
        refused = tmp_path / "refused.xlsx"
        caught.value.save_as(refused)
        with open_table(refused) as table:
            bad = [row.cells for batch in table.batches for row in batch]
        assert bad[0][: len(HEADINGS)] == ROWS[2]

        mended = io.StringIO()
        csv.writer(mended).writerows(
            [HEADINGS, [cell.replace("白金", "金") for cell in bad[0][: len(HEADINGS)]]]
        )
        page.click("text=按同样设置再导入")
        page.set_input_files(
            "#file", {"name": "改好.csv", "mimeType": "text/csv", "buffer": mended.getvalue().encode()}
        )
        page.click("button.btn-p[type=submit]")
        page.wait_for_url("**/columns")
        assert page.input_value("select[name='c.0']") == "f.name"
        page.click(".act-bar .btn-p")
        page.wait_for_url("**/rehearsal")
        work()
        page.wait_for_selector("table.pre")
        page.click("text=导入1行")
        work()
        page.wait_for_url(re.compile("/imports/runs/"))
        assert stored() == {row[0] for row in ROWS}

        page.goto(first)
        page.click("[data-dialog=undo]")
        page.click("#undo .btn-p")
        work()
        page.wait_for_selector("text=2条移入保留期")
        sound("undone")
        assert stored() == {ROWS[2][0]}
        assert visitor.complaints == []
    assert verify().faults == []


def test_a_file_is_attached_looked_at_and_removed(visit: Any, company: World, home: Any) -> None:
    address = f"/customers/{ids.show(company.records['customers.customer']['li'].pk)}"
    with visit("li") as visitor:
        page = visitor.go(address)
        page.set_input_files(
            "#attach", {"name": "纪要.txt", "mimeType": "text/plain", "buffer": "下周三复访".encode()}
        )
        page.click("#files a:has-text('纪要.txt')")
        page.wait_for_selector("dialog[open] .shown-t")
        assert "下周三复访" in page.inner_text("dialog[open]")
        assert visitor.serious() == []
        page.click("dialog[open] .btn-d")
        page.fill("#f-reason", "写错了")
        page.click("form.read .btn-p")
        page.wait_for_url(f"**{address}")
        assert page.query_selector("#files a:has-text('纪要.txt')") is None
        visitor.go(f"{address}/files")
        assert "写错了" in page.inner_text("main")
        assert visitor.overflow() <= 0
        assert visitor.serious() == []
        assert visitor.complaints == []
