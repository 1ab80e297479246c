"""The pages of background jobs: mine only, with progress that costs one question, a stop and a way on."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.calling import give
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import SYSTEM, job_url, queue, registry, running
from kedang.engine.jobs.models import FAILED, RUNNING, STOPPED, WAITING, Job
from kedang.kernel import clock, ids

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch):
    kinds = dict(registry.KINDS)
    for name in ("registry", "queueing", "running"):
        monkeypatch.setattr(f"kedang.engine.jobs.{name}.KINDS", kinds)
    registry.job("test.some", label="整理资料")(lambda run: {"text": "整理了3份", "url": "/customers"})


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def li(world):
    return give(world.li, "sales_rep")


def queued(user, **values):
    stored = queue(actor_of(user), "test.some", {})
    Job.objects.filter(pk=stored.pk).update(**values)
    return Job.objects.get(pk=stored.pk)


def test_my_jobs_newest_first_and_nobody_elses(world, li):
    first, second = queued(li, state=RUNNING, done=3, total=12), queued(li)
    others = queued(give(world.wang, "sales_rep"))
    text = browser(li).get("/jobs").content.decode()
    assert text.index(ids.show(second.pk)) < text.index(ids.show(first.pk))
    assert "25%" in text
    assert ids.show(others.pk) not in text


def test_the_list_goes_on_by_the_page(li):
    stored = [queued(li).pk for _ in range(53)]
    text = browser(li).get("/jobs").content.decode()
    assert f"?before={ids.show(stored[3])}" in text
    rest = browser(li).get("/jobs", {"before": ids.show(stored[3])}).content.decode()
    assert [pk for pk in stored if f'/jobs/{ids.show(pk)}"' in rest] == stored[:3]


def test_a_job_of_somebody_else_is_absent_on_every_address(world, li):
    stored = queued(give(world.wang, "sales_rep"), state=RUNNING)
    client = browser(li)
    for answer in (
        client.get(job_url(stored)),
        client.get(job_url(stored), headers={"HX-Request": "true"}),
        client.post(f"{job_url(stored)}/stop"),
        client.post(f"{job_url(stored)}/again"),
        client.get("/jobs/0000000000000"),
        client.get("/jobs/nonsense"),
    ):
        assert answer.status_code == 404
    stored.refresh_from_db()
    assert not stored.stop_asked


def test_administrators_see_what_the_system_does_and_no_work_of_colleagues(world, li):
    system, mine = queue(SYSTEM, "test.some", {}), queued(li)
    root = browser(give(world.chief, "administrator"))
    assert root.get(job_url(system)).status_code == 200
    assert root.get(job_url(mine)).status_code == 404
    assert browser(li).get(job_url(system)).status_code == 404


def test_progress_is_polled_while_it_lives_with_one_question(li):
    stored = queued(li, state=RUNNING, done=500, total=1000, text="第500行")
    client = browser(li)
    page = client.get(job_url(stored)).content.decode()
    assert 'hx-trigger="every 2s"' in page
    with CaptureQueriesContext(connection) as asked:
        part = client.get(job_url(stored), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "50%" in part
    assert "第500行" in part
    assert sum("engine_job" in query["sql"] for query in asked) == 1
    running.run(running.take() or Job.objects.get(pk=stored.pk))
    ended = client.get(job_url(stored), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in ended


def test_a_done_job_leads_to_what_it_made(li):
    stored = queued(li)
    running.run(running.take())
    page = browser(li).get(job_url(stored)).content.decode()
    assert 'href="/customers"' in page
    assert "整理了3份" in page


@pytest.mark.parametrize(
    "url", ["https://evil.example.com", "//evil.example.com", "javascript:alert(1)", "/\\evil"]
)
def test_a_job_leads_only_to_pages_of_ours(li, url):
    stored = queued(li, state="done", ended_at=clock.now(), result={"url": url, "text": "<b>x</b>"})
    page = browser(li).get(job_url(stored)).content.decode()
    assert "evil" not in page
    assert "javascript:" not in page
    assert "<b>x</b>" not in page


def test_stop_and_go_on(li):
    client, stored = browser(li), queued(li)
    assert client.post(f"{job_url(stored)}/stop").status_code == 302
    stored.refresh_from_db()
    assert stored.state == STOPPED
    assert client.post(f"{job_url(stored)}/again").status_code == 302
    stored.refresh_from_db()
    assert stored.state == WAITING
    assert client.get(f"{job_url(stored)}/stop").status_code == 405


def test_a_failed_job_says_why_to_its_owner_and_stands_on_the_desk(world, li):
    stored = queued(li, state=FAILED, ended_at=clock.now(), error="文件打不开。", detail="Traceback secret")
    client = browser(li)
    page = client.get(job_url(stored)).content.decode()
    assert "文件打不开。" in page
    assert "Traceback secret" not in page
    assert job_url(stored) in client.get("/").content.decode()
    assert job_url(stored) not in browser(give(world.wang, "sales_rep")).get("/").content.decode()


def test_an_administrator_reads_what_went_wrong(world):
    stored = queue(SYSTEM, "test.some", {})
    Job.objects.filter(pk=stored.pk).update(
        state=FAILED, ended_at=clock.now(), error="不行", detail="Traceback here"
    )
    root = browser(give(world.chief, "administrator"))
    assert "Traceback here" in root.get(job_url(stored)).content.decode()
    assert job_url(stored) in root.get("/").content.decode()
