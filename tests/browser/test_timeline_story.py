"""A representative sees what is planned on top of a customer's timeline and keeps a line there for everybody."""

from typing import Any

import pytest
from playwright.sync_api import expect

from kedang.engine.actions.perform import perform
from kedang.engine.attributes.define import Definition, define
from kedang.engine.ledger.models import TimelinePin
from kedang.kernel import ids
from kedang.kernel.actor import Span
from world import World, everywhere


@pytest.mark.parametrize("width", [1440, 390])
def test_a_line_is_kept_on_top_of_the_timeline_and_let_go(visit: Any, company: World, width: int) -> None:
    customer = company.records["customers.customer"]["li"]
    plan = {"customer": customer.pk, "planned_on": "2099-03-02", "purpose": "看新仓库", "owner": company.li.pk,
            "unit": company.li.unit_id}  # fmt: skip
    perform(company.boss, "engagement.visit.create", inputs=plan)
    with visit("li", width) as visitor:
        page = visitor.go(f"/customers/{ids.show(customer.pk)}")
        planned = page.locator("#ahead section[aria-label='计划中']")
        planned.wait_for()
        assert planned.locator("li .head > a").all_inner_texts() == [
            "送第一批样品",
            "补第一张票",
            "看新仓库",
        ]
        line = page.locator("#timeline li", has_text="送第一批样品").first
        line.hover()
        line.locator(".pin-f button").click()
        kept = page.locator("#ahead section[aria-label='置顶']")
        kept.wait_for()
        assert "送第一批样品" in kept.inner_text()
        assert TimelinePin.objects.get().by_name == "李明"
        assert visitor.serious() == []
        assert visitor.overflow() <= 0
        page.reload()
        kept.wait_for()
        kept.locator(".pin-f button").click()
        kept.wait_for(state="detached")
        assert not TimelinePin.objects.exists()
        assert planned.locator("li").count() == 3
        assert visitor.complaints == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_line_is_answered_where_it_stands_by_keyboard(visit: Any, company: World, width: int) -> None:
    customer = company.records["customers.customer"]["li"]
    with visit("li", width) as visitor:
        page = visitor.go(f"/customers/{ids.show(customer.pk)}")
        if width < 600:
            page.locator(".rec-tabs a[href='#line']").click()
        line = page.locator("#timeline li", has_text="送第一批样品").first
        opener, box = line.get_by_role("button", name="回复"), line.locator("textarea")
        opener.focus()
        page.keyboard.press("Enter")
        expect(box).to_be_focused()
        assert visitor.serious() == []
        assert visitor.overflow() <= 0
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()
        page.keyboard.press("Enter")
        expect(box).to_be_focused()
        page.keyboard.type("样品上面贴好型号")
        page.keyboard.press("Control+Enter")
        replies = line.locator("ul[aria-label='回复']")
        expect(replies).to_contain_text("样品上面贴好型号")
        expect(opener).to_be_focused()
        page.reload()
        expect(replies).to_contain_text("李明")
        assert visitor.serious() == []
        assert visitor.complaints == []


def test_a_file_is_handed_in_where_its_fact_stands(visit: Any, company: World, home: Any) -> None:
    admin = company.actor(company.chief, {"engine.role:change": Span.ALL, **everywhere(Span.ALL)})
    define(admin, "customers.customer", Definition(label="年度合同", kind="file", key="contract"))
    customer = company.records["customers.customer"]["li"]
    with visit("li") as visitor:
        page = visitor.go(f"/customers/{ids.show(customer.pk)}")
        fact = page.locator("#v-x_contract")
        fact.evaluate("(found) => { found.closest('details').open = true; }")
        fact.click()
        fact.locator("input[type=file]").wait_for()
        assert visitor.serious() == []
        file = {"name": "合同2026.txt", "mimeType": "text/plain", "buffer": "甲乙双方".encode()}
        fact.locator("input[type=file]").set_input_files(file)
        fact.locator("a:has-text('合同2026.txt')").wait_for()
        page.reload()
        fact.locator("a:has-text('合同2026.txt')").click()
        page.wait_for_url("**/files/*")
        assert "甲乙双方" in page.inner_text("main")
        assert visitor.complaints == []
