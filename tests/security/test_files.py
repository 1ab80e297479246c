"""The attacks on files that hang on records, each by its number."""

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kedang.engine.actions.perform import perform
from kedang.engine.files import checking, content, disk, rules, services
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.files.names import cleaned
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock, ids
from kedang.kernel.errors import FileRefused, NotAllowed, NotVisible
from world import World

pytestmark = pytest.mark.django_db
CUSTOMER = RECORDS["customers.customer"]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def enter(world: World) -> Callable[..., Client]:
    def sign_in(user: User, role: str = "sales_rep") -> Client:
        Membership.objects.get_or_create(user=user, role=Role.objects.get(key=role))
        User.objects.filter(pk=user.pk).update(language="en")
        visitor = Client()
        visitor.force_login(User.objects.get(pk=user.pk))
        return visitor

    return sign_in


@pytest.fixture
def li(enter: Callable[..., Client], world: World) -> Client:
    return enter(world.li)


def at(world: World, owner: str = "li") -> str:
    return f"/customers/{ids.show(world.records[CUSTOMER.key][owner].pk)}/files"


def hand_in(visitor: Client, world: World, name: str, raw: bytes, owner: str = "li") -> Any:
    return visitor.post(at(world, owner), {"file": SimpleUploadedFile(name, raw)})


def attached(world: World, owner: str, name: str = "合同.txt", raw: bytes = b"text") -> Attachment:
    return services.attach(world.boss, CUSTOMER, world.records[CUSTOMER.key][owner].pk, name, [raw])


def photo(size: tuple[int, int] = (40, 20)) -> bytes:
    out, picture = io.BytesIO(), Image.new("RGB", size, "red")
    exif = picture.getexif()
    exif[0x010F] = "SECRETCAMERA"
    exif[0x8825] = {1: "N", 2: (23.0, 7.0, 0.0)}
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_attack_26_no_file_without_a_session_by_a_guess_or_after_its_end(
    enter: Callable[..., Client], li: Client, world: World
) -> None:
    theirs, mine = attached(world, "wang", raw=photo()), attached(world, "li", raw=photo())
    for rest in ("", "/1", "/1/picture", "/remove"):
        assert Client().get(f"{at(world)}/{ids.show(mine.pk)}{rest}").status_code == 302
        assert li.get(f"{at(world, 'wang')}/{ids.show(theirs.pk)}{rest}").status_code == 404
        assert (
            li.get(f"{at(world)}/{ids.show(theirs.pk)}{rest}").status_code == 404
        )  # under a record of one's own
        assert li.get(f"{at(world)}/{ids.show(ids.new_id())}{rest}").status_code == 404
        assert li.get(f"{at(world)}/{ids.show(mine.pk)}{rest}").status_code == 200, rest
    assert li.get(f"{at(world)}/{ids.show(mine.pk)}/2").status_code == 404
    for rest in ("/revise", "/restore", "/remove"):
        sent = {"file": SimpleUploadedFile("a.txt", b"x"), "reason": "x"}
        assert li.post(f"{at(world, 'wang')}/{ids.show(theirs.pk)}{rest}", sent).status_code == 404
        assert li.post(f"{at(world)}/{ids.show(theirs.pk)}{rest}", sent).status_code == 404
    assert hand_in(li, world, "a.txt", b"x", "wang").status_code == 404
    services.remove(world.boss, CUSTOMER, mine.record_id, mine.pk, "停用")
    for rest in ("", "/1", "/1/picture"):
        assert li.get(f"{at(world)}/{ids.show(mine.pk)}{rest}").status_code == 404
    services.restore(world.boss, CUSTOMER, mine.record_id, mine.pk)
    perform(world.boss, "customers.customer.archive", mine.record_id, reason="停业")
    for rest in ("", "/1", "/1/picture"):
        assert li.get(f"{at(world)}/{ids.show(mine.pk)}{rest}").status_code == 404


def test_attack_26_who_only_sees_the_record_changes_no_file(world: World) -> None:
    mine = attached(world, "li")
    looker = world.actor(world.li, {f"{CUSTOMER.key}:view": "all"})  # type: ignore[dict-item]
    before = sorted(path.name for path in content.folder().rglob("*"))
    with pytest.raises(NotAllowed):
        services.attach(looker, CUSTOMER, mine.record_id, "a.txt", [b"other"])
    with pytest.raises(NotAllowed):
        services.revise(looker, CUSTOMER, mine.record_id, mine.pk, "a.txt", [b"other"])
    with pytest.raises(NotAllowed):
        services.remove(looker, CUSTOMER, mine.record_id, mine.pk, "x")
    assert sorted(path.name for path in content.folder().rglob("*")) == before


