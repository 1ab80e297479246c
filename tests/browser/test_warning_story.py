"""A run finds a customer who stopped buying; the rep looks into it, sets a measure and closes it; another is false."""

from datetime import timedelta
from typing import Any

from kedang.areas.warnings import jobs, selectors
from kedang.areas.warnings.models import Warning
from kedang.engine.actions.perform import perform
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.kernel import clock, ids
from world import World


def silent(company: World, name: str) -> Any:
    """File a customer of li's who bought every 24 days and then no more."""
    made = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "02088880000", "owner": company.li.pk,
            "unit": company.li.unit_id}  # fmt: skip
    customer = perform(company.boss, "customers.customer.create", inputs=made).record
    for ago in (100, 76, 52):
        day = (clock.today() - timedelta(ago)).isoformat()
        inputs = {"customer": customer.pk, "ordered_on": day, "amount": "7800", "status_key": "approved",
                  "owner": company.li.pk}  # fmt: skip
        perform(company.boss, "trade.order.create", inputs=inputs)
    return customer


def warning_of(customer: Any) -> Warning:
    rows = Warning.objects.unscoped(because="test").filter(customer=customer.pk, rule__pack_key="churn")
    return rows.select_related("rule").get()


def test_a_warning_is_dealt_with_to_the_end(visit: Any, company: World, home: Any) -> None:
    customer, other = silent(company, "粤盈包装有限公司"), silent(company, "佛岭陶瓷有限公司")
    queue(SYSTEM, jobs.RUN, {})
    running.run(running.take())
    row = warning_of(customer)

    with visit("li") as visitor:
        page = visitor.go(f"/customers/{ids.show(customer.pk)}")
        assert "已隔52天没有" in page.inner_text("main")
        page = visitor.go(f"/warnings/{ids.show(row.pk)}")
        assert "通常24天进货一次" in page.inner_text("main")
        for name, fields in (
            ("take", {}),
            ("investigate", {"cause": "competitor", "found": "海擎给90天账期"}),
            ("set_measure", {"measure": "谈60天账期", "due_on": (clock.today() + timedelta(3)).isoformat()}),
            ("close", {"result": "恢复下单"}),
        ):
            page = visitor.go(f"/warnings/{ids.show(row.pk)}/do/{name}")
            for field, value in fields.items():
                if field == "cause":
                    page.select_option("#f-cause", value)
                else:
                    page.fill(f"#f-{field}", value)
            page.click(".act-bar button.btn-p")
            page.wait_for_url(f"**/warnings/{ids.show(row.pk)}")
        shown = page.inner_text("main")
        assert all(
            word in shown for word in ("转向竞品", "海擎给90天账期", "谈60天账期", "恢复下单", "已关闭")
        )
        page = visitor.go(f"/warnings/{ids.show(warning_of(other).pk)}/do/false_alarm")
        page.fill("#f-reason", "改从分公司下单")
        page.click(".act-bar button.btn-p")
        page.wait_for_url(f"**/warnings/{ids.show(warning_of(other).pk)}")
        page.wait_for_selector(".skel", state="detached")  # what stands beside comes after the page
        assert "误报1次" in page.inner_text("main")
        assert visitor.serious() == []
        assert visitor.complaints == []
    assert warning_of(customer).state_key == "closed"
    assert selectors.tally(row.rule_id) == {"raised": 2, "open": 0, "false": 1}
