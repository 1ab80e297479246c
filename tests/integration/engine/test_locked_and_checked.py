"""Locked fields change with a manager's approval and a reason; a file counts as filed once two have signed."""

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.approvals.models import Approval
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from kedang.kernel.errors import Invalid, RuleBroken

KEY = "customers.customer"
CODE, OTHER = "91350100M000100Y43", "914403001922038216"


@pytest.fixture
def company(world, still_clock):
    """Li is a representative with a dealer's file; the chief is general manager."""
    for user, role in ((world.li, "sales_rep"), (world.chief, "general_manager")):
        Membership.objects.create(user=user, role=Role.objects.get(key=role))
    customer = world.records[KEY]["li"]
    perform(world.boss, f"{KEY}.update", customer.pk, {"type_key": "dealer", "credit_code": CODE})
    return world


def stored(company):
    return Customer.objects.unscoped(because="test").get(pk=company.records[KEY]["li"].pk)


def change(company, user, reason="", **values):
    return perform(actor_of(user), f"{KEY}.update", stored(company).pk, values, reason=reason)


def test_a_locked_field_asks_for_a_reason_and_then_for_approval(company):
    with pytest.raises(Invalid) as refused:
        change(company, company.li, credit_code=OTHER)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("reason", "needs_approval")
    ]
    done = change(company, company.li, "换了执照", credit_code=OTHER, remarks="新执照")
    assert (done.approval.reason, stored(company).credit_code, stored(company).remarks) == (
        "换了执照",
        CODE,
        "",
    )
    perform(actor_of(company.chief), "engine.approval.approve", done.approval.pk)
    assert (stored(company).credit_code, stored(company).remarks) == (OTHER, "新执照")
    entry = HistoryEntry.objects.filter(record=KEY, record_id=stored(company).pk).order_by("-seq").first()
    assert (entry.actor_name, entry.signer_name, entry.reason) == ("李明", "陈总", "换了执照")


def test_an_open_field_changes_at_once_and_a_manager_changes_a_locked_one_at_once(company):
    assert change(company, company.li, remarks="x").approval is None
    assert change(company, company.chief, credit_code=OTHER).approval is None
    assert stored(company).credit_code == OTHER


def test_a_wrong_value_is_refused_before_anybody_is_asked(company):
    with pytest.raises(Invalid) as refused:
        change(company, company.li, "换了执照", credit_code="91350100M000100Y4Z")
    assert "credit_code" in {
        problem.field for problem in refused.value.problems if problem.code == "credit_code"
    }


def test_a_batch_names_the_rows_that_need_approval_and_changes_the_others(company):
    rows = [Row({"credit_code": OTHER}, stored(company).pk), Row({"remarks": "批量"}, stored(company).pk)]
    outcomes = batch_save(actor_of(company.li), RECORDS[KEY], rows[:1])
    assert (outcomes[0].kind, outcomes[0].problems[0].code) == (Kind.REFUSED, "needs_approval")
    assert batch_save(actor_of(company.li), RECORDS[KEY], rows[1:])[0].kind is Kind.UPDATED


def test_with_every_field_locked_each_change_needs_approval(company, monkeypatch):
    real = active().setting
    monkeypatch.setattr(
        type(active()), "setting", lambda self, key: True if key == "file.all_fields_locked" else real(key)
    )
    assert change(company, company.li, "写错了", remarks="x").approval is not None


def test_a_file_counts_as_filed_once_its_handler_submitted_and_the_leader_signed(company):
    done = perform(actor_of(company.li), f"{KEY}.file_in", stored(company).pk, {})
    assert stored(company).filed_at is None
    perform(actor_of(company.chief), "engine.approval.approve", done.approval.pk)
    assert stored(company).filed_at is not None
    entry = HistoryEntry.objects.filter(record=KEY, action=f"{KEY}.file_in").get()
    assert (entry.actor_name, entry.signer_name) == ("李明", "陈总")
    with pytest.raises(RuleBroken):
        perform(actor_of(company.chief), f"{KEY}.file_in", stored(company).pk, {})


def test_the_client_signs_before_anybody_is_asked(company, monkeypatch):
    real = active().customer_type
    monkeypatch.setattr(
        type(active()), "customer_type",
        lambda self, key: real(key).model_copy(update={"signatures": ("client", "handler", "leader")}),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        perform(actor_of(company.li), f"{KEY}.file_in", stored(company).pk, {})
    assert [problem.field for problem in refused.value.problems] == ["client_signer"]
    assert not Approval.objects.unscoped(because="test").filter(action=f"{KEY}.file_in").exists()
    done = perform(actor_of(company.li), f"{KEY}.file_in", stored(company).pk, {"client_signer": "黄老板"})
    perform(actor_of(company.chief), "engine.approval.approve", done.approval.pk)
    assert (stored(company).client_signer, stored(company).filed_at is not None) == ("黄老板", True)
    with pytest.raises(RuleBroken):
        perform(actor_of(company.li), f"{KEY}.file_in", stored(company).pk, {"client_signer": "黄老板"})


def test_a_type_that_asks_for_no_signature_has_no_entry_check(company):
    perform(company.boss, f"{KEY}.update", stored(company).pk, {"type_key": "other"})
    with pytest.raises(RuleBroken):
        perform(actor_of(company.li), f"{KEY}.file_in", stored(company).pk, {})
    with pytest.raises(RuleBroken):
        perform(actor_of(company.chief), f"{KEY}.file_in", stored(company).pk, {})


def test_the_form_asks_why_and_then_says_that_somebody_decides(company, client):
    client.force_login(company.li)
    url = f"/customers/{ids.show(stored(company).pk)}/edit"
    first = client.post(url, {"credit_code": OTHER, "version": str(stored(company).version)})
    assert (first.status_code, 'name="reason"' in first.content.decode()) == (422, True)
    then = client.post(
        url, {"credit_code": OTHER, "version": str(stored(company).version), "reason": "换了执照"}
    )
    assert (then.status_code, stored(company).credit_code) == (302, CODE)
