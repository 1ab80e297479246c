"""A person's copy with figures, the clock of requests on the desk, and the register of processing."""

import io
import json
import tempfile
import zipfile
from argparse import Namespace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from api.calling import give
from kedang.areas.customers.models import Contact
from kedang.areas.personal import dossier, register, selectors
from kedang.areas.personal.jobs import NIGHTLY
from kedang.areas.personal.models import Request
from kedang.engine.actions.perform import perform
from kedang.engine.attributes.define import Definition, bring_back, define, retire
from kedang.engine.custom.models import CustomAttribute
from kedang.engine.exchange.reader import open_table
from kedang.engine.files import services
from kedang.engine.jobs import SYSTEM, queue, running
from kedang.engine.ledger.models import AccessLog
from kedang.engine.notices.models import Notice
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.engine.search.find import found_by
from kedang.kernel import ids
from kedang.kernel.actor import Mode, Span
from kedang.kernel.errors import Invalid, NotAllowed, RuleBroken
from kedang.project.commands import person_copy
from world import World, everywhere

TODAY = date(2026, 11, 23)
CONTACT, CUSTOMER = "customers.contact", "customers.customer"


@pytest.fixture(autouse=True)
def _still(still_clock: datetime) -> None:
    """Let it be noon on 23 November 2026."""


@pytest.fixture
def person(world: World) -> Contact:
    """Li's contact with two changes in its history, a file, and a birthday."""
    pk = world.records["personal.consent"]["li"].contact_id
    perform(world.boss, f"{CONTACT}.update", pk, {"birthday": "1980-02-29", "hobbies": "钓鱼"})
    perform(world.boss, f"{CONTACT}.update", pk, {"mobile": "13911112222"}, reason="换号")
    services.attach(world.boss, RECORDS[CONTACT], pk, "名片.txt", ["张伟 13911112222".encode()])
    return Contact.objects.visible_to(world.boss).select_related("customer").get(pk=pk)


def table(body: bytes) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet as they are read back."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(body)
        file.flush()
        with open_table(Path(file.name)) as read:
            return [tuple(read.headers), *(tuple(row.cells) for rows in read.batches for row in rows)]


def values(made: dossier.Dossier, key: str) -> list[dict[str, str]]:
    return [dict(entry) for section in made.sections if section.key == key for entry in section.entries]


def test_a_copy_holds_all_that_is_held_of_a_person(world: World, person: Contact) -> None:
    made = dossier.gather(world.boss, person)

    facts = values(made, "facts")[0]
    assert facts["姓名"] == "张伟"
    assert facts["手机"] == "13911112222"
    assert facts["生日"] == "1980-02-29"
    assert facts["客户"] == str(person.customer)
    counts = {section.key: len(section.entries) for section in made.sections}
    assert counts == {
        "facts": 1, "engagement.visit": 1, "customers.influence": 1, "personal.consent": 1, "personal.request": 1,
        "history": 4, "files": 1,
    }  # fmt: skip
    assert made.rows == 10
    assert values(made, "engagement.visit")[0]["结果"] == "对上了，差两张票"
    assert values(made, "personal.consent")[0]["同意的文本"] == "短信营销第1版"
    changed = [entry for entry in values(made, "history") if entry.get("原因") == "换号"]
    assert [entry["手机"] for entry in changed] == ["13900000001 → 13911112222"]
    assert made.withheld == []


