"""Many records at once: planned, looked at, carried out, reported, undone, and never twice."""

import re

import pytest
from django.db import transaction

from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.bulk import plans, runs
from kedang.engine.bulk.models import DONE, RUNNING, UNDONE, BulkRun
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.jobs import running
from kedang.engine.jobs.models import Job
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible

CUSTOMERS = RECORDS["customers.customer"]


def text(answer):
    return answer.content.decode()


def stored():
    return CUSTOMERS.model.objects.unscoped(because="check in a test")


def fill(world, count):
    rows = [
        Row({"name": f"客户{number:03}", "type_key": "other", "phone": "02083330042", "country": "CN", "city": "北京",
             "owner": world.li.pk}) for number in range(count)
    ]  # fmt: skip
    return [outcome.pk for outcome in batch_save(world.boss, CUSTOMERS, rows)]


def planned(client, name, **data):
    answer = client.post(f"/customers/bulk/{name}", data)
    assert answer.status_code == 302, text(answer)
    return answer["Location"]


def run_of(address):
    return BulkRun.objects.get(pk=ids.read(address.rpartition("/")[2]))


def step(client, address, do, **data):
    answer = client.post(address, {"do": do, **data})
    assert answer.status_code in (302, 422), text(answer)
    return answer


def work():
    while (job := running.take()) is not None:
        running.run(job)


def test_fields_are_chosen_looked_at_set_reported_and_undone(world, sign_in):
    pks = fill(world, 3)
    client = sign_in(world.zhao, "sales_manager")
    User.objects.filter(pk=world.zhao.pk).update(unit=world.north)
    chosen = [ids.show(pk) for pk in pks]
    address = planned(client, "update", id=chosen, back="city=北京")
    assert "Tick what is to be the same" in text(client.get(address))
    step(
        client,
        address,
        "settle",
        set=["city", "level_key"],
        city="上海",
        level_key="silver",
        name="未勾选",
        reason="搬迁",
    )
    preview = text(client.get(address))
    assert "北京" in preview
    assert "上海" in preview
    assert "未勾选" not in preview
    assert "Change 3" in preview
    assert stored().filter(pk__in=pks, city="上海").count() == 0
    step(client, address, "start")
    assert stored().filter(pk__in=pks, city="上海", level_key="silver").count() == 3
    report = text(client.get(address))
    assert re.search(r"<b>3</b>changed", report)
    assert "/customers?city=北京" in report
    perform(world.boss, "customers.customer.update", pks[0], {"city": "广州"})
    step(client, address, "undo")
    after = {row.pk: (row.city, row.level_key) for row in stored().filter(pk__in=pks)}
    assert after == {pks[0]: ("广州", "silver"), pks[1]: ("北京", ""), pks[2]: ("北京", "")}
    told = text(client.get(address))
    assert run_of(address).state == UNDONE
    assert "It was changed since" in told
    assert "客户000" in told
    assert step_refused(client, address, "undo")
    assert step_refused(client, address, "start")


def step_refused(client, address, do):
    return client.post(address, {"do": do}).status_code == 409


def test_rows_of_others_are_left_and_named_without_their_names(world, sign_in):
    own, hidden = (world.records["customers.customer"][who] for who in ("zhao", "wang"))
    client = sign_in(world.zhao, "sales_manager")
    chosen = [ids.show(own.pk), ids.show(hidden.pk)]
    address = planned(client, "assign", id=chosen, owner=ids.show(world.li.pk))
    preview = text(client.get(address))
    assert own.name in preview
    assert hidden.name not in preview
    step(client, address, "start")
    report = text(client.get(address))
    assert hidden.name not in report
    assert ids.show(hidden.pk) in report
    assert stored().get(pk=own.pk).owner_id == world.li.pk
    assert stored().get(pk=hidden.pk).owner_id == world.wang.pk
    assert run_of(address).counts == {"changed": 1, "refused": 1}


def test_an_archive_asks_where_it_must_and_restoring_undoes_it(world, sign_in):
    pks = fill(world, 2)
    client = sign_in(world.chief, "general_manager")
    address = planned(client, "archive", id=[ids.show(pk) for pk in pks], reason="重复")
    step(client, address, "start")
    assert stored().filter(pk__in=pks, archived_at=None).count() == 0
    step(client, address, "undo")
    assert stored().filter(pk__in=pks, archived_at=None).count() == 2
    asker = sign_in(world.li, "sales_rep")
    address = planned(asker, "archive", id=[ids.show(pk) for pk in pks], reason="重复")
    assert "to be asked for" in text(asker.get(address))
    step(asker, address, "start")
    assert (
        run_of(address).counts == {"changed": 0, "same": 0, "asked": 2}
        or run_of(address).counts["asked"] == 2
    )
    assert stored().filter(pk__in=pks, archived_at=None).count() == 2


