"""A month's meeting is prepared, worked off, held and closed; a quarter changes one level and keeps another; and an
employee's suggestion is accepted.
"""

from typing import Any

from kedang.areas.customers.models import Customer
from kedang.areas.reviews.models import Meeting, ReviewLine
from kedang.engine.actions.perform import perform
from kedang.engine.jobs import running
from kedang.engine.ledger.outbox import deliver_some
from kedang.kernel import ids
from world import World

MONTH, CUSTOMER = "2026-11", "customers.customer"


def sound(visitor: Any) -> None:
    assert visitor.serious() == []
    assert visitor.overflow() <= 0
    assert visitor.complaints == []


def plan(page: Any, kind: str, day: str) -> None:
    """Plan a meeting, let it be prepared, and look at what it goes through."""
    page.select_option("#f-kind_key", kind)
    page.fill("#f-starts_on", day)
    page.click(".act-bar button.btn-p")
    page.wait_for_selector("text=还没准备")
    page.click(".rec-act >> text=准备")
    page.click("dialog button.btn-p")
    page.wait_for_selector("text=正在查找档案")
    running.run(running.take())
    page.reload()


def the(model: Any, pk: int) -> Any:
    return model.objects.unscoped(because="test").get(pk=pk)


def test_a_month_is_prepared_worked_off_held_and_closed(visit: Any, company: World, home: Any) -> None:
    customer = company.records[CUSTOMER]["li"]
    with visit("chief") as visitor:
        page = visitor.go("/meetings/new")
        plan(page, "month", "2026-11-25")
        page.wait_for_selector("h2:has-text('待更新档案')")
        assert page.locator("tr", has_text=customer.name).first.inner_text().count("缺：") == 1
        sound(visitor)
        meeting = page.url.rsplit("/", 1)[1]
    with visit("li", 390) as visitor:
        page = visitor.go("/")
        page.wait_for_selector("text=例会前请更新你的档案")
        sound(visitor)
        page.click(f"section[aria-labelledby=d-review] a.do-it:has-text('{customer.name}')")
        page.wait_for_url(f"**/customers/{ids.show(customer.pk)}")
        perform(company.boss, f"{CUSTOMER}.update", customer.pk, {"address": "人民路2号"})
        deliver_some()
        page = visitor.go("/")
        assert page.locator("text=例会前请更新你的档案").count() == 0
    rows = ReviewLine.objects.unscoped(because="test").filter(meeting=ids.read(meeting), customer=customer.pk)
    assert rows.get(section_key="update").state_key == "done"
    with visit("chief") as visitor:
        page = visitor.go(f"/meetings/{meeting}")
        page.click(".rec-act >> text=已召开")
        page.fill("#f-held_on", the(Meeting, ids.read(meeting)).as_of.isoformat())
        page.fill("#f-attendees", "李明、王芳")
        page.click("dialog button.btn-p")
        page.click(".rec-act >> text=归档")
        page.fill("#f-minutes", "逐份过了一遍")
        page.click("dialog button.btn-p")
        page.wait_for_selector("text=逐份过了一遍")
        assert page.locator("text=已归档").count() >= 1
        assert page.locator(".rec-act >> text=准备").count() == 0
        sound(visitor)
        page = visitor.go(f"/meetings/{meeting}/sheet")
        assert customer.name in page.inner_text("main")
        sound(visitor)


def test_a_quarter_changes_one_level_and_keeps_another(visit: Any, company: World, home: Any) -> None:
    up, keep = company.records[CUSTOMER]["li"], company.records[CUSTOMER]["wang"]
    for customer in (up, keep):
        inputs = {
            "customer": customer.pk,
            "ordered_on": "2026-08-01",
            "status_key": "approved",
            "amount": "600000",
        }
        perform(company.boss, "trade.order.create", inputs=inputs)
    with visit("chief") as visitor:
        page = visitor.go("/meetings/new")
        plan(page, "quarter", "2026-08-01")
        page.wait_for_selector("text=分等级分析")
        sound(visitor)
        page.check(f"tr:has-text('{up.name}') input[name=line]")
        page.click("text=调整所选等级")
        page.wait_for_selector("text=将这样处理")
        sound(visitor)
        page.click(".act-bar button.btn-p")
        page.wait_for_selector("text=已处理1项")
        page.check(f"tr:has-text('{keep.name}') input[name=line]")
        page.click("text=所选维持原级")
        page.fill("#f-note", "一次性大单")
        page.click(".act-bar button.btn-p")
        page.wait_for_selector("text=一次性大单")
        sound(visitor)
        page = visitor.go(f"/customers/{ids.show(up.pk)}")
        history = page.locator("ol.lv").inner_text()
        assert "2026 Q3等级调整" in history
        assert "600,000.00" in history
        page = visitor.go(f"/customers/{ids.show(keep.pk)}")
        assert page.locator("ol.lv").count() == 0
    assert (the(Customer, up.pk).level_key, the(Customer, keep.pk).level_key) == ("diamond", "gold")


def test_an_employee_suggests_and_the_owner_accepts(visit: Any, company: World, home: Any) -> None:
    customer = company.records[CUSTOMER]["wang"]
    with visit("li", 390) as visitor:
        page = visitor.go("/suggest")
        page.fill("#f-named", customer.name)
        page.click("summary:has-text('档案里有一项')")
        page.check("input[name=field][value=city]")
        page.click("button[name=choose]")
        page.fill("#f-city", "广州")
        page.fill("#f-reason", "他们搬家了")
        sound(visitor)
        page.click("button[name=hand_in]")
        page.wait_for_selector("text=已提交")
        assert page.locator("li", has_text=customer.name).inner_text().count("待处理") == 1
        assert page.locator(f"a[href*='{ids.show(customer.pk)}']").count() == 0
        sound(visitor)
    with visit("wang") as visitor:
        page = visitor.go("/")
        page.click("section[aria-labelledby=d-sugg] a.do-it:has-text('城市')")
        page.wait_for_selector("text=建议内容")
        sound(visitor)
        page.fill("#f-answer", "谢谢")
        page.click("button[value=accept]")
        page.wait_for_selector("text=档案已改")
        page = visitor.go(f"/customers/{ids.show(customer.pk)}/history")
        assert "李明建议：他们搬家了" in page.inner_text("main")
    assert the(Customer, customer.pk).city == "广州"
    with visit("li", 390) as visitor:
        page = visitor.go("/my-suggestions")
        assert "谢谢" in page.inner_text("main")
        assert page.locator("text=已采纳").count() >= 1