def test_what_a_role_masks_is_open_in_the_copy_and_what_it_never_sees_is_named(
    world: World, person: Contact
) -> None:
    modes = {f"{CONTACT}.mobile": Mode.MASK, f"{CONTACT}.hobbies": Mode.HIDE}
    may = world.actor(world.chief, everywhere(Span.ALL), modes=modes)
    made = dossier.gather(may, person)
    assert values(made, "facts")[0]["手机"] == "13911112222"
    assert [text[-2:] for text in made.withheld] == ["爱好", "地点"], "and where the visit checked in"
    assert "钓鱼" not in json.dumps([section.entries for section in made.sections], ensure_ascii=False)

    verbs = ("view", "export", "archive")
    may_not = world.actor(world.chief, everywhere(Span.ALL, verbs), modes={f"{CONTACT}.mobile": Mode.MASK})
    blind = dossier.gather(may_not, person)
    assert "手机" not in values(blind, "facts")[0] or "13911112222" not in values(blind, "facts")[0]["手机"]
    assert any("手机" in text for text in blind.withheld)

    grants = {
        key: span for key, span in everywhere(Span.ALL).items() if not key.startswith("personal.consent:")
    }
    partly = dossier.gather(world.actor(world.chief, grants), person)
    assert not values(partly, "personal.consent")
    assert any(text.startswith("同意记录") for text in partly.withheld), "what is missing is named"


def test_the_archive_has_a_sheet_the_data_and_the_files(world: World, person: Contact) -> None:
    made = dossier.gather(world.boss, person)
    with zipfile.ZipFile(io.BytesIO(dossier.as_zip(made, world.boss))) as archive:
        assert archive.namelist() == ["data.json", "data.xlsx", "files/01-名片.txt"]
        assert archive.read("files/01-名片.txt").decode() == "张伟 13911112222"
        body = json.loads(archive.read("data.json"))
        rows = table(archive.read("data.xlsx"))
    assert body["about"] == {"record": CONTACT, "id": ids.show(person.pk), "name": "张伟"}
    assert sum(len(section["entries"]) for section in body["sections"]) == 10
    assert ("基本内容", "1", "手机", "13911112222") in rows
    assert len(rows) == 1 + sum(len(entry) for section in made.sections for entry in section.entries)


def test_the_copy_of_a_person_who_is_a_customer_has_the_orders_and_not_the_others(world: World) -> None:
    inputs = {"name": "孙悟净", "type_key": "individual", "phone": "13866665555", "owner": world.li.pk}
    row = perform(world.boss, f"{CUSTOMER}.create", inputs=inputs).record
    perform(world.boss, f"{CONTACT}.create", inputs={"customer": row.pk, "name": "他的妹妹"})
    goods = world.records["catalog.product"]["li"].pk
    line = {"line_no": 1, "product": goods, "quantity": "2", "price": "1200"}
    ordered = {"customer": row.pk, "ordered_on": "2026-03-02", "status_key": "draft", "lines": [line]}
    perform(world.boss, "trade.order.create", inputs=ordered)
    made = dossier.gather(world.boss, row)
    orders = values(made, "trade.order")
    assert len(orders) == 1
    assert any("1200" in text for text in orders[0].values())
    assert "他的妹妹" not in json.dumps([section.entries for section in made.sections], ensure_ascii=False)
    assert len(made.withheld) == 1


def test_the_page_gives_it_out_to_who_may_and_writes_it_down(
    world: World, person: Contact, client: Client
) -> None:
    address = f"/personal-data/copy/contacts/{ids.show(person.pk)}"
    client.force_login(give(world.li, "sales_rep"))
    assert client.get(address).status_code in (403, 404), "a representative exports nothing"
    client.force_login(give(world.chief, "general_manager"))
    firm = ids.show(person.customer_id)
    assert client.get(f"/personal-data/copy/customers/{firm}").status_code == 403, "a company is no person"
    page = client.get(address)
    assert page.status_code == 200
    assert client.post(address, {"identity": " "}).status_code == 422
    assert not AccessLog.objects.filter(kind="copy").exists()
    answer = client.post(address, {"identity": "身份证原件，本人到场"})
    assert answer.headers["Content-Type"] == "application/zip"
    look = AccessLog.objects.get(kind="copy")
    assert (look.record, look.record_id, look.reason) == (CONTACT, person.pk, "身份证原件，本人到场")
    assert look.rows >= 10
    beside = client.get(f"/contacts/{ids.show(person.pk)}/beside").content.decode()
    assert address in beside


