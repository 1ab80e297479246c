"""A file waits thirty days, is erased only when somebody says so again, and then nothing of it is left but proof."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from kedang.areas.customers.models import Contact, Customer
from kedang.engine.actions.perform import perform
from kedang.engine.bulk import plans
from kedang.engine.erasing import copies, marks
from kedang.engine.erasing import erase as erasing
from kedang.engine.erasing.models import Erasure
from kedang.engine.exchange import uploads, wizard
from kedang.engine.exchange.models import ImportUpload
from kedang.engine.files import content, services
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.jobs.models import Job
from kedang.engine.ledger import looks
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel import clock
from kedang.kernel.actor import Span
from kedang.kernel.errors import NotAllowed, NotVisible, RuleBroken
from world import World, build, everywhere

CUSTOMER = "customers.customer"
MARK = "绝无仅有的字号"
PHONE = "01088886666"


def later(monkeypatch: Any, days: float) -> None:
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(days=days))


def worked_off() -> None:
    """Let the worker do what waits."""
    while (taken := running.take()) is not None:
        running.run(taken)
    assert not Job.objects.filter(state="failed").exists(), list(
        Job.objects.values("kind", "error", "detail")
    )


def lonely(world: World) -> Customer:
    """Return a customer with a contact and a history, in the hold."""
    made = perform(world.boss, f"{CUSTOMER}.create", inputs={"name": MARK, "type_key": "individual"}).record
    perform(world.boss, f"{CUSTOMER}.update", made.pk, {"remarks": f"{MARK}的备注", "phone": PHONE})
    perform(world.boss, "customers.contact.create", inputs={"customer": made.pk, "name": f"{MARK}先生"})
    perform(world.boss, f"{CUSTOMER}.archive", made.pk, reason="停业")
    return Customer.objects.visible_to(world.boss, archived=True).get(pk=made.pk)


def everything() -> str:
    """Return every row of every table that holds a mark; the pages of FTS5 are looked at in the file."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "engine_search_data":
                continue
            cursor.execute(f"select * from {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                text = repr(row) + ascii_free(row)
                if MARK in text or PHONE in text:
                    found.append(f"{table} {row!r}")
    return "\n".join(found)


def ascii_free(row: Any) -> str:
    return " ".join(
        str(value).encode().decode("unicode_escape", "ignore") for value in row if "\\u" in str(value)
    )


def test_on_day_29_it_comes_back_and_is_not_erased(world: World, monkeypatch: Any) -> None:
    row = lonely(world)
    later(monkeypatch, 29)
    with pytest.raises(RuleBroken):
        perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    perform(world.boss, f"{CUSTOMER}.restore", row.pk)
    assert Customer.objects.visible_to(world.boss).filter(pk=row.pk).exists()


def test_after_the_hold_nothing_is_erased_by_itself_and_it_still_comes_back(
    world: World, monkeypatch: Any
) -> None:
    row = lonely(world)
    later(monkeypatch, 400)
    assert MARK in everything()
    perform(world.boss, f"{CUSTOMER}.restore", row.pk)
    assert Customer.objects.visible_to(world.boss).filter(pk=row.pk).exists()


def test_the_second_confirmation_leaves_no_value_anywhere_and_a_chain_that_verifies(
    world: World, monkeypatch: Any
) -> None:
    row = lonely(world)
    contact = Contact.objects.unscoped(because="test").get(customer=row)
    later(monkeypatch, 30)

    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="保留期满")
    worked_off()

    assert everything() == ""
    verdict = verify()
    assert verdict.whole, verdict.faults
    for key, pk in ((CUSTOMER, row.pk), ("customers.contact", contact.pk)):
        last = HistoryEntry.objects.filter(record=key, record_id=pk).latest("seq")
        assert (last.action, last.reason, last.actor_name) == (
            f"{CUSTOMER}.erase",
            "保留期满",
            world.boss.name,
        )
    log = AccessLog.objects.get(kind="erase")
    assert (log.record, log.record_id, log.rows, log.reason) == (CUSTOMER, row.pk, 2, "保留期满")
    proof = Erasure.objects.get()
    assert (proof.record, proof.record_id, proof.by_name) == (CUSTOMER, row.pk, world.boss.name)
    assert proof.counts == {CUSTOMER: 1, "customers.contact": 1}
    assert len(proof.proof) == 64
    assert (proof.pending, proof.left) == ({}, {})
    assert proof.done_at is not None
    with pytest.raises(NotVisible):
        perform(world.boss, f"{CUSTOMER}.restore", row.pk)


