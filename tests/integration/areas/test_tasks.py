"""Tasks: due, done, put off, counted in working days, followed or personal."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from api.calling import give
from kedang.areas.engagement.models import Task
from kedang.engine.actions.perform import perform
from kedang.engine.calendar import table
from kedang.engine.identity.actors import actor_of
from kedang.engine.ledger.models import HistoryEntry, TimelineEntry
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.errors import Invalid, NotVisible, RuleBroken

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
KEY = "engagement.task"


@pytest.fixture
def still_clock():
    with clock.frozen(WEDNESDAY) as moment:
        yield moment


@pytest.fixture(autouse=True)
def _on_a_day(still_clock, db):
    table.workdays.forget()
    table.fill()


@pytest.fixture
def li(world):
    return actor_of(give(world.li, "sales_rep"))


def new(actor, **inputs):
    return perform(actor, f"{KEY}.create", inputs={"title": "回访", **inputs}).record


def stored(world, task):
    return Task.objects.unscoped(because="test").get(pk=task.pk)


def test_a_task_has_a_day_and_maybe_a_time(li):
    task = new(li, title="  确认 到货时间 ", due_on="2026-11-27", due_time="9:30")
    assert (task.title, task.due_on, task.due_time) == ("确认 到货时间", date(2026, 11, 27), "09:30")
    assert (task.state_key, task.priority_key, task.owner_id) == ("open", "normal", li.user_id)


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"due_time": "10:00"}, "due_on"), ({"due_on": "2026-11-27", "due_time": "25:00"}, "due_time"),
        ({"due_on": "2026-11-27", "due_days": 3}, "due_days"), ({"due_days": 5000}, "due_days"),
        ({"due_on": "1926-11-27"}, "due_on"), ({"priority_key": "whatever"}, "priority_key"),
        ({"title": " "}, "title"), ({"state_key": "done"}, "state_key"), ({"origin_id": 1}, "origin_id"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(li, inputs, field):
    with pytest.raises(Invalid) as refused:
        new(li, **inputs)
    assert field in {problem.field for problem in refused.value.problems}


def test_done_and_taken_back(li, world):
    task = new(li, due_on="2026-11-25")
    perform(li, f"{KEY}.done", task.pk)
    assert (stored(world, task).state_key, stored(world, task).done_at) == ("done", WEDNESDAY)
    with pytest.raises(RuleBroken):
        perform(li, f"{KEY}.done", task.pk)
    perform(li, f"{KEY}.reopen", task.pk)
    assert (stored(world, task).state_key, stored(world, task).done_at) == ("open", None)
    with pytest.raises(RuleBroken):
        perform(li, f"{KEY}.reopen", task.pk)


def test_putting_off_needs_a_reason_and_a_later_day(li, world):
    task = new(li, due_on="2026-11-26")
    with pytest.raises(Invalid):
        perform(li, f"{KEY}.put_off", task.pk, {"due_on": "2026-11-30"})
    for day in ("2026-11-26", "2026-11-24", ""):
        with pytest.raises(Invalid):
            perform(li, f"{KEY}.put_off", task.pk, {"due_on": day}, reason="客户出差")
    perform(li, f"{KEY}.put_off", task.pk, {"due_on": "2026-11-30"}, reason="客户出差")
    assert (stored(world, task).due_on, stored(world, task).put_off) == (date(2026, 11, 30), 1)
    entry = HistoryEntry.objects.get(record=KEY, record_id=task.pk, action=f"{KEY}.put_off")
    assert entry.reason == "客户出差"


def test_due_in_working_days_skips_holidays(li):
    with clock.frozen(datetime(2026, 9, 30, 4, tzinfo=UTC)):
        assert new(li, due_days=3).due_on == date(2026, 10, 10)
    with clock.frozen(datetime(2026, 2, 13, 4, tzinfo=UTC)):
        assert new(li, due_days=5).due_on == date(2026, 2, 27)


def test_a_day_of_its_own_ends_the_counting(li, world):
    task = new(li, due_days=5)
    assert task.due_on == date(2026, 12, 2)
    perform(li, f"{KEY}.update", task.pk, {"remarks": "带样品"})
    assert stored(world, task).due_days == 5
    perform(li, f"{KEY}.update", task.pk, {"due_on": "2026-12-09"})
    assert (stored(world, task).due_on, stored(world, task).due_days) == (date(2026, 12, 9), None)
    perform(li, f"{KEY}.update", task.pk, {"due_days": 2})
    assert stored(world, task).due_on == date(2026, 11, 27)
    perform(li, f"{KEY}.update", task.pk, {"due_on": None, "due_days": None})
    assert (stored(world, task).due_on, stored(world, task).due_days) == (None, None)


def test_a_published_calendar_moves_what_was_counted_and_nothing_else(li, world):
    deliver_some()
    counted, fixed, ended = new(li, due_days=30), new(li, due_on="2027-01-06"), new(li, due_days=30)
    perform(li, f"{KEY}.done", ended.pk)
    assert counted.due_on == date(2027, 1, 6)
    assert table.workdays().provisional(counted.due_on)
    table.put(date(2027, 1, 1), date(2027, 1, 3), working=False, name="元旦")
    table.publish(2027, published=True)
    deliver_some()
    assert stored(world, counted).due_on == date(2027, 1, 7)
    assert stored(world, fixed).due_on == date(2027, 1, 6)
    assert stored(world, ended).due_on == date(2027, 1, 6)
    entries = HistoryEntry.objects.filter(record=KEY, record_id=counted.pk, action=f"{KEY}.recount")
    assert [entry.actor_id for entry in entries] == [li.user_id]
    deliver_some()
    assert entries.count() == 1
    assert verify().faults == []


def test_a_task_of_a_customer_follows_it_and_a_personal_one_does_not(li, world):
    customer = world.records["customers.customer"]["li"]
    followed, personal = new(li, customer=customer.pk), new(li, title="体检")
    wang, chief = actor_of(give(world.wang, "sales_rep")), actor_of(give(world.chief, "general_manager"))
    manager = actor_of(give(world.zhao, "sales_manager"))

    def seen(actor):
        return {
            pk for pk in (followed.pk, personal.pk) if Task.objects.visible_to(actor).filter(pk=pk).exists()
        }

    assert seen(li) == {followed.pk, personal.pk}
    assert seen(chief) == {followed.pk}
    assert seen(wang) == set()
    assert seen(manager) == set()
    with pytest.raises(NotVisible):
        perform(chief, f"{KEY}.done", personal.pk)
    with pytest.raises(NotVisible):
        perform(wang, f"{KEY}.done", followed.pk)
    assert (
        TimelineEntry.objects.filter(record=KEY, record_id=followed.pk, subject_id=customer.pk).count() == 1
    )
    assert not TimelineEntry.objects.filter(record=KEY, record_id=personal.pk).exists()


def test_a_manager_who_sees_all_customers_can_make_no_task_personal_to_others(li, world):
    chief = actor_of(give(world.chief, "general_manager"))
    customer = world.records["customers.customer"]["li"]
    task = new(chief, customer=customer.pk, owner=world.li.pk)
    assert Task.objects.visible_to(li).filter(pk=task.pk).exists()
    perform(li, f"{KEY}.update", task.pk, {"customer": None})
    assert not Task.objects.visible_to(chief).filter(pk=task.pk).exists()


# -- pages


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def some(li, world):
    customer = world.records["customers.customer"]["li"]
    return {
        "late": new(li, title="催回签", due_on="2026-11-20", customer=customer.pk),
        "today": new(li, title="送样品", due_on="2026-11-25", due_time="15:30"),
        "friday": new(li, title="对账单", due_on="2026-11-27"),
        "later": new(li, title="年度拜访", due_on="2026-12-30"),
        "open": new(li, title="想想办法"),
    }


def titles(text, some):
    return {name for name, task in some.items() if task.title in text}


def test_the_agenda_by_day_week_and_month(world, some):
    client = browser(world.li)

    def shown(query):
        answer = client.get(f"/agenda?{query}")
        assert answer.status_code == 200
        return titles(answer.content.decode(), some)

    assert shown("") == {"late", "today"}
    assert shown("view=day&on=2026-11-27") == {"friday"}
    assert shown("view=week&on=2026-11-25") == {"today", "friday"}
    assert shown("view=month&on=2026-11-25") == {"late", "today", "friday"}
    assert shown("view=month&on=2026-12-01") == {"later"}
    month = client.get("/agenda?view=month&on=2026-10-01").content.decode()
    assert "中秋" not in month
    assert "八月廿一" in month


@pytest.mark.parametrize(
    "query", ["view=year", "on=2026-02-30", "on=0001-01-01", "on=9999-12-31", "view=week&on=x"]
)
def test_what_the_agenda_does_not_offer_is_refused(world, li, query):
    assert browser(world.li).get(f"/agenda?{query}").status_code == 400


def test_nobody_sees_the_agenda_of_another(world, some):
    give(world.chief, "general_manager")
    for path in ("/agenda", "/agenda?view=month&on=2026-11-25", "/"):
        assert titles(browser(world.chief).get(path).content.decode(), some) == set()


def test_the_desk_says_what_is_due(world, some):
    assert titles(browser(world.li).get("/").content.decode(), some) == {"late", "today"}


def test_done_from_the_agenda_goes_back_there(world, some):
    address = f"/agenda/{ids.show(some['today'].pk)}/done"
    client = browser(world.li)
    assert client.get(address).status_code == 405
    answer = client.post(address, {"next": "/agenda?view=week&on=2026-11-25"})
    assert (answer.status_code, answer["Location"]) == (302, "/agenda?view=week&on=2026-11-25")
    assert stored(world, some["today"]).state_key == "done"
    other = browser(give(world.wang, "sales_rep")).post(f"/agenda/{ids.show(some['late'].pk)}/done")
    assert other.status_code == 404
    back = client.post(f"/agenda/{ids.show(some['late'].pk)}/done", {"next": "//evil.example.com"})
    assert back["Location"] == "/agenda"


def test_the_customer_page_shows_the_next_task_to_who_may_see_it(world, some):
    address = f"/customers/{ids.show(world.records['customers.customer']['li'].pk)}"
    assert "催回签" in browser(world.li).get(address).content.decode()
    assert browser(give(world.wang, "sales_rep")).get(address).status_code == 404


def test_a_customer_with_an_open_task_is_not_without_a_next_step(world, li):
    made = {
        "name": "粤盈包装有限公司",
        "type_key": "enterprise",
        "level_key": "diamond",
        "country": "CN",
        "phone": "02088880000",
    }
    customer = perform(li, "customers.customer.create", inputs=made).record
    client, page = browser(world.li), f"/customers/{ids.show(customer.pk)}"

    def said():
        bare = client.get("/customers?name=粤盈包装有限公司").content.decode()
        return [
            "没有下一步" in client.get(page).content.decode(),
            "重点客户没有下一步" in client.get("/").content.decode(),
            "没有下一步" in bare,
            "粤盈包装" in client.get("/customers?planned=no").content.decode(),
            "粤盈包装" not in client.get("/customers?planned=yes").content.decode(),
        ]

    assert said() == [True] * 5
    task = new(li, title="送两台样品", customer=customer.pk, due_on="2026-12-03")
    assert said() == [False] * 5
    assert "送两台样品" in client.get(page).content.decode()
    row = client.get("/customers?name=粤盈包装有限公司").content.decode()
    assert ["送两台样品" in row, "12-03" in row] == [True, True]
    perform(li, f"{KEY}.done", task.pk)
    assert said() == [True] * 5
    visit = {"customer": customer.pk, "planned_on": "2026-12-02", "purpose": "回访"}
    perform(li, "engagement.visit.create", inputs=visit)
    assert said() == [False] * 5
    row = client.get("/customers?name=粤盈包装有限公司").content.decode()
    assert ["回访" in row, "12-02" in row] == [True, True]
    assert "12-02 周三：" in client.get(page).content.decode().replace("</span>", "")


def test_the_buttons_fit_the_state(world, some, li):
    client = browser(world.li)
    address = f"/tasks/{ids.show(some['today'].pk)}"
    page = client.get(address).content.decode()
    assert "/do/done" in page
    assert "/do/reopen" not in page
    perform(li, f"{KEY}.done", some["today"].pk)
    page = client.get(address).content.decode()
    assert "/do/reopen" in page
    assert "/do/put_off" not in page


# -- the feed


def address_of(client):
    page = client.post("/agenda/subscribe").content.decode()
    return page.split("/agenda/feed/")[1].split('"')[0]


def feed(secret):
    return Client().get(f"/agenda/feed/{secret}")


def test_a_calendar_program_reads_the_open_tasks_of_its_owner(world, some):
    answer = feed(address_of(browser(world.li)))
    text = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer["Cache-Control"]
    assert titles(text, some) == {"late", "today", "friday", "later"}
    assert str(world.records["customers.customer"]["li"]) in text
    assert "DTSTART:20261125T073000Z" in text


def test_a_secret_address_that_was_ended_replaced_or_guessed(world, some):
    client = browser(world.li)
    first = address_of(client)
    second = address_of(client)
    assert first != second
    assert feed(first).status_code == 404
    assert feed(second).status_code == 200
    client.post("/agenda/unsubscribe")
    for secret in (second, "x.ics", second[:-5] + "a.ics", "%00.ics", ".ics"):
        assert feed(secret).status_code == 404
    assert second.removesuffix(".ics") not in client.get("/agenda").content.decode()


def test_a_feed_shows_only_what_its_owner_may_see_now(world, some, li):
    client = browser(world.li)
    secret = address_of(client)
    customer = world.records["customers.customer"]["li"]
    perform(world.boss, "customers.customer.assign", customer.pk, {"owner": world.wang.pk})
    text = feed(secret).content.decode().replace("\r\n ", "")
    assert "催回签" in text  # the task is still li's own
    assert str(customer) not in text
    give(world.li)
    assert titles(feed(secret).content.decode(), some) == set()
    world.li.is_active = False
    world.li.save()
    assert feed(secret).status_code == 404


def test_far_days_are_left_out_of_the_feed(world, li):
    new(li, title="远期", due_on=(clock.today() + timedelta(days=900)).isoformat())
    assert "远期" not in feed(address_of(browser(world.li))).content.decode()
