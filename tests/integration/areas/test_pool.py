"""Into the pool and out of it, on the database: who falls, who is told, who wins, what a run leaves and gives back."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import translation

from api.calling import give
from kedang.areas.customers.models import Customer
from kedang.areas.pool import jobs, selectors, services
from kedang.areas.pool.models import CLAIMED, FELL, GIVEN_BACK, Forecast, Move, Run, Shelter
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import queue
from kedang.engine.jobs.models import Job
from kedang.engine.jobs.queueing import SYSTEM
from kedang.engine.jobs.running import JobRun
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.notices.models import Notice
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.errors import LimitReached, NotAllowed, NotVisible, RuleBroken

LONG_AGO = datetime(2026, 3, 2, 4, tzinfo=UTC)
KEY = "customers.customer"


@pytest.fixture
def neglected(world):
    """Return customers of li that nobody has followed up since March."""
    with clock.frozen(LONG_AGO):
        return [new(world, f"无人跟进{n}号公司") for n in range(3)]


def new(world, name, **more):
    inputs = {
        "name": name,
        "type_key": "enterprise",
        "country": "CN",
        "phone": "01088880009",
        "owner": world.li.pk,
    }
    return perform(world.boss, f"{KEY}.create", inputs={**inputs, **more}).record


def run_job(kind, body, actor=SYSTEM, **params):
    job = queue(actor, kind, params)
    Job.objects.filter(pk=job.pk).update(state="running", turn=1)
    job.refresh_from_db()
    return body(JobRun(job, actor), **params)


def stored(row):
    return Customer.objects.unscoped(because="test").get(pk=row.pk)


def owners(rows):
    return [stored(row).owner_id for row in rows]


def test_the_neglected_fall_with_their_reason_and_a_second_run_moves_nobody(world, neglected):
    on = date(2026, 6, 1)  # 2 March + 90 days is 31 May, the last protected day
    before = {one.pk: one.verdict for _last, some in selectors.judged(on - timedelta(days=1)) for one in some}
    assert not any(verdict.falls(on - timedelta(days=1)) for verdict in before.values())
    assert before[neglected[0].pk].on == on
    counts = run_job(services.RUN, jobs.carry_out, as_of=on.isoformat())
    assert counts["fell"] == 3
    assert owners(neglected) == [None] * 3
    entry = HistoryEntry.objects.filter(record=KEY, record_id=neglected[0].pk).order_by("-seq").first()
    assert entry.action == services.FALL
    assert "2026-03-02" in entry.reason
    assert entry.actor_name == "Kedang"
    assert run_job(services.RUN, jobs.carry_out, as_of=on.isoformat())["fell"] == 0
    assert Move.objects.filter(kind=FELL).count() == 3
    assert verify().faults == []


def test_the_nights_only_try_it_until_somebody_has_run_it_once(world, neglected):
    assert run_job(services.RUN, jobs.carry_out, as_of="2026-06-01", nightly=True)["fell"] == 0
    assert Run.objects.get().trial
    run_job(services.RUN, jobs.carry_out, actor=world.boss, as_of="2026-05-01")
    assert run_job(services.RUN, jobs.carry_out, as_of="2026-06-01", nightly=True)["fell"] == 3


def test_a_trial_moves_nobody_and_says_who_would_fall(world, neglected):
    counts = run_job(services.RUN, jobs.carry_out, as_of="2026-06-01", trial=True)
    assert (counts["due"], counts["fell"]) == (3, 0)
    assert owners(neglected) == [world.li.pk] * 3
    assert set(Forecast.objects.values_list("customer", "on")) == {
        (row.pk, date(2026, 6, 1)) for row in neglected
    }


def test_a_task_done_a_request_a_shelter_and_a_debt_keep_a_customer(world, neglected):
    told, kept, owed = neglected
    with clock.frozen(datetime(2026, 5, 1, 4, tzinfo=UTC)):
        task = perform(
            world.boss, "engagement.task.create", inputs={"title": "回访", "customer": told.pk}
        ).record
        perform(world.boss, "engagement.task.done", task.pk)
        perform(world.boss, services.KEEP, kept.pk, {}, reason="战略客户")
        product = world.records["catalog.product"]["li"]
        lines = [{"line_no": 1, "product": product.pk, "quantity": "1", "price": "100"}]
        perform(world.boss, "trade.order.create", inputs={
            "customer": owed.pk, "ordered_on": "2026-04-01", "status_key": "approved", "lines": lines})  # fmt: skip
    found = {one.pk: one.verdict for _last, some in selectors.judged(date(2026, 6, 1)) for one in some}
    assert found[told.pk].on == date(2026, 7, 31)
    assert found[kept.pk].kept == ("locked",)
    assert found[owed.pk].kept == ("receivable",)
    assert run_job(services.RUN, jobs.carry_out, as_of="2026-06-01")["fell"] == 0
    perform(world.boss, services.RELEASE, kept.pk)
    assert not Shelter.objects.exists()
    assert run_job(services.RUN, jobs.carry_out, as_of="2026-06-01")["fell"] == 1


def test_the_owner_is_told_three_times_and_never_twice_the_leader_at_the_last(world, neglected):
    give(world.chief, "sales_manager")
    with translation.override("en"):
        for day, of_owner, of_leader in (
            ("2026-05-19", 0, 0), ("2026-05-21", 1, 0), ("2026-05-21", 1, 0), ("2026-05-27", 2, 0),
            ("2026-05-29", 3, 1), ("2026-05-30", 3, 1),
        ):  # fmt: skip
            run_job(services.RUN, jobs.carry_out, as_of=day)
            told = Notice.objects.filter(kind="pool")
            assert (told.filter(user=world.li).count(), told.filter(user=world.chief).count()) == (
                of_owner,
                of_leader,
            ), day


def test_a_follow_up_takes_the_forecast_away_within_a_moment(world, neglected, still_clock):
    perform(world.boss, services.KEEP, neglected[1].pk, {}, reason="测试")
    run_job(services.RUN, jobs.carry_out, trial=True)
    assert Forecast.objects.filter(customer=neglected[0].pk).exists()
    task = perform(
        world.boss, "engagement.task.create", inputs={"title": "拜访", "customer": neglected[0].pk}
    ).record
    perform(world.boss, "engagement.task.done", task.pk)
    deliver_some()
    assert not Forecast.objects.filter(customer__in=[neglected[0].pk, neglected[1].pk]).exists()
    assert Forecast.objects.filter(customer=neglected[2].pk).exists()


def test_a_claim_opens_what_was_masked_and_each_cap_answers_in_words(world, neglected, client_of):
    run_job(services.RUN, jobs.carry_out, as_of="2026-06-01")
    perform(world.boss, "customers.contact.create",
            inputs={"customer": neglected[0].pk, "name": "孙经理", "mobile": "13900001234"})  # fmt: skip
    give(world.wang, "sales_rep")
    client = client_of(world.wang)
    page = client.get("/pool").content.decode()
    assert "无人跟进0号公司" in page
    assert "8888-0009" not in page
    assert "88880009" not in page
    wang = actor_of(world.wang)
    perform(wang, services.CLAIM, neglected[0].pk)
    assert (stored(neglected[0]).owner_id, stored(neglected[0]).pool_id) == (world.wang.pk, None)
    assert "88880009" in client.get(f"/api/v1/customers/{shown(neglected[0])}").content.decode()
    perform(wang, services.CLAIM, neglected[1].pk)
    extra = pooled(world, 2)
    perform(wang, services.CLAIM, extra[0].pk)
    with translation.override("en"), pytest.raises(LimitReached) as refused:
        perform(wang, services.CLAIM, extra[1].pk)
    assert "3 customers today" in refused.value.text
    with pytest.raises((RuleBroken, NotVisible)):
        perform(actor_of(give(world.zhao, "sales_rep")), services.CLAIM, neglected[0].pk)


def pooled(world, count):
    return [new(world, f"公海里的第{n}家", owner=None, pool=world.pool.pk) for n in range(count)]


def shown(row):
    return ids.show(row.pk)


@pytest.fixture
def client_of(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def test_the_former_owner_waits_and_the_api_says_until_when(world, neglected, client_of):
    run_job(services.RUN, jobs.carry_out, as_of=clock.today().isoformat())
    give(world.li, "sales_rep")
    client = client_of(world.li)
    answer = client.post("/pool/" + shown(neglected[0]) + "/claim", follow=True).content.decode()
    again = clock.today() + timedelta(days=30)
    assert again.isoformat() in answer
    assert stored(neglected[0]).owner_id is None


def test_an_owner_returns_a_customer_with_a_reason_and_a_manager_gives_it_back(world, still_clock):
    row = new(world, "交回的公司")
    li = actor_of(give(world.li, "sales_rep"))
    perform(li, services.RETURN, row.pk, reason="离我太远")
    assert (stored(row).owner_id, stored(row).pool_id) == (None, world.pool.pk)
    assert selectors.entered([row.pk])[row.pk].reason == "离我太远"
    perform(world.boss, services.BACK, row.pk)
    assert (stored(row).owner_id, stored(row).pool_id) == (world.li.pk, None)


def test_a_run_is_taken_back_but_for_what_was_claimed_since(world, neglected):
    run_job(services.RUN, jobs.carry_out, as_of="2026-06-01")
    perform(actor_of(give(world.wang, "sales_rep")), services.CLAIM, neglected[1].pk)
    row = Run.objects.get()
    Run.objects.update(state="undoing")
    counts = run_job(services.BACK_JOB, jobs.undo, actor=world.boss, run_id=row.pk)
    assert (counts["back"], counts["left"]) == (2, 1)
    assert owners(neglected) == [world.li.pk, world.wang.pk, world.li.pk]
    assert Move.objects.filter(kind=GIVEN_BACK).count() == 2
    assert Move.objects.filter(kind=CLAIMED).count() == 1
    assert verify().faults == []
    fresh = {one.pk: one.verdict.on for _last, some in selectors.judged(clock.today()) for one in some}
    assert fresh.get(neglected[0].pk, date.max) > clock.today()  # the clock starts anew


def test_another_owner_by_hand_starts_the_clock_anew(world, neglected):
    perform(world.boss, f"{KEY}.assign", neglected[0].pk, {"owner": world.wang.pk})
    deliver_some()
    assert selectors.acquired(selectors.facts.Some(0, 2**62))[neglected[0].pk] == clock.today()


def test_the_command_names_each_and_why(world, neglected, capsys, monkeypatch):
    from kedang.project import cli
    from kedang.project.commands import pool as command

    monkeypatch.setattr(command, "acting", lambda options: world.boss)
    monkeypatch.setattr(cli, "_start_django", lambda: None)
    monkeypatch.setattr(cli.switch, "finish", lambda: None)
    assert cli.main(["pool", "run", "--dry-run", "--as-of", "2026-06-01", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["count"] == 3
    assert {one["on"] for one in told["due"]} == {"2026-06-01"}
    assert owners(neglected) == [world.li.pk] * 3


def test_nobody_falls_before_the_day_but_a_trial_may_look_ahead(world, neglected):
    ahead = (clock.today() + timedelta(days=1)).isoformat()
    with pytest.raises(RuleBroken):
        run_job(services.RUN, jobs.carry_out, as_of=ahead)
    assert not Run.objects.exists()
    assert run_job(services.RUN, jobs.carry_out, as_of=ahead, trial=True)["due"] == 3
    assert owners(neglected) == [world.li.pk] * 3


def test_the_pages_say_who_falls_who_fell_and_why(world, neglected, client_of, django_assert_max_num_queries):
    give(world.chief, "general_manager")
    client = client_of(world.chief)
    run_job(services.RUN, jobs.carry_out, trial=True)
    assert "无人跟进1号公司" in client.get("/pool/soon?whose=all").content.decode()
    run_job(services.RUN, jobs.carry_out, as_of="2026-06-01")
    row = Run.objects.filter(trial=False).get()
    for address, said in (
        ("/pool", "李明"), (f"/pool/runs/{ids.show(row.pk)}", "2026-03-02"), ("/pool/runs", "2026-06-01"),
        (f"/customers/{shown(neglected[0])}", "2026-03-02"),
    ):  # fmt: skip
        with django_assert_max_num_queries(25):
            page = client.get(address)
        assert (page.status_code, said in page.content.decode()) == (200, True), address


def test_the_desk_and_the_file_of_the_owner_say_what_would_keep_it(world, neglected, client_of):
    give(world.li, "sales_rep")
    run_job(services.RUN, jobs.carry_out, as_of="2026-05-20", trial=True)
    client = client_of(world.li)
    for address in ("/", "/pool/soon", f"/customers/{shown(neglected[0])}"):
        page = client.get(address).content.decode()
        assert "无人跟进0号公司" in page, address
        assert "完成一次跟进任务即可保留" in page, address
    assert client.post("/pool/runs/start", {"trial": "1"}).status_code == 403
    assert client.get("/pool/runs").status_code == 403


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [3, pytest.param(200, marks=pytest.mark.full)])
def test_of_two_claims_at_once_exactly_one_wins(world, times):
    people = [give(user, "sales_rep") for user in (world.wang, world.zhao)]
    actors = [replace(actor_of(user), limits={"claim_per_day": Decimal(1_000)}) for user in people]
    for _round in range(times):
        row = pooled(world, 1)[0]
        barrier, won = Barrier(2), []

        def take(actor, row=row, barrier=barrier, won=won):
            try:
                barrier.wait(10)
                perform(actor, services.CLAIM, row.pk)
                won.append(actor.user_id)
            except (RuleBroken, NotVisible, NotAllowed):
                pass
            finally:
                connection.close()

        threads = [Thread(target=take, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(won) == 1
        assert stored(row).owner_id == won[0]
    assert Move.objects.filter(kind=CLAIMED).count() == times
