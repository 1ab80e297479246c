"""Asking for a file of somebody else: exactly named, for some days, decided by its managers, each look logged."""

from datetime import timedelta

import pytest

from kedang.areas.customers import services
from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, RuleBroken

KEY = "customers.customer"


@pytest.fixture
def company(world, still_clock):
    """Wang is a representative in the south; Li's file lies in the north, which Zhao manages from the branch up."""
    for user, role in ((world.li, "sales_rep"), (world.wang, "sales_rep"), (world.chief, "general_manager")):
        Membership.objects.create(user=user, role=Role.objects.get(key=role))
    return world


def sees(user, customer):
    return Customer.objects.visible_to(actor_of(user)).filter(pk=customer.pk).exists()


@pytest.mark.parametrize("by", ["number", "name", "old number"])
def test_an_approved_request_opens_the_file_for_the_days_asked(company, by):
    customer = company.records[KEY]["li"]
    old = customer.number
    if by == "old number":
        perform(company.boss, f"{KEY}.update", customer.pk, {"level_key": "diamond"})
        assert Customer.objects.unscoped(because="test").get(pk=customer.pk).number != old
    named = {"number": old, "name": f" {customer.name}", "old number": old.lower()}[by]
    asked = services.ask_access(actor_of(company.wang), named, 7, "一起投标")
    assert (asked.subject, sees(company.wang, customer)) == (named, False)
    perform(actor_of(company.chief), "engine.approval.approve", asked.pk)
    assert sees(company.wang, customer)
    with clock.frozen(clock.now() + timedelta(days=7)):
        assert not sees(company.wang, customer)


def test_each_look_at_an_opened_file_is_written_down(company):
    customer = company.records[KEY]["li"]
    asked = services.ask_access(actor_of(company.wang), customer.number, 1, "核对")
    perform(actor_of(company.chief), "engine.approval.approve", asked.pk)
    open_one(actor_of(company.wang), RECORDS[KEY], customer.pk)
    assert AccessLog.objects.filter(user_id=company.wang.pk, kind="look", record_id=customer.pk).exists()


def test_who_asked_does_not_decide_and_a_colleague_neither(company):
    customer = company.records[KEY]["li"]
    asked = services.ask_access(actor_of(company.wang), customer.number, 7, "看看")
    for user in (company.wang, company.li):
        with pytest.raises((NotAllowed, NotVisible)):
            perform(actor_of(user), "engine.approval.approve", asked.pk)
    assert not sees(company.wang, customer)


def test_a_rejected_request_opens_nothing(company):
    customer = company.records[KEY]["li"]
    asked = services.ask_access(actor_of(company.wang), customer.number, 7, "看看")
    perform(actor_of(company.chief), "engine.approval.reject", asked.pk, {"note": "不相关"})
    assert not sees(company.wang, customer)


def test_a_file_is_asked_for_once_at_a_time_and_by_two_people_at_once(company):
    customer = company.records[KEY]["li"]
    services.ask_access(actor_of(company.wang), customer.number, 7, "看看")
    with pytest.raises(RuleBroken):
        services.ask_access(actor_of(company.wang), customer.name, 3, "看看")
    Membership.objects.create(user=company.zhao, role=Role.objects.get(key="sales_rep"))
    assert services.ask_access(actor_of(company.zhao), customer.name, 3, "看看").pk


def test_what_does_not_exist_or_is_open_already_is_told_so(company):
    with pytest.raises(RuleBroken):
        services.ask_access(actor_of(company.wang), "没有这家公司", 7, "看看")
    own = company.records[KEY]["wang"]
    with pytest.raises(RuleBroken):
        services.ask_access(actor_of(company.wang), own.number, 7, "看看")
    with pytest.raises(Invalid) as refused:
        services.ask_access(actor_of(company.wang), "北", 31, " ")
    assert [problem.field for problem in refused.value.problems] == ["named", "days", "reason"]


def test_guessing_names_is_counted(company):
    services.ask_access(actor_of(company.wang), company.records[KEY]["li"].name, 7, "看看")
    row = AccessLog.objects.get(user_id=company.wang.pk, kind="on_file")
    assert (row.rows, row.reason) == (1, "ask_access")


def test_the_page_asks_and_says_what_is_missing(company, client):
    client.force_login(company.wang)
    wrong = client.post("/ask-access", {"named": "x", "days": "99", "reason": ""})
    assert wrong.status_code == 422
    right = client.post(
        "/ask-access", {"named": company.records[KEY]["li"].number, "days": "7", "reason": "投标"}
    )
    assert right.status_code == 302
    assert company.records[KEY]["li"].name not in client.get("/approvals?tab=asked").content.decode()
