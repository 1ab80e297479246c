"""Who may call: keys, sessions, and what neither can do."""

from argparse import Namespace
from datetime import timedelta

import pytest
from django.test import Client

from api.calling import Caller, address, caller, give
from kedang.areas.customers.models import Customer
from kedang.engine.identity import tokens
from kedang.engine.identity.models import Membership, User
from kedang.kernel import clock
from kedang.project.commands import token
from world import World

COMPANY = {
    "name": "广州澜石水务设备有限公司",
    "type_key": "enterprise",
    "country": "CN",
    "phone": "020-39000042",
}


def refused(answer: object) -> bool:
    return (
        answer.status_code == 401
        and answer["Content-Type"] == "application/problem+json"
        and answer["WWW-Authenticate"].startswith("Bearer")
        and answer.json()["code"] == "not_signed_in"
    )


def test_without_a_key_nothing_is_told(world: World) -> None:
    paths = [
        address("customers"),
        address("customers", world.records["customers.customer"]["li"]),
        address("orders"),
    ]
    assert all(refused(Caller().get(path)) for path in paths)
    assert refused(Caller().post(address("customers"), COMPANY))


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer kd_invented", "Basic bGk6c2VjcmV0", "kd_x", "", "Bearer é", "Bearer \x00"],
)
def test_what_is_no_key_opens_nothing(world: World, header: str) -> None:
    assert refused(Caller().get(address("customers"), Authorization=header))


def test_a_key_ends_when_it_is_revoked_expires_or_its_user_leaves(world: World) -> None:
    give(world.li, "sales_rep")
    short = Caller(tokens.issue(world.li, "short", expires_at=clock.now() - timedelta(seconds=1)))
    old, living = Caller(tokens.issue(world.li, "old")), Caller(tokens.issue(world.li, "living"))
    assert [one.get(address("customers")).status_code for one in (short, old, living)] == [401, 200, 200]
    tokens.revoke(world.li, "old")
    assert [one.get(address("customers")).status_code for one in (old, living)] == [401, 200]
    User.objects.filter(pk=world.li.pk).update(is_active=False)
    assert refused(living.get(address("customers")))


def test_the_command_makes_a_key_that_works(world: World) -> None:
    give(world.li, "sales_rep")
    asked = {"username": "li", "name": "stock", "read_only": True, "days": 1, "revoke": False}
    program = Caller(token.run(Namespace(**asked)).text)
    assert program.get(address("customers")).status_code == 200
    assert program.post(address("customers"), COMPANY).json()["code"] == "read_only_key"
    token.run(Namespace(**asked | {"revoke": True}))
    assert refused(program.get(address("customers")))


def test_a_key_does_what_its_user_may_do_now(world: World, li: Caller) -> None:
    path = address("customers", world.records["customers.customer"]["wang"])
    assert li.get(path).status_code == 404
    give(world.li, "service_agent")
    assert li.get(path).status_code == 200
    Membership.objects.filter(user=world.li).delete()
    assert li.get(path).status_code == 404
    assert li.get(address("customers")).status_code == 403


@pytest.mark.parametrize("header", ["X_HTTP_Method_Override", "X_Method_Override", "X_HTTP_Method"])
def test_a_read_only_key_never_writes(world: World, header: str) -> None:
    reader = caller(world.li, "sales_rep", read_only=True)
    path = address("customers", world.records["customers.customer"]["li"])
    before = Customer.objects.unscoped(because="test").count()
    assert reader.get(path).status_code == 200
    for answer in (
        reader.post(address("customers"), COMPANY), reader.patch(path, {"short_name": "x"}, version=1),
        reader.delete(path, {"reason": "x"}, version=1), reader.post(path + "/assign", {"owner": "x"}),
        reader.call("POST", address("customers"), COMPANY, **{header: "GET"}),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (403, "read_only_key")
    overridden = reader.call("GET", address("customers"), COMPANY, **{header: "POST"})
    assert overridden.status_code == 200
    assert reader.get(path + "?_method=PATCH&short_name=x").status_code == 400
    assert Customer.objects.unscoped(because="test").count() == before


def test_a_session_reads_and_writes_with_its_token_only(world: World) -> None:
    give(world.li, "sales_rep")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.li)
    path = address("customers", world.records["customers.customer"]["li"])
    assert browser.get(path).status_code == 200

    def change(**headers: str) -> object:
        named = {"If-Match": '"1"', **headers}
        return browser.patch(path, b'{"short_name": "x"}', content_type="application/json", headers=named)

    answer = change()
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    browser.cookies["kedang_csrf"] = "a" * 32
    assert change(**{"X-CSRFToken": "b" * 32}).status_code == 403
    assert change(**{"X-CSRFToken": "a" * 32}).status_code == 200


def test_a_wrong_key_does_not_fall_back_on_a_session(world: World) -> None:
    give(world.li, "sales_rep")
    browser = Client()
    browser.force_login(world.li)
    assert browser.get(address("customers")).status_code == 200
    assert refused(browser.get(address("customers"), headers={"Authorization": "Bearer kd_wrong"}))


def test_somebody_switched_off_is_out_at_once(world: World) -> None:
    give(world.li, "sales_rep")
    browser = Client()
    browser.force_login(world.li)
    User.objects.filter(pk=world.li.pk).update(is_active=False)
    assert refused(browser.get(address("customers")))


def test_the_language_is_asked_for_or_the_users(world: World, li: Caller) -> None:
    def said(**headers: str) -> str:
        return li.get(address("customers") + "?x=1", **headers)["Content-Language"]

    assert said() == "zh-hans"
    assert said(Accept_Language="en-GB,en;q=0.9") == "en"
    assert said(Accept_Language="zh-TW") == "zh-hant"
    User.objects.filter(pk=world.li.pk).update(language="en")
    assert said() == "en"
    assert said(Accept_Language="fr") == "en"
    assert "no filter" in li.get(address("customers") + "?x=1").json()["detail"]
