"""Who agreed to what, and what becomes of a person's request, up to being erased with the proof."""

from datetime import date
from typing import Any

import pytest

from kedang.areas.customers.models import Contact, Influence
from kedang.areas.engagement.models import Visit
from kedang.areas.personal.models import Consent, Request
from kedang.areas.personal.selectors import allowed
from kedang.engine.actions.perform import perform
from kedang.engine.erasing.models import Erasure
from kedang.engine.jobs import running
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel import clock
from kedang.kernel.actor import Span
from kedang.kernel.errors import Invalid, NotAllowed, RuleBroken
from world import World, everywhere

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _still(still_clock: Any) -> None:
    """Let it be noon on 23 November 2026."""


def person(world: World) -> Contact:
    consent = world.records["personal.consent"]["li"]
    return Contact.objects.visible_to(world.boss).get(pk=consent.contact_id)


def asked(world: World, kind: str) -> Request:
    one = person(world)
    inputs = {"customer": one.customer_id, "contact": one.pk, "kind_key": kind, "what": "来信要求"}
    return perform(world.boss, "personal.request.create", inputs=inputs | {"asked_on": "2026-11-20"}).record


def test_whatever_sends_is_told_by_the_ledger(world: World) -> None:
    one = person(world)
    assert allowed(one.pk, "marketing", "sms", TODAY)
    assert not allowed(one.pk, "marketing", "email", TODAY)
    assert not allowed(one.pk, "marketing", "sms", date(2026, 10, 31))
    perform(world.boss, "personal.consent.withdraw", world.records["personal.consent"]["li"].pk)
    assert not allowed(one.pk, "marketing", "sms", TODAY)
    assert allowed(one.pk, "marketing", "sms", date(2026, 11, 22)), "what was sent before was right"
    with pytest.raises(RuleBroken):
        perform(world.boss, "personal.consent.withdraw", world.records["personal.consent"]["li"].pk)


def test_who_may_note_a_consent_may_note_that_it_is_withdrawn(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN, ("view", "create", "change")))
    perform(li, "personal.consent.withdraw", world.records["personal.consent"]["li"].pk)
    assert (
        Consent.objects.visible_to(world.boss).get(pk=world.records["personal.consent"]["li"].pk).withdrawn_on
        == TODAY
    )


def test_a_consent_is_of_a_contact_of_this_customer_and_not_of_tomorrow(world: World) -> None:
    one, other = person(world), world.records["customers.customer"]["wang"]
    inputs = {"customer": one.customer_id, "contact": one.pk, "purpose_key": "care", "channel_key": "call",
              "wording": "第一版", "evidence_key": "form"}  # fmt: skip
    for wrong, field in (({"customer": other.pk}, "contact"), ({"given_on": "2026-11-24"}, "given_on")):
        with pytest.raises(Invalid) as told:
            perform(
                world.boss, "personal.consent.create", inputs={**inputs, "given_on": "2026-11-01", **wrong}
            )
        assert [problem.field for problem in told.value.problems] == [field]


def test_a_request_is_answered_by_the_last_working_day_within_thirty(world: World) -> None:
    assert asked(world, "access").due_on == date(2026, 12, 18), "20 December 2026 is a Sunday"


def test_nothing_is_answered_before_the_identity_is_checked(world: World) -> None:
    row = asked(world, "access")
    with pytest.raises(RuleBroken):
        perform(world.boss, "personal.request.answer", row.pk, {"answer": "已寄"})
    perform(world.boss, "personal.request.identify", row.pk, {"how": "回拨登记号码"})
    perform(world.boss, "personal.request.answer", row.pk, {"answer": "已寄"})
    row = Request.objects.visible_to(world.boss).get(pk=row.pk)
    assert (row.state_key, row.answer, row.answered_on) == ("done", "已寄", TODAY)
    with pytest.raises(RuleBroken):
        perform(world.boss, "personal.request.refuse", row.pk, {"answer": "晚了"})


def test_a_person_who_asks_for_it_is_erased_with_consents_lines_and_other_requests(world: World) -> None:
    one, row = person(world), asked(world, "erasure")
    first = world.records["personal.request"]["li"]
    with pytest.raises(RuleBroken):
        perform(world.boss, "personal.request.erase_person", row.pk, reason="本人要求")
    perform(world.boss, "personal.request.identify", row.pk, {"how": "身份证原件"})
    met = {"customer": one.customer_id, "contact": one.pk, "purpose": "催货", "planned_on": "2026-11-24"}
    visit = perform(world.boss, "engagement.visit.create", inputs=met).record

    perform(world.boss, "personal.request.erase_person", row.pk, reason="本人要求")
    while (job := running.take()) is not None:
        running.run(job)

    proof = Erasure.objects.get()
    assert proof.counts == {"customers.contact": 1, "customers.influence": 1, "personal.consent": 1}
    assert proof.done_at is not None
    stored = {
        held.pk: held for held in Request.objects.visible_to(world.boss).filter(pk__in=[row.pk, first.pk])
    }
    assert stored[row.pk].state_key == "done"
    assert proof.proof[:16] in stored[row.pk].answer
    assert [stored[pk].contact_id for pk in (row.pk, first.pk)] == [None, None]
    assert stored[first.pk].state_key == "done"
    for model in (Contact, Consent):
        assert not model.objects.unscoped(because="test").filter(customer=one.customer_id, pk=one.pk).exists()
    assert not Consent.objects.unscoped(because="test").filter(contact=one.pk).exists()
    assert not Influence.objects.unscoped(because="test").filter(target=one.pk).exists()
    kept = Visit.objects.visible_to(world.boss).get(pk=visit.pk)
    assert (kept.purpose, kept.contact_id) == ("催货", None), (
        "a visit is the company's: only the pointer goes"
    )
    assert one.mobile
    assert not [e for e in HistoryEntry.objects.all() if one.mobile in repr(e.changes)]
    assert not allowed(one.pk, "marketing", "sms", clock.today())
    assert verify().whole


def test_only_who_may_approve_erases(world: World) -> None:
    row = asked(world, "erasure")
    li = world.actor(world.li, everywhere(Span.FOLLOW, ("view", "create", "change", "archive")))
    perform(li, "personal.request.identify", row.pk, {"how": "当面"})
    with pytest.raises(NotAllowed):
        perform(li, "personal.request.erase_person", row.pk, reason="本人要求")
