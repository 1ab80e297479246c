"""Writing through the API: the same door as the pages, with versions, keys and approvals."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from api.calling import Caller, address, caller
from kedang.areas.customers.models import Customer
from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.models import RequestKey
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from kedang.kernel.actor import Span
from world import World, build, everywhere

CUSTOMERS = "customers.customer"
COMPANY = {
    "name": "广州澜石水务设备有限公司",
    "type_key": "enterprise",
    "country": "CN",
    "phone": "020-39000042",
}


def stored(customer: Any) -> Customer:
    return Customer.objects.unscoped(because="test").get(pk=customer.pk)


def traces() -> tuple[int, ...]:
    tables = (HistoryEntry, OutboxEvent, IssuedNumber, RequestKey)
    return tuple(table.objects.count() for table in tables) + tuple(
        kind.model.objects.unscoped(because="test").count() for kind in RECORDS.values()
    )


def test_a_new_record_is_filed_and_found_again(world: World, li: Caller) -> None:
    answer = li.post(address("customers"), COMPANY, Idempotency_Key="a-1")
    body = answer.json()
    assert answer.status_code == 201
    assert (body["name"], body["version"], body["owner"]) == (COMPANY["name"], 1, ids.show(world.li.pk))
    assert body["number"]
    assert answer["ETag"] == '"1"'
    assert answer["Location"] == f"/api/v1/customers/{body['id']}"
    assert li.get(answer["Location"]).json() == body


def test_amounts_are_exact_however_they_are_written(world: World, manager: Caller) -> None:
    for given in ("1999.90", 1999.9, "1,999.90"):
        body = manager.post(
            address("products"), {"number": f"N-{given}", "name": "阀门", "list_price": given}
        ).json()
        assert body["list_price"] == "1999.90"
    refused = manager.post(address("products"), {"number": "N-9", "name": "阀门", "list_price": 0.123})
    assert refused.json()["problems"][0]["field"] == "list_price"


def test_an_order_is_filed_with_its_lines(world: World, li: Caller) -> None:
    customer = ids.show(world.records[CUSTOMERS]["li"].pk)
    product = ids.show(world.records["catalog.product"]["li"].pk)
    lines = [
        {"product": product, "quantity": "1.5", "price": "10"},
        {"product": product, "quantity": 2, "price": 3},
    ]
    order = {"customer": customer, "ordered_on": "2026-11-20", "status_key": "draft", "lines": lines}
    made = li.post(address("orders"), order).json()
    assert (made["amount"], len(made["lines"])) == ("21.00", 2)
    changed = li.patch(f"/api/v1/orders/{made['id']}", {"lines": lines[:1]}, version=1).json()
    assert (changed["amount"], changed["version"]) == ("15.00", 2)
    bad = li.patch(f"/api/v1/orders/{made['id']}", {"lines": [lines[0] | {"cost": "1"}]}, version=2)
    assert bad.status_code == 422
    assert bad.json()["problems"][0]["field"] == "lines.1.cost"


def test_a_change_needs_the_version_it_is_based_on(world: World, li: Caller) -> None:
    path = address("customers", world.records[CUSTOMERS]["li"])
    assert li.patch(path, {"short_name": "红光"}).status_code == 428
    assert li.patch(path, {"short_name": "红光"}, If_Match="*").status_code == 428
    assert li.delete(path).status_code == 428
    assert li.patch(path, {"short_name": "红光"}, version=1).json()["version"] == 2
    stale = li.patch(path, {"short_name": "红光酒业"}, version=1)
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "stale", 2)
    for tag in ('"x"', 'W/"2"', "2", '"2", "3"'):
        assert li.patch(path, {"short_name": "x"}, If_Match=tag).status_code == 412
    assert stored(world.records[CUSTOMERS]["li"]).short_name == "红光"


def test_a_change_that_changes_nothing_keeps_the_version(world: World, li: Caller) -> None:
    path = address("customers", world.records[CUSTOMERS]["li"])
    before = traces()
    assert li.patch(path, {}, version=1).json()["version"] == 1
    assert traces() == before


def test_hidden_records_look_absent_to_every_write(world: World, li: Caller) -> None:
    before = traces()
    for kind in RECORDS.values():
        if kind.plural in ("products", "warning-rules", "approvals"):
            continue
        row = world.records[kind.key]["wang"]
        for one in (ids.show(row.pk), ids.show(7), "nonsense"):
            path = f"/api/v1/{kind.plural}/{one}"
            acts = {
                act.name for act in actions_of(kind.key)
            }  # without the generic ones there is no such method
            answers = [li.patch(path, {}, version=1)] if "update" in acts else []
            answers += [li.delete(path, {"reason": "x"}, version=1)] if "archive" in acts else []
            answers += [
                li.post(f"{path}/assign", {"owner": ids.show(world.li.pk)}),
                li.post(f"{path}/restore"),
            ]
            assert {answer.status_code for answer in answers} == {404}
            assert len({answer.content for answer in answers}) == 1
    assert traces() == before


def test_seen_but_not_allowed_is_told_so(world: World) -> None:
    reader = caller(world.wang, "inspector")
    before = traces()
    for kind in RECORDS.values():
        row = world.records[kind.key]["li"]
        path = address(kind.plural, row)
        writes = [reader.post(path + "/assign", {"owner": ids.show(world.wang.pk)})] if kind.creatable else []
        if kind.creatable:
            writes += [
                reader.patch(path, {}, version=row.version),
                reader.delete(path, {"reason": "x"}, version=1),
            ]
        elif kind.plural == "approvals":
            writes.append(reader.post(path + "/approve"))
        else:
            continue  # suggestions are decided by acts of their own: tests/integration/areas/test_reviews.py
        seen = kind.model.objects.visible_to(actor_of(world.wang)).filter(pk=row.pk).exists()
        assert seen or kind.plural == "views"  # a colleague's own view is nobody else's
        assert {answer.status_code for answer in writes} == {403 if seen else 404}, kind.key
    assert reader.post(address("customers"), COMPANY).status_code == 403
    assert traces() == before


@pytest.mark.parametrize("role", ["sales_rep", "finance", "call_agent"])
def test_what_is_not_offered_cannot_be_set(world: World, role: str) -> None:
    program = caller(world.li, role)
    customer = world.records[CUSTOMERS]["li"]
    path = address("customers", customer)
    unknown = (
        "id",
        "number",
        "serial",
        "version",
        "head",
        "archived_at",
        "created_by",
        "is_staff",
        "role",
    )
    before = traces()
    for name in unknown:
        for value in ("1", 1, None, {"a": 1}):
            answer = program.patch(path, {name: value}, version=1)
            assert answer.status_code in (422, 403)
    assert program.patch(path, {"custom": {"nobody_defined_this": 1}}, version=1).status_code in (422, 403)
    for name in ("owner", "unit", "pool"):
        assert program.patch(path, {name: ids.show(world.wang.pk)}, version=1).status_code in (422, 403)
        assert program.post(address("customers"), COMPANY | {name: ids.show(world.wang.pk)}).status_code in (
            422,
            403,
        )
    assert traces() == before
    assert stored(customer).owner_id == world.li.pk


def test_fields_closed_to_a_role_cannot_be_set(world: World, li: Caller) -> None:
    path = address("customers", world.records[CUSTOMERS]["li"])
    answer = li.patch(path, {"credit_limit": "999999", "bank_account": "1"}, version=1)
    assert {(one["field"], one["code"]) for one in answer.json()["problems"]} == {
        ("credit_limit", "not_settable"), ("bank_account", "not_settable"),
    }  # fmt: skip
    finance = caller(world.wang, "finance")
    assert finance.patch(path, {"credit_limit": "999999"}, version=1).status_code == 200
    assert stored(world.records[CUSTOMERS]["li"]).credit_limit == Decimal(999999)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": {"a": 1}}, "name", "type"), ({"name": ["x"]}, "name", "type"), ({"name": 5}, "name", "type"),
        ({"since": "yesterday"}, "since", "invalid"), ({"credit_limit": True}, "credit_limit", "type"),
        ({"colour": "red"}, "colour", "unknown_field"), ({"level_key": "platinum"}, "level_key", "choice"),
        ({"name": "x" * 500}, "name", "max_length"), ({"name": ""}, "name", "required"),
        ({"email": "nobody"}, "email", "invalid"), ({"name": None}, "name", "required"),
        ({"pool": "x"}, "pool", "unknown_field"),
    ],
)  # fmt: skip
def test_every_problem_names_its_field(world: World, root: Caller, body: Any, field: str, code: str) -> None:
    path = address("customers", world.records[CUSTOMERS]["li"])
    answer = root.patch(path, body, version=1)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [(one["field"], one["code"]) for one in answer.json()["problems"]] == [(field, code)]


def test_all_problems_come_at_once(world: World, li: Caller) -> None:
    answer = li.post(address("customers"), {"type_key": "enterprise", "email": "x", "level_key": "platinum"})
    assert {one["field"] for one in answer.json()["problems"]} >= {"name", "phone", "email", "level_key"}


def test_a_record_points_only_at_what_its_writer_sees(world: World, li: Caller) -> None:
    theirs = ids.show(world.records[CUSTOMERS]["wang"].pk)
    for target in (theirs, ids.show(7), "nonsense"):
        answer = li.post(address("contacts"), {"name": "钱进", "customer": target})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["field"] == "customer"


def test_a_broken_rule_is_a_conflict(world: World, chief: Caller) -> None:
    approval = world.records["engine.approval"]["li"]
    assert chief.post(address("approvals", approval, "reject"), {"note": "不行"}).status_code == 200
    answer = chief.post(address("approvals", approval, "reject"))
    assert (answer.status_code, answer.json()["code"]) == (409, "rule_broken")


def test_archiving_waits_for_approval_where_the_type_asks_for_it(world: World, chief: Caller) -> None:
    made = perform(world.actor(world.li, everywhere(Span.OWN)), f"{CUSTOMERS}.create", inputs=COMPANY).record
    rep = caller(world.li, "sales_rep")
    path = address("customers", made)
    assert rep.delete(path, version=1).json()["problems"][0]["field"] == "reason"
    asked = rep.delete(path + "?reason=停业", version=1)
    assert asked.status_code == 202
    assert asked["Location"] == f"/api/v1/approvals/{asked.json()['id']}"
    assert asked.json()["state"] == "pending"
    assert rep.delete(path, {"reason": "停业"}, version=1).status_code == 409
    assert rep.post(asked["Location"] + "/approve").status_code == 403
    assert chief.post(asked["Location"] + "/approve", {"note": "同意"}).json()["state"] == "approved"
    assert rep.get(path).status_code == 404
    assert stored(made).archived_at is not None
    assert chief.post(path + "/restore").json()["archived_at"] is None


def test_archiving_without_approval_leaves_no_content(world: World, chief: Caller) -> None:
    product = world.records["catalog.product"]["li"]
    assert chief.delete(address("products", product), {"reason": "停产"}, version=9).status_code == 412
    answer = chief.delete(address("products", product), {"reason": "停产"}, version=1)
    assert (answer.status_code, answer.content) == (204, b"")
    assert chief.get(address("products", product)).status_code == 404


def test_handing_over_takes_the_record_out_of_sight(world: World, manager: Caller) -> None:
    customer = world.records[CUSTOMERS]["zhao"]
    path = address("customers", customer, "assign")
    assert manager.post(path).status_code == 422
    problem = manager.post(path, {}).json()["problems"][0]
    assert (problem["field"], problem["code"]) == ("owner", "required")
    assert manager.post(path, {"owner": ids.show(world.wang.pk)}, If_Match='"7"').status_code == 412
    assert manager.post(path, {"owner": ids.show(world.wang.pk)}).status_code == 204
    assert stored(customer).owner_id == world.wang.pk


def test_a_repeated_request_is_one_record(world: World, li: Caller) -> None:
    first = li.post(address("customers"), COMPANY, Idempotency_Key="k-1")
    before = traces()
    again = li.post(address("customers"), COMPANY, Idempotency_Key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotent-Replayed"] == "true"
    other = li.post(address("customers"), COMPANY | {"name": "另一家有限公司"}, Idempotency_Key="k-1")
    assert other.status_code == 409
    assert traces() == before
    assert li.post(address("customers"), COMPANY, Idempotency_Key="k-2").status_code == 201


def test_a_repeated_action_is_done_once(world: World, root: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    body = {"owner": ids.show(world.wang.pk)}
    versions = [
        root.post(address("customers", customer, "assign"), body, Idempotency_Key="k").json()["version"]
        for _ in "ab"
    ]
    assert versions == [2, 2]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "键"])
def test_a_key_that_is_none_is_refused(world: World, li: Caller, key: str) -> None:
    assert li.post(address("customers"), COMPANY, Idempotency_Key=key).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_at_once_under_one_key_are_one_record() -> None:
    world = build()
    key = caller(world.li, "sales_rep").key
    start, answers = threading.Barrier(4), []

    def call() -> None:
        start.wait()
        answer = Caller(key).post(address("customers"), COMPANY, Idempotency_Key="once")
        answers.append((answer.status_code, answer.json().get("id")))
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1, answers
    assert answers[0][0] == 201
    assert Customer.objects.unscoped(because="test").filter(name=COMPANY["name"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_stale() -> None:
    world = build()
    key = caller(world.li, "sales_rep").key
    path = address("customers", world.records[CUSTOMERS]["li"])
    start, answers = threading.Barrier(2), []

    def call(name: str) -> None:
        start.wait()
        answers.append(Caller(key).patch(path, {"short_name": name}, version=1).status_code)
        connections.close_all()

    threads = [threading.Thread(target=call, args=(name,)) for name in ("甲", "乙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412]


def test_the_reason_stands_in_the_history(world: World, li: Caller) -> None:
    path = address("customers", world.records[CUSTOMERS]["li"])
    assert li.patch(path + "?reason=客户来电", {"short_name": "红光"}, version=1).status_code == 200
    assert li.get(path + "/history").json()["items"][0]["reason"] == "客户来电"
    assert li.patch(path + "?reason=" + "长" * 301, {"short_name": "红"}, version=2).status_code == 400
