"""A person who must be erased while a law has documents kept: nobody reads them any more, and they can come back."""

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from api.calling import address, caller, give
from kedang.areas.customers.models import Contact, Customer
from kedang.areas.personal import sealing
from kedang.areas.personal.models import Consent, Request
from kedang.areas.personal.selectors import allowed
from kedang.areas.pool import selectors as pool
from kedang.areas.trade.models import Order
from kedang.engine.actions.perform import perform
from kedang.engine.actions.work import Work
from kedang.engine.erasing.erase import erase_now
from kedang.engine.erasing.models import Sealing
from kedang.engine.exchange.exports import export_rows
from kedang.engine.files import content, services
from kedang.engine.jobs import running
from kedang.engine.jobs.models import Job
from kedang.engine.ledger.models import AccessLog, HistoryEntry, TimelineEntry
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.engine.scope.doors import writing
from kedang.engine.search.find import found_by
from kedang.kernel import clock, ids
from kedang.kernel.actor import Span
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, RuleBroken
from kedang.project.operations import erasures
from world import World, everywhere

NAME, PHONE, NOTE = "独孤求败人", "13977776666", "只收顺丰到付"
CUSTOMER, CONTACT = "customers.customer", "customers.contact"


@pytest.fixture(autouse=True)
def _still(still_clock: datetime) -> None:
    """Let it be noon on 23 November 2026."""


@pytest.fixture
def person(world: World) -> Customer:
    """A customer who is a person, with a contact, a visit, a consent, a file, an order and a receipt."""
    boss = world.boss
    inputs = {"name": NAME, "type_key": "individual", "phone": PHONE, "remarks": NOTE, "owner": world.li.pk}
    row = perform(boss, f"{CUSTOMER}.create", inputs=inputs).record
    hanging = {"customer": row.pk, "owner": world.li.pk}
    contact = perform(boss, f"{CONTACT}.create", inputs={"name": f"{NAME}的妻子", **hanging}).record
    perform(
        boss, "personal.consent.create",
        inputs={"contact": contact.pk, "purpose_key": "marketing", "channel_key": "sms", "wording": "第一版",
                "evidence_key": "signed", "given_on": "2026-11-01", **hanging},
    )  # fmt: skip
    visit = {"planned_on": "2026-11-20", "contact": contact.pk, "purpose": f"给{NAME}送样", **hanging}
    perform(boss, "engagement.visit.create", inputs=visit)
    goods = world.records["catalog.product"]["li"].pk
    line = {"line_no": 1, "product": goods, "quantity": "2", "price": "1200"}
    ordered = {"ordered_on": "2026-03-02", "status_key": "draft", "lines": [line], **hanging}
    perform(boss, "trade.order.create", inputs=ordered)
    perform(boss, "trade.receipt.create", inputs={"received_on": "2025-05-06", "amount": "10", **hanging})
    services.attach(boss, RECORDS[CUSTOMER], row.pk, f"{NAME}身份证.txt", [f"{NAME} {PHONE}".encode()])
    return Customer.objects.visible_to(boss).get(pk=row.pk)


def worked_off() -> None:
    while (taken := running.take()) is not None:
        running.run(taken)
    assert not Job.objects.filter(state="failed").exists(), list(
        Job.objects.values("kind", "error", "detail")
    )


