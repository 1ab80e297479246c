"""A representative fills a pocket card visit by visit; the full card is read and stays with the file."""

from typing import Any

from kedang.areas.engagement.models import Card, Promise, Task
from kedang.kernel import ids
from world import World


def write(page: Any, result: str, **more: str) -> None:
    """Log a visit on the open form."""
    page.fill("#f-result", result)
    for name, value in more.items():
        page.fill(f"#f-{name}", value)
    page.click(".act-bar button.btn-p")
    page.wait_for_url("**/card")


def test_ten_visits_fill_a_card_and_the_eleventh_opens_the_next(
    visit: Any, company: World, home: Any
) -> None:
    with visit("li", 390) as visitor:
        page = visitor.go("/customers/new")
        page.select_option("#f-type_key", "enterprise")
        page.wait_for_load_state("networkidle")  # the type decides what else is asked for
        page.fill("#f-name", "广州岭澳净水设备有限公司")
        page.fill("#f-phone", "020-88880001")
        page.fill("#f-country", "CN")
        page.click(".act-bar button.btn-p")
        page.wait_for_selector("h1:has-text('岭澳')")
        shown = page.url.rstrip("/").rpartition("/")[2]
        for turn in range(11):
            page = visitor.go(f"/customers/{shown}/log")
            assert visitor.overflow() <= 0
            if turn == 0:
                write(page, "谈了账期", next_step="送样品", next_step_on="2099-01-04", promise="答复账期",
                      promise_on="2099-01-05")  # fmt: skip
            else:
                write(page, f"第{turn + 1}次拜访")
        assert "K2卡，1/10行" in page.inner_text("main")
        assert "答复账期" in page.inner_text("main")
        page.click("text=K1卡")
        page.wait_for_selector("text=这张卡已记满")
        assert len(page.locator(".pk-lines time").all()) == 10
        assert visitor.serious() == []
        page.click("text=写分析")
        page.fill("[name=findings]", "十次里六次谈账期，该让经理出面")
        page.click("dialog button.btn-p, .act-bar button.btn-p")
        page.wait_for_selector("text=该让经理出面", state="attached")
        page = visitor.go(f"/customers/{shown}/prepare")
        assert "送样品" not in page.inner_text("main")
        assert "答复账期" in page.inner_text("main")
        assert visitor.overflow() <= 0
        assert visitor.complaints == []
    pk = ids.read(shown)
    cards = Card.objects.unscoped(because="test").filter(customer=pk).order_by("pk")
    assert [(one.lines_used, one.state_key) for one in cards] == [(10, "analysed"), (1, "open")]
    assert Task.objects.unscoped(because="test").get(customer=pk).title == "送样品"
    assert Promise.objects.unscoped(because="test").get(customer=pk).wording == "答复账期"