def test_only_who_may_approve_confirms(world: World, monkeypatch: Any) -> None:
    row = lonely(world)
    later(monkeypatch, 31)
    li = world.actor(world.li, everywhere(Span.ALL, ("view", "change", "archive")))
    with pytest.raises(NotAllowed):
        perform(li, f"{CUSTOMER}.erase", row.pk, reason="到期")


def test_whoever_keeps_copies_elsewhere_is_told(world: World, monkeypatch: Any) -> None:
    row, told = lonely(world), []
    monkeypatch.setattr(erasing, "ERASERS", [lambda key, pks: told.append((key, len(pks)))])
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    assert told == [("customers.contact", 1), (CUSTOMER, 1)]


@pytest.mark.django_db(transaction=True)
def test_the_files_of_the_database_hold_none_of_it(monkeypatch: Any) -> None:
    world = build()
    row = lonely(world)
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    worked_off()
    if connection.vendor != "sqlite":
        assert everything() == ""
        return
    file = Path(str(connection.settings_dict["NAME"]))
    needles = [MARK.encode(), MARK.encode("unicode_escape"), PHONE.encode()]
    for one in file.parent.glob(f"{file.name}*"):
        content = bytes_of(one)
        assert not [needle for needle in needles if needle in content], one.name


def test_an_order_goes_with_its_file(world: World, monkeypatch: Any) -> None:
    customer = world.records[CUSTOMER]["li"]
    perform(world.boss, f"{CUSTOMER}.archive", customer.pk, reason="停业")
    later(monkeypatch, 31)
    going = {kind.key for kind, _count in erasing.counted(RECORDS[CUSTOMER], customer.pk)}
    assert going >= {"customers.contact", "trade.order", "trade.receipt"}
    perform(world.boss, f"{CUSTOMER}.erase", customer.pk, reason="到期")
    assert verify().whole
    assert not Contact.objects.unscoped(because="test").filter(customer_id=customer.pk).exists()


def strewn(world: World) -> Customer:
    """Return a file in the hold whose values were carried everywhere they can go."""
    upload = uploads.receive(
        world.boss, RECORDS[CUSTOMER], "名单.csv",
        [f"名称,类型,电话\n{MARK},individual,{PHONE}\n另一家,没有这种,010-8888-6666\n".encode()],
    )  # fmt: skip
    wizard.rehearse(world.boss, upload.pk, lambda *_told: None)
    wizard.bring_in(world.boss, upload.pk, lambda *_told: None)
    row = Customer.objects.unscoped(because="test").get(name=MARK)
    kind = RECORDS[CUSTOMER]
    services.attach(world.boss, kind, row.pk, "身份证.txt", [f"{MARK} {PHONE}".encode()])
    plans.plan(world.boss, kind, "update", [row.pk])
    run = plans.plan(world.boss, kind, "assign", [row.pk], inputs={"owner": world.li.pk})
    assert MARK in json.dumps(run.preview, ensure_ascii=False)
    perform(
        world.boss, "engine.savedview.create",
        inputs={"name": f"{MARK}的", "record": CUSTOMER, "query": f"q={quote(MARK)}&phone={PHONE}"},
    )  # fmt: skip
    looks.note(world.boss, "export", CUSTOMER, rows=1, reason=f"q={quote(MARK)}")
    ended = queue(SYSTEM, "files.tidy", {})
    Job.objects.filter(pk=ended.pk).update(state="done", ended_at=clock.now(), text=f"{MARK}: {PHONE}")
    perform(world.boss, f"{CUSTOMER}.archive", row.pk, reason="停业")
    return row


def bytes_of(file: Path) -> bytes:
    """Read a file as another process: closing one of the database's here gives up the locks SQLite holds on it, and the
    next worker cuts off the memory they share.
    """
    return subprocess.run(["cat", file], capture_output=True, check=True).stdout


