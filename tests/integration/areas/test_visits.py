"""Visits: planned, done with minutes, a line on the card; the full card; promises until they are kept."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client

from api.calling import give
from kedang.areas.engagement.models import Card, Promise, Task, Visit
from kedang.engine.actions.perform import perform
from kedang.engine.calendar import table
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import FieldRight, Role, User
from kedang.engine.identity.stamps import bump
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, RuleBroken
from world import build

WEDNESDAY = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
KEY = "engagement.visit"
HERE = {"latitude": "23.12911", "longitude": "113.264385", "accuracy": 12}


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
def customer(world, li):
    values = {
        "name": "广州岭澳净水设备有限公司",
        "type_key": "enterprise",
        "country": "CN",
        "phone": "02088880001",
    }
    return perform(li, "customers.customer.create", inputs=values).record


def plan(actor, customer, **more):
    inputs = {"customer": customer.pk, "planned_on": "2026-11-25", "purpose": "对账", **more}
    return perform(actor, f"{KEY}.create", inputs=inputs).record


def end(actor, visit, **minutes):
    return perform(actor, f"{KEY}.done", visit.pk, {"result": "谈妥了", **minutes}).record


def cards(customer):
    return list(Card.objects.unscoped(because="test").filter(customer=customer.pk).order_by("pk"))


@pytest.mark.django_db
def test_the_minutes_make_a_task_and_a_promise(li, customer):
    visit = end(li, plan(li, customer, planned_time="9:30"), next_step="送样品", next_step_on="2026-11-27",
                promise="给90天账期的答复", promise_by="us", promise_on="2026-11-30", mood_key="warm")  # fmt: skip
    assert (visit.state_key, visit.done_on, visit.planned_time) == ("done", date(2026, 11, 25), "09:30")
    task = Task.objects.visible_to(li).get(customer=customer.pk)
    assert (task.title, task.due_on, task.owner_id) == ("送样品", date(2026, 11, 27), li.user_id)
    promise = Promise.objects.visible_to(li).get(customer=customer.pk)
    assert (promise.wording, promise.visit_id, promise.state_key) == ("给90天账期的答复", visit.pk, "open")
    assert verify().faults == []


@pytest.mark.django_db
def test_wrong_minutes_store_nothing(li, customer):
    visit = plan(li, customer)
    for wrong in ({"done_on": "2026-11-26"}, {"next_step": "送样"}, {"promise": "补票"}, {"result": " "}):
        with pytest.raises(Invalid):
            end(li, visit, **wrong)
    assert Visit.objects.visible_to(li).get(pk=visit.pk).state_key == "planned"
    assert cards(customer) == []


@pytest.mark.django_db
def test_the_eleventh_visit_opens_a_new_card_and_the_full_one_is_read(li, customer):
    for _turn in range(11):
        end(li, plan(li, customer))
    full, fresh = cards(customer)
    assert (full.number, full.lines_used, full.state_key, full.closed_on) == (
        "K1",
        10,
        "full",
        date(2026, 11, 25),
    )
    assert (fresh.number, fresh.lines_used, fresh.state_key) == ("K2", 1, "open")
    lines = (
        Visit.objects.visible_to(li)
        .filter(card=full.pk)
        .order_by("line_no")
        .values_list("line_no", flat=True)
    )
    assert list(lines) == list(range(1, 11))
    with pytest.raises(RuleBroken):
        perform(li, "engagement.card.analyse", fresh.pk, {"findings": "还早"})
    read = perform(li, "engagement.card.analyse", full.pk, {"findings": "十次里六次谈账期"}).record
    assert (read.state_key, read.findings) == ("analysed", "十次里六次谈账期")


@pytest.mark.django_db
def test_calls_take_no_line(li, customer):
    end(li, plan(li, customer, kind_key="call"))
    assert cards(customer) == []


@pytest.mark.django_db
def test_a_visit_that_is_over_stays_as_it_was(li, customer):
    visit = end(li, plan(li, customer))
    with pytest.raises(Invalid):
        perform(li, f"{KEY}.update", visit.pk, {"purpose": "别的"})
    for act in ("done", "cancel"):
        with pytest.raises(RuleBroken):
            perform(li, f"{KEY}.{act}", visit.pk, {"result": "x"} if act == "done" else {}, reason="x")


@pytest.mark.django_db
def test_a_visit_is_called_off_with_a_reason(li, customer):
    visit = plan(li, customer)
    with pytest.raises(Invalid):
        perform(li, f"{KEY}.cancel", visit.pk)
    perform(li, f"{KEY}.cancel", visit.pk, reason="对方出差")
    entry = HistoryEntry.objects.filter(record=KEY, record_id=visit.pk).order_by("-seq").first()
    assert (entry.action, entry.reason) == (f"{KEY}.cancel", "对方出差")


@pytest.mark.django_db
def test_one_point_is_noted_once_and_by_its_owner(world, li, customer):
    visit = plan(li, customer)
    chief = actor_of(give(world.chief, "general_manager"))
    with pytest.raises(NotAllowed):
        perform(chief, f"{KEY}.check_in", visit.pk, HERE)
    with pytest.raises(Invalid):
        perform(li, f"{KEY}.check_in", visit.pk, HERE | {"latitude": "91"})
    found = perform(li, f"{KEY}.check_in", visit.pk, HERE).record
    assert found.place == "23.129110,113.264385 ±12 WGS-84"
    with pytest.raises(RuleBroken):
        perform(li, f"{KEY}.check_in", visit.pk, HERE)


@pytest.mark.django_db
def test_who_does_not_make_the_visit_is_not_offered_to_check_in(world, li, customer):
    address = f"/visits/{ids.show(plan(li, customer).pk)}"
    give(world.chief, "general_manager")
    for user, times in ((world.li, True), (world.chief, False)):
        client = Client()
        client.force_login(user)
        page = client.get(address).content.decode()
        assert (f"{address}/do/check_in" in page) is times
        assert f"{address}/do/done" in page


@pytest.mark.django_db
def test_somebody_elses_customer_is_not_visited_in_the_system(world, li):
    theirs = world.records["customers.customer"]["wang"]
    with pytest.raises((Invalid, NotVisible)):
        plan(li, theirs)
    with pytest.raises(NotVisible):
        end(li, world.records[KEY]["wang"])


@pytest.mark.django_db
def test_pages_of_a_card_are_for_who_sees_the_customer_and_all_that_they_say(world, li, customer):
    end(li, plan(li, customer), promise="补票", promise_on="2026-11-30")
    theirs = world.records["customers.customer"]["wang"]
    client, stranger = Client(), Client()
    client.force_login(world.li)
    stranger.force_login(User.objects.get(pk=give(world.wang, "sales_rep").pk))
    for rest in ("card", "log", "prepare"):
        page = client.get(f"/customers/{ids.show(customer.pk)}/{rest}")
        assert page.status_code == 200
        assert client.get(f"/customers/{ids.show(theirs.pk)}/{rest}").status_code == 404
        assert stranger.get(f"/customers/{ids.show(customer.pk)}/{rest}").status_code == 404
    assert "谈妥了" in client.get(f"/customers/{ids.show(customer.pk)}/card").content.decode()
    foreign = ids.show(world.records["engagement.card"]["wang"].pk)
    assert client.get(f"/customers/{ids.show(customer.pk)}/card?card={foreign}").status_code == 404
    visit = ids.show(world.records[KEY]["wang"].pk)
    assert client.get(f"/visits/{visit}/check-in").status_code == 404
    role = Role.objects.get(key="sales_rep")
    FieldRight.objects.create(role=role, record=KEY, field="result", mode=Mode.HIDE)
    bump("identity")
    for rest in ("card", "log", "prepare"):
        assert client.get(f"/customers/{ids.show(customer.pk)}/{rest}").status_code == 403


@pytest.mark.django_db
def test_a_promise_is_kept_track_of_until_it_ends(li, customer):
    values = {"customer": customer.pk, "wording": "月底付清", "by_key": "them", "due_on": "2026-11-30"}
    kept, broken = (perform(li, "engagement.promise.create", inputs=values).record for _turn in range(2))
    perform(li, "engagement.promise.keep", kept.pk)
    with pytest.raises(Invalid):
        perform(li, "engagement.promise.break", broken.pk)
    perform(li, "engagement.promise.break", broken.pk, reason="资金没到位")
    ended = Promise.objects.visible_to(li).filter(pk__in=(kept.pk, broken.pk)).order_by("pk")
    assert [(one.state_key, one.closed_on) for one in ended] == [
        ("kept", date(2026, 11, 25)), ("broken", date(2026, 11, 25)),
    ]  # fmt: skip
    with pytest.raises(RuleBroken):
        perform(li, "engagement.promise.keep", broken.pk)
    with pytest.raises(Invalid):
        perform(li, "engagement.promise.update", kept.pk, {"wording": "改口"})


@pytest.mark.django_db
def test_a_card_that_changes_hands_is_collected_and_the_next_rep_begins_another(world, li, customer):
    end(li, plan(li, customer))
    (card,) = cards(customer)
    perform(world.boss, "customers.customer.assign", customer.pk, {"owner": world.wang.pk})
    perform(world.boss, "engagement.card.assign", card.pk, {"owner": world.wang.pk})
    wang = actor_of(give(world.wang, "sales_rep"))
    end(wang, plan(wang, customer))
    assert [(one.number, one.lines_used, one.state_key, one.owner_id) for one in cards(customer)] == [
        ("K1", 1, "full", world.wang.pk), ("K2", 1, "open", world.wang.pk),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_visits_done_at_once_take_a_line_each():
    world = build()
    li = actor_of(give(world.li, "sales_rep"))
    values = {
        "name": "广州岭澳净水设备有限公司",
        "type_key": "enterprise",
        "country": "CN",
        "phone": "02088880001",
    }
    customer = perform(li, "customers.customer.create", inputs=values).record
    visits = [plan(li, customer) for _turn in range(12)]
    faults = []

    def work(mine):
        try:
            for visit in mine:
                end(li, visit)
        except Exception as error:  # noqa: BLE001  told by the assertion below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(visits[n::3],)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [(card.number, card.lines_used, card.state_key) for card in cards(customer)] == [
        ("K1", 10, "full"), ("K2", 2, "open"),
    ]  # fmt: skip
    taken = (
        Visit.objects.unscoped(because="test").filter(customer=customer.pk).values_list("card_id", "line_no")
    )
    assert len(set(taken)) == 12