def test_the_command_writes_it_and_writes_it_down(world: World, person: Contact, tmp_path: Path) -> None:
    give(world.chief, "general_manager")
    options = Namespace(record="contacts", id=ids.show(person.pk), out=tmp_path / "copy.zip", identity="回拨登记号码",
                        as_user="chief")  # fmt: skip
    answer = person_copy.run(options)
    assert answer.data["counts"]["engagement.visit"] == 1
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        assert archive.testzip() is None
    assert AccessLog.objects.get(kind="copy").reason == "回拨登记号码"
    firm = Namespace(record="customers", id=ids.show(person.customer_id), out=tmp_path / "no.zip", identity="x",
                     as_user="chief")  # fmt: skip
    with pytest.raises(NotAllowed):
        person_copy.run(firm)
    assert not (tmp_path / "no.zip").exists()


def test_a_customer_who_is_a_person_asks_without_a_contact(world: World) -> None:
    row = perform(
        world.boss, f"{CUSTOMER}.create", inputs={"name": "孙悟净", "type_key": "individual"}
    ).record
    inputs = {"customer": row.pk, "kind_key": "access", "what": "要一份", "asked_on": "2026-11-20"}
    made = perform(world.boss, "personal.request.create", inputs=inputs).record
    assert selectors.asked_for_copy(world.boss, row) == made
    with pytest.raises(Invalid):
        perform(
            world.boss,
            "personal.request.create",
            inputs=inputs | {"customer": world.records[CUSTOMER]["li"].pk},
        )


def ask(world: World, asked_on: str, kind: str = "access", **more: Any) -> Request:
    pk = world.records["personal.consent"]["li"].contact_id
    one = Contact.objects.visible_to(world.boss).get(pk=pk)
    inputs = {"customer": one.customer_id, "contact": one.pk, "kind_key": kind, "what": f"来信{asked_on}",
              "asked_on": asked_on, "owner": world.li.pk, **more}  # fmt: skip
    return perform(world.boss, "personal.request.create", inputs=inputs).record


def answer(world: World, row: Request, on: str) -> None:
    perform(world.boss, "personal.request.identify", row.pk, {"how": "回拨"})
    perform(world.boss, "personal.request.answer", row.pk, {"answer": "已寄"})
    with writing("test"):
        Request.objects.unscoped(because="test").filter(pk=row.pk).update(answered_on=on)


def test_answers_are_counted_within_their_term_and_late(world: World) -> None:
    answer(world, ask(world, "2026-08-03"), "2026-09-02")  # the thirtieth day, a Wednesday
    answer(world, ask(world, "2026-08-03"), "2026-09-03")
    ask(world, "2026-10-20")  # due on 19 November: late
    refused = ask(world, "2026-11-18", "erasure")
    perform(world.boss, "personal.request.refuse", refused.pk, {"answer": "合同在保"})
    found = {one.label: (one.within, one.late, one.refused, one.open, one.overdue)
             for one in selectors.answered(world.boss, TODAY)}  # fmt: skip
    # three more of the world are open since 10 November
    assert found == {"查阅复制": (1, 1, 0, 4, 1), "删除": (1, 0, 1, 0, 0)}
    assert [row.what for row in selectors.overdue(world.boss, TODAY)] == ["来信2026-10-20"]


def test_requests_stand_on_the_desk_of_who_answers_and_late_ones_before_who_signs(
    world: World, client: Client
) -> None:
    ask(world, "2026-10-20")
    client.force_login(give(world.li, "sales_rep"))
    desk = client.get("/desk/beside").content.decode()
    assert "来信2026-10-20" in desk
    assert "4" in desk.split("来信2026-10-20")[1].split("</time>")[0], "four days late"
    client.force_login(give(world.wang, "sales_rep"))
    other = client.get("/desk/beside").content.decode()
    assert "来信2026-10-20" not in other
    client.force_login(give(world.chief, "general_manager"))
    assert "来信2026-10-20" in client.get("/desk/beside").content.decode()