BAD = {
    "a.svg": SVG, "a.html": b"<script>alert(1)</script>", "a.php": b"<?php system('id');", "a.jpg.php": b"<?php 1;",
    "a.xhtml": b"<html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>",
    "picture.png": b"<html><script>alert(1)</script></html>",  # the wrong type
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_attack_43_what_a_browser_would_run_is_kept_inert(li: Client, world: World, name: str) -> None:
    assert hand_in(li, world, name, BAD[name]).status_code == 302
    row = AttachmentVersion.objects.get()
    assert row.kind == rules.OTHER
    address = f"{at(world)}/{ids.show(row.attachment_id)}"
    answer = li.get(f"{address}/1")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert li.get(f"{address}/1/picture").status_code == 404
    assert b"alert(1)" not in li.get(address).content


@pytest.mark.parametrize(("name", "raw"), [
    ("a.exe", b"MZ\x90"), ("a.txt", b"MZ\x90\x00"), ("a.pdf.exe", b"%PDF-"), ("run.bat", b"del"), ("x", b"\x7fELF"),
])  # fmt: skip
def test_attack_43_programs_are_refused_and_leave_nothing(
    li: Client, world: World, name: str, raw: bytes
) -> None:
    answer = hand_in(li, world, name, raw)
    assert answer.status_code == 422
    assert "is a program" in answer.content.decode()
    assert not Attachment.objects.exists()
    assert [path for path in content.folder().rglob("*") if path.is_file()] == []


def test_attack_43_a_picture_is_drawn_anew_without_place_camera_or_second_content(
    li: Client, world: World
) -> None:
    raw = photo() + b"<script>alert(1)</script>PK\x03\x04payload"
    hand_in(li, world, "a.jpg", raw)
    row = AttachmentVersion.objects.get()
    answer = li.get(f"{at(world)}/{ids.show(row.attachment_id)}/1/picture")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"SECRETCAMERA" in raw
    assert b"SECRETCAMERA" not in answer.content
    assert b"alert(1)" not in answer.content
    with Image.open(io.BytesIO(answer.content)) as drawn:
        assert drawn.size == (40, 20)
        assert len(drawn.getexif()) == 0
    saved = li.get(f"{at(world)}/{ids.show(row.attachment_id)}/1")
    assert b"".join(saved.streaming_content) == raw


def test_attack_43_over_fifty_million_pixels_are_not_drawn(li: Client, world: World) -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 5_001)).save(out, "PNG")
    hand_in(li, world, "big.png", out.getvalue())
    answer = li.get(f"{at(world)}/{ids.show(Attachment.objects.get().pk)}/1/picture")
    assert answer.status_code == 422
    assert "50 million pixels" in answer.content.decode()


def test_attack_43_a_broken_picture_is_no_picture(li: Client, world: World) -> None:
    hand_in(li, world, "a.png", b"\x89PNG\r\n\x1a\n" + os.urandom(500))
    assert li.get(f"{at(world)}/{ids.show(Attachment.objects.get().pk)}/1/picture").status_code == 422


def test_attack_43_a_page_of_a_pdf_is_drawn(li: Client, world: World) -> None:
    out = io.BytesIO()
    Image.new("RGB", (200, 100), "blue").save(out, "PDF")
    hand_in(li, world, "a.pdf", out.getvalue())
    address = f"{at(world)}/{ids.show(Attachment.objects.get().pk)}"
    answer = li.get(f"{address}/1/picture")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert li.get(f"{address}/1/picture?page=7").status_code == 404
    assert "Page 1" in li.get(address).content.decode()


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("", "file"), ("...", "file"),
    ("a\nb\x00.txt", "ab.txt"),
    ("photo\u202egpj.txt", "photogpj.txt"), ("合同（终稿）.pdf", "合同（终稿）.pdf"),
    ('a"b<c>.txt', "a_b_c_.txt"), (" a  b .txt ", "a b .txt"),
])  # fmt: skip
def test_attack_44_names_lead_nowhere(given: str, kept: str) -> None:
    assert cleaned(given) == kept


def test_attack_44_a_long_name_keeps_its_end_and_is_shown_as_text(li: Client, world: World) -> None:
    assert cleaned("长" * 500 + ".pdf") == "长" * 116 + ".pdf"
    hand_in(li, world, "<img src=x onerror=alert(1)>.txt", b"<script>alert(2)</script>")
    row = Attachment.objects.get()
    page = (
        li.get(at(world)[: -len("/files")]).content.decode()
        + li.get(f"{at(world)}/{ids.show(row.pk)}").content.decode()
    )
    assert "<img src=x" not in page
    assert "<script>alert(2)" not in page
    assert "&lt;script&gt;alert(2)" in page


