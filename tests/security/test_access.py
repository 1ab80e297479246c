"""The attacks on access that systems like ours fell to, each by its number, and what happens here."""

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from generic.fixtures import _django_db_helper, founded
from generic.visit import Company, Visit, Walk
from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.perform import perform
from kedang.engine.exchange.exports import export_rows
from kedang.engine.identity import tokens
from kedang.engine.identity.models import Membership, RecordShare, User
from kedang.engine.identity.stamps import bump
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, ids
from kedang.kernel.actor import Mode, Span
from kedang.kernel.errors import Invalid, KedangError

__all__ = ["_django_db_helper", "founded"]
pytestmark = pytest.mark.django_db
OWN = Walk("own", Span.OWN, Span.FOLLOW, ("view", "create", "change", "archive", "export", "import"))
CUSTOMER = RECORDS["customers.customer"]
UNTOLD = {"engine_accesslog", "django_session"}  # a refused look is written down, and a visit has a session


@pytest.fixture
def company(_django_db_helper: None, founded: Company) -> Company:
    founded.give(OWN)
    return founded


@pytest.fixture
def li(company: Company) -> Visit:
    """Return li, signed in and with a key, so that what is refused later leaves no trace of having come."""
    return company.visitor()


@pytest.fixture
def mine(company: Company) -> Customer:
    return company.world.records[CUSTOMER.key]["li"]  # type: ignore[no-any-return]


@pytest.fixture
def theirs(company: Company) -> Customer:
    return company.world.records[CUSTOMER.key]["wang"]  # type: ignore[no-any-return]