def test_who_answers_is_told_a_week_before_and_when_it_is_late(world: World) -> None:
    for pk in Request.objects.unscoped(because="test").values_list("pk", flat=True):
        perform(world.boss, "personal.request.refuse", pk, {"answer": "已答复"})
    Notice.objects.all().delete()
    ask(world, "2026-10-31")  # due on 30 November, a week from today
    with writing("test"):
        late = ask(world, "2026-10-20")
        Request.objects.unscoped(because="test").filter(pk=late.pk).update(due_on="2026-11-22")
    Notice.objects.all().delete()
    queue(SYSTEM, NIGHTLY, {})
    while (taken := running.take()) is not None:
        running.run(taken)
    told = sorted(Notice.objects.values_list("user_id", "text"))
    assert [user for user, _text in told] == [world.li.pk, world.li.pk]


def test_every_field_of_a_person_is_in_the_register(world: World) -> None:
    assert register.unspoken() == []
    spoken = {(one.record, name) for one in active().pack.processing for name in one.fields}
    missing = (
        set(RECORDS[CONTACT].form_fields) - {"customer"} - {name for key, name in spoken if key == CONTACT}
    )
    assert missing == set()


def test_a_field_of_a_person_is_not_switched_on_without_purpose_basis_and_term(world: World) -> None:
    admin = world.actor(world.chief, everywhere(Span.ALL) | {"engine.role:change": Span.ALL})
    for missing in ("purpose", "basis", "kept"):
        stated = {"purpose": "安排座位", "basis": "consent", "kept": "活动结束为止"} | {missing: ""}
        with pytest.raises(Invalid) as told:
            define(admin, CONTACT, Definition(label="口味", key="taste", **stated))
        assert [problem.field for problem in told.value.problems] == [missing]
    stated = {"purpose": "安排座位", "basis": "consent", "kept": "活动结束为止"}
    row = define(admin, CONTACT, Definition(label="口味", key="taste", **stated))
    perform(
        world.boss, f"{CONTACT}.update", world.records["personal.consent"]["li"].contact_id, {"x_taste": "辣"}
    )
    line = {one.key: one for one in register.lines(world.boss)}["x_taste"]
    assert (line.category, line.purpose, line.basis, line.kept, line.count) == (
        "口味", "安排座位", "个人同意", "活动结束为止", 1,
    )  # fmt: skip
    assert register.unspoken() == []
    retire(admin, row.pk)
    CustomAttribute.objects.filter(pk=row.pk).update(purpose="")
    with pytest.raises(RuleBroken):
        bring_back(admin, row.pk)


def test_a_corrected_number_is_found_and_the_wrong_one_is_not(world: World, person: Contact) -> None:
    def found(number: str) -> list[int]:
        rows = Contact.objects.visible_to(world.boss)
        return list(rows.filter(found_by(world.boss, RECORDS[CONTACT], number)).values_list("pk", flat=True))

    assert found("13911112222") == [person.pk]
    perform(world.boss, f"{CONTACT}.update", person.pk, {"mobile": "13933334444"}, reason="本人更正")
    assert found("13933334444") == [person.pk]
    assert found("13911112222") == []


def test_the_register_counts_and_says_who_sees(world: World, client: Client) -> None:
    found = {one.key: one for one in register.lines(world.boss)}
    assert found["contact_identity"].count == 3, "three more lie in the archive hold"
    assert found["contact_private"].count == 0
    assert found["person_customer"].count == 0, "companies are no persons"
    perform(
        world.boss,
        f"{CONTACT}.update",
        world.records["personal.consent"]["li"].contact_id,
        {"hobbies": "围棋"},
    )
    again = {one.key: one for one in register.lines(world.boss)}
    assert again["contact_private"].count == 1
    assert found["contact_reach"].sees == "所有角色"
    assert found["credit"].sees == "分公司经理、财务、总经理、大客户主管、销售经理"
    assert "（遮盖）" in found["accounts"].sees
    assert found["receipts"].books
    client.force_login(give(world.li, "sales_rep"))
    assert client.get("/personal-data/register").status_code == 403
    client.force_login(give(world.chief, "general_manager"))
    assert "联系人身份" in client.get("/personal-data/register").content.decode()
    sheet = client.get("/personal-data/register/sheet")
    rows = table(sheet.content)
    assert len(rows) == 1 + len(found)
