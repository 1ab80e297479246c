"""Notices: in the reader's language, only as far as the reader may see, and only the reader's own."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy

from api.calling import give
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import job, queue, registry, running
from kedang.engine.jobs.models import Job
from kedang.engine.notices import tell
from kedang.engine.notices.models import Notice
from kedang.kernel import ids

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def _nothing_told_yet(world):
    Notice.objects.all().delete()  # of the warnings that the world begins with


@pytest.fixture
def li(world):
    return give(world.li, "sales_rep")


def test_each_reads_it_in_their_own_language(world, li):
    world.wang.language = "en"
    world.wang.save()
    assert tell([li.pk, world.wang.pk, li.pk], gettext_lazy("Customers"), "/customers") == 2
    assert Notice.objects.get(user=world.wang).text == "Customers"
    assert Notice.objects.get(user=li).text == "客户"


def test_who_left_is_told_nothing(world, li):
    world.wang.is_active = False
    world.wang.save()
    assert tell([world.wang.pk, None], "x", "/") == 0


def test_many_are_told_in_two_questions(world):
    with CaptureQueriesContext(connection) as asked:
        tell([world.li.pk, world.wang.pk, world.zhao.pk, world.chief.pk], "月度更新", "/customers")
    assert len(asked) == 2


def test_the_record_is_named_only_to_who_may_see_it_now(world, li):
    customer = world.records["customers.customer"]["li"]
    wang = give(world.wang, "sales_rep")
    tell([li.pk, wang.pk], "有新的变动", "/customers", about=("customers.customer", customer.pk))
    assert str(customer) in browser(li).get("/notices").content.decode()
    for path in ("/notices", "/notices?tab=unread", "/desk/beside"):
        text = browser(wang).get(path).content.decode()
        assert "有新的变动" in text
        assert str(customer) not in text
        assert ids.show(customer.pk) not in text
    give(world.li)
    assert str(customer) not in browser(li).get("/notices").content.decode()


def test_the_bell_counts_and_is_capped(world, li):
    client = browser(li)
    assert "badge" not in client.get("/settings").content.decode()
    for _ in range(3):
        tell([li.pk], "x", "/customers")
    assert '<span class="badge">3</span>' in client.get("/settings").content.decode()
    for _ in range(20):
        tell([li.pk], "x", "/customers")
    assert '<span class="badge">9+</span>' in client.get("/settings").content.decode()


def test_opening_one_reads_it_and_leads_there(li):
    tell([li.pk], "看看", "/customers")
    notice = Notice.objects.get(user=li)
    address = f"/notices/{ids.show(notice.pk)}"
    assert browser(li).get(address).status_code == 405
    answer = browser(li).post(address)
    assert (answer.status_code, answer["Location"]) == (302, "/customers")
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "看看" not in browser(li).get("/notices?tab=unread").content.decode()


def test_nobody_opens_or_reads_those_of_others(world, li):
    tell([li.pk], "私下", "/customers")
    notice, wang = Notice.objects.get(user=li), browser(give(world.wang, "sales_rep"))
    assert wang.post(f"/notices/{ids.show(notice.pk)}").status_code == 404
    assert wang.post("/notices/nonsense").status_code == 404
    wang.post("/notices/read")
    notice.refresh_from_db()
    assert notice.read_at is None
    assert "私下" not in wang.get("/notices").content.decode()


def test_all_at_once(li):
    for _ in range(3):
        tell([li.pk], "x", "/customers")
    browser(li).post("/notices/read")
    assert not Notice.objects.filter(read_at=None).exists()


@pytest.mark.parametrize("url", ["https://evil.example.com/", "//evil.example.com", "javascript:alert(1)"])
def test_a_notice_leads_only_to_pages_of_ours(li, url):
    tell([li.pk], "<script>x</script>", url)
    notice = Notice.objects.get(user=li)
    assert browser(li).post(f"/notices/{ids.show(notice.pk)}")["Location"] == "/notices"
    assert "<script>x" not in browser(li).get("/notices").content.decode()


def test_the_list_goes_on_by_the_page(li):
    for number in range(55):
        tell([li.pk], f"第{number}条。", "/customers")
    rows = list(Notice.objects.order_by("-pk"))
    client = browser(li)
    assert f"before={ids.show(rows[49].pk)}" in client.get("/notices").content.decode()
    rest = client.get(f"/notices?before={ids.show(rows[49].pk)}").content.decode()
    assert "第4条。" in rest
    assert "第5条。" not in rest


def test_who_asked_is_told_of_a_job_that_failed(world, li, monkeypatch):
    kinds = dict(registry.KINDS)
    for name in ("registry", "queueing", "running"):
        monkeypatch.setattr(f"kedang.engine.jobs.{name}.KINDS", kinds)

    @job("test.fails", label="整理")
    def fails(run):
        raise running.KedangError("文件坏了")

    stored = queue(actor_of(li), "test.fails", {})
    running.run(running.take())
    assert Job.objects.get(pk=stored.pk).state == "failed"
    notice = Notice.objects.get(user=li)
    assert "整理" in notice.text
    assert ids.show(stored.pk) in notice.url
