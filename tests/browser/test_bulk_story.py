"""A sales manager moves the files of a town to another and takes it back, at the desk and on the phone."""

from typing import Any

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.bulk.models import BulkRun
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from world import World

COUNT = 6
FACTS = ("name", "city", "phone", "level_key", "owner_id", "number", "archived_at")


@pytest.fixture
def manager(company: World) -> None:
    user = User.objects.get(username="li")
    Membership.objects.filter(user=user).delete()
    Membership.objects.create(user=user, role=Role.objects.get(key="sales_manager"))


def fill(company: World) -> list[int]:
    """File six of the manager's department and one that is not his to see."""
    owners = [*(company.li for _number in range(COUNT - 2)), company.zhao, company.zhao, company.wang]
    rows = [
        Row({"name": f"水务设备{number}号公司", "type_key": "other", "phone": "02083330042", "country": "CN",
             "city": "广州", "level_key": "silver", "owner": owner.pk, "unit": owner.unit_id})
        for number, owner in enumerate(owners)
    ]  # fmt: skip
    made = batch_save(company.boss, RECORDS["customers.customer"], rows)
    assert not [one.problems for one in made if one.problems]
    return [one.pk for one in made if one.pk is not None]


def facts(pks: list[int]) -> list[Any]:
    return list(
        Customer.objects.unscoped(because="test").filter(pk__in=pks).order_by("pk").values_list(*FACTS)
    )


def cities(pks: list[int]) -> list[str]:
    return [row[1] for row in facts(pks)]


def sums(page: Any) -> list[str]:
    """Return the figures of the report, each with its words."""
    return ["".join(text.split()) for text in page.locator("ul.tally li").all_inner_texts()]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_manager_sets_a_field_on_many_files_and_takes_it_back(
    visit: Any, company: World, manager: None, width: int
) -> None:
    pks = fill(company)
    before = facts(pks)
    with visit("li", width) as visitor:

        def sound(step: str) -> None:
            assert visitor.serious() == [], step
            assert visitor.overflow() <= 0, step

        page = visitor.go("/customers?tab=all&city=广州")
        assert f"，共{COUNT}" in page.inner_text(".pager")
        if width == 1440:
            page.click("[data-every]")
        else:
            assert page.is_hidden("#dock")
            page.click("[data-choose]")
            page.locator(".cards li", has_text="水务设备0号公司").locator("a").click()
            assert page.inner_text("#dock b") == "已选1条"
            page.locator(".cards li", has_text="水务设备1号公司").locator("input").check()
            assert page.inner_text("#dock b") == "已选2条"
            page.locator(".cards li", has_text="水务设备0号公司").locator("a").click()
            assert page.inner_text("#dock b") == "已选1条"
            sound("one chosen")
            page.click("[data-every-card]")
        assert page.inner_text("#dock b") == f"已选{COUNT}条"
        sound("chosen")
        page.click("#dock button[formaction$='/bulk/update']")
        page.wait_for_selector("input[name=city]")
        sound("fields")
        page.fill("input[name=city]", "深圳")
        assert page.is_checked("input[name=set][value=city]")
        page.fill("#bulk-reason", "迁往深圳分公司")
        page.click(".act-bar .btn-p")
        page.wait_for_selector("text=将会怎样")
        sound("preview")
        assert page.locator("del", has_text="广州").count() == COUNT
        assert sums(page) == [f"{COUNT}将修改", "0不变", "0未能修改"]
        assert cities(pks) == ["广州"] * (COUNT + 1)
        page.click("button[value=start]")
        page.wait_for_selector("button[value=undo]")
        sound("done")
        assert sums(page) == [f"{COUNT}修改", "0没有变化", "0未能修改"]
        assert cities(pks) == ["深圳"] * COUNT + ["广州"]
        assert f"，共{COUNT}" in visitor.go("/customers?tab=all&city=深圳").inner_text(".pager")
        page.go_back()
        page.click("button[value=undo]")
        page.wait_for_selector("text=已撤销")
        sound("undone")
        assert sums(page) == [f"{COUNT}已恢复原样", "0之后有变动，未恢复"]
        page.click(".act-bar >> text=回到列表")
        page.wait_for_selector("[data-list]")
        assert "city=" in page.url
        assert f"，共{COUNT}" in page.inner_text(".pager")
        assert visitor.complaints == []
    assert facts(pks) == before
    run = BulkRun.objects.get()
    entries = HistoryEntry.objects.filter(run_id=run.pk)
    assert entries.count() == 2 * COUNT
    assert set(entries.values_list("reason", flat=True)) >= {"迁往深圳分公司"}
    assert verify().faults == []