def dump() -> dict[str, list[Any]]:
    """Return every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - UNTOLD):
            cursor.execute(f"select * from {connection.ops.quote_name(table)}")
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def plain(answer: Any, pk: int) -> str:
    """Return a body without what differs between any two answers: the tokens and the id that was asked for."""
    text = re.sub(r"\b[A-Za-z0-9]{64}\b|nonce=\"[^\"]+\"", "", answer.content.decode())
    return text.replace(ids.show(pk), "ID")


def shown(pk: int) -> str:
    return ids.show(pk)


PARTS = ("", "/peek", "/edit", "/history", "/why", "/reveal/phone", "/do/assign", "/do/archive")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("htmx", [False, True])
def test_attacks_1_and_2_a_foreign_file_is_absent_on_page_and_fragment(
    li: Visit, theirs: Customer, part: str, htmx: bool
) -> None:
    hidden = li.get(li.address(CUSTOMER, theirs.pk, part), part=htmx)
    absent = li.get(li.address(CUSTOMER, 1, part), part=htmx)
    assert hidden.status_code == absent.status_code == 404
    assert plain(hidden, theirs.pk) == plain(absent, 1)
    assert AccessLog.objects.filter(kind="refused", user_id=li.user.pk, record_id=theirs.pk).count() == 1


def test_a_file_in_the_archive_hold_is_opened_without_a_refusal(li: Visit, mine: Customer) -> None:
    with writing("test"):
        Customer.objects.unscoped(because="test").filter(pk=mine.pk).update(archived_at=clock.now())
    assert li.get(li.address(CUSTOMER, mine.pk)).status_code == 200
    assert not AccessLog.objects.filter(kind="refused", user_id=li.user.pk).exists()


@pytest.mark.parametrize("part", ["", "/history", "/timeline", "/why"])
def test_attack_1_a_foreign_file_is_absent_in_the_api(li: Visit, theirs: Customer, part: str) -> None:
    hidden, absent = (li.api(f"customers/{shown(pk)}{part}") for pk in (theirs.pk, 1))
    assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert li.api_send("PATCH", f"customers/{shown(theirs.pk)}", {}, **{"If-Match": '"1"'}).status_code == 404
    assert (
        li.api_send("DELETE", f"customers/{shown(theirs.pk)}?reason=x", **{"If-Match": '"1"'}).status_code
        == 404
    )


def test_attack_3_search_and_pickers_do_not_know_a_foreign_name(li: Visit, theirs: Customer) -> None:
    for query in (theirs.name, theirs.number, theirs.name[:4]):
        assert shown(theirs.pk) not in li.get("/customers", {"q": query}).content.decode()
        assert shown(theirs.pk) not in li.get("/customers/pick", {"q": query}).content.decode()
        assert shown(theirs.pk) not in li.api("customers", {"q": query}).content.decode()
    counted = re.sub(r"<[^>]*>", "", li.get("/customers/count", {"q": "北京"}, part=True).content.decode())
    assert re.findall(r"\d+", counted) == ["1"]


@pytest.mark.parametrize(
    "query",
    ["credit_limit=50000", "credit_limit_from=1", "credit_limit__gt=1", "sort=credit_limit", "sort=-credit_limit",
     "o=-credit_limit", "bank_account=6", "phone=010-88880001"],
)  # fmt: skip
def test_attack_4_a_hidden_or_masked_field_is_no_oracle(company: Company, li: Visit, query: str) -> None:
    company.guard(CUSTOMER, ["credit_limit", "bank_account", "phone"], Mode.HIDE)
    for path in ("/customers", "/customers/count", "/customers/export"):
        assert li.browser.get(f"{path}?{query}").status_code == 400
    assert li.api("customers?" + query).status_code == 400


@pytest.mark.parametrize(
    "name",
    ["owner__password__startswith", "customer__owner__username", "customer__phone", "owner__pk", "unit__path",
     "pk__in", "custom__x", "contacts__name"],
)  # fmt: skip
def test_attack_5_a_filter_through_a_relation_is_unknown(li: Visit, name: str) -> None:
    for plural in ("customers", "contacts", "orders"):
        assert li.get(f"/{plural}", {name: "1"}).status_code == 400
        assert li.api(plural, {name: "1"}).status_code == 400
        assert li.get(f"/{plural}", {"sort": name}).status_code == 400
        assert li.api(plural, {"sort": name}).status_code == 400


def test_attack_6_a_hidden_value_is_in_no_history_timeline_or_export(
    company: Company, li: Visit, mine: Customer
) -> None:
    company.change(CUSTOMER, "li", credit_limit="77312")
    page = li.address(CUSTOMER, mine.pk)
    answers = [li.get(page), li.get(f"{page}/history"), li.get(f"{page}/peek", part=True)]
    answers += [li.api(f"customers/{shown(mine.pk)}{rest}") for rest in ("", "/history", "/timeline")]
    for answer in answers:
        assert answer.status_code == 200
        assert "77312" not in answer.content.decode().replace(",", "")
    assert "77312" not in str(list(export_rows(li.actor, CUSTOMER).rows))


def test_attack_7_counts_are_of_what_one_sees(company: Company, li: Visit) -> None:
    # a relation needs both its customers in view, and li sees one of them
    one = [int(key != "customers.relation") for key in RECORDS]
    assert [len(li.api(kind.plural).json()["items"]) for kind in RECORDS.values()] == one
    company.give(Walk("all", Span.ALL, Span.ALL, ("view",)))
    assert [len(li.api(kind.plural).json()["items"]) for kind in RECORDS.values()] == [3] * len(RECORDS)


def test_attack_8_an_export_holds_what_the_list_holds_and_needs_its_own_right(
    company: Company, li: Visit, mine: Customer, theirs: Customer
) -> None:
    text = b"".join(li.get("/customers/export").streaming_content).decode()
    assert mine.name in text
    assert theirs.name not in text
    assert str(CUSTOMER.fields["credit_limit"].label) not in text
    company.give(Walk("looks", Span.OWN, Span.OWN, ("view",)))
    assert li.get("/customers/export").status_code == 403
    company.role.grants.create(record=CUSTOMER.key, action="export", span=Span.ALL)
    text = b"".join(li.get("/customers/export").streaming_content).decode()
    assert theirs.name not in text  # who may export all exports no more than what they see
    assert [row[0] for row in export_rows(li.actor, CUSTOMER).rows] == [shown(mine.pk)]


def test_attack_8_the_days_quota_counts_every_export(company: Company, li: Visit) -> None:
    company.role.limits.filter(key="export_rows").update(value=2)
    bump("identity")
    for _turn in range(2):
        answer = li.get("/customers/export")
        assert answer.status_code == 200
        b"".join(answer.streaming_content)
    assert li.get("/customers/export").status_code == 429


def test_attack_11_nothing_is_hung_on_what_one_does_not_see(li: Visit, theirs: Customer) -> None:
    before = dump()
    body = {"customer": shown(theirs.pk), "name": "间谍", "ordered_on": "2026-11-01", "received_on": "2026-11-01",
            "amount": "1", "status_key": "draft"}  # fmt: skip
    for plural, names in (("contacts", ("name",)), ("orders", ("ordered_on", "status_key", "amount")),
                          ("receipts", ("received_on", "amount"))):  # fmt: skip
        inputs = {name: body[name] for name in ("customer", *names)}
        answer = li.api_send("POST", plural, inputs)
        assert answer.status_code == 422
        assert theirs.name not in answer.content.decode()
        page = li.post(f"/{plural}/new", inputs)
        assert page.status_code == 422
        assert theirs.name not in page.content.decode()
    assert dump() == before


def test_attack_12_two_records_are_joined_only_where_both_are_seen_and_fit(
    company: Company, li: Visit, mine: Customer, theirs: Customer
) -> None:
    contact, order = (
        company.world.records["customers.contact"]["li"],
        company.world.records["trade.order"]["wang"],
    )
    paid = {"customer": shown(mine.pk), "order": shown(order.pk), "received_on": "2026-11-01", "amount": "1"}

    def tries() -> list[int]:
        sent = {"If-Match": f'"{contact.version}"'}
        moved = li.api_send("PATCH", f"contacts/{shown(contact.pk)}", {"customer": shown(theirs.pk)}, **sent)
        return [moved.status_code, li.api_send("POST", "receipts", paid).status_code]

    before = dump()
    assert tries() == [422, 422]
    assert dump() == before
    RecordShare.objects.create(
        record=CUSTOMER.key,
        record_id=theirs.pk,
        user=li.user,
        level="view",
        kind="access",
        given_at=clock.now(),
    )
    assert tries() == [200, 422]  # seen, so a contact may be of both; an order of one is not paid by another


REFUSED: dict[str, Callable[[Visit, Customer, Customer], Any]] = {
    "a foreign file changed": lambda v, m, t: perform(v.actor, "customers.customer.update", t.pk, {"name": "x"}),
    "a foreign file archived": lambda v, m, t: perform(v.actor, "customers.customer.archive", t.pk, reason="x"),
    "a foreign file handed over": lambda v, m, t: perform(
        v.actor, "customers.customer.assign", t.pk, {"owner": v.user.pk}
    ),
    "a foreign file opened to oneself": lambda v, m, t: perform(
        v.actor, "customers.customer.share", t.pk, {"user": v.user.pk}
    ),
    "a wrong value among right ones": lambda v, m, t: perform(
        v.actor, "customers.customer.update", m.pk, {"short_name": "好", "credit_code": "1"}
    ),
    "an unknown field": lambda v, m, t: perform(v.actor, "customers.customer.update", m.pk, {"is_staff": True}),
    "a stale version": lambda v, m, t: perform(
        v.actor, "customers.customer.update", m.pk, {"short_name": "好"}, version=99
    ),
    "one's own file given away without the right": lambda v, m, t: perform(
        v.actor, "customers.customer.assign", m.pk, {"owner": t.owner_id}
    ),
    "a new file for somebody else": lambda v, m, t: perform(
        v.actor, "customers.customer.create", None, {"name": "新", "type_key": "individual", "owner": t.owner_id}
    ),
    "the request of somebody else approved": lambda v, m, t: perform(
        v.actor, "engine.approval.approve", v.company.world.records["engine.approval"]["wang"].pk
    ),
    "one's own request approved": lambda v, m, t: perform(
        v.actor, "engine.approval.approve", v.company.world.records["engine.approval"]["li"].pk
    ),
    "an order whose last line is wrong": lambda v, m, t: perform(
        v.actor, "trade.order.create", None,
        {"customer": m.pk, "ordered_on": "2026-11-01", "status_key": "draft",
         "lines": [{"product": v.company.world.records["catalog.product"]["li"].pk, "quantity": "1", "price": "1"},
                   {"product": v.company.world.records["catalog.product"]["wang"].pk, "quantity": "1", "price": "1"}]},
    ),
    "an action that is none": lambda v, m, t: perform(v.actor, "customers.customer.destroy", m.pk),
    "an action of another type": lambda v, m, t: perform(v.actor, "trade.order.update", m.pk, {"remarks": "x"}),
}  # fmt: skip


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_attack_13_a_refused_write_leaves_the_database_byte_for_byte(
    li: Visit, mine: Customer, theirs: Customer, attempt: Callable[[Visit, Customer, Customer], Any]
) -> None:
    before = dump()
    with pytest.raises(KedangError):
        attempt(li, mine, theirs)
    assert dump() == before


EXTRA = {
    "owner": lambda v: shown(v.company.world.wang.pk), "unit": lambda v: shown(v.company.world.south.pk),
    "pool": lambda v: shown(v.company.world.pool.pk), "id": lambda v: shown(1), "pk": lambda v: 1,
    "number": lambda v: "X-1", "serial": lambda v: 999, "version": lambda v: 77, "head": lambda v: "0" * 64,
    "created_at": lambda v: "2020-01-01T00:00:00Z", "archived_at": lambda v: "2020-01-01T00:00:00Z",
    "custom": lambda v: {"a": 1}, "credit_limit": lambda v: "1", "is_staff": lambda v: True, "role": lambda v: "admin",
    "created_by": lambda v: 1, "score": lambda v: 5, "locked": lambda v: True, "name_sort": lambda v: "a",
    "work": lambda v: 1, "record": lambda v: 1, "kind": lambda v: 1,
}  # fmt: skip


@pytest.mark.parametrize("name", EXTRA)
def test_attack_14_fields_that_nobody_offered_are_refused_or_left_out(
    li: Visit, mine: Customer, name: str
) -> None:
    value, before = EXTRA[name](li), dump()
    sent = {"If-Match": f'"{mine.version}"'}
    assert li.api_send("PATCH", f"customers/{shown(mine.pk)}", {name: value}, **sent).status_code == 422
    filed = {"name": "新公司", "type_key": "enterprise", "country": "CN", name: value}
    assert li.api_send("POST", "customers", filed).status_code == 422
    with pytest.raises(Invalid):
        perform(li.actor, "customers.customer.update", mine.pk, {name: value})
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    li.post(li.address(CUSTOMER, mine.pk, "/edit"), {name: text} if name != "version" else {})
    assert dump() == before


def test_attack_15_of_several_rows_only_those_permitted_change_and_no_hidden_name_is_told(
    company: Company, li: Visit, mine: Customer, theirs: Customer
) -> None:
    company.give(Walk("assigns", Span.OWN, Span.OWN, ("view", "assign")))
    answer = li.post(
        "/customers/bulk/assign",
        {"id": [shown(theirs.pk), shown(mine.pk), shown(1)], "owner": shown(company.world.zhao.pk)},
    )
    preview = li.get(answer["Location"]).content.decode()
    li.post(answer["Location"], {"do": "start"})
    answer = li.get(answer["Location"])
    owners = dict(Customer.objects.unscoped(because="test").values_list("pk", "owner__username"))
    assert (owners[mine.pk], owners[theirs.pk]) == ("zhao", "wang")
    page = answer.content.decode()
    assert answer.status_code == 200
    for told in (preview, page):
        assert theirs.name not in told
        assert shown(theirs.pk) in told


def test_attack_16_an_import_changes_no_row_without_the_right_to_change_it(
    company: Company, li: Visit, mine: Customer, theirs: Customer
) -> None:
    rows = [
        Row({"short_name": "甲"}, mine.pk),
        Row({"short_name": "乙"}, theirs.pk),
        Row({"short_name": "丙"}, 1),
    ]
    kinds = [outcome.kind for outcome in batch_save(li.actor, CUSTOMER, rows)]
    assert kinds == [Kind.UPDATED, Kind.REFUSED, Kind.REFUSED]
    company.give(Walk("adds", Span.OWN, Span.OWN, ("view", "create", "import")))
    before = dump()
    outcome = batch_save(li.actor, CUSTOMER, [Row({"short_name": "丁"}, mine.pk)])[0]
    assert (outcome.kind, outcome.problems[0].code) == (Kind.REFUSED, "not_allowed")
    assert dump() == before


def test_attack_21_a_lost_role_counts_in_every_open_session_and_key(
    company: Company, li: Visit, mine: Customer
) -> None:
    page, call = li.address(CUSTOMER, mine.pk), f"customers/{shown(mine.pk)}"
    assert [li.get(page).status_code, li.api(call).status_code] == [200, 200]
    Membership.objects.filter(user=li.user).delete()
    assert [li.get(page).status_code, li.api(call).status_code] == [404, 404]
    Membership.objects.create(user=li.user, role=company.role)
    User.objects.filter(pk=li.user.pk).update(unit=company.world.south)
    company.give(Walk("unit", Span.UNIT, Span.FOLLOW, ("view",)))
    theirs = company.world.records[CUSTOMER.key]["wang"]
    assert li.get(li.address(CUSTOMER, theirs.pk)).status_code == 200
    User.objects.filter(pk=li.user.pk).update(is_active=False)
    assert li.get(page).status_code == 302
    assert li.api(call).status_code == 401


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_attack_23_a_key_that_reads_never_writes_under_another_method(
    li: Visit, mine: Customer, header: str
) -> None:
    key = tokens.issue(li.user, "reader", read_only=True)
    named = {"Authorization": f"Bearer {key}"}
    before, client = dump(), Client()
    path = f"/api/v1/customers/{shown(mine.pk)}"
    assert client.get(path, headers=named).status_code == 200
    body = {"data": json.dumps({"short_name": "x"}), "content_type": "application/json"}
    assert client.patch(path, headers=named | {"If-Match": '"1"'}, **body).status_code == 403
    assert client.post(f"{path}/assign", headers=named, **body).status_code in (403, 404)
    client.get(f"{path}?_method=PATCH", headers=named)
    overridden = named | {header: "PATCH", "If-Match": '"1"'}
    client.generic("GET", path, body["data"], body["content_type"], headers=overridden)
    assert client.post(path, headers=named | {header: "GET"}, **body).status_code in (403, 405)
    assert dump() == before


def test_attack_23_a_key_may_never_do_more_than_its_user_may_now(
    company: Company, li: Visit, theirs: Customer
) -> None:
    assert li.api(f"customers/{shown(theirs.pk)}").status_code == 404
    company.give(Walk("all", Span.ALL, Span.ALL, ("view",)))
    assert li.api(f"customers/{shown(theirs.pk)}").status_code == 200
    company.give(OWN)
    assert li.api(f"customers/{shown(theirs.pk)}").status_code == 404


def test_attack_25_no_yes_is_remembered_after_a_right_was_taken(
    company: Company, li: Visit, theirs: Customer
) -> None:
    for _turn in range(2):
        company.give(Walk("all", Span.ALL, Span.ALL))
        assert li.get(li.address(CUSTOMER, theirs.pk)).status_code == 200
        grant = company.role.grants.get(record=CUSTOMER.key, action="view")
        grant.span = Span.OWN
        grant.save()
        assert li.get(li.address(CUSTOMER, theirs.pk)).status_code == 404
        share = RecordShare.objects.create(
            record=CUSTOMER.key, record_id=theirs.pk, user=li.user, level="view", kind="access", given_at=clock.now(),
            until=clock.now() + timedelta(hours=1),
        )  # fmt: skip
        assert li.get(li.address(CUSTOMER, theirs.pk)).status_code == 200
        share.delete()
        assert li.get(li.address(CUSTOMER, theirs.pk)).status_code == 404


def test_attack_28_what_lies_in_the_hold_is_on_no_list_and_only_the_right_brings_it_back(
    company: Company, li: Visit, mine: Customer
) -> None:
    contact = company.world.records["customers.contact"]["li"]
    with writing("test"):
        for row in (mine, contact):
            type(row).objects.visible_to(company.world.boss).filter(pk=row.pk).update(archived_at=clock.now())
    company.give(Walk("works", Span.OWN, Span.FOLLOW, ("view", "create", "change", "export")))
    assert li.get(li.address(CUSTOMER, mine.pk)).status_code == 404
    assert li.api(f"customers/{shown(mine.pk)}").status_code == 404
    assert li.api(f"customers/{shown(mine.pk)}?archived=true").status_code == 404
    assert li.api("customers", {"archived": "true"}).status_code == 403
    assert li.get("/customers", {"tab": "held"}).status_code == 400
    for answer in (
        li.get("/customers"),
        li.get("/customers", {"q": "红光"}),
        li.get("/customers/pick"),
        li.get("/"),
    ):
        assert shown(mine.pk) not in answer.content.decode()
    assert list(export_rows(li.actor, CUSTOMER).rows) == []
    assert shown(contact.pk) not in li.get("/contacts").content.decode()
    before = dump()
    assert li.post(li.address(CUSTOMER, mine.pk, "/do/restore"), {}).status_code in (403, 404)
    assert li.api_send("POST", f"customers/{shown(mine.pk)}/restore").status_code in (403, 404)
    assert li.api_send("POST", "orders", {"customer": shown(mine.pk), "ordered_on": "2026-11-01", "amount": "1",
                                          "status_key": "draft"}).status_code == 422  # fmt: skip
    assert dump() == before
    company.give(Walk("archives", Span.OWN, Span.OWN, ("view", "archive")))
    assert li.get(li.address(CUSTOMER, mine.pk)).status_code == 200
    assert li.post(li.address(CUSTOMER, mine.pk, "/do/restore"), {}).status_code == 302
    assert li.api(f"customers/{shown(mine.pk)}").status_code == 200


HOSTILE = [
    "'",
    '";--',
    "1 or 1=1",
    "pg_sleep(5)",
    "name;drop table x",
    "\x00",
    "%00",
    "../..",
    "{{7*7}}",
    "é" * 300,
]


@pytest.mark.parametrize(
    "name", ["q", "sort", "after", "before", "cursor", "limit", "size", "tab", "owner", "level_key"]
)
def test_attack_52_what_is_no_query_is_refused_or_finds_nothing(li: Visit, name: str) -> None:
    for text in HOSTILE:
        for answer in (li.get("/customers", {name: text}), li.api("customers", {name: text})):
            assert answer.status_code in (200, 400), answer.status_code
            if answer.status_code == 200 and name == "q":
                assert shown(1) not in answer.content.decode()
        for path in ("/customers/pick", "/pick/people", "/pick/units"):
            assert li.get(path, {"q": text}).status_code in (200, 400)


def test_attack_52_letters_that_cannot_be_stored_are_refused_in_every_form(li: Visit, mine: Customer) -> None:
    before, nul = dump(), "a\x00b"
    filed = {"name": nul, "type_key": "enterprise", "country": "CN", "request_key": "k"}
    assert li.post("/customers/new", filed).status_code == 422
    assert li.post("/customers/new", filed | {"name": "甲", "request_key": nul}).status_code == 422
    assert li.post(li.address(CUSTOMER, mine.pk, "/edit"), {"city": nul, "version": "1"}).status_code == 422
    assert li.post(li.address(CUSTOMER, mine.pk, "/do/archive"), {"reason": nul}).status_code in (409, 422)
    assert li.post(li.address(CUSTOMER, mine.pk, "/reveal/bank_account"), {"reason": nul}).status_code in (
        403,
        422,
    )
    assert dump() == before


def test_attack_56_long_searches_and_many_filters_are_cut_short(li: Visit) -> None:
    started = time.monotonic()
    many = "&".join(f"level_key=x{number}" for number in range(500))
    for query in ("q=" + "x" * 10_000, "q=" + "%25" * 900, many, "owner=" + "9" * 5_000):
        assert li.browser.get(f"/customers?{query}").status_code in (200, 400)
        assert li.api(f"customers?{query}").status_code in (200, 400)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", ["include", "expand", "fields", "with", "embed"])
def test_attack_58_nothing_related_is_included_on_request(li: Visit, mine: Customer, name: str) -> None:
    for path in ("customers", f"customers/{shown(mine.pk)}"):
        assert li.api(path, {name: "owner,contacts"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/setup", "/install", "/admin", "/admin/", "/register", "/sign-up/", "/accounts/signup/", "/wizard"],
)
def test_attack_64_no_page_of_installation_is_left(li: Visit, path: str) -> None:
    assert li.get(path).status_code == 404
    assert Client().get(path).status_code in (302, 404)


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.env", "/static/", "/static/../settings.py", "/media/", "/files/", "/__debug__/", "/debug",
     "/kedang.sqlite3", "/server-status", "/api/v1/docs", "/api/docs", "/metrics"],
)  # fmt: skip
def test_attack_69_nothing_of_the_machine_is_served(li: Visit, path: str) -> None:
    for client in (li.browser, Client()):
        answer = client.get(path)
        assert answer.status_code in (302, 404)
        assert b"Traceback" not in answer.content
        assert b"Django" not in answer.content


def test_attack_70_the_second_of_two_who_saved_loses_nothing(
    company: Company, li: Visit, mine: Customer
) -> None:
    version = str(mine.version)
    company.change(CUSTOMER, "li", city="杭州")
    answer = li.post(
        li.address(CUSTOMER, mine.pk, "/edit"), {"city": "苏州", "short_name": "红光", "version": version}
    )
    assert answer.status_code == 412
    page = answer.content.decode()
    assert all(text in page for text in ("杭州", "苏州", "红光"))
    sent = {"If-Match": f'"{version}"'}
    assert li.api_send("PATCH", f"customers/{shown(mine.pk)}", {"city": "苏州"}, **sent).status_code == 412
    assert li.api_send("PATCH", f"customers/{shown(mine.pk)}", {"city": "苏州"}).status_code == 428
    assert Customer.objects.unscoped(because="test").get(pk=mine.pk).city == "杭州"


def test_attack_71_a_double_click_files_once_and_takes_one_number(li: Visit) -> None:
    form = {
        "name": "双击水务有限公司",
        "type_key": "enterprise",
        "country": "CN",
        "phone": "020-39000043",
        "request_key": "k",
    }
    first, second = li.post("/customers/new", form), li.post("/customers/new", form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    rows = Customer.objects.unscoped(because="test").filter(name=form["name"])
    assert rows.count() == 1
    body = {name: form[name] for name in ("name", "type_key", "country", "phone")} | {
        "name": "重发水务有限公司"
    }
    answers = [li.api_send("POST", "customers", body, **{"Idempotency-Key": "abc"}) for _turn in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Customer.objects.unscoped(because="test").filter(name=body["name"]).count() == 1
    numbers = Customer.objects.unscoped(because="test").values_list("serial", flat=True)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_attack_72_an_order_in_force_is_closed_to_every_way_of_writing(company: Company, li: Visit) -> None:
    order = company.world.records["trade.order"]["li"]
    company.change(RECORDS["trade.order"], "li", status_key="approved")
    fresh = type(order).objects.unscoped(because="test").get(pk=order.pk)
    product = company.world.records["catalog.product"]["li"].pk
    dearer = [{"line_no": 1, "product": product, "quantity": "2", "price": "9999"}]
    before = dump()
    for inputs in (
        {"ordered_on": "2026-01-01"},
        {"lines": dearer},
        {"lines": []},
        {"amount": "1"},
        {"status_key": "draft"},
    ):
        with pytest.raises(Invalid):
            perform(li.actor, "trade.order.update", order.pk, inputs)
        assert batch_save(li.actor, RECORDS["trade.order"], [Row(inputs, order.pk)])[0].kind is Kind.REFUSED
    sent = {"If-Match": f'"{fresh.version}"'}
    for body in ({"ordered_on": "2026-01-01"}, {"amount": "1"}, {"lines": []}, {"status_key": "draft"}):
        assert li.api_send("PATCH", f"orders/{shown(order.pk)}", body, **sent).status_code == 422
    page = li.address(RECORDS["trade.order"], order.pk, "/edit")
    form = {"ordered_on": "2026-01-01", "version": str(fresh.version), "lines.shown": "1"}
    assert li.post(page, form).status_code == 422
    assert dump() == before


def test_attack_73_nobody_signs_their_own_request_on_any_surface(company: Company, li: Visit) -> None:
    company.give(Walk("all", Span.ALL, Span.ALL))
    asked = company.world.records["engine.approval"]["li"]
    before = dump()
    page = li.get(li.address(RECORDS["engine.approval"], asked.pk)).content.decode()
    assert "/do/approve" not in page
    for answer in ("approve", "reject"):
        assert (
            li.post(li.address(RECORDS["engine.approval"], asked.pk, f"/do/{answer}"), {}).status_code == 403
        )
        assert li.api_send("POST", f"approvals/{shown(asked.pk)}/{answer}", {}).status_code == 403
    assert dump() == before


def test_attack_74_no_surface_changes_or_removes_what_was_noted(li: Visit, mine: Customer) -> None:
    assert not {"engine.historyentry", "engine.seal", "engine.timelineentry", "engine.accesslog"} & set(
        RECORDS
    )
    entry = HistoryEntry.objects.filter(record_id=mine.pk).first()
    assert entry is not None
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for rest in ("history", f"history/{entry.pk}", "timeline"):
            assert li.api_send(method, f"customers/{shown(mine.pk)}/{rest}", {}).status_code in (404, 405)
        assert li.browser.generic(method, li.address(CUSTOMER, mine.pk, "/history")).status_code == 405
    assert {spec.name for kind in RECORDS.values() for spec in actions_of(kind.key)} & {
        "delete",
        "purge",
    } == set()


def test_strangers_see_nothing_but_the_door(company: Company, mine: Customer) -> None:
    stranger = Client()
    for kind in RECORDS.values():
        for path in (f"/{kind.plural}", f"/{kind.plural}/{shown(mine.pk)}"):
            assert stranger.get(path).status_code == 302
            assert stranger.get(path, headers={"HX-Request": "true"}).status_code in (204, 302)
        assert stranger.get(f"/api/v1/{kind.plural}").status_code == 401
        assert stranger.get(f"/api/v1/{kind.plural}/{shown(mine.pk)}").status_code == 401


def test_a_form_from_elsewhere_changes_nothing(li: Visit, mine: Customer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(li.user)
    before = dump()
    address = li.address(CUSTOMER, mine.pk)
    for path in (f"{address}/edit", f"{address}/do/archive", "/customers/new", "/customers/bulk/assign"):
        assert client.post(path, {"name": "x"}).status_code == 403
        assert client.post(path, {"name": "x"}, headers={"HX-Request": "true"}).status_code == 403
    assert (
        client.patch(f"/api/v1{address}", {"name": "x"}, content_type="application/json").status_code == 403
    )
    for path in (f"{address}/do/archive", f"{address}/edit", "/customers/bulk/archive"):
        client.get(path, {"reason": "x", "name": "y"})
    assert dump() == before


def test_a_person_with_no_role_at_all_reaches_nothing(company: Company, li: Visit) -> None:
    Membership.objects.all().delete()
    for kind in RECORDS.values():
        rows = company.rows(kind)
        assert {li.get(li.address(kind, pk)).status_code for pk in rows} == {404}
        assert {li.api(f"{kind.plural}/{shown(pk)}").status_code for pk in rows} == {404}
        assert li.api(kind.plural).status_code == 403
    assert li.get("/").status_code == 200