def everything() -> str:
    """Return every row of every table in which the person stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "engine_search_data":
                continue
            cursor.execute(f"select * from {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                text = repr(row) + json.dumps([str(value) for value in row]).encode().decode("unicode_escape")
                found += [f"{table} {row!r}"] if any(mark in text for mark in (NAME, PHONE, NOTE)) else []
    return "\n".join(found)


def hits(world: World) -> list[int]:
    rows = RECORDS[CUSTOMER].model.objects.visible_to(world.boss)
    return list(rows.filter(found_by(world.boss, RECORDS[CUSTOMER], NAME)).values_list("pk", flat=True))


def columns(model: Any) -> dict[int, dict[str, Any]]:
    rows = model.objects.unscoped(because="test").values()
    return {row["id"]: {k: v for k, v in row.items() if k not in ("version", "head")} for row in rows}


def test_a_sealed_person_is_nowhere_to_be_read_and_the_books_stay(
    world: World, person: Customer, home: Path
) -> None:
    assert NAME in everything()
    digest = content.path_of(services.files_of(RECORDS[CUSTOMER], person.pk)[0].versions.get().digest)
    perform(world.boss, f"{CUSTOMER}.seal", person.pk, reason="本人要求删除，单据未到期")
    worked_off()

    assert everything() == ""
    assert not digest.exists()
    made = Sealing.objects.get()
    assert made.until == date(2055, 12, 31), "the receipt of 2025 is kept for thirty years, the order for ten"
    assert made.counts == {
        CUSTOMER: 1, CONTACT: 1, "personal.consent": 1, "engagement.visit": 1, "files": 1,
    }  # fmt: skip
    assert made.done_at is not None
    for archived in (False, True):
        assert not Customer.objects.visible_to(world.boss, archived=archived).filter(pk=person.pk).exists()
        with pytest.raises(NotVisible):
            open_one(world.boss, RECORDS[CUSTOMER], person.pk, archived=archived)
    assert not Contact.objects.unscoped(because="test").filter(customer=person.pk).exists()
    assert hits(world) == []
    taken = io.BytesIO()
    export_rows(world.actor(world.chief, everywhere(Span.ALL), limits={"export_rows": 1000}),
                RECORDS[CUSTOMER]).write(taken, "csv")  # fmt: skip
    assert NAME not in taken.getvalue().decode()
    order = Order.objects.visible_to(world.boss).get(customer=person.pk)
    assert (order.ordered_on, str(order.customer)) == (date(2026, 3, 2), "•••")
    with pytest.raises(NotVisible):
        perform(world.boss, f"{CUSTOMER}.restore", person.pk)
    with pytest.raises(NotVisible):
        perform(world.boss, f"{CUSTOMER}.erase", person.pk, reason="x")
    verdict = verify()
    assert verdict.whole, verdict.faults
    assert (CUSTOMER, person.pk) not in erasures._live(), (
        "a restored backup must not erase whom a law has kept"
    )
    assert erasures.read_seals(home) == {(CUSTOMER, person.pk, "2055-12-31")}, "a restore seals them again"


def test_it_comes_back_as_it_was(
    world: World, person: Customer, home: Path, django_capture_on_commit_callbacks: Any
) -> None:
    kinds = [RECORDS[key].model for key in (CUSTOMER, CONTACT, "personal.consent", "engagement.visit")]
    before = [columns(model) for model in kinds]
    told = dict(HistoryEntry.objects.values_list("pk", "changes"))
    lines = sorted(
        TimelineEntry.objects.filter(subject_id=person.pk).values_list("pk", "record", "record_id")
    )
    perform(world.boss, f"{CUSTOMER}.seal", person.pk, reason="本人要求")
    worked_off()

    assert erasures.read_seals(home)
    with django_capture_on_commit_callbacks(execute=True):
        row = sealing.back(world.boss, Sealing.objects.get(), "法院要求出示")
    assert erasures.read_seals(home) == set()
    worked_off()

    assert (row.pk, row.name, row.phone, row.archived_at) == (person.pk, NAME, PHONE, None)
    assert [columns(model) for model in kinds] == [
        {pk: one | ({"changed_at": after[pk]["changed_at"]}) for pk, one in rows.items()}
        for rows, after in zip(before, [columns(model) for model in kinds], strict=True)
    ]
    now = dict(HistoryEntry.objects.values_list("pk", "changes"))
    assert {pk: now[pk] for pk in told} == told
    after = TimelineEntry.objects.filter(subject_id=person.pk).values_list("pk", "record", "record_id")
    assert set(lines) <= set(after)
    file = services.files_of(RECORDS[CUSTOMER], person.pk)[0]
    assert content.path_of(file.versions.get().digest).read_text() == f"{NAME} {PHONE}"
    assert person.pk in hits(world)
    made = Sealing.objects.get()
    assert (made.envelope, made.ended_how, made.ended_by) == ("", "back", world.boss.name)
    assert AccessLog.objects.get(kind="unseal").reason == "法院要求出示"
    with pytest.raises(RuleBroken):
        sealing.back(world.boss, made, "再来一次")
    verdict = verify()
    assert verdict.whole, verdict.faults


def test_only_the_named_role_seals_reads_and_puts_back(world: World, person: Customer) -> None:
    every = (
        "view",
        "create",
        "change",
        "archive",
        "assign",
        "approve",
        "export",
        "import",
        "reveal",
        "claim",
    )
    other = world.actor(world.chief, everywhere(Span.ALL, every))
    with pytest.raises(NotAllowed):
        perform(other, f"{CUSTOMER}.seal", person.pk, reason="x")
    perform(world.boss, f"{CUSTOMER}.seal", person.pk, reason="本人要求")
    made = Sealing.objects.get()
    assert list(sealing.standing(other)) == []
    with pytest.raises(NotVisible):
        sealing.one(other, made.pk)
    near = world.actor(world.wang, everywhere(Span.UNIT))
    assert list(sealing.standing(near)) == [], "the right reaches as far as its span"
    with pytest.raises(Invalid):
        sealing.read(world.boss, made, " ")
    assert not AccessLog.objects.filter(kind="sealed_look").exists()

    sections = sealing.read(world.boss, sealing.one(world.boss, made.pk), "税务核对")

    facts = dict(sections[0].entries[0])
    assert tuple(
        facts[str(RECORDS[CUSTOMER].fields[name].label)] for name in ("name", "phone", "remarks")
    ) == (NAME, PHONE, NOTE)
    look = AccessLog.objects.get(kind="sealed_look")
    assert (look.record, look.record_id, look.reason, look.rows) == (CUSTOMER, person.pk, "税务核对", 5)


def test_the_interface_and_the_pool_know_nothing_of_a_sealed_person(world: World, person: Customer) -> None:
    api = caller(world.chief, "general_manager")
    assert api.get(address("customers", person)).status_code == 200
    perform(world.boss, f"{CUSTOMER}.seal", person.pk, reason="本人要求")
    for path in (address("customers", person), address("customers", person, "history"),
                 address("customers", person, "timeline")):  # fmt: skip
        assert api.get(path).status_code == 404
    listed = api.get(address("customers")).content.decode()
    assert NAME not in listed
    assert ids.show(person.pk) not in listed
    late = date(2036, 1, 1)
    assert person.pk not in {one.pk for _after, some in pool.judged(late) for one in some}


def test_what_lies_in_it_cannot_be_changed_unseen(world: World, person: Customer) -> None:
    perform(world.boss, f"{CUSTOMER}.seal", person.pk, reason="本人要求")
    made = Sealing.objects.get()
    assert NAME not in made.envelope
    Sealing.objects.filter(pk=made.pk).update(proof="0" * 64)
    with pytest.raises(RuleBroken):
        sealing.read(world.boss, Sealing.objects.get(), "看看")


def test_a_company_is_not_sealed_and_a_contact_needs_a_day(world: World) -> None:
    firm = world.records[CUSTOMER]["li"]
    with pytest.raises(RuleBroken):
        perform(world.boss, f"{CUSTOMER}.seal", firm.pk, reason="x")
    contact = Contact.objects.visible_to(world.boss).get(
        pk=world.records["personal.consent"]["li"].contact_id
    )
    perform(
        world.boss,
        "personal.request.refuse",
        world.records["personal.request"]["li"].pk,
        {"answer": "已当面答复"},
    )
    for until in ("", "2026-11-23"):
        with pytest.raises(Invalid):
            perform(world.boss, f"{CONTACT}.seal", contact.pk, {"until": until} if until else {}, reason="x")


def test_a_request_for_erasure_is_answered_by_a_seal_that_ends_with_the_duty(world: World) -> None:
    consent = world.records["personal.consent"]["li"]
    contact = Contact.objects.visible_to(world.boss).get(pk=consent.contact_id)
    inputs = {"customer": contact.customer_id, "contact": contact.pk, "kind_key": "erasure", "what": "请删掉我",
              "asked_on": "2026-11-20"}  # fmt: skip
    row = perform(world.boss, "personal.request.create", inputs=inputs).record
    until = {"until": "2027-12-31"}
    with pytest.raises(RuleBroken):
        perform(world.boss, "personal.request.seal_person", row.pk, until, reason="合同在保")
    perform(world.boss, "personal.request.identify", row.pk, {"how": "身份证原件"})
    perform(world.boss, "personal.request.seal_person", row.pk, until, reason="合同在保")
    worked_off()

    made = Sealing.objects.get()
    assert made.counts == {CONTACT: 1, "customers.influence": 1, "personal.consent": 1}
    kept = Request.objects.visible_to(world.boss).get(pk=row.pk)
    assert (kept.state_key, kept.contact_id) == ("done", None)
    assert made.proof[:16] in kept.answer
    assert not Consent.objects.unscoped(because="test").filter(pk=consent.pk).exists()
    assert not allowed(contact.pk, "marketing", "sms", clock.today())
    assert verify().whole

    home = Customer.objects.visible_to(world.boss).get(pk=contact.customer_id)
    with pytest.raises(RuleBroken), writing("customers.customer.erase"), transaction.atomic():
        erase_now(Work(world.boss, "customers.customer.erase", "approve", "x", releases=True), home)

    assert sealing.end_due(date(2027, 12, 31)) == 0, "the last day counts"
    assert sealing.end_due(date(2028, 1, 1)) == 1
    made.refresh_from_db()
    assert (made.envelope, made.ended_how) == ("", "over")
    with pytest.raises(RuleBroken):
        sealing.back(world.boss, made, "太晚了")


def test_the_page_of_a_seal_shows_what_lies_in_it_only_with_a_reason(
    world: World, person: Customer, client: Client
) -> None:
    perform(world.boss, f"{CUSTOMER}.seal", person.pk, reason="本人要求")
    address = f"/personal-data/sealed/{ids.show(Sealing.objects.get().pk)}"
    client.force_login(give(world.li, "sales_manager"))
    assert client.get(address).status_code in (403, 404)
    client.force_login(give(world.chief, "general_manager"))
    page = client.get("/personal-data").content.decode()
    assert address in page
    assert NAME not in page
    shut = client.get(address)
    assert (shut.status_code, NAME in shut.content.decode()) == (200, False)
    assert client.post(address, {"do": "read", "reason": ""}).status_code == 422
    opened = client.post(address, {"do": "read", "reason": "税务核对"})
    assert NAME in opened.content.decode()
    assert opened.headers["Cache-Control"] == "no-store"
    back = client.post(address, {"do": "back", "reason": "误封"}, follow=True)
    assert NAME in back.content.decode()
