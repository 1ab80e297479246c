"""A day at the list: a manager keeps a view, mends a value in place and goes on from file to file."""

from typing import Any

from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.records.types import RECORDS
from world import World

COUNT = 6


def fill(company: World) -> None:
    rows = [
        Row({"name": f"水务设备{number}号公司", "type_key": "other", "phone": "02083330042", "country": "CN",
             "city": "广州", "owner": company.li.pk}) for number in range(COUNT)
    ]  # fmt: skip
    assert not [
        one.problems for one in batch_save(company.boss, RECORDS["customers.customer"], rows) if one.problems
    ]


def cities() -> list[str]:
    rows = Customer.objects.unscoped(because="check in a test").filter(name__startswith="水务设备")
    return sorted(set(rows.values_list("city", flat=True)))


def quiet(visitor: Any) -> None:
    assert visitor.serious() == []
    assert visitor.overflow() <= 0


def test_conditions_are_put_together_and_kept_as_a_view_on_the_phone_too(visit: Any, company: World) -> None:
    fill(company)
    for width in (1440, 390):
        with visit("chief", width) as visitor:
            page = visitor.go("/customers?tab=all")
            page.click("summary.chip.add")
            page.locator(".filters .chip.quick").first.click(trial=True, timeout=5_000)  # the heads lie below
            page.select_option("[data-cond-field]", "city")
            page.fill("input[name='city.has']", "广")
            page.click(".filters .body > .cond-g > .cond-a [data-cond-group]")
            page.select_option("[data-group='any1.'] [data-cond-field]", "next_step_on")
            page.wait_for_selector("select[name='any1.next_step_on']")
            page.select_option("select[name='any1.next_step_on']", "overdue")
            quiet(visitor)
            page.click("[data-group='any1.'] [data-cond-drop]")
            page.click(".filters button[type=submit]")
            page.wait_for_url("**city.has=**")
            assert page.locator("span.chip", has_text="广").count() == 1
            page.click("[data-dialog=view-new]")
            page.fill("#view-new-name", f"广字头 {width}")
            quiet(visitor)
            page.click("#view-new button[type=submit]")
            page.wait_for_selector(f".tabs a[aria-current]:has-text('广字头 {width}')")
            quiet(visitor)
            assert visitor.complaints == []


def test_a_value_is_mended_where_it_stands_and_the_way_through_the_list_is_kept(
    visit: Any, company: World
) -> None:
    fill(company)
    with visit("chief") as visitor:
        page = visitor.go("/customers?tab=all&city=广州")
        cell = page.locator("tbody tr:nth-child(1) td[data-edit=city]")
        cell.dblclick()
        page.fill("td.editing input[name=city]", "佛山")
        page.keyboard.press("Escape")
        assert cell.inner_text().strip() == "广州"
        cell.dblclick()
        page.fill("td.editing input[name=city]", "佛山")
        page.keyboard.press("Enter")
        page.wait_for_selector("tbody tr:nth-child(1) td[data-edit=city]:has-text('佛山'):not(.editing)")
        assert "佛山" in cities()
        second = page.get_attribute("tbody tr:nth-child(2)", "data-id")
        third = page.get_attribute("tbody tr:nth-child(3)", "data-id")
        page.click("tbody tr:nth-child(2) a[data-open]")
        page.wait_for_url(f"**/{second}")
        page.wait_for_selector("[data-walk=j]")
        page.keyboard.press("j")
        page.wait_for_url(f"**/{third}")
        page.click(".crumbs a >> nth=0")
        page.wait_for_selector("[data-list]")
        assert "city=" in page.url
        assert visitor.complaints == []
