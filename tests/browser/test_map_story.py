"""A representative finds a customer on the map, and takes a shorter way through the day. Nothing outside is asked."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from kedang.areas.engagement.models import Visit
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.kernel import clock
from world import World

DRAWN = ".leaflet-marker-pane .mp-mark"  # the legend has marks of its own
SPOTS = {
    "甲": "23.10,113.20 GPS",
    "乙": "23.10,113.50 GPS",
    "丙": "23.10,113.30 GPS",
    "丁": "",
}


@pytest.fixture
def planned(company: World) -> str:
    li, on = actor_of(company.li), (clock.today() + timedelta(days=1)).isoformat()
    for name, place in SPOTS.items():
        file = {"name": f"广州岭澳{name}机械有限公司", "type_key": "enterprise", "country": "CN", "level_key": "gold",
                "phone": "02088880001", "region_code": "440100", "place": place}  # fmt: skip
        made = perform(li, "customers.customer.create", inputs=file).record
        plan = {"customer": made.pk, "purpose": f"拜访{name}", "planned_on": on}
        perform(li, "engagement.visit.create", inputs=plan)
    return on


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")], ids=str)
def test_customers_are_found_on_the_map_and_a_shorter_way_is_taken(
    visit: Any, company: World, home: Any, planned: str, width: int, theme: str
) -> None:
    with visit("li", width, theme=theme) as visitor:
        page, asked = visitor.page, set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        visitor.go("/customers")
        page.click("main a:has-text('地图')")
        page.wait_for_selector(DRAWN)
        visitor.go("/customers/map?region_code=440000")
        page.wait_for_selector(f"{DRAWN}.dot")
        assert page.locator(f"{DRAWN}.dot").count() == 3
        assert page.get_attribute(f"{DRAWN}.about", "title") == "广州: 大致在此 1 家客户"
        page.locator(f"{DRAWN}.dot[title='广州岭澳乙机械有限公司']").press("Enter")
        page.wait_for_selector("#map-card h2:has-text('岭澳乙')")
        for _each in range(2):
            assert visitor.overflow() <= 0
            assert visitor.serious() == []
            assert visitor.leftovers("zh-hans") == []
            visitor.go(f"/visits/route?on={planned}")
            page.wait_for_selector(f"{DRAWN}.stop")
        assert page.locator(f"{DRAWN}.stop").count() == 4
        page.click("button:has-text('按这个顺序')")
        page.wait_for_selector("text=当天的顺序已调整")
        assert page.locator("button:has-text('恢复按时间排')").count() == 1
        assert visitor.complaints == []
        assert asked == {urlsplit(visitor.address).netloc}
    turns = Visit.objects.unscoped(because="test").filter(planned_on=planned).order_by("turn")
    assert [(one.purpose, one.turn) for one in turns] == [
        ("拜访甲", 1),
        ("拜访丁", 2),
        ("拜访丙", 3),
        ("拜访乙", 4),
    ]
