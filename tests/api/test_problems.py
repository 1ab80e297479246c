"""Whatever goes wrong is a problem document with a stable code, and never tells more than it should."""

import json
from typing import Any

import pytest

from api.calling import Caller, address
from kedang.kits.api import views
from world import World

COMPANY = {
    "name": "广州澜石水务设备有限公司",
    "type_key": "enterprise",
    "country": "CN",
    "phone": "020-39000042",
}


def problem(answer: Any, status: int, code: str) -> Any:
    """Check a problem document and return it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:kedang:problem:{code}")
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/nothing", "/api/v1/customers/", "/api/v1/customers/a/b/c", "/api/v1/docs"]
)
def test_an_address_that_leads_nowhere(world: World, li: Caller, path: str) -> None:
    problem(li.get(path), 404, "not_found")
    problem(Caller().post(path, {}), 404, "not_found")


def test_a_method_that_is_not_taken(world: World, li: Caller) -> None:
    answer = li.call("PUT", address("customers", world.records["customers.customer"]["li"]), {})
    problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "PATCH", "DELETE"}
    problem(li.post(address("approvals"), {}), 405, "method_not_allowed")
    problem(
        li.get(address("customers", world.records["customers.customer"]["li"], "assign")),
        405,
        "method_not_allowed",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"", b"\xff\xfe", b'{"name": NaN}', b'{"name": 1e99999999999999999999}', b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}', b'{"\\ud800": 1}', b"[" * 100_000, b'{"name": ' + b"9" * 5000 + b"}",
        b'{"remarks": ' + b'{"a":' * 20 + b"1" + b"}" * 20 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_is_not_json_we_can_store(world: World, li: Caller, body: bytes) -> None:
    answer = li.post(address("customers"), body)
    problem(answer, 422, "invalid") if body == b"" else problem(answer, 400, "bad_body")


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_a_body_that_is_no_object(world: World, li: Caller, body: Any) -> None:
    problem(li.post(address("customers"), json.dumps(body).encode()), 422, "invalid")


def test_a_body_that_is_too_large(world: World, li: Caller) -> None:
    problem(li.post(address("customers"), COMPANY | {"remarks": "x" * 1_000_001}), 413, "too_large")
    huge = {"lines": [{"quantity": "1"}] * 501, "ordered_on": "2026-11-20", "status_key": "draft"}
    problem(li.post(address("orders"), huge), 422, "invalid")


def test_a_body_of_unknown_length(world: World, li: Caller) -> None:
    problem(li.call("POST", address("customers"), Transfer_Encoding="chunked"), 411, "length_required")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_a_body_of_another_kind(world: World, li: Caller, kind: str) -> None:
    problem(li.post(address("customers"), COMPANY, Content_Type=kind), 415, "media_type")


@pytest.mark.parametrize(
    "value", ["1e9999999", "1e-9999999", "NaN", "Infinity", "-1e17", "１２", "0x10", "--1", "1_000"]
)
def test_odd_numbers_never_break_anything(world: World, manager: Caller, value: str) -> None:
    body = {"number": "N-1", "name": "阀门", "list_price": value}
    answer = manager.post(address("products"), body)
    assert answer.status_code in (201, 422), answer.content
    raw = b'{"number": "N-2", "name": "x", "list_price": %s}' % value.encode()
    assert manager.post(address("products"), raw).status_code in (201, 400, 422)


def test_a_bug_of_ours_is_noted_and_tells_nothing(
    world: World, li: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise AssertionError("secret of the house")

    monkeypatch.setattr(views, "open_one", broken)
    answer = li.get(address("customers", world.records["customers.customer"]["li"]))
    problem(answer, 500, "internal")
    assert "secret" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    assert "secret of the house" in caplog.text


def test_names_from_outside_are_only_text(world: World, li: Caller) -> None:
    name = "<script>alert(1)</script>\"'{{7*7}}"
    answer = li.post(address("customers"), COMPANY | {"name": name})
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.json()["name"] == name
    shown = li.get(address("customers") + "?<script>alert(1)</script>=1")
    problem(shown, 400, "bad_query")
    assert b"<script>" not in shown.content
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
