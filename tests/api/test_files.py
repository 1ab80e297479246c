"""Files over the API: handed in as bytes, listed with their digests, downloaded as they came."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from api.calling import address, caller
from kedang.engine.files import content
from kedang.engine.files.models import Attachment
from world import World

pytestmark = pytest.mark.django_db
RAW = "合同".encode() * 1000
BYTES = {"Content_Type": "application/octet-stream"}


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def test_a_file_is_handed_in_listed_and_downloaded(world: World) -> None:
    li = caller(world.li, "sales_rep")
    mine = address("customers", world.records["customers.customer"]["li"], "files")
    made = li.post(f"{mine}?name=../合同.txt", RAW, **BYTES)
    assert made.status_code == 201, made.content
    assert made.json()["name"] == "合同.txt"
    (one,) = li.get(mine).json()["items"]
    (version,) = one["versions"]
    assert (version["sha256"], version["size"]) == (hashlib.sha256(RAW).hexdigest(), len(RAW))
    answer = li.get(f"{mine}/{one['id']}/1")
    assert b"".join(answer.streaming_content) == RAW
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_is_too_large_a_program_or_no_bytes_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    li = caller(world.li, "sales_rep")
    mine = address("customers", world.records["customers.customer"]["li"], "files")
    assert li.post(f"{mine}?name=a.exe", b"MZ", **BYTES).status_code == 422
    assert li.post(f"{mine}?name=a.txt", {"a": 1}).status_code == 415
    assert li.post(f"{mine}?other=a.txt", b"x", **BYTES).status_code == 400
    monkeypatch.setattr(content, "FILE_BYTES", 10)
    assert li.post(f"{mine}?name=a.txt", b"x" * 11, **BYTES).status_code == 422
    assert not Attachment.objects.exists()


def test_the_record_decides(world: World) -> None:
    li = caller(world.li, "sales_rep")
    theirs = address("customers", world.records["customers.customer"]["wang"], "files")
    assert li.get(theirs).status_code == 404
    assert li.post(f"{theirs}?name=a.txt", b"x", **BYTES).status_code == 404
    reader = caller(world.li, "sales_rep", read_only=True)
    mine = address("customers", world.records["customers.customer"]["li"], "files")
    assert reader.post(f"{mine}?name=a.txt", b"x", **BYTES).status_code == 403
    assert not Attachment.objects.exists()
    assert not content.folder().exists()
