"""The report for a leak: what the log knows of looks, reveals and exports, for whom, and that it was drawn up."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from api.calling import give
from kedang.areas.personal import leaks
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records.reveal import reveal
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor

CONTACT, CUSTOMER = "customers.contact", "customers.customer"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _still(still_clock: datetime) -> None:
    """Let it be noon on 23 November 2026."""


@pytest.fixture
def chief(world) -> Actor:
    return actor_of(give(world.chief, "general_manager"))


@pytest.fixture
def trouble(world, chief):
    """Wang looks at a file of li's, reveals a number there, and takes 40 contacts out; a month ago wang took 900."""
    contact = world.records["personal.consent"]["li"].contact_id
    customer = world.records[CUSTOMER]["li"].pk

    def noted(kind, record, pk=None, ago=1, **more):
        AccessLog.objects.create(at=clock.now() - timedelta(days=ago), user_id=world.wang.pk, user_name=world.wang.name,
                                 kind=kind, record=record, record_id=pk, **more)  # fmt: skip

    noted("look", CUSTOMER, customer)
    noted("reveal", CONTACT, contact, field="mobile", reason="回访")
    noted("export", CONTACT, rows=40, reason="名单")
    noted("export", CONTACT, rows=900, ago=40)
    noted("refused", CUSTOMER, customer)
    AccessLog.objects.create(at=clock.now(), user_id=world.li.pk, user_name=world.li.name, kind="look",
                             record=CUSTOMER, record_id=world.records[CUSTOMER]["wang"].pk)  # fmt: skip
    give(world.wang, "sales_rep")
    return customer, contact


def asked(**more):
    return leaks.Question(clock.now() - timedelta(days=7), clock.now(), **more)


def test_a_report_says_who_took_what_of_how_many(world, chief, trouble):
    made = leaks.report(asked())
    assert [(one.name, one.rows) for one in made.who] == [(world.wang.name, 40), (world.li.name, 0)]
    assert (made.files, made.rows, made.count) == (3, 40, 4)
    assert made.who[0].reach
    with translation.override("en"):
        told = list(leaks.lines(chief, asked(user=world.wang), 50))
    revealed = next(one for one in told if one.reason == "回访")
    assert (revealed.fields, bool(revealed.url)) == ("Mobile", True)
    looked = next(one for one in told if not one.reason)
    assert looked.whose == str(world.records[CUSTOMER]["li"])
    assert "Phone" in looked.fields


def test_of_one_customer_its_people_and_the_exports_that_may_hold_it(world, chief, trouble):
    customer = leaks.customer_of(chief, ids.show(trouble[0]))
    found = list(leaks.lines(chief, asked(customer=customer), 50))
    assert sorted(str(one.rows) for one in found) == ["0", "0", "40"]
    assert {one.who for one in found} == {world.wang.name}


def test_names_are_told_only_to_who_sees_them(world, chief, trouble):
    told = list(leaks.lines(actor_of(world.wang), asked(), 50))
    assert world.records[CUSTOMER]["li"].name not in {one.whose for one in told}
    assert ids.show(trouble[0]) in {one.whose for one in told}


def test_what_was_done_about_an_account_since_stands_in_the_report(world, chief, trouble):
    admin = actor_of(give(world.zhao, "administrator"))
    perform(admin, "engine.user.deactivate", world.wang.pk, reason="停用账号，等调查")
    made = leaks.report(asked(user=world.wang))
    assert [one.active for one in made.who] == [False]
    assert any("等调查" in why for _at, _who, _what, why in made.measures)


def test_the_pages_are_for_who_answers_for_personal_data_and_note_that_they_were_asked(world, chief, trouble):
    client = Client()
    client.force_login(world.chief)
    assert "出报告" in client.get("/personal-data/leaks").content.decode()
    assert not AccessLog.objects.filter(kind=leaks.KIND).exists()
    now = clock.now().astimezone(clock.ZONE)
    sent = {"first": f"{now - timedelta(days=7):%Y-%m-%dT%H:%M}", "last": f"{now:%Y-%m-%dT%H:%M}",
            "who": ids.show(world.wang.pk), "customer": ""}  # fmt: skip
    page = client.get("/personal-data/leaks", {**sent, "do": "1"}).content.decode()
    assert world.wang.name in page
    assert "40" in page
    entry = AccessLog.objects.get(kind=leaks.KIND)
    assert (entry.user_id, entry.rows) == (world.chief.pk, 3)
    assert world.wang.username in entry.reason
    answer = client.post("/personal-data/leaks/sheet", {**sent, "measures": "已报网信部门"})
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"PK")
    assert "已报网信部门" in AccessLog.objects.filter(kind=leaks.KIND).order_by("-pk").first().reason
    wrong = client.get(
        "/personal-data/leaks", {**sent, "do": "1", "customer": "没有这家", "first": "yesterday"}
    )
    assert wrong.status_code == 422
    assert "没有你看得到的客户" in wrong.content.decode()
    client.force_login(give(world.li, "sales_rep"))
    assert client.get("/personal-data/leaks").status_code == 403
    assert client.post("/personal-data/leaks/sheet", sent).status_code == 403


def test_a_reveal_itself_is_found_by_the_report(world, chief, trouble):
    reveal(chief, RECORDS[CUSTOMER], trouble[0], "bank_account", "核对账号")
    found = [one for one in leaks.lines(chief, asked(user=world.chief), 10) if one.reason == "核对账号"]
    assert [one.fields for one in found] == [str(RECORDS[CUSTOMER].fields["bank_account"].label)]