def test_a_value_that_does_not_fit_is_told_before_anything_is_planned(world, sign_in):
    pks = fill(world, 2)
    client = sign_in(world.li, "sales_rep")
    address = planned(client, "update", id=[ids.show(pk) for pk in pks])
    answer = step(client, address, "settle", set=["email"], email="no address")
    assert answer.status_code == 422
    assert step(client, address, "settle", set=[]).status_code == 422
    assert step_refused(client, address, "start")
    for name in ("credit_limit", "owner", "number", "archived_at", "nonsense"):
        assert client.post(address, {"do": "settle", "set": [name], name: "1"}).status_code == 422


def test_all_rows_of_a_view_are_those_of_the_view(world, sign_in):
    pks = fill(world, 60)
    client = sign_in(world.li, "sales_rep")
    address = planned(client, "update", all="1", back="city=北京&name.has=客户", id=[ids.show(pks[0])])
    assert run_of(address).rows == 60
    assert sorted(run_of(address).chosen) == sorted(pks)


@pytest.mark.django_db(transaction=True)
def test_many_rows_are_a_job_that_does_nothing_twice(world, sign_in):
    pks = fill(world, 230)
    client = sign_in(world.li, "sales_rep")
    address = planned(client, "update", all="1", back="name.has=客户")
    step(client, address, "settle", set=["city"], city="上海")
    step(client, address, "start")
    assert run_of(address).state == RUNNING
    assert "0 of 230 done" in text(client.get(address))
    assert step_refused(client, address, "start")
    work()
    run = run_of(address)
    assert (run.state, run.cursor, run.counts) == (DONE, 230, {"changed": 230})
    assert HistoryEntry.objects.filter(run_id=run.pk).count() == 230
    step(client, address, "undo")
    work()
    assert run_of(address).state == UNDONE
    assert stored().filter(pk__in=pks, city="北京").count() == 230
    assert all(job.state == "done" for job in Job.objects.all())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["update", "archive"])
def test_a_kill_between_any_two_batches_loses_nothing_and_repeats_nothing(world, sign_in, monkeypatch, name):
    pks = fill(world, 130)
    client = sign_in(world.chief, "general_manager")
    address = planned(client, name, all="1", back="name.has=客户", reason="盘点")
    if name == "update":
        step(client, address, "settle", set=["city"], city="上海")

    class Killed(BaseException):
        pass

    real = plans.titles
    calls = []

    def titles(*given):
        calls.append(given)
        if len(calls) % 2 == 0:
            raise Killed
        return real(*given)

    step(client, address, "start")
    monkeypatch.setattr(runs, "titles", titles)
    actor = actor_of(User.objects.get(pk=world.chief.pk))
    kills = 0
    while run_of(address).state == RUNNING:
        try:
            runs.carry(actor, run_of(address), lambda *_told, **_more: None)
        except Killed:
            kills += 1
    assert kills
    assert run_of(address).counts["changed"] == 130
    entries = HistoryEntry.objects.filter(run_id=run_of(address).pk)
    assert entries.count() == entries.values("record_id").distinct().count() == len(pks)


@pytest.mark.django_db(transaction=True)
def test_who_comes_second_to_the_same_rows_stores_nothing(world, sign_in):
    fill(world, 60)
    client = sign_in(world.li, "sales_rep")
    address = planned(client, "update", all="1", back="name.has=客户")
    step(client, address, "settle", set=["city"], city="上海")
    step(client, address, "start")
    late = run_of(address)
    work()
    before = HistoryEntry.objects.count()
    late.state = RUNNING
    with pytest.raises(Exception, match=r".*"), transaction.atomic():
        runs.carry(actor_of(User.objects.get(pk=world.li.pk)), late, lambda *_told, **_more: None)
    assert HistoryEntry.objects.count() == before


def test_the_change_of_somebody_else_is_absent(world, sign_in):
    pks = fill(world, 2)
    client = sign_in(world.li, "sales_rep")
    address = planned(client, "update", id=[ids.show(pk) for pk in pks])
    other = sign_in(world.chief, "general_manager")
    assert other.get(address).status_code == 404
    assert other.post(address, {"do": "start"}).status_code == 404
    with pytest.raises(NotVisible):
        plans.find(world.boss, CUSTOMERS, run_of(address).pk)


@pytest.mark.parametrize(
    "data", [{}, {"id": ["0" * 13]}, {"id": ["nonsense"]}, {"all": "1", "back": "bogus=1"}]
)
def test_a_choice_of_nothing_is_refused(world, sign_in, data):
    client = sign_in(world.li, "sales_rep")
    assert client.post("/customers/bulk/update", data).status_code in (302, 400, 404, 422)
    assert client.post("/customers/bulk/erase", data).status_code == 404
    assert client.post("/customers/bulk/assign", data).status_code == 403


def test_an_export_of_the_chosen_rows_holds_them_and_no_others(world, sign_in):
    pks = fill(world, 3)
    client = sign_in(world.chief, "general_manager")
    answer = client.post("/customers/export?name.has=客户", {"id": [ids.show(pk) for pk in pks[:2]]})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert [name in body for name in ("客户000", "客户001", "客户002")] == [True, True, False]
