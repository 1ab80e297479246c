"""The attacks on imports, each by its number, through the pages on which files are handed in."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kedang.areas.customers.models import Customer
from kedang.engine.exchange import limits, uploads
from kedang.engine.exchange.models import ImportUpload
from kedang.engine.exchange.writer import write_table
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.jobs import running
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from kedang.kernel.errors import FileRefused
from world import World

pytestmark = pytest.mark.django_db
CUSTOMER = RECORDS["customers.customer"]
LANGUAGES = ("zh-hans", "zh-hant", "en")
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108020000")


def book(parts: dict[str, bytes] | None = None, drop: str = "") -> bytes:
    """Return a small workbook with parts replaced or added."""
    plain = io.BytesIO()
    write_table(plain, "xlsx", ["名称", "电话"], [["甲", "1"]])
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in (parts or {}) and name != drop:
                new.writestr(name, old.read(name))
        for name, content in (parts or {}).items():
            new.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
)
# name, content, and what the answer must name in every language
BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a zip bomb": ("a.xlsx", lambda: book({SHEET: b"<worksheet>" + b" " * 60_000_000}), "200"),
    "a million columns": ("a.csv", lambda: b"a" + b",a" * 1_000_000 + b"\n1\n", "512"),
    "one huge cell": ("a.csv", lambda: b'a,b\n"' + b"x" * 70_000 + b'",1\n', "64"),
    "external entities": ("a.xlsx", lambda: book({SHEET: ENTITY}), ""),
    "links to other books": ("a.xlsx", lambda: book({"xl/externalLinks/externalLink1.xml": b"<x/>"}), ""),
    "the wrong encoding": ("a.csv", lambda: b"\xef\xbb\xbfa,b\n\xff\xfe\xfa,1\n", "UTF-8"),
    "NUL bytes": ("a.csv", lambda: b"a,b\n1\x00,2\n", "UTF-8"),
    "an old workbook": ("a.xls", lambda: OLE + b"\x00" * 2000, ".xls"),
    "a workbook with a password": ("a.xlsx", lambda: OLE + b"EncryptedPackage" + b"\x00" * 2000, ".xlsx"),
    "nothing": ("a.csv", lambda: b"", ""),
    "headings alone": ("a.csv", "名称,电话\n".encode, ""),
    "a picture with another name": ("a.xlsx", lambda: PNG + b"\x00" * 500, ""),
    "a damaged workbook": ("a.xlsx", lambda: book()[:-200], ""),
    "a workbook without its sheet": ("a.xlsx", lambda: book(drop=SHEET), ""),
}


@pytest.fixture
def enter(world: World) -> Callable[..., Client]:
    def sign_in(user: User, role: str = "sales_manager", language: str = "en") -> Client:
        Membership.objects.get_or_create(user=user, role=Role.objects.get(key=role))
        User.objects.filter(pk=user.pk).update(language=language)
        visitor = Client()
        visitor.force_login(User.objects.get(pk=user.pk))
        return visitor

    return sign_in


def hand_in(visitor: Client, name: str, content: bytes) -> Any:
    return visitor.post("/imports/new/customers", {"file": SimpleUploadedFile(name, content)})


def bring(
    visitor: Client, headings: list[str], rows: list[list[str]], fields: dict[str, str]
) -> ImportUpload:
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    assert hand_in(visitor, "rows.csv", out.getvalue().encode()).status_code == 302
    row = ImportUpload.objects.latest("pk")
    chosen = {f"c.{place}": fields.get(heading, "") for place, heading in enumerate(headings)}
    assert visitor.post(f"/imports/{ids.show(row.pk)}/columns", chosen | {"mode": "both"}).status_code == 302
    for step in ("rehearse", "run"):
        if step == "run":
            visitor.post(f"/imports/{ids.show(row.pk)}/run")
        while (job := running.take()) is not None:
            running.run(job)
    row.refresh_from_db()
    return row


def stored_uploads() -> set[Path]:
    """Return what lies in the folder of uploads, where other tests may have left theirs."""
    return {*uploads.folder().glob("*"), *uploads.folder().glob(".*")}


@pytest.mark.parametrize("what", BAD)
def test_attack_39_every_bad_file_gets_a_clear_answer_in_three_languages(
    enter: Callable[..., Client], world: World, what: str
) -> None:
    name, make, named = BAD[what]
    content, told, before = make(), [], stored_uploads()
    for language in LANGUAGES:
        answer = hand_in(enter(world.li, language=language), name, content)
        page = answer.content.decode()
        assert answer.status_code == 422, what
        (text,) = [part.split("</span>")[0] for part in page.split('id="file-error"')[1].split("<span>")[1:2]]
        assert named in text
        told.append(text)
    assert len(set(told)) == len(LANGUAGES), told
    assert not ImportUpload.objects.exists()
    assert stored_uploads() == before


def test_attack_39_too_many_bytes_are_not_taken_in(enter: Callable[..., Client], world: World) -> None:
    visitor, before = enter(world.li), stored_uploads()
    answer = visitor.generic(
        "POST", "/imports/new/customers", b"x", "multipart/form-data", CONTENT_LENGTH=10**9
    )
    assert answer.status_code == 413
    assert "100MB" in answer.content.decode()
    chunks = (b"x" * 1024 * 1024 for _n in range(limits.FILE_BYTES // (1024 * 1024) + 2))
    with pytest.raises(FileRefused) as caught:
        uploads.receive(world.boss, CUSTOMER, "a.csv", chunks)
    assert caught.value.data["limit"] == "size"
    assert stored_uploads() == before


def test_attack_39_mixed_line_ends_are_read_as_they_are(enter: Callable[..., Client], world: World) -> None:
    assert hand_in(enter(world.li), "a.csv", "名称,电话\r\n甲,1\n乙,2\r丙,3\n".encode()).status_code == 302
    assert ImportUpload.objects.get().found["rows"] == 3


def test_attack_16_rows_about_records_out_of_reach_are_refused_one_by_one(
    enter: Callable[..., Client], world: World
) -> None:
    theirs = world.records[CUSTOMER.key]["wang"]
    mine = world.records[CUSTOMER.key]["li"]
    rows = [[ids.show(theirs.pk), "抢来的公司"], [ids.show(mine.pk), "改名的公司"]]
    row = bring(enter(world.li), ["ID", "名称"], rows, {"ID": "f.id", "名称": "f.name"})
    assert (row.rehearsal["updated"], row.rehearsal["refused"]) == (1, 1)
    assert row.run is not None
    assert (row.run.counts["updated"], row.run.counts["refused"]) == (1, 1)
    stored = Customer.objects.unscoped(because="test")
    assert stored.get(pk=theirs.pk).name == theirs.name
    assert stored.get(pk=mine.pk).name == "改名的公司"
    told = str(list(row.rows.values_list("title", "changes", "problems")))
    assert theirs.name not in told
    assert theirs.number not in told


def test_attack_42_an_owner_the_importer_may_not_assign_is_an_error_of_the_row(
    enter: Callable[..., Client], world: World
) -> None:
    role = Role.objects.get(key="sales_manager")
    for grant in role.grants.filter(record=CUSTOMER.key, action="assign"):
        grant.delete()
    headings = ["名称", "类型", "电话", "国家", "负责人"]
    fields = {
        "名称": "f.name",
        "类型": "f.type_key",
        "电话": "f.phone",
        "国家": "f.country",
        "负责人": "f.owner",
    }
    rows = [
        ["归王芳的公司", "企业", "020-83317720", "CN", "wang"],
        ["归自己的公司", "企业", "020-83317721", "CN", "li"],
    ]
    row = bring(enter(world.li), headings, rows, fields)
    assert row.run is not None
    assert (row.run.counts["created"], row.run.counts["refused"]) == (1, 1)
    assert not Customer.objects.unscoped(because="test").filter(name="归王芳的公司").exists()


def test_attack_41_no_part_of_a_form_names_a_file(enter: Callable[..., Client], world: World) -> None:
    visitor = enter(world.li)
    content = "名称,电话\n甲,1\n".encode()
    assert hand_in(visitor, "../../../etc/passwd", content).status_code == 302
    row = ImportUpload.objects.get()
    assert row.file_name == "passwd"
    assert uploads.path_of(row).parent == uploads.folder()
    address = f"/imports/{ids.show(row.pk)}"
    visitor.post(f"{address}/file", {"sheet": "../../../etc/passwd", "then": "on"})
    row.refresh_from_db()
    assert (row.found["sheet"], row.found["headers"]) == ("", ["名称", "电话"])
    for bad in ("..%2f..%2fsecret_key", "../secret_key", "passwd"):
        assert visitor.get(f"/imports/{bad}/refused").status_code == 404
    assert visitor.post(f"{address}/columns", {"c.0": "../f.name", "mode": "both"}).status_code == 422


def test_attack_9_the_upload_of_somebody_else_is_no_parameter(
    enter: Callable[..., Client], world: World
) -> None:
    hand_in(enter(world.li), "a.csv", "名称,电话\n甲,1\n".encode())
    theirs = ids.show(ImportUpload.objects.get().pk)
    wang = enter(world.wang)
    assert wang.get(f"/imports/new/customers?like={theirs}").status_code == 404
    for step in ("file", "columns", "rehearsal", "refused", "run"):
        assert wang.get(f"/imports/{theirs}/{step}").status_code == 404
    assert wang.post(f"/imports/{theirs}/run").status_code == 404
    assert Client().get(f"/imports/{theirs}/columns").status_code == 302


def test_attack_29_what_stands_in_a_file_is_shown_as_text(enter: Callable[..., Client], world: World) -> None:
    bad = '"><img src=x onerror=alert(1)>'
    out = io.StringIO()
    csv.writer(out).writerows([[bad, "{{7*7}}"], [bad, "<script>alert(1)</script>"]])
    visitor = enter(world.li)
    hand_in(visitor, "a.csv", out.getvalue().encode())
    row = ImportUpload.objects.get()
    address = f"/imports/{ids.show(row.pk)}"
    visitor.post(f"{address}/columns", {"c.0": "f.name", "c.1": "f.remarks", "mode": "both"})
    while (job := running.take()) is not None:
        running.run(job)
    for step in ("file", "columns", "rehearsal"):
        page = visitor.get(f"{address}/{step}").content.decode()
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_who_may_not_import_gets_no_page_of_it(enter: Callable[..., Client], world: World) -> None:
    visitor = enter(world.li, role="sales_rep")
    for path in ("/imports", "/imports/new/customers", "/imports/template/customers"):
        assert visitor.get(path).status_code == 403, path
    assert hand_in(visitor, "a.csv", "名称\n甲\n".encode()).status_code == 403
    assert not ImportUpload.objects.exists()
    assert "/imports" not in visitor.get("/").content.decode()


def test_the_right_that_was_taken_away_counts_when_the_job_runs(
    enter: Callable[..., Client], world: World
) -> None:
    visitor = enter(world.li)
    hand_in(visitor, "a.csv", "名称,类型\n甲公司,个人\n".encode())
    row = ImportUpload.objects.get()
    visitor.post(
        f"/imports/{ids.show(row.pk)}/columns", {"c.0": "f.name", "c.1": "f.type_key", "mode": "both"}
    )
    Membership.objects.filter(user=world.li).delete()
    job = running.take()
    assert job is not None
    running.run(job)
    job.refresh_from_db()
    assert job.state == "failed"
    row.refresh_from_db()
    assert row.rehearsal == {}
