"""A sales manager finds two files of one firm, makes them one, sees all of it on the one, and takes the merge back."""

from typing import Any

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.jobs import running
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel import ids
from world import World

KEPT, GONE = "广州恒川泵业有限公司", "恒川水泵有限公司"
ADDRESS = "广州市天河区体育西路1号"


@pytest.fixture
def manager(company: World) -> None:
    user = User.objects.get(username="li")
    Membership.objects.filter(user=user).delete()
    Membership.objects.create(user=user, role=Role.objects.get(key="sales_manager"))


@pytest.fixture
def two(company: World, manager: None) -> dict[str, Any]:
    """File one firm twice; what it bought and whom we know there hangs on the second file."""

    def new(key: str, **inputs: Any) -> Any:
        inputs |= {"owner": company.li.pk, "unit": company.li.unit_id}
        return perform(company.boss, f"{key}.create", inputs=inputs).record

    firm = {"type_key": "enterprise", "country": "CN", "phone": "020-83330042"}
    kept = new("customers.customer", name=KEPT, **firm)
    gone = new("customers.customer", name=GONE, address=ADDRESS, **firm)
    new("customers.contact", customer=gone.pk, name="林芳", position="采购经理")
    for day, amount in (("2026-10-08", "18600"), ("2026-11-03", "7400")):
        new("trade.order", customer=gone.pk, ordered_on=day, amount=amount, status_key="approved")
    return {"kept": kept, "gone": gone}


def orders_on(page: Any) -> tuple[str, list[str]]:
    """Return the count and the amounts of the orders that a customer's page shows."""
    zone = page.locator("#rel > .zone", has=page.locator("h2", has_text="订单"))
    return zone.locator(".n").inner_text(), sorted(zone.locator("ul.rel .push.nowrap").all_inner_texts())


def stored(row: Any) -> Customer:
    return Customer.objects.unscoped(because="test").get(pk=row.pk)


def test_two_files_of_one_firm_become_one_and_two_again(
    visit: Any, company: World, home: Any, two: dict[str, Any]
) -> None:
    kept, gone = (f"/customers/{ids.show(two[name].pk)}" for name in ("kept", "gone"))
    before = {name: (stored(row).address, stored(row).archived_at) for name, row in two.items()}
    with visit("li") as visitor:

        def sound(step: str) -> None:
            assert visitor.serious() == [], step
            assert visitor.overflow() <= 0, step

        page = visitor.go(gone)
        bought = orders_on(page)
        assert bought == ("2", ["1.9万", "7,400"])
        assert "林芳" not in visitor.go(kept).inner_text("#rel")

        page = visitor.go("/customers/duplicates")
        page.click("text=全部查重")
        while (job := running.take()) is not None:
            running.run(job)
        page = visitor.go("/customers/duplicates")
        pair = page.locator("ol.pairs li", has_text=GONE)
        assert KEPT in pair.inner_text()
        assert "电话相同" in pair.inner_text()
        pair.locator("text=对照合并").click()
        page.wait_for_url("**/merge?with=*")
        if page.locator(".page-h .sub").inner_text() != KEPT:
            page.click("button[name=swap]")
            page.wait_for_url(f"**{kept}/merge?with=*")
        told = page.inner_text("main")
        assert f"保留“{KEPT}”" in told
        assert "联系人 1" in told
        assert "订单 2" in told
        sound("side by side")
        assert page.is_checked(
            "input[name='take.address'][value=theirs]"
        )  # what is empty takes the other's value
        page.fill("#f-reason", "同一家，报了两次档")
        page.click(".act-bar button.btn-p")
        page.wait_for_url(f"**{kept}")
        assert f"“{GONE}”已并入这份档案。" in page.inner_text("body")
        assert orders_on(page) == bought
        assert "林芳" in page.inner_text("#rel")
        assert ADDRESS in page.inner_text("#facts")
        sound("merged")
        assert visitor.go(gone).url.endswith(kept)
        assert GONE not in visitor.go("/customers?tab=all").inner_text("table")

        page = visitor.go(f"{kept}/history")
        assert "同一家，报了两次档" in page.inner_text("table.hist")
        page.locator("ul.rel li", has_text=GONE).locator("text=撤销").click()
        page.wait_for_url("**/unmerge/**")
        assert "随它并入的 3 条记录将一并退回。" in page.inner_text("main")
        sound("before the undo")
        page.click(".act-bar button.btn-p")
        page.wait_for_url(f"**{gone}")
        assert f"“{GONE}”又是单独一份档案了。" in page.inner_text("body")
        assert orders_on(page) == bought
        page = visitor.go(kept)
        assert "林芳" not in page.inner_text("#rel")
        assert orders_on(page) == ("", [])
        assert ADDRESS not in page.inner_text("#facts")
        sound("two again")
        names = visitor.go("/customers?tab=all").inner_text("table")
        assert KEPT in names
        assert GONE in names
        assert visitor.complaints == []
    assert {name: (stored(row).address, stored(row).archived_at) for name, row in two.items()} == before
    acts = HistoryEntry.objects.filter(record="customers.customer", record_id=two["gone"].pk).order_by("seq")
    told = dict.fromkeys(act.rpartition(".")[2] for act in acts.values_list("action", flat=True))
    assert list(told) == ["create", "merge", "unmerge"]
    assert verify().faults == []
