"""Ended jobs and read notices go once the company's time for them is over; nothing else does."""

from datetime import timedelta

import pytest

from kedang.engine.administration.models import Company
from kedang.engine.administration.tidying import KIND
from kedang.engine.identity.stamps import bump
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.jobs.models import DONE, FAILED, WAITING, Job
from kedang.engine.jobs.registry import SCHEDULES
from kedang.engine.notices.models import Notice
from kedang.kernel import clock

pytestmark = pytest.mark.django_db


def ended(days, state=DONE):
    at = clock.now() - timedelta(days=days)
    return Job.objects.create(kind="x", state=state, queued_at=at, due_at=at, ended_at=at).pk


def noticed(user, days, read=True):
    at = clock.now() - timedelta(days=days)
    return Notice.objects.create(user=user, at=at, text="x", read_at=at if read else None).pk


def tidy():
    queue(SYSTEM, KIND, {})
    job = running.take()
    running.run(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (DONE, "")
    return job.result


def left():
    return set(Job.objects.exclude(kind=KIND).values_list("pk", flat=True)), set(
        Notice.objects.filter(text="x").values_list("pk", flat=True)
    )


def test_what_is_old_goes_and_the_rest_stays(world, monkeypatch):
    monkeypatch.setattr("kedang.engine.administration.tidying.BATCH", 2)
    for _number in range(5):
        ended(91), noticed(world.li, 181)
    ended(200, FAILED)
    at = clock.now() - timedelta(days=400)
    young = {
        ended(89),
        Job.objects.create(kind="x", state=WAITING, queued_at=at, due_at=clock.now() + timedelta(days=1)).pk,
    }
    unread = {noticed(world.li, 179), noticed(world.li, 900, read=False)}
    assert tidy() == {"jobs": 6, "notices": 5}
    assert left() == (young, unread)
    assert tidy() == {"jobs": 0, "notices": 0}


def test_the_company_says_how_long(world):
    Company.objects.create(name="客档贸易", keep_jobs_days=10, keep_notices_days=20)
    bump("company")
    kept = {ended(9)}, {noticed(world.li, 19)}
    ended(11), noticed(world.li, 21)
    assert tidy() == {"jobs": 1, "notices": 1}
    assert left() == kept
    assert SCHEDULES[KIND].rhythm == "daily 03:50"
