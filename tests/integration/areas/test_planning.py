"""Figures against quotas, the month proposed and announced, sales lines with remedies, findings; who sees whose."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from api.calling import give
from kedang.areas.engagement.models import Task
from kedang.areas.planning import analysis, jobs, selectors, services
from kedang.areas.planning.models import MonthTarget, Quota, SalesLine
from kedang.engine.actions.perform import perform
from kedang.engine.calendar import table
from kedang.engine.files import content
from kedang.engine.files.models import Attachment
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, RuleBroken

WEDNESDAY = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def still_clock():
    with clock.frozen(WEDNESDAY) as moment:
        yield moment


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


def customer(actor, name, **more):
    inputs = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "02088880001", "level_key": "gold",
              "status_key": "active", "region_code": "440100", **more}  # fmt: skip
    return perform(actor, "customers.customer.create", inputs=inputs).record


def visit(actor, file, on="2026-11-25", **more):
    made = perform(actor, "engagement.visit.create",
                   inputs={"customer": file.pk, "planned_on": on, "purpose": "对账", **more}).record  # fmt: skip
    return perform(actor, "engagement.visit.done", made.pk, {"result": "谈妥了", "done_on": on}).record


def order(world, file, on, amount):
    inputs = {
        "customer": file.pk,
        "ordered_on": on,
        "status_key": "completed",
        "amount": amount,
        "owner": world.li.pk,
    }
    return perform(world.boss, "trade.order.create", inputs=inputs).record


def listed(client, url):
    """Return how many records the list behind a figure holds."""
    page = client.get(url)
    assert page.status_code == 200, url
    return page.content.decode()


@pytest.mark.django_db
def test_figures_count_customers_once_and_open_the_list_of_their_records(world, li):
    first, second = customer(li, "广州岭澳净水设备有限公司"), customer(li, "佛山禅城陶瓷有限公司")
    prospect = customer(li, "东莞石龙五金有限公司", status_key="prospect")
    for file, on in (
        (first, "2026-11-23"),
        (first, "2026-11-25"),
        (second, "2026-11-24"),
        (second, "2026-11-02"),
    ):
        visit(li, file, on)
    visit(li, prospect, "2026-11-25", kind_key="call")
    done = selectors.done_by(li, [world.li.pk], date(2026, 11, 25))[world.li.pk]
    # the world's own file was visited on the day it was filed; it is of this month too
    assert (done.customers_week, done.visits_week, done.calls_day) == (3, 4, 1)
    assert (done.visits_day, done.visits_month, done.customers_month) == (2, 5, 3)
    assert (done.new, done.prospects) == (3, 1)
    page = browser(world.li).get("/plan").content.decode()
    assert "截至" in page, page[page.index("<h1") :][:900]
    assert "至少20" in page
    urls = [part.split('"')[0].replace("&amp;", "&") for part in page.split('class="plain" href="')[1:]]
    names = [listed(browser(world.li), url) for url in urls if "visits?" in url or "customers?" in url]
    assert [("岭澳" in text, "禅城" in text, "石龙" in text) for text in names[:4]] == [
        (False, False, True), (True, True, False), (True, True, False), (False, False, True),
    ]  # fmt: skip


@pytest.mark.django_db
def test_visits_count_for_who_made_them_after_their_file_went_to_another(world, li, chief):
    file = customer(li, "广州岭澳净水设备有限公司")
    made = visit(li, file)
    perform(chief, "customers.customer.assign", file.pk, {"owner": world.wang.pk})
    perform(chief, "engagement.visit.assign", made.pk, {"owner": world.wang.pk})
    found = selectors.done_by(chief, [world.li.pk, world.wang.pk], date(2026, 11, 25))
    # besides, each has the visit of the world to their own file
    assert (found[world.li.pk].visits_day, found[world.wang.pk].visits_day) == (2, 1)


@pytest.mark.django_db
def test_a_quota_set_for_a_unit_holds_below_it_and_is_kept_as_it_was_set(world, li, chief):
    usual = {"calls": 30, "customers": 20, "new": 3, "prospects": 3}
    assert selectors.quotas([world.north.pk]) == {world.north.pk: usual}
    services.set_quotas(chief, world.north.pk, {"calls": 25, "new": 2})
    services.set_quotas(chief, world.north.pk, {"calls": 25, "new": None})
    held = selectors.quotas([world.north.pk, world.branch.pk, world.south.pk])
    assert held[world.branch.pk] == usual | {"calls": 25}
    assert held[world.south.pk]["calls"] == 30
    rows = Quota.objects.order_by("set_at", "pk").values_list("measure", "value", "set_by")
    assert sorted(rows, key=str) == sorted(
        [("calls", 25, world.chief.pk), ("new", 2, world.chief.pk), ("new", None, world.chief.pk)], key=str
    )


@pytest.mark.django_db
def test_only_who_leads_a_unit_sets_its_quotas(world, li, chief):
    with pytest.raises(NotAllowed):
        services.set_quotas(li, world.north.pk, {"calls": 1})
    manager = actor_of(give(world.zhao, "sales_manager"))
    with pytest.raises(NotVisible):
        services.set_quotas(manager, world.south.pk, {"calls": 1})
    assert services.set_quotas(manager, world.branch.pk, {"calls": 1}) == 1
    with pytest.raises(Invalid):
        services.set_quotas(chief, world.north.pk, {"calls": 10_000})
    answer = browser(world.chief).post("/plan/quotas", {"unit": ids.show(world.north.pk), "calls": "很多"})
    assert (answer.status_code, "整数" in answer.content.decode()) == (422, True)
    assert Quota.objects.count() == 1


@pytest.mark.django_db
def test_a_month_is_proposed_from_the_files_changed_and_announced(world, li, chief):
    for name, level in (("甲", "diamond"), ("乙", "gold"), ("丙", "silver")):
        customer(li, f"广州岭澳{name}机械有限公司", level_key=level)
    people = selectors.team(chief)
    assert [one.username for one in people] == ["li"]
    row = services.proposed(chief, people, DECEMBER)[0]
    # one diamond four times, two gold (the world's file is one) twice, one silver once; 23 working days
    assert (row.levels["diamond"], row.levels["gold"], row.visits) == ([1, 4], [2, 2], 9)
    assert (row.per_day, row.calls, row.customers, row.new) == (Decimal("0.4"), 30, 20, 3)
    client, shown = browser(world.chief), ids.show(world.li.pk)
    page = client.get("/plan/month").content.decode()
    assert "2026-12" in page
    assert "9次拜访" in page
    assert MonthTarget.objects.count() == 0  # looking stores nothing
    typed = {"month": "2026-12", f"gold-{shown}": "3", f"new-{shown}": "2"}
    assert client.post("/plan/month", typed).status_code == 302
    assert selectors.announced(world.li.pk, [DECEMBER]) == []
    answer = client.post(
        "/plan/month", {"month": "2026-12", f"gold-{shown}": "3", f"new-{shown}": "2", "announce": "1"}
    )
    assert answer.status_code == 302
    told = selectors.announced(world.li.pk, [DECEMBER])[0]
    assert (told.visits, told.new, told.levels["gold"], told.changed_by_id) == (11, 2, [2, 3], world.chief.pk)
    desk = browser(world.li).get("/desk/beside").content.decode()
    assert "拜访11次，日均0.5次" in desk
    assert "2026-12的指标已公布" in browser(world.li).get("/notices").content.decode()


@pytest.mark.django_db
def test_announcing_again_replaces_what_was_announced_and_keeps_it(world, li, chief):
    people = selectors.team(chief)
    for count in (4, 5):
        rows = services.proposed(chief, people, DECEMBER)
        rows[0].new = count
        services.announce(chief, rows)
    found = MonthTarget.objects.order_by("changed_at", "pk").values_list("state", "new")
    assert sorted(found) == [("announced", 5), ("replaced", 4)]


@pytest.mark.django_db
def test_what_is_announced_is_the_quota_of_its_month(world, li, chief):
    rows = services.proposed(chief, selectors.team(chief), date(2026, 11, 1))
    rows[0].customers = 7
    services.announce(chief, rows)
    assert "至少7" in browser(world.li).get("/plan").content.decode()
    assert "7" in browser(world.chief).get("/plan/team").content.decode()


@pytest.mark.django_db
def test_a_leader_sees_where_the_team_stands_today_and_a_salesperson_does_not(world, li, chief):
    wu = actor_of(
        give(type(world.li).objects.create_user("wu", "x", name="吴悦", unit=world.south), "sales_rep")
    )
    file, other = customer(li, "广州岭澳甲机械有限公司"), customer(li, "广州岭澳乙机械有限公司")
    visit(li, file, "2026-11-24")
    visit(li, file)
    visit(li, other)
    visit(li, other, kind_key="call")
    perform(li, "engagement.visit.create",
            inputs={"customer": other.pk, "planned_on": "2026-11-25", "purpose": "送样"})  # fmt: skip
    visit(wu, customer(wu, "广州岭澳丙机械有限公司"), "2026-11-16")  # the week before
    services.announce(chief, services.fresh(chief, [world.li], date(2026, 11, 1)))
    MonthTarget.objects.filter(user=world.li).update(calls=7)
    desk = browser(world.chief).get("/").content.decode().partition("d-team")[2].partition("</section>")[0]
    first, second = desk.split("<li>")[1:]
    assert "吴悦" in first
    assert "本周拜访0/20家" in first, "who is furthest behind comes first"
    assert "李" in second
    assert "本周拜访3/20家" in second, "one of the world, and who was visited twice counts once"
    assert "今天已拜访3次，还有1次，" in second
    assert "电话1/7" in second, "what was announced for the month counts"
    assert "d-team" not in browser(world.li).get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["-1", "1.5", "三", "99999", ""])
def test_what_is_no_number_is_not_planned(world, li, chief, typed):
    shown = ids.show(world.li.pk)
    answer = browser(world.chief).post(
        "/plan/month", {"month": "2026-12", f"gold-{shown}": typed, "announce": "1"}
    )
    assert answer.status_code == 422
    assert MonthTarget.objects.count() == 0


@pytest.mark.django_db
def test_a_month_that_is_over_is_not_announced(world, li, chief):
    with pytest.raises(RuleBroken):
        services.announce(chief, services.proposed(chief, selectors.team(chief), date(2026, 10, 1)))


@pytest.mark.django_db
def test_whom_to_visit_by_the_frequency_of_the_level(world, li):
    late, over, none = (customer(li, f"广州岭澳{name}机械有限公司", level_key=level)
                        for name, level in (("甲", "diamond"), ("乙", "silver"), ("丙", "member")))  # fmt: skip
    visit(li, late, "2026-11-03")
    for day in ("2026-11-03", "2026-11-04", "2026-11-05"):
        visit(li, over, day)
    rows = {row.customer.pk: row for row in selectors.owed(li, world.li.pk, date(2026, 11, 25), (0, 0), 50)}
    # 18 of 21 working days are gone: 3 of 4 visits should have been made
    assert (rows[late.pk].each, rows[late.pk].done, rows[late.pk].late) == (4, 1, 2)
    assert (rows[over.pk].each, rows[over.pk].over, rows[over.pk].late) == (1, 2, 0)
    assert none.pk not in rows
    page = browser(world.li).get("/plan/visits").content.decode()
    assert "逾期2次" in page
    assert "多2次" in page


@pytest.mark.django_db
def test_pages_of_whom_to_visit_leave_nobody_out(world, li, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 2)
    names = [customer(li, f"广州岭澳{n}机械有限公司", level_key=level).name
             for n, level in zip("甲乙丙丁", ("gold", "diamond", "silver", "gold"), strict=True)]  # fmt: skip
    client, url, seen = browser(world.li), "/plan/visits", []
    while url:
        page = client.get(url).content.decode()
        seen += [name for name in names if name in page]
        more = page.partition('class="btn" href="')[2].partition('"')[0].replace("&amp;", "&")
        url = f"/plan/visits{more}" if more else ""
    assert sorted(seen) == sorted(names)


@pytest.mark.django_db
def test_who_lies_near_a_planned_visit_is_suggested_for_the_same_trip(world, li):
    goal = customer(li, "广州岭澳净水设备有限公司", region_code="440106")
    customer(li, "广州天河阀门有限公司", region_code="440106")
    customer(li, "广州越秀泵业有限公司", region_code="440104")
    customer(li, "深圳南山电子有限公司", region_code="440305")
    perform(
        li,
        "engagement.visit.create",
        inputs={"customer": goal.pk, "planned_on": "2026-11-27", "purpose": "谈账期"},
    )
    page = browser(world.li).get("/plan/visits").content.decode()
    trip = page.partition('id="pl-t1"')[2].partition("</section>")[0]
    assert "岭澳" in trip
    assert trip.index("天河阀门") < trip.index("越秀泵业")
    assert "南山" not in trip
    assert "planned_on=2026-11-27" in trip
    form = (
        browser(world.li)
        .get(trip.split('do-it" href="')[1].split('"')[0].replace("&amp;", "&"))
        .content.decode()
    )
    assert 'value="2026-11-27"' in form
    assert "天河阀门" in form


@pytest.fixture
def lines(world, li, chief):
    met, unmet = customer(li, "广州岭澳甲机械有限公司"), customer(li, "广州岭澳乙机械有限公司")
    order(world, met, "2026-10-12", "30000")
    order(world, unmet, "2026-10-12", "9999.99")
    order(world, unmet, "2026-11-02", "50000")  # of another month
    return [
        perform(chief, "planning.salesline.create",
                inputs={"customer": file.pk, "month_on": "2026-10-15", "target": target}).record
        for file, target in ((met, "30000"), (unmet, "10000"))
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_line_belongs_to_whose_customer_it_is(world, lines):
    assert [(row.owner_id, row.title, row.month_on) for row in lines] == [
        (world.li.pk, "2026-10", date(2026, 10, 1))
    ] * 2


@pytest.mark.django_db
def test_a_published_calendar_moves_the_day_of_a_remedy_and_of_its_task(world, li, chief, still_clock):
    line = perform(chief, "planning.salesline.create", inputs={
        "customer": customer(li, "广州岭澳甲机械有限公司").pk, "month_on": "2026-11-15", "target": "10000",
    }).record  # fmt: skip
    deliver_some()
    with clock.frozen(datetime(2026, 12, 30, 4, 0, tzinfo=UTC)):
        perform(chief, services.CLOSE, line.pk)
        task = Task.objects.visible_to(li).get(origin_id=line.pk)
        assert (_stored(chief, line).remedy_due_on, task.due_on) == (date(2027, 1, 4), date(2027, 1, 4))
        table.put(date(2027, 1, 1), date(2027, 1, 3), working=False, name="元旦")
        table.publish(2027, published=True)
        deliver_some()
        task.refresh_from_db()
        assert (_stored(chief, line).remedy_due_on, task.due_on) == (date(2027, 1, 5), date(2027, 1, 5))
        perform(li, "planning.salesline.answer", line.pk, {"remedy": "12月补足"})
        table.put(date(2027, 1, 4), date(2027, 1, 4), working=False, name="试")
        deliver_some()
        assert _stored(chief, line).remedy_due_on == date(2027, 1, 5)
    assert verify().faults == []


def _stored(actor, line):
    return SalesLine.objects.visible_to(actor).get(pk=line.pk)


@pytest.mark.django_db
def test_a_line_that_is_not_met_asks_its_owner_for_a_remedy(world, li, chief, lines):
    answer = browser(world.chief).post("/plan/sales/close", {"month": "2026-10"})
    assert answer.status_code == 302
    met, unmet = (SalesLine.objects.visible_to(chief).get(pk=row.pk) for row in lines)
    assert (met.state_key, met.done_amount, met.remedy_due_on) == ("met", Decimal("30000"), None)
    assert (unmet.state_key, unmet.done_amount) == ("unmet", Decimal("9999.99"))
    assert unmet.remedy_due_on == date(2026, 11, 30)  # three working days after Wednesday
    task = Task.objects.visible_to(li).get(origin_id=unmet.pk)
    assert (task.owner_id, task.due_on, task.customer_id) == (
        world.li.pk,
        date(2026, 11, 30),
        unmet.customer_id,
    )
    desk = browser(world.li).get("/desk/beside").content.decode()
    assert "岭澳乙" in desk
    assert "岭澳甲" not in desk.partition("d-remedy")[2].partition("</section>")[0]
    perform(li, "planning.salesline.answer", unmet.pk, {"remedy": "下周带样机上门，争取补一单"})
    unmet = SalesLine.objects.visible_to(chief).get(pk=unmet.pk)
    assert (unmet.state_key, unmet.answered_on) == ("answered", date(2026, 11, 25))
    assert Task.objects.visible_to(li).get(pk=task.pk).state_key == "done"
    assert "d-remedy" not in browser(world.li).get("/desk/beside").content.decode()
    assert "带样机上门" in browser(world.chief).get("/plan/sales?month=2026-10").content.decode()
    assert verify().faults == []


@pytest.mark.django_db
def test_a_remedy_sent_back_is_asked_for_anew(world, li, chief, lines):
    browser(world.chief).post("/plan/sales/close", {"month": "2026-10"})
    perform(li, "planning.salesline.answer", lines[1].pk, {"remedy": "再说"})
    with pytest.raises(RuleBroken):
        perform(li, "planning.salesline.answer", lines[1].pk, {"remedy": "再说"})
    perform(chief, "planning.salesline.ask_again", lines[1].pk, reason="太空泛")
    assert SalesLine.objects.visible_to(li).get(pk=lines[1].pk).state_key == "unmet"
    assert Task.objects.visible_to(li).filter(origin_id=lines[1].pk, state_key="open").count() == 1


@pytest.mark.django_db(transaction=True)
def test_by_night_months_that_are_over_are_closed_and_others_are_not(world, li, chief, lines):
    inputs = {"customer": lines[0].customer_id, "month_on": "2026-11-15", "target": "1"}
    later = perform(chief, "planning.salesline.create", inputs=inputs).record
    queue(SYSTEM, jobs.CLOSE, {})
    running.run(running.take())
    found = dict(SalesLine.objects.visible_to(chief).values_list("pk", "state_key"))
    assert [found[row.pk] for row in (*lines, later)] == ["met", "unmet", "open"]
    with pytest.raises(RuleBroken):
        perform(chief, services.CLOSE, later.pk)
    assert Task.objects.visible_to(li).filter(origin_id=lines[1].pk).count() == 1


@pytest.mark.django_db
def test_a_customer_has_one_line_a_month_and_a_closed_one_stays(world, li, chief, lines):
    again = {"customer": lines[0].customer_id, "month_on": "2026-10-01", "target": "1"}
    with pytest.raises(Invalid):
        perform(chief, "planning.salesline.create", inputs=again)
    with pytest.raises(Invalid):
        perform(
            li, "planning.salesline.update", lines[0].pk, {"target": "1"}
        )  # who answers for it does not lower it
    with pytest.raises(Invalid):
        perform(chief, "planning.salesline.update", lines[0].pk, {"target": "0"})
    perform(chief, services.CLOSE, lines[0].pk)
    with pytest.raises(Invalid):
        perform(chief, "planning.salesline.update", lines[0].pk, {"target": "1"})


@pytest.mark.django_db
def test_key_accounts_without_their_decision_maker_are_listed_with_the_reason(world, li):
    bare, dumb, unmet, known, small = (
        customer(li, f"广州岭澳{name}机械有限公司", level_key=level)
        for name, level in (("甲", "gold"), ("乙", "gold"), ("丙", "diamond"), ("丁", "gold"), ("戊", "silver"))
    )  # fmt: skip
    for file, mobile in ((dumb, ""), (unmet, "13900000001"), (known, "13900000002")):
        person = perform(li, "customers.contact.create", inputs={
            "customer": file.pk, "name": "周总", "layer_key": "decision", "mobile": mobile}).record  # fmt: skip
        if file is known:
            visit(li, file, contact=person.pk)
    perform(li, "customers.contact.create", inputs={"customer": bare.pk, "name": "小李", "layer_key": "use",
                                                    "mobile": "13900000003"})  # fmt: skip
    found = {row.pk: why for row, why in analysis.unknown_deciders(li, 0, 50)}
    mine = world.records["customers.customer"]["li"].pk
    assert found == {mine: "nobody", bare.pk: "nobody", dumb.pk: "no_phone", unmet.pk: "not_met"}
    assert small.pk not in found
    page = browser(world.li).get("/plan/findings").content.decode()
    assert "岭澳甲" in page
    assert "岭澳丁" not in page


@pytest.mark.django_db
def test_a_weak_region_is_listed_with_its_files(world, li):
    for name in "甲乙丙":
        visit(li, customer(li, f"广州岭澳{name}机械有限公司"))
        customer(li, f"佛山禅城{name}陶瓷有限公司", region_code="440604")
    page = browser(world.li).get("/plan/findings").content.decode()
    weak = page.partition('id="pl-w"')[2]
    assert "佛山" in weak
    assert "广州" not in weak
    assert "3份" in weak
    url = weak.split('class="plain b" href="')[1].split('"')[0]
    rows = browser(world.li).get(url).content.decode()
    assert "禅城甲" in rows
    assert "岭澳甲" not in rows


@pytest.mark.django_db
def test_nobody_sees_the_figures_of_who_is_not_led(world, li, chief):
    client = browser(world.li)
    other = ids.show(world.wang.pk)
    assert client.get(f"/plan/of/{other}").status_code == 404
    assert client.get(f"/plan/visits?who={other}").status_code == 404
    for path in ("/plan/team", "/plan/month", "/plan/quotas"):
        assert client.get(path).status_code == 403, path
    manager = browser(give(world.zhao, "sales_manager"))
    assert manager.get(f"/plan/of/{ids.show(world.li.pk)}").status_code == 404  # north is above the branch
    assert manager.get("/plan/quotas?unit=" + ids.show(world.north.pk)).status_code == 404
    assert browser(world.chief).get(f"/plan/of/{ids.show(world.li.pk)}").status_code == 200
    assert client.post("/plan/sales/close", {"month": "2026-10"}).status_code == 403
    assert "红光三" not in client.get("/plan/findings").content.decode()


@pytest.mark.django_db
def test_pages_ask_as_many_queries_for_many_as_for_few(world, li, chief, django_assert_max_num_queries):
    for place in range(6):
        person = type(world.li).objects.create_user(f"rep{place}", "x", name=f"代表{place}", unit=world.south)
        give(person, "sales_rep")
    client = browser(world.chief)
    for path, most in (("/plan", 20), ("/plan/team", 20), ("/plan/month", 20), ("/plan/sales", 18),
                       ("/plan/findings", 20), ("/plan/visits", 20), ("/plan/quotas", 18)):  # fmt: skip
        client.get(path)
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["/plan?on=2026-13-01", "/plan?on=2099-01-01", "/plan/month?month=x",
                                   "/plan/sales?after=!", "/plan/visits?after=1_!"])  # fmt: skip
def test_addresses_that_mean_nothing_are_refused(world, li, chief, query):
    assert browser(world.chief).get(query).status_code == 400


@pytest.mark.django_db
def test_a_full_card_hangs_on_the_office_file_once(world, li, home):
    file = customer(li, "广州岭澳净水设备有限公司")
    for day in range(1, 12):
        visit(li, file, f"2026-11-{day:02}")
    deliver_some()
    deliver_some()
    found = Attachment.objects.filter(record="customers.customer", record_id=file.pk)
    assert [row.name for row in found] == ["档案卡 K1.txt"]
    text = content.path_of(found[0].versions.get().digest).read_text("utf-8")
    assert text.startswith("广州岭澳净水设备有限公司 ")
    assert [line.split(".")[0] for line in text.splitlines() if "2026-11-" in line] == [
        str(n) for n in range(1, 11)
    ]
    assert "2026-11-11" not in text


@pytest.mark.django_db
def test_visits_stand_beside_tasks_in_the_agenda_and_the_feed(world, li):
    file = customer(li, "广州岭澳净水设备有限公司")
    perform(li, "engagement.visit.create", inputs={"customer": file.pk, "planned_on": "2026-11-26",
                                                   "planned_time": "14:30", "purpose": "谈账期"})  # fmt: skip
    perform(
        li,
        "engagement.visit.create",
        inputs={"customer": file.pk, "planned_on": "2026-11-20", "purpose": "漏访"},
    )
    visit(li, file, "2026-11-24")
    client = browser(world.li)
    for query in ("view=day&on=2026-11-26", "view=week&on=2026-11-25", "view=month&on=2026-11-01"):
        page = client.get(f"/agenda?{query}").content.decode()
        assert "谈账期" in page, query
        assert "14:30" in page
    today = client.get("/agenda").content.decode()
    assert "漏访" in today.partition("ag-late")[2]
    assert "谈账期" not in today
    assert "对账" in client.get("/agenda?view=day&on=2026-11-24").content.decode()
    secret = client.post("/agenda/subscribe").content.decode().split("/agenda/feed/")[1].split('"')[0]
    feed = Client().get(f"/agenda/feed/{secret}").content.decode().replace("\r\n ", "")
    assert "SUMMARY:广州岭澳净水设备有限公司 谈账期" in feed
    assert "DTSTART:20261126T063000Z" in feed
    assert (
        "谈账期"
        not in browser(give(world.wang, "sales_rep")).get("/agenda?view=day&on=2026-11-26").content.decode()
    )