def test_attack_35_the_name_in_the_header_is_encoded(li: Client, world: World) -> None:
    hand_in(li, world, "合同\r\nX-Bad: 1.txt", b"x")
    answer = li.get(f"{at(world)}/{ids.show(Attachment.objects.get().pk)}/1")
    assert "X-Bad" not in answer.headers
    assert "\n" not in answer.headers["Content-Disposition"]
    assert "filename*=utf-8''" in answer.headers["Content-Disposition"]


def test_attack_28_what_was_removed_is_gone_after_the_hold_with_its_bytes(
    world: World, still_clock: Any
) -> None:
    row = attached(world, "li", raw=b"only here")
    kept = attached(world, "wang", raw=b"elsewhere")
    shared = attached(world, "li", raw=b"elsewhere")
    for one in (row, shared):
        services.remove(world.boss, CUSTOMER, one.record_id, one.pk, "停用")
    with clock.frozen(still_clock + timedelta(days=31)):
        checking.purge()
    assert not Attachment.objects.filter(pk__in=[row.pk, shared.pk]).exists()
    assert not content.path_of(disk.hashlib.sha256(b"only here").hexdigest()).exists()
    assert content.path_of(kept.versions.get().digest).exists()
    assert list(checking.faults()) == []


def test_versions_are_kept_and_told_and_the_bytes_are_proved(li: Client, world: World) -> None:
    hand_in(li, world, "报价.txt", "第一版".encode("gb18030"))
    row = Attachment.objects.get()
    address = f"{at(world)}/{ids.show(row.pk)}"
    assert "第一版" in li.get(address).content.decode()
    assert (
        li.post(f"{address}/revise", {"file": SimpleUploadedFile("报价2.txt", b"second")}).status_code == 302
    )
    assert (
        li.post(f"{address}/revise", {"file": SimpleUploadedFile("报价2.txt", b"second")}).status_code == 422
    )
    assert b"".join(li.get(f"{address}/1").streaming_content) == "第一版".encode("gb18030")
    assert b"".join(li.get(f"{address}/2").streaming_content) == b"second"
    assert li.post(f"{address}/remove", {"reason": ""}).status_code == 422
    assert li.post(f"{address}/remove", {"reason": "作废"}).status_code == 302
    page = li.get(at(world)).content.decode()
    assert "作废" in page
    assert li.post(f"{address}/restore").status_code == 302
    history = li.get(at(world).replace("/files", "/history")).content.decode()
    for word in (
        "attached a file",
        "put in a new version",
        "removed a file",
        "took a file back",
        "报价2.txt (2)",
        "作废",
    ):
        assert word in history, word
    assert list(checking.faults()) == []
    path = content.path_of(row.versions.get(no=1).digest)
    path.write_bytes(b"tampered")
    assert [text.split(": ")[1] for text in checking.faults()] == ["was changed after it was stored"]
    path.unlink()
    assert [text.split(": ")[1] for text in checking.faults()] == ["is not there"]


def test_limits_are_said_with_the_limit(li: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "FILE_BYTES", 10)
    assert "50 MB, the limit" in hand_in(li, world, "a.txt", b"x" * 11).content.decode()
    assert "is empty" in hand_in(li, world, "a.txt", b"").content.decode()
    assert li.post(at(world), {}).status_code == 422
    assert not Attachment.objects.exists()
    with pytest.raises(FileRefused):
        content.take("a", [b"x" * 6, b"x" * 6])
    assert [path for path in content.folder().rglob("*") if path.is_file()] == []


def test_every_record_type_has_files_and_what_hangs_on_a_customer_follows_it(
    enter: Callable[..., Client], world: World
) -> None:
    visitor = enter(world.li, "sales_manager")
    for key, kind in RECORDS.items():
        if not kind.creatable or key not in world.records:
            continue
        for owner, status in (
            ("li", 200),
            ("wang", 200 if key in ("catalog.product", "warnings.rule") else 404),
        ):
            address = f"/{kind.plural}/{ids.show(world.records[key][owner].pk)}/files"
            assert visitor.get(address).status_code in (status, 404 if key == "trade.receipt" else status), (
                key,
                owner,
            )


def test_a_record_out_of_reach_is_absent_for_the_services_too(world: World) -> None:
    nobody = world.actor(world.li, {})
    with pytest.raises(NotVisible):
        services.attach(nobody, CUSTOMER, world.records[CUSTOMER.key]["li"].pk, "a.txt", [b"x"])
