"""Reading through the API: what each key sees, and how a list is asked."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.calling import Caller, address, caller
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from world import World

CUSTOMERS = "customers.customer"


def file_many(world: World, count: int) -> None:
    for place in range(count):
        inputs = {
            "name": f"天津海河{place:03}机械有限公司", "type_key": "enterprise", "country": "CN",
            "phone": "022-28080001", "level_key": "gold" if place % 2 else "silver", "owner": world.li.pk,
            "next_step_on": f"2026-12-{place % 9 + 1:02}" if place % 3 else None,
        }  # fmt: skip
        perform(world.boss, f"{CUSTOMERS}.create", inputs=inputs)


def test_a_record_is_flat_and_exact(world: World, chief: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    answer = chief.get(address("customers", customer))
    body = answer.json()
    assert answer.status_code == 200
    assert answer["ETag"] == '"1"'
    assert answer["Content-Type"] == "application/json"
    assert body["id"] == ids.show(customer.pk)
    assert (body["version"], body["name"], body["type_key"]) == (1, customer.name, "enterprise")
    assert body["credit_limit"] == "50000.00"
    assert body["owner"] == ids.show(world.li.pk)
    assert body["_labels"]["owner"] == "李明"
    assert body["created_at"].endswith("Z")
    assert body["custom"] == {}
    assert not {"name_sort", "head", "serial"} & set(body)


def test_a_document_has_its_lines(world: World, chief: Caller) -> None:
    body = chief.get(address("orders", world.records["trade.order"]["li"])).json()
    product = world.records["catalog.product"]["li"]
    assert body["lines"] == [
        {
            "line_no": 1, "product": ids.show(product.pk), "quantity": "2.000", "price": "1200.00",
            "amount": "2400.00", "_labels": {"product": "离心泵"},
        }
    ]  # fmt: skip
    assert body["base_amount"] == "2400.00"


def test_hidden_fields_are_absent_and_masked_ones_say_so(world: World, li: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    assert "credit_limit" not in li.get(address("customers", customer)).json()
    agent = caller(world.wang, "call_agent")
    for body in (
        agent.get(address("customers", customer)).json(),
        agent.get(address("customers")).json()["items"][-1],
    ):
        assert body["phone"] is None
        assert body["_masked"]["phone"] == "010-****0001"
        assert "8888" not in json.dumps(body)


def test_what_lies_in_a_pool_is_masked_until_claimed_and_so_is_its_history(
    world: World, chief: Caller
) -> None:
    inputs = {
        "name": "保定古莲池饮料有限公司",
        "type_key": "enterprise",
        "phone": "0312-8888123",
        "country": "CN",
    }
    made = perform(
        world.boss, f"{CUSTOMERS}.create", inputs=inputs | {"owner": None, "pool": world.pool.pk}
    ).record
    rep = caller(world.li, "sales_rep")
    body = rep.get(address("customers", made)).json()
    assert (body["phone"], body["_masked"]["phone"]) == (None, "0312-****8123")
    for part in ("history", "timeline"):
        assert "8888123" not in rep.get(address("customers", made, part)).content.decode()
    assert "8888123" in chief.get(address("customers", made, "history")).content.decode()


@pytest.mark.parametrize("plural", [kind.plural for kind in RECORDS.values()])
def test_each_key_lists_what_its_user_sees(world: World, plural: str) -> None:
    kind = next(one for one in RECORDS.values() if one.plural == plural)
    for user in (world.li, world.wang):
        mine = caller(user, "sales_rep")
        theirs = [ids.show(row.pk) for name, row in world.records[kind.key].items() if name != user.username]
        answer = mine.get(address(plural))
        if not actor_of(user).may(kind.key, "view"):
            assert answer.status_code == 403
            continue
        shown = [row["id"] for row in answer.json()["items"]]
        if plural != "relations":  # each of those needs a customer of somebody else
            assert ids.show(world.records[kind.key][user.username].pk) in shown
        if plural not in ("products", "warning-rules"):  # the catalogue and the rules are everybody's
            assert not set(theirs) & set(shown)


@pytest.mark.parametrize("part", ["", "history", "timeline", "why"])
def test_hidden_absent_and_nonsense_ids_are_answered_alike(world: World, li: Caller, part: str) -> None:
    for kind in RECORDS.values():
        hidden = ids.show(world.records[kind.key]["wang"].pk)
        if kind.plural in ("products", "warning-rules"):
            continue
        tail = f"/{part}" if part else ""
        answers = [
            li.get(f"/api/v1/{kind.plural}/{one}{tail}")
            for one in (hidden, ids.show(7), "x", "zzzzzzzzzzzzz", "01")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
    assert AccessLog.objects.filter(kind="refused", user_id=world.li.pk).exists()


def test_a_list_without_the_right_is_refused(world: World) -> None:
    nobody = caller(world.wang, "technician")
    assert nobody.get(address("receipts")).status_code == 403


def test_filters_are_those_declared(world: World, chief: Caller) -> None:
    file_many(world, 6)
    assert len(chief.get(address("customers") + "?level_key=silver").json()["items"]) == 3
    assert len(chief.get(address("customers") + "?level_key=silver&level_key=gold").json()["items"]) == 9
    assert len(chief.get(address("customers") + f"?owner={ids.show(world.wang.pk)}").json()["items"]) == 1
    assert len(chief.get(address("customers") + "?owner=me").json()["items"]) == 0
    assert len(chief.get(address("customers") + "?pool=none").json()["items"]) == 9
    assert len(chief.get(address("customers") + "?q=海河 机械").json()["items"]) == 6
    assert len(chief.get(address("products") + "?stocked=true").json()["items"]) == 3


@pytest.mark.parametrize(
    "query",
    [
        "colour=red", "credit_limit=1", "owner__password__startswith=a", "phone=1", "include=owner", "sort=phone",
        "sort=-", "sort=credit_limit", "sort=owner__name",
        "limit=0", "limit=201", "limit=ten", "limit=1000000", "limit=-1",
        "cursor=abc", "cursor=%F0%9F%90%BC", "owner=nobody", "owner=1", "type_key=", "archived=perhaps", "q=a&q=b",
        "sort=number&sort=number", "q=%00", "page=2", "fields=name", "limit=50&offset=3",
        "type_key=%00", "q=" + "x" * 10_000, "type_key=" + "x" * 3_000, "owner=" + "0" * 13 + "&" * 1 + "unit=';--",
    ],
)  # fmt: skip
def test_what_a_list_does_not_offer_is_a_bad_query(world: World, li: Caller, query: str) -> None:
    answer = li.get(f"{address('customers')}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_query"


def test_many_filters_are_limited(world: World, li: Caller) -> None:
    assert li.get(address("customers") + "?" + "&".join(["type_key=a"] * 51)).status_code == 400
    assert (
        li.get(address("customers") + "?" + "&".join(f"a{one}=1" for one in range(3000))).status_code == 400
    )


def test_nobody_filters_or_sorts_by_what_they_may_not_read(world: World) -> None:
    agent = caller(world.wang, "call_agent")
    assert agent.get(address("customers") + "?sort=name_sort").status_code == 200
    for query in ("phone=010-88880001", "sort=phone", "credit_limit_from=1"):
        assert agent.get(address("customers") + f"?{query}").status_code == 400


@pytest.mark.parametrize(
    "sort", ["", "number", "-number", "name_sort", "next_step_on", "-next_step_on", "-changed_at"]
)
def test_pages_by_key_hold_every_row_once_in_order(world: World, chief: Caller, sort: str) -> None:
    file_many(world, 17)
    base = f"{address('customers')}?" + (f"sort={sort}&" if sort else "")
    whole = [row["id"] for row in chief.get(base + "limit=200").json()["items"]]
    found, url, pages = [], base + "limit=4", 0
    while url:
        answer = chief.get(url)
        body = answer.json()
        found += [row["id"] for row in body["items"]]
        assert ("Link" in answer.headers) == bool(body["next"])
        url = base + f"limit=4&cursor={body['next']}" if body["next"] else ""
        pages += 1
    assert len(whole) == 20
    assert found == whole
    assert pages == 5


def test_the_link_header_leads_on(world: World, chief: Caller) -> None:
    link = chief.get(address("customers") + "?limit=2&level_key=gold")["Link"]
    assert len(chief.get(link.partition("<")[2].partition(">")[0]).json()["items"]) == 1


def test_a_cursor_fits_its_own_list_only_and_cannot_be_made_up(world: World, chief: Caller) -> None:
    cursor = chief.get(address("customers") + "?limit=1&sort=number").json()["next"]
    assert chief.get(address("customers") + f"?limit=1&sort=number&cursor={cursor}").status_code == 200
    head, _dot, signature = cursor.rpartition(".")
    wrong = [
        address("customers") + f"?cursor={cursor}", address("customers") + f"?sort=-number&cursor={cursor}",
        address("products") + f"?sort=number&cursor={cursor}",
        address("customers") + f"?sort=number&cursor={head}x.{signature}",
        address("customers") + f"?sort=number&cursor={head}",
        address("customers") + f"?sort=number&cursor={'.' * 2000}",
    ]  # fmt: skip
    assert {chief.get(url).status_code for url in wrong} == {400}


def test_history_and_timeline_come_in_pages(world: World, chief: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    for place in range(44):
        perform(world.boss, f"{CUSTOMERS}.update", customer.pk, {"next_step": f"第{place}步"})
    for part, count in (("history", 45), ("timeline", 56)):
        found, url = [], address("customers", customer, part)
        while url:
            body = chief.get(url).json()
            found += body["items"]
            url = address("customers", customer, part) + f"?cursor={body['next']}" if body["next"] else ""
        assert len(found) == count
    body = chief.get(address("customers", customer, "history")).json()
    first = body["items"][0]
    assert (first["seq"], first["actor"], first["action"]) == (45, "陈总", f"{CUSTOMERS}.update")
    change = first["changes"][0]
    assert (change["field"], change["old"], change["new"]) == ("next_step", "第42步", "第43步")
    assert chief.get(address("customers", customer, "history") + "?cursor=3").status_code == 400
    assert (
        chief.get(address("customers", customer, "timeline") + f"?cursor={body['next']}").status_code == 400
    )


def test_a_timeline_goes_on_past_what_the_reader_does_not_see(world: World, chief: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    for place in range(30):
        inputs = {"customer": customer.pk, "name": f"联系人{place}"}
        made = perform(world.boss, "customers.contact.create", inputs=inputs).record
        perform(world.boss, "customers.contact.archive", made.pk, reason="重复")
    body = chief.get(address("customers", customer, "timeline")).json()
    assert {item["record"] for item in body["items"]} == {
        "customers", "contacts", "influences", "relations", "orders", "receipts", "sales-lines", "tasks", "visits",
        "promises", "warnings",
    }  # fmt: skip
    assert body["next"] is None


def test_hidden_fields_are_absent_from_history(world: World, li: Caller, chief: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    perform(world.boss, f"{CUSTOMERS}.update", customer.pk, {"credit_limit": "77777"})
    for part in ("history", "timeline"):
        assert "77777" in chief.get(address("customers", customer, part)).content.decode()
        assert "77777" not in li.get(address("customers", customer, part)).content.decode()


def test_why_says_why(world: World, li: Caller) -> None:
    body = li.get(address("customers", world.records[CUSTOMERS]["li"], "why")).json()
    assert len(body["reasons"]) == 1
    assert body["shared_with"] == []


def test_the_archive_hold_is_for_who_may_archive(world: World, chief: Caller) -> None:
    held = world.records[CUSTOMERS]["wang"]
    perform(world.boss, f"{CUSTOMERS}.archive", held.pk, reason="重复")
    agent = caller(world.wang, "service_agent")
    assert chief.get(address("customers", held)).status_code == 404
    assert chief.get(address("customers", held) + "?archived=true").json()["archived_at"]
    assert chief.names(address("customers") + "?archived=true") == [held.name]
    assert held.name not in chief.names(address("customers"))
    assert agent.get(address("customers", held) + "?archived=true").status_code == 404
    assert agent.get(address("customers") + "?archived=true").status_code == 403


def test_a_look_at_a_file_of_somebody_else_is_noted(world: World, chief: Caller) -> None:
    customer = world.records[CUSTOMERS]["li"]
    chief.get(address("customers", customer))
    assert AccessLog.objects.filter(kind="look", user_id=world.chief.pk, record_id=customer.pk).exists()


@pytest.mark.parametrize("plural", [kind.plural for kind in RECORDS.values()])
def test_a_list_costs_the_same_queries_whatever_its_rows(world: World, plural: str) -> None:
    reader = caller(world.chief, "general_manager")
    counts = []
    for limit in (1, 3, 200):
        if limit == 200 and plural == "customers":
            file_many(world, 12)
        reader.get(address(plural) + f"?limit={limit}")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert reader.get(address(plural) + f"?limit={limit}").status_code == 200
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] == 5, [query["sql"][:120] for query in seen]
