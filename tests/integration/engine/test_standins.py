"""A colleague looks after the files of somebody who is away."""

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.why import reasons
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible

CUSTOMER = "customers.customer"


@pytest.fixture
def company(world, still_clock):
    """Wang and Li are sales representatives of two regions; the clock stands on 23 November 2026."""
    for user in (world.li, world.wang):
        Membership.objects.create(user=user, role=Role.objects.get(key="sales_rep"))
    return world


def appoint(world, by, **values):
    inputs = {"deputy": world.wang.pk, "starts_on": "2026-11-23", "ends_on": "2026-11-30", "reason": "年假"}
    return perform(actor_of(by), "engine.standin.create", inputs=inputs | values).record


def test_a_deputy_reads_and_changes_the_files_of_who_is_away_and_no_more(company):
    customer = company.records[CUSTOMER]["li"]
    with pytest.raises(NotVisible):
        perform(actor_of(company.wang), f"{CUSTOMER}.update", customer.pk, {"remarks": "x"})
    appoint(company, company.li)
    wang = actor_of(company.wang)
    perform(wang, f"{CUSTOMER}.update", customer.pk, {"remarks": "代看了现场"})
    entry = HistoryEntry.objects.filter(record=CUSTOMER, record_id=customer.pk).order_by("-seq").first()
    assert (entry.actor_id, entry.acting_for) == (company.wang.pk, company.li.pk)
    with pytest.raises(NotAllowed):
        perform(wang, f"{CUSTOMER}.archive", customer.pk, reason="停业")
    row = Customer.objects.visible_to(wang).get(pk=customer.pk)
    assert len(reasons(wang, RECORDS[CUSTOMER], row)) == 1


def test_what_is_done_to_ones_own_file_is_done_for_nobody(company):
    appoint(company, company.li)
    own = company.records[CUSTOMER]["wang"]
    perform(actor_of(company.wang), f"{CUSTOMER}.update", own.pk, {"remarks": "x"})
    entry = HistoryEntry.objects.filter(record=CUSTOMER, record_id=own.pk).order_by("-seq").first()
    assert entry.acting_for is None


def test_who_is_back_ends_it_at_once(company):
    standin = appoint(company, company.li)
    assert actor_of(company.wang).stands_in == {company.li.pk}
    perform(actor_of(company.li), "engine.standin.end", standin.pk)
    assert actor_of(company.wang).stands_in == frozenset()


def test_days_to_come_open_nothing_yet(company):
    appoint(company, company.li, starts_on="2026-11-24")
    assert actor_of(company.wang).stands_in == frozenset()


def test_a_representative_appoints_for_themselves_only(company):
    with pytest.raises(Invalid):
        appoint(company, company.li, owner=company.zhao.pk)


def test_somebody_who_left_stands_in_for_nobody(company):
    company.wang.is_active = False
    company.wang.save()
    with pytest.raises(Invalid) as refused:
        appoint(company, company.li)
    assert [problem.field for problem in refused.value.problems] == ["deputy"]


def test_a_deputy_who_is_away_too_is_refused_with_words(company):
    appoint(company, company.wang, deputy=company.zhao.pk)
    with pytest.raises(Invalid) as refused:
        appoint(company, company.li)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [("deputy", "away")]
