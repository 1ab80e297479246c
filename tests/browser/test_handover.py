"""A representative leaves: the general manager hands everything over in one act and sees that the counts agree."""

from typing import Any

from kedang.areas.customers.models import Customer
from kedang.engine.jobs import running
from kedang.engine.records.verify import verify
from world import World


def choose(page: Any, field: str, name: str) -> None:
    """Type into a picker and take what it offers."""
    page.fill(f"#f-{field}", name)
    page.wait_for_selector(f"#f-{field}-list [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_a_leavers_customers_go_to_a_colleague_in_one_act(visit: Any, company: World, home: Any) -> None:
    customer = company.records["customers.customer"]["li"]
    with visit("chief") as visitor:
        page = visitor.go("/handovers/new")
        choose(page, "leaver", "李明")
        choose(page, "receiver", "王芳")
        page.fill("#f-reason", "李明离职")
        page.click(".act-bar button.btn-p")
        page.wait_for_selector("text=将要移交")
        assert page.locator("tbody tr", has_text="客户档案").inner_text().split()[:2] == ["客户档案", "1"]
        page.click("text=开始移交")
        page.click("dialog button.btn-p")
        page.wait_for_selector("text=移交中")
        running.run(running.take())
        page.reload()
        page.wait_for_selector("text=移交结果")
        assert page.locator("tbody tr", has_text="客户档案").inner_text().split()[:4] == [
            "客户档案",
            "1",
            "1",
            "0",
        ]
        assert visitor.serious() == []
        assert visitor.complaints == []
    moved = Customer.objects.unscoped(because="test").get(pk=customer.pk)
    assert moved.owner_id == company.wang.pk
    assert verify().faults == []
