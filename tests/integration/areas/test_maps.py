"""Locations with their system, the map of what one sees, and the route of a day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.calling import give
from kedang.areas.customers.models import Customer
from kedang.areas.engagement.models import Visit
from kedang.areas.maps import rules, selectors, told
from kedang.engine.actions.perform import perform
from kedang.engine.administration.models import Company
from kedang.engine.calendar import table
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import FieldRight, Role
from kedang.engine.identity.stamps import bump
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Invalid, NotAllowed

WEDNESDAY = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
TOMORROW = date(2026, 11, 26)
KEY, VISIT = "customers.customer", "engagement.visit"
TIANHE, YUEXIU, FAR = (
    "23.135000,113.365000 WGS-84",
    "23.128000,113.266000 WGS-84",
    "22.543000,114.058000 WGS-84",
)
GUANGZHOU = {"south": 22.5, "west": 112.9, "north": 23.6, "east": 113.9, "zoom": 10}
CHINA = {"south": 15, "west": 70, "north": 55, "east": 140, "zoom": 4}


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.frozen(WEDNESDAY):
        yield


@pytest.fixture
def li(world):
    table.workdays.forget()
    table.fill()
    return actor_of(give(world.li, "sales_rep"))


@pytest.fixture
def chief(world, li):
    return actor_of(give(world.chief, "general_manager"))


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def customer(actor, name, place="", **more):
    inputs = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "02088880001", "level_key": "gold",
              "status_key": "active", "region_code": "440100", "place": place, **more}  # fmt: skip
    return perform(actor, f"{KEY}.create", inputs=inputs).record


def order(actor, file, amount, on="2026-11-10"):
    inputs = {"customer": file.pk, "ordered_on": on, "status_key": "completed", "amount": amount}
    return perform(actor, "trade.order.create", inputs=inputs).record


def visit(actor, file, **more):
    inputs = {"customer": file.pk, "planned_on": "2026-11-25", "purpose": "对账", **more}
    return perform(actor, f"{VISIT}.create", inputs=inputs).record


def drawn(user, window=None, **more):
    answer = browser(user).get("/customers/map/data", {**(window or GUANGZHOU), **more})
    assert answer.status_code == 200, answer.status_code
    return answer.json()


def hide(field, role="sales_rep", record=KEY, mode=Mode.HIDE):
    FieldRight.objects.update_or_create(
        role=Role.objects.get(key=role), record=record, field=field, defaults={"mode": int(mode)}
    )
    bump("directory")


# -- locations


@pytest.mark.django_db
def test_a_location_keeps_its_system_and_stands_beside_in_wgs84(li):
    file = customer(li, "广州岭澳净水设备有限公司", "113.270500, 23.125700 高德")
    assert file.place == "23.125700,113.270500 GCJ-02"
    assert (float(file.latitude), float(file.longitude)) == pytest.approx((23.1284, 113.2652), abs=0.001)
    done = perform(li, f"{KEY}.update", file.pk, {"place": ""}).record
    assert (done.place, done.latitude, done.longitude) == ("", None, None)
    told_fields = [set(entry.changes) for entry in HistoryEntry.objects.filter(record=KEY, record_id=file.pk)]
    assert sum("place" in fields for fields in told_fields) == 2
    assert not any({"latitude", "longitude"} & fields for fields in told_fields)
    assert verify().faults == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "said"), [("23.1291, 113.2643", "坐标系"), ("体育西路", "纬度"), ("95, 200 GPS", "经纬度不对")]
)
def test_a_location_without_its_system_is_refused(li, typed, said):
    with pytest.raises(Invalid) as refused:
        customer(li, "广州岭澳净水设备有限公司", typed)
    assert [problem.field for problem in refused.value.problems] == ["place"]
    assert said in str(refused.value.problems[0].text)


@pytest.mark.django_db
def test_a_check_in_becomes_the_location_of_the_customer_by_one_click(world, li):
    file = customer(li, "广州岭澳净水设备有限公司")
    row = visit(li, file)
    perform(
        li, f"{VISIT}.check_in", row.pk, {"latitude": "23.12911", "longitude": "113.264385", "accuracy": 12}
    )
    answer = browser(world.li).post(f"/visits/{ids.show(row.pk)}/do/locate", {})
    assert answer.status_code == 302
    file.refresh_from_db()
    assert file.place == "23.129110,113.264385 WGS-84", "the accuracy was that of the phone"


@pytest.mark.django_db
def test_who_may_not_change_the_customer_does_not_place_it(world, li, chief):
    file = customer(chief, "北京永定管业有限公司", owner=world.wang.pk, unit=world.south.pk)
    wang = actor_of(give(world.wang, "sales_rep"))
    row = visit(wang, file)
    perform(wang, f"{VISIT}.check_in", row.pk, {"latitude": "39.9", "longitude": "116.4"})
    hide("place", mode=Mode.READ)
    with pytest.raises(NotAllowed):
        perform(actor_of(world.wang), f"{VISIT}.locate", row.pk)


# -- the map


@pytest.mark.django_db
def test_from_afar_regions_from_near_customers_and_who_is_only_about_here(world, li):
    customer(li, "广州岭澳净水设备有限公司", TIANHE)
    customer(li, "广州越秀泵业有限公司", region_code="440112")
    afar = drawn(world.li, CHINA)
    assert ("广东", "2") in [(one["name"], one["short"]) for one in afar["regions"]]
    assert afar["points"] == []
    near = drawn(world.li)
    assert [(one["name"], one["at"], one["tier"]) for one in near["points"]] == [
        ("广州岭澳净水设备有限公司", [23.135, 113.365], "gld")
    ]
    assert [(one["name"], one["short"]) for one in near["about"]] == [("广州黄埔区", "1")]
    assert "region_code=440112" in near["about"][0]["url"]
    elsewhere = {"south": 30.0, "west": 110.0, "north": 31.0, "east": 111.0, "zoom": 10}
    assert (drawn(world.li, elsewhere)["points"], drawn(world.li, elsewhere)["about"]) == ([], [])


@pytest.mark.django_db
def test_the_conditions_of_the_list_hold_on_the_map_and_its_list_leads_there(world, li):
    customer(li, "广州岭澳净水设备有限公司", TIANHE)
    customer(li, "广州越秀泵业有限公司", YUEXIU, level_key="silver")
    assert [one["name"] for one in drawn(world.li, level_key="silver")["points"]] == ["广州越秀泵业有限公司"]
    client = browser(world.li)
    page = client.get("/customers?level_key=silver&sort=name_sort").content.decode()
    assert 'href="/customers/map?level_key=silver"' in page
    shown = client.get("/customers/map?level_key=silver").content.decode()
    assert 'href="/customers?level_key=silver"' in shown
    assert client.get("/customers/map?no_such=1").status_code == 400


@pytest.mark.django_db
def test_more_than_is_drawn_is_said(world, li, monkeypatch):
    monkeypatch.setattr(rules, "POINTS", 2)
    for name in ("甲", "乙", "丙"):
        customer(li, f"广州岭澳{name}机械有限公司", TIANHE)
    found = drawn(world.li)
    assert len(found["points"]) == 2
    assert "3 家有确切位置" in found["said"]
    assert "只画出最近建档的 2 家" in found["said"]


@pytest.mark.django_db
def test_the_map_shows_only_what_the_reader_reaches(world, li, chief):
    customer(li, "广州岭澳净水设备有限公司", TIANHE)
    wang = give(world.wang, "sales_rep")
    assert drawn(wang)["points"] == []
    card = f"/customers/{ids.show(Customer.objects.unscoped(because='test').latest('pk').pk)}/map-card"
    assert browser(wang).get(card).status_code == 404
    assert "岭澳" in browser(world.li).get(card).content.decode()
    assert len(drawn(world.chief)["points"]) == 1


@pytest.mark.django_db
def test_a_customer_of_the_pool_is_only_about_here_until_it_is_claimed(world, li, chief):
    file = customer(chief, "广州岭澳净水设备有限公司", TIANHE, owner=None, pool=world.pool.pk)
    found = drawn(world.li)
    assert found["points"] == []
    assert [one["short"] for one in found["about"]] == ["1"]
    tight = {"south": 23.13, "west": 113.36, "north": 23.14, "east": 113.37, "zoom": 16}
    assert "0 家有确切位置" in drawn(world.li, tight)["said"], "a window does not find it either"
    assert [one["at"] for one in drawn(world.chief)["points"]] == [[23.135, 113.365]], (
        "who sees all sees where it is"
    )
    answer = browser(world.li).get(f"/api/v1/customers/{ids.show(file.pk)}")
    assert "23.135" not in answer.content.decode()
    assert "113.365" not in browser(world.li).get(f"/customers/{ids.show(file.pk)}").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["place", "address"])
def test_who_may_not_read_addresses_or_locations_sees_regions(world, li, field):
    customer(li, "广州岭澳净水设备有限公司", TIANHE)
    hide(field)
    found = drawn(world.li)
    assert found["points"] == []
    assert [one["short"] for one in found["about"]] == ["1"]


@pytest.mark.django_db
def test_without_regions_or_names_there_is_no_map(world, li):
    hide("region_code")
    client = browser(world.li)
    assert client.get("/customers/map").status_code == 403
    assert "/customers/map" not in client.get("/customers").content.decode()


@pytest.mark.django_db
def test_sales_and_visits_by_region_count_what_the_reader_sees_of_a_year(world, li, chief):
    here = customer(li, "广州岭澳净水设备有限公司", TIANHE)
    there = customer(li, "深圳南山电子有限公司", FAR, region_code="440305")
    order(chief, here, "30000")
    order(chief, here, "5000", on="2025-11-20")  # more than a year ago
    order(chief, there, "1000")
    row = visit(li, here)
    perform(li, f"{VISIT}.done", row.pk, {"result": "谈妥了"})
    rows = Customer.objects.visible_to(chief).filter(pk__in=[here.pk, there.pk])
    found = selectors.by_region(chief, rows, rules.CITY, clock.today(), rules.MEASURES)
    assert [(one.code, one.files, one.sales, one.visits) for one in found] == [
        ("440100", 1, Decimal("30000"), 1), ("440300", 1, Decimal("1000"), 0),
    ]  # fmt: skip
    marks = drawn(world.chief, show="sales", region_code="440100")["points"]
    assert [(one["name"], one["text"], one["across"]) for one in marks] == [
        ("广州岭澳净水设备有限公司", "3.0万", rules.BIG_DOT)
    ]
    regions = drawn(world.chief, show="sales", window=CHINA)
    assert [one["short"] for one in regions["regions"] if one["name"] == "广东"] == ["3"]
    assert "单位万元" in regions["said"]
    page = browser(world.chief).get("/customers/map?region_code=440000").content.decode()
    assert page.index("广州") < page.index("深圳")
    assert 'href="/customers/map?region_code=440100"' in page
    assert "3.0万" in page


@pytest.mark.django_db
def test_who_may_not_see_amounts_sees_no_sales_and_no_debt(world, li, chief):
    file = customer(li, "广州岭澳净水设备有限公司", TIANHE)
    order(chief, file, "30000")
    card = f"/customers/{ids.show(file.pk)}/map-card"
    assert "3.0万" in browser(world.li).get(card).content.decode()
    hide("base_amount", record="trade.order")
    client = browser(world.li)
    assert "3.0万" not in client.get(card).content.decode()
    page = client.get("/customers/map").content.decode()
    assert "销售额" not in page
    assert client.get("/customers/map?show=sales").status_code == 403
    assert client.get("/customers/map/data", {**GUANGZHOU, "show": "sales"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"south": "x"},
        {"zoom": "99"},
        {"south": "24", "north": "23"},
        {"west": "nan"},
        {"east": "inf"},
        {"show": "all"},
    ],
)
def test_a_window_that_is_none_is_refused(world, li, wrong):
    assert browser(world.li).get("/customers/map/data", {**GUANGZHOU, **wrong}).status_code == 400


@pytest.mark.django_db
def test_nothing_of_the_outside_is_asked_until_an_administrator_names_a_tile_server(world, li, chief):
    file = customer(li, "广州岭澳净水设备有限公司", TIANHE)
    client = browser(world.li)
    before = client.get("/customers/map")
    assert "img-src 'self' data: blob:;" in before.headers["Content-Security-Policy"]
    assert 'data-tiles=""' in before.content.decode()
    admin = actor_of(give(world.wang, "administrator"))
    company = (
        Company.objects.first() or perform(admin, "engine.company.create", None, {"name": "恒川泵阀"}).record
    )
    with pytest.raises(Invalid):
        perform(admin, "engine.company.update", company.pk, {"tiles_url": "https://a.example; script-src *"})
    inputs = {
        "tiles_url": "https://tiles.example/{z}/{x}/{y}.png",
        "tiles_shifted": "1",
        "tiles_credit": "© 某图",
    }
    perform(admin, "engine.company.update", company.pk, inputs)
    after = client.get("/customers/map")
    assert "img-src 'self' data: blob: https://tiles.example;" in after.headers["Content-Security-Policy"]
    assert "tiles.example" not in client.get("/customers").headers["Content-Security-Policy"]
    assert drawn(world.li)["points"][0]["at"] != [23.135, 113.365], "points move to the system of the tiles"
    file.refresh_from_db()
    assert file.place == TIANHE


@pytest.mark.django_db
def test_the_questions_asked_do_not_grow_with_the_rows(world, li, chief):
    """A map and a route ask the same of the database for few as for many."""
    client, counts = browser(world.li), []
    paths = [
        ("/customers/map", {}), ("/customers/map/data", {**GUANGZHOU, "show": "sales"}),
        ("/customers/map/data", {**CHINA, "show": "visits"}), ("/visits/route", {"on": "2026-11-26"}),
    ]  # fmt: skip
    for turn in (2, 12):
        for n in range(turn):
            file = customer(
                li,
                f"广州岭澳{turn}{n}号机械有限公司",
                TIANHE if n % 2 else "",
                region_code=f"4401{n % 3 + 11}",
            )
            order(chief, file, "100")
            visit(li, file, planned_on="2026-11-26")
        asked = []
        for path, query in paths:
            client.get(path, query)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path, query).status_code == 200
            asked.append(len(queries))
        counts.append(asked)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 25, counts


# -- the route of a day


@pytest.fixture
def day(li):
    spots = {
        "甲": "23.10,113.20 GPS",
        "乙": "23.10,113.50 GPS",
        "丙": "23.10,113.30 GPS",
        "丁": "23.10,113.40 GPS",
    }
    files = {name: customer(li, f"广州岭澳{name}机械有限公司", place) for name, place in spots.items()}
    return {
        name: visit(li, file, purpose=f"拜访{name}", planned_on="2026-11-26") for name, file in files.items()
    }


def names(found):
    return "".join(one.row.purpose.removeprefix("拜访") for one in found)


@pytest.mark.django_db
def test_a_shorter_order_is_proposed_taken_and_given_up(world, li, day):
    route = told.route(li, TOMORROW)
    assert names(route.halts) == "甲乙丙丁"
    assert names(route.shorter) == "甲丙丁乙"
    assert route.shorter_km == pytest.approx(30.7, abs=0.1)
    client = browser(world.li)
    page = client.get("/visits/route?on=2026-11-26").content.decode()
    assert "直线" in page
    assert "更近的顺序" in page
    client.post("/visits/route/order", {"on": "2026-11-26"})
    taken = told.route(li, TOMORROW)
    assert (names(taken.halts), taken.shorter) == ("甲丙丁乙", [])
    client.post("/visits/route/order", {"on": "2026-11-26", "by": "clock"})
    assert names(told.route(li, TOMORROW).halts) == "甲乙丙丁"
    assert verify().faults == []


@pytest.mark.django_db
def test_a_visit_that_moves_to_another_hour_or_day_leaves_the_order(li, day):
    perform(li, f"{VISIT}.set_turn", day["乙"].pk, {"turn": 1})
    assert names(told.route(li, TOMORROW).halts) == "乙甲丙丁"
    perform(li, f"{VISIT}.update", day["乙"].pk, {"planned_time": "15:00"})
    assert Visit.objects.unscoped(because="test").get(pk=day["乙"].pk).turn is None


@pytest.mark.django_db
def test_only_the_own_day_is_ordered_and_shown(world, li, chief, day):
    with pytest.raises(NotAllowed):
        perform(chief, f"{VISIT}.set_turn", day["甲"].pk, {"turn": 1})
    assert told.route(chief, TOMORROW).halts == []
    assert "拜访甲" not in browser(world.chief).get("/visits/route?on=2026-11-26").content.decode()


@pytest.mark.django_db
def test_the_agenda_of_a_day_stands_in_the_order_of_its_route(world, li, day):
    for title, hour in (("早会", ""), ("报价", "09:30"), ("催款", "16:00")):
        perform(
            li, "engagement.task.create", inputs={"title": title, "due_on": "2026-11-26", "due_time": hour}
        )
    perform(li, f"{VISIT}.update", day["丁"].pk, {"planned_time": "14:00"})
    client = browser(world.li)
    assert listed(client, "早会", "甲", "乙", "丙", "报价", "丁", "催款") == "早会甲乙丙报价丁催款"
    client.post("/visits/route/order", {"on": "2026-11-26"})
    assert names(told.route(li, TOMORROW).halts) == "丁乙丙甲"
    page = client.get("/agenda?view=day&on=2026-11-26").content.decode()
    assert "拜访按路线顺序" in page
    assert listed(client, "早会", "甲", "乙", "丙", "报价", "丁", "催款") == "早会报价丁乙丙甲催款"


def listed(client, *wanted):
    page = client.get("/agenda?view=day&on=2026-11-26").content.decode()
    places = {one: page.index(f">拜访{one}<" if len(one) == 1 else f">{one}<") for one in wanted}
    return "".join(sorted(wanted, key=lambda one: places[one]))


@pytest.mark.django_db
def test_where_a_visit_was_checked_in_is_drawn_for_who_made_it_and_who_may_read_places(world, li, chief):
    file = customer(li, "广州岭澳净水设备有限公司", "23.10,113.30 GPS")
    row = visit(li, file, purpose="对账", planned_on="2026-11-25")
    perform(li, f"{VISIT}.check_in", row.pk, {"latitude": "23.101", "longitude": "113.30", "accuracy": 12})
    [halt] = told.route(li, date(2026, 11, 25)).halts
    assert (halt.checked.point, halt.checked.metres, halt.checked.accuracy) == ([23.101, 113.3], 111, 12)
    page = browser(world.li).get("/visits/route?on=2026-11-25").content.decode()
    assert "离客户111米（误差约12米）" in page
    assert '"home": [23.1, 113.3]' in page
    assert "23.101" not in browser(world.chief).get("/visits/route?on=2026-11-25").content.decode()
    of_li = f"/visits/route?on=2026-11-25&who={ids.show(world.li.pk)}"
    seen = (
        browser(world.chief).get(of_li).content.decode()
    )  # who leads, and may read places, sees the day of others
    assert "离客户111米" in seen
    assert "按这个顺序" not in seen
    assert browser(give(world.wang, "sales_rep")).get(of_li).status_code == 403
    nowhere = visit(li, customer(li, "广州越秀泵业有限公司"), purpose="问路", planned_on="2026-11-25")
    perform(li, f"{VISIT}.check_in", nowhere.pk, {"latitude": "23.2", "longitude": "113.30"})
    other = next(one for one in told.route(li, date(2026, 11, 25)).halts if one.row.pk == nowhere.pk)
    assert (other.checked.metres, other.exact) == (None, False)


@pytest.mark.django_db
def test_where_a_stop_is_not_known_is_said(world, li):
    visit(li, customer(li, "广州岭澳净水设备有限公司"), purpose="大致在此")
    visit(li, customer(li, "广州越秀泵业有限公司", region_code=""), purpose="不知在哪")
    page = browser(world.li).get("/visits/route?on=2026-11-25").content.decode()
    assert "大致位置" in page
    assert "不知道这家客户在哪里" in page
    assert browser(world.li).get("/visits/route?on=2026-13-01").status_code == 400
    # the world itself has visits on the real today
    assert "这天没有拜访" in browser(world.li).get("/visits/route?on=2020-01-01").content.decode()


@pytest.mark.django_db
def test_who_lies_near_a_visit_by_distance_comes_first(world, li):
    goal = customer(li, "广州岭澳净水设备有限公司", TIANHE, region_code="440106")
    customer(li, "广州天河阀门有限公司", region_code="440106")
    customer(li, "佛山南海泵业有限公司", "23.140000,113.300000 WGS-84", region_code="440605")
    customer(li, "深圳南山电子有限公司", FAR, region_code="440305")
    visit(li, goal, planned_on="2026-11-27")
    page = browser(world.li).get("/plan/visits").content.decode()
    trip = page.partition('id="pl-t1"')[2].partition("</section>")[0]
    assert trip.index("南海泵业") < trip.index("天河阀门")
    assert "直线 6.7 公里" in trip
    assert "南山" not in trip
