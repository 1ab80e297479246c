"""Jobs as rows: queued with what made them, run with today's rights, taken again, stopped, parked."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from api.calling import give
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import SYSTEM, Stopped, job, queue, registry, running, schedules
from kedang.engine.jobs.models import DONE, FAILED, RUNNING, STOPPED, WAITING, Job, Schedule
from kedang.engine.jobs.queueing import again, ask_stop
from kedang.engine.jobs.registry import BadParams
from kedang.engine.jobs.rules import MAX_LOST, MAX_TRIES
from kedang.engine.jobs.running import LeaseLost
from kedang.kernel import clock
from kedang.kernel.errors import NotVisible, RuleBroken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch):
    monkeypatch.setattr(registry, "KINDS", kinds := dict(registry.KINDS))
    monkeypatch.setattr(running, "KINDS", kinds)
    monkeypatch.setattr("kedang.engine.jobs.queueing.KINDS", kinds)
    monkeypatch.setattr(running, "BETWEEN_REPORTS", 0.0)


@pytest.fixture
def li(world):
    return actor_of(give(world.li, "sales_rep"))


def work(expected=1):
    """Do what is due, as a worker with one hand would."""
    count = 0
    while (taken := running.take()) is not None:
        running.run(taken)
        count += 1
    assert count == expected


def later(**how):
    return clock.frozen(clock.now() + timedelta(**how))


def test_a_job_runs_as_its_actor_and_says_what_it_made(li):
    seen = {}

    @job("test.plain", label="Plain")
    def plain(run, *, number: int, words: list[str] | None = None):
        seen.update(actor=run.actor.name, number=number, words=words, language=translation.get_language())
        run.report(2, 4, "half")
        return {"text": "made", "url": "/customers"}

    stored = queue(li, "test.plain", {"number": 3}, subject=("customers.customer", 7))
    assert (stored.state, stored.user_id, stored.subject_id) == (WAITING, li.user_id, 7)
    work()
    stored.refresh_from_db()
    assert seen == {"actor": "李明", "number": 3, "words": None, "language": "zh-hans"}
    assert (stored.state, stored.done, stored.total, stored.result["text"]) == (DONE, 4, 4, "made")
    assert stored.ended_at is not None


def test_a_job_is_not_there_when_what_asked_for_it_was_rolled_back(li):
    job("test.gone", label="Gone")(lambda run: None)
    with pytest.raises(RuleBroken), transaction.atomic():
        queue(li, "test.gone", {})
        raise RuleBroken("no")
    work(0)


@pytest.mark.parametrize(
    "params",
    [{}, {"number": "3"}, {"number": True}, {"number": 3, "more": 1}, {"number": None}, {"number": 3.0},
     {"number": {1, 2}}, {"number": 3, "words": [1]}, {"number": 3, "words": ["x" * 70_000]}],
    ids=str,
)  # fmt: skip
def test_parameters_must_be_plain_and_fit_the_function(li, params):
    @job("test.strict", label="Strict")
    def strict(run, *, number: int, words: list[str] | None = None):
        raise AssertionError("it must not run")

    with pytest.raises(BadParams):
        queue(li, "test.strict", params)


def test_a_kind_must_say_its_parameters():
    with pytest.raises(ValueError, match="keyword"):

        @job("test.loose", label="Loose")
        def loose(run, number):
            return None


def test_rights_are_those_of_the_day_it_runs(world, li):
    record = world.records["customers.customer"]["li"]

    @job("test.rename", label="Rename")
    def rename(run, *, pk: int):
        perform(run.actor, "customers.customer.update", pk, {"short_name": "新名"})

    stored = queue(li, "test.rename", {"pk": record.pk})
    give(world.li)
    work()
    stored.refresh_from_db()
    assert (stored.state, stored.tries) == (FAILED, 0)
    assert stored.error
    record = type(record).objects.visible_to(world.boss).get(pk=record.pk)
    assert record.short_name == ""


def test_somebody_who_left_has_nothing_done(world, li):
    job("test.left", label="Left")(lambda run: 1 / 0)
    stored = queue(li, "test.left", {})
    world.li.is_active = False
    world.li.save()
    work()
    stored.refresh_from_db()
    assert (stored.state, stored.detail) == (FAILED, "")


def test_it_is_tried_again_with_growing_pauses_and_then_parked(li):
    calls = []

    @job("test.broken", label="Broken")
    def broken(run):
        calls.append(run.job.turn)
        raise ZeroDivisionError("no network")

    stored = queue(li, "test.broken", {})
    waits = []
    while True:
        work()
        stored.refresh_from_db()
        if stored.state != WAITING:
            break
        work(0)
        waits.append(stored.due_at - clock.now())
        Job.objects.update(due_at=clock.now())
    assert len(calls) == MAX_TRIES
    assert waits == sorted(waits)
    assert stored.state == FAILED
    assert "ZeroDivisionError" in stored.detail
    assert "ZeroDivisionError" not in stored.error


def test_a_parked_job_goes_on_from_its_state(li):
    @job("test.resume", label="Resume")
    def resume(run):
        if "half" not in run.state:
            run.keep(half=True)
            raise RuleBroken("the file is locked")
        return {"text": "rest done"}

    stored = queue(li, "test.resume", {})
    work()
    stored.refresh_from_db()
    assert (stored.state, stored.error) == (FAILED, "the file is locked")
    again(li, stored.pk)
    work()
    stored.refresh_from_db()
    assert (stored.state, stored.error, stored.result) == (DONE, "", {"text": "rest done"})
    with pytest.raises(RuleBroken):
        again(li, stored.pk)


def test_a_lost_worker_frees_its_job_when_the_lease_ends(li):
    job("test.lost", label="Lost")(lambda run: {"turn": run.job.turn})
    stored = queue(li, "test.lost", {})
    assert running.take().pk == stored.pk
    assert running.take() is None
    with later(seconds=31):
        work()
    stored.refresh_from_db()
    assert (stored.state, stored.result, stored.lost) == (DONE, {"turn": 2}, 1)


def test_a_living_worker_keeps_its_job(li):
    job("test.long", label="Long")(lambda run: None)
    queue(li, "test.long", {})
    taken = running.take()
    with later(seconds=25):
        running.renew(taken)
    with later(seconds=31):
        assert running.take() is None


def test_a_worker_that_wakes_up_too_late_changes_nothing(world, li):
    job("test.late", label="Late")(lambda run: None)
    queue(li, "test.late", {})
    first = running.JobRun(running.take(), li)
    with later(seconds=31):
        second = running.take()
    before = Job.objects.get(pk=second.pk)
    with pytest.raises(LeaseLost), transaction.atomic():
        perform(li, "customers.customer.create", inputs={"name": "迟到公司", "type_key": "individual"})
        first.keep(step=1)
    customers = type(world.records["customers.customer"]["li"])
    assert not customers.objects.visible_to(world.boss).filter(name="迟到公司").exists()
    running._end(first.job, DONE)
    after = Job.objects.get(pk=second.pk)
    assert (after.state, after.turn, after.kept) == (before.state, before.turn, {}) == (RUNNING, 2, {})


def test_a_job_that_kills_every_worker_is_put_aside(li):
    job("test.deadly", label="Deadly")(lambda run: 1 / 0)
    stored = queue(li, "test.deadly", {})
    for _ in range(MAX_LOST + 1):
        assert running.take() is not None
        Job.objects.update(due_at=clock.now())
    work()
    stored.refresh_from_db()
    assert stored.state == FAILED
    assert stored.error


def test_workers_lost_one_after_the_other_put_no_job_aside_that_gets_on(li):
    job("test.long", label="Long")(lambda run: None)
    stored = queue(li, "test.long", {})
    for turn in range(3 * MAX_LOST):
        taken = running.take()
        assert taken is not None
        running.JobRun(taken, li, threading.Event()).report(turn + 1, 100)
        Job.objects.update(due_at=clock.now())
    stored.refresh_from_db()
    assert (stored.done, stored.lost, stored.state) == (3 * MAX_LOST, 0, RUNNING)


def test_stopping_what_waits_and_what_runs(li):
    @job("test.stop", label="Stop")
    def stop(run):
        run.keep(step=1)
        ask_stop(li, run.job.pk)
        run.report(1, 10)
        raise AssertionError("it went on")

    waiting = queue(li, "test.stop", {})
    assert ask_stop(li, waiting.pk).state == STOPPED
    stored = queue(li, "test.stop", {})
    work()
    stored.refresh_from_db()
    assert (stored.state, stored.kept, stored.tries) == (STOPPED, {"step": 1}, 0)


def test_a_job_may_tidy_up_when_it_is_stopped(li):
    tidied = []

    @job("test.tidy", label="Tidy")
    def tidy(run):
        try:
            ask_stop(li, run.job.pk)
            run.report(1)
        except Stopped:
            tidied.append(1)
            raise

    stored = queue(li, "test.tidy", {})
    work()
    stored.refresh_from_db()
    assert (stored.state, tidied) == (STOPPED, [1])


def test_when_the_worker_ends_the_job_goes_back(li):
    @job("test.back", label="Back")
    def back(run):
        run.keep(step=1)
        run.ending.set()
        run.report(1, 2)

    stored = queue(li, "test.back", {})
    running.run(running.take())
    stored.refresh_from_db()
    assert (stored.state, stored.kept, stored.lost, stored.tries) == (WAITING, {"step": 1}, 0, 0)


def test_jobs_of_others_are_absent(world, li):
    job("test.mine", label="Mine")(lambda run: None)
    wang = actor_of(give(world.wang, "sales_rep"))
    stored = queue(wang, "test.mine", {})
    for touch in (ask_stop, again):
        with pytest.raises(NotVisible):
            touch(li, stored.pk)
    stored.refresh_from_db()
    assert stored.state == WAITING


@pytest.fixture
def nightly(monkeypatch):
    monkeypatch.setattr(registry, "SCHEDULES", declared := {})
    monkeypatch.setattr(schedules, "SCHEDULES", declared)

    @job("test.night", label="Night")
    def night(run, *, size: int):
        return {"size": size}

    registry.schedule("test.nightly", "test.night", "daily 02:30", size=5)
    schedules.bring_up_to_date()
    return Schedule.objects.get(key="test.nightly")


def test_a_schedule_queues_once_in_its_time(nightly):
    assert schedules.queue_due() == 0
    with clock.frozen(nightly.next_at + timedelta(minutes=1)):
        assert schedules.queue_due() == 1
        assert schedules.queue_due() == 0
        work()
        assert Job.objects.get(schedule="test.nightly").result == {"size": 5}
    with clock.frozen(nightly.next_at + timedelta(days=1)):
        assert schedules.queue_due() == 1


def test_what_was_missed_for_a_week_is_made_up_for_once(nightly):
    with clock.frozen(nightly.next_at + timedelta(days=7, hours=3)) as now:
        assert schedules.queue_due() == 1
        assert Schedule.objects.get(key=nightly.key).next_at > now
        assert schedules.queue_due() == 0


def test_a_schedule_does_not_pile_up_behind_a_job_that_still_runs(nightly):
    for day in range(3):
        with clock.frozen(nightly.next_at + timedelta(days=day, minutes=1)):
            schedules.queue_due()
    assert Job.objects.filter(schedule=nightly.key).count() == 1


def test_a_schedule_that_is_declared_no_more_goes(nightly, monkeypatch):
    monkeypatch.setattr(schedules, "SCHEDULES", {})
    schedules.bring_up_to_date()
    assert not Schedule.objects.exists()


def test_a_job_of_the_system_has_no_rights_of_anybody():
    @job("test.system", label="System")
    def system(run):
        return {"user": run.actor.user_id, "may": run.actor.may("customers.customer", "view")}

    stored = queue(SYSTEM, "test.system", {})
    work()
    stored.refresh_from_db()
    assert stored.result == {"user": None, "may": False}