def hits(folder: Path) -> list[str]:
    """Return the files below a folder, and those of the database, in which a value of the erased stands."""
    forms = {form.encode() for value in (MARK, PHONE) for form in marks.written(value)}
    forms |= {form.encode() for form in marks.spellings(PHONE)}
    files = [path for path in folder.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        database = Path(str(connection.settings_dict["NAME"]))
        files += list(database.parent.glob(f"{database.name}*"))
    return [str(path) for path in files if any(form in bytes_of(path) for form in forms)]


@pytest.fixture
def home_here(tmp_path: Path, settings: Any) -> Path:
    """Let all that lies on disk lie in one empty folder."""
    settings.KEDANG_HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_whole_data_folder_holds_none_of_it_once_the_job_is_done(
    monkeypatch: Any, home_here: Path
) -> None:
    world = build()
    row = strewn(world)
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    assert hits(home_here), "the scan must be able to find something"

    worked_off()

    assert everything() == ""
    assert hits(home_here) == []
    assert not list(content.folder().glob("*/*"))
    assert verify().whole


@pytest.mark.django_db(transaction=True)
def test_a_kill_between_the_steps_costs_nothing(monkeypatch: Any, home_here: Path) -> None:
    world = build()
    row = strewn(world)
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    with monkeypatch.context() as patched:
        patched.setattr(copies, "_texts", lambda gone: (_ for _ in ()).throw(KeyboardInterrupt))
        job = running.take()
        assert job is not None
        with pytest.raises(KeyboardInterrupt):
            running.run(job)
    assert Erasure.objects.get().done_at is None
    later(monkeypatch, 1)  # the lease of the dead worker ends

    worked_off()

    assert Erasure.objects.get().done_at is not None
    assert everything() == ""
    assert hits(home_here) == []


def test_a_content_that_another_record_has_too_stays_with_it(
    world: World, monkeypatch: Any, home_here: Path
) -> None:
    row, kind = lonely(world), RECORDS[CUSTOMER]
    other = world.records[CUSTOMER]["li"]
    perform(world.boss, f"{CUSTOMER}.restore", row.pk)
    for pk in (row.pk, other.pk):
        services.attach(world.boss, kind, pk, "通用条款.txt", ["通用条款".encode()])
    perform(world.boss, f"{CUSTOMER}.archive", row.pk, reason="停业")
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    worked_off()
    assert [file.name for file in services.files_of(kind, other.pk)] == ["通用条款.txt"]
    assert len(list(content.folder().glob("*/*"))) == 1


def test_what_names_the_phone_elsewhere_is_counted_and_left_to_a_person(
    world: World, monkeypatch: Any
) -> None:
    row = lonely(world)
    perform(world.boss, f"{CUSTOMER}.update", world.records[CUSTOMER]["li"].pk, {"remarks": f"打过 {PHONE}"})
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    worked_off()
    assert Erasure.objects.get().left == {CUSTOMER: 1}


def test_an_upload_of_others_is_left_alone(world: World, monkeypatch: Any, home_here: Path) -> None:
    row = lonely(world)
    other = uploads.receive(
        world.boss, RECORDS[CUSTOMER], "别家.csv", ["名称,类型\n别的一家,individual\n".encode()]
    )
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    worked_off()
    assert ImportUpload.objects.get(pk=other.pk).gone_at is None
    assert uploads.path_of(other).exists()


def test_a_mark_across_two_reads_of_a_file_is_seen(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(copies, "BLOCK", 16)
    file = tmp_path / "some.db"
    for place in range(40):
        file.write_bytes(b"." * place + PHONE.encode() + b"." * 9)
        assert copies._traces(file, [PHONE])
    assert not copies._traces(file, ["01099990000"])


def test_every_table_that_keeps_free_text_is_swept_or_said_to_hold_none() -> None:
    """A new table of the engine with texts must say what an erasure does to it."""
    from django.apps import apps
    from django.db import models

    texts = models.CharField | models.TextField | models.JSONField
    spared = {
        "ApiToken", "Attachment", "AttachmentVersion", "CalendarDay", "CalendarYear", "Company", "CustomAttribute",
        "CustomFilter", "CustomValue", "FieldRight", "HandledEvent", "HistoryEntry", "InstalledPack", "IssuedNumber",
        "ListHabit", "NumberSeries", "Pair", "Pool", "RequestKey", "Role", "RoleGrant", "RoleLimit", "Schedule", "Seal",
        "Sealing",  # a proof as an erasure is, whose texts are swept with it; the envelope is closed
        "SearchBuild", "SearchDocument", "SignIn", "Stamp", "StandIn", "TimelineEntry", "TimelinePin", "Unit", "User",
    }  # fmt: skip
    told = {model.__name__ for model in (*copies.SWEPT, *copies.DROPPED)}
    assert not told & spared
    for model in apps.get_app_config("engine").get_models():
        if any(isinstance(column, texts) for column in model._meta.concrete_fields):
            assert model.__name__ in told | spared, model
