"""Approvals: two pairs of eyes, on what was asked for, by who may say so at that moment."""

from typing import Any

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.perform import Done, perform
from kedang.engine.approvals.models import Approval
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, Role, User
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent
from kedang.engine.records.timeline import history
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel.actor import Actor, Span
from kedang.kernel.errors import Invalid, KedangError, NotAllowed, NotVisible, RuleBroken
from world import World, everywhere

CUSTOMER, ARCHIVE = "customers.customer", "customers.customer.archive"
APPROVE, REJECT, WITHDRAW = "engine.approval.approve", "engine.approval.reject", "engine.approval.withdraw"
ASKING = ("view", "create", "change", "archive")


@pytest.fixture
def asker(world: World) -> Actor:
    """Return somebody whose stored role may ask to archive what is theirs."""
    return with_role(world.li, "asker", Span.OWN, ASKING)


def with_role(user: User, key: str, span: Span, verbs: tuple[str, ...]) -> Actor:
    role = Role.objects.create(key=key, label={"zh_hans": key})
    for record in (CUSTOMER, "engine.approval"):
        for verb in verbs:
            role.grants.create(record=record, action=verb, span=span)
    Membership.objects.create(user=user, role=role)
    return actor_of(User.objects.get(pk=user.pk))


def ask(actor: Actor, customer: Any, reason: str = "并入总部") -> Approval:
    for waiting in Approval.objects.visible_to(actor).filter(record_id=customer.pk, state="pending"):
        perform(actor, WITHDRAW, waiting.pk)
    done = perform(actor, ARCHIVE, customer.pk, reason=reason)
    assert done.approval is not None
    return done.approval  # type: ignore[no-any-return]


def held(pk: int) -> bool:
    return Customer.objects.unscoped(because="test").get(pk=pk).archived_at is not None


def state(asked: Approval) -> str:
    return str(Approval.objects.unscoped(because="test").get(pk=asked.pk).state)


def trace() -> tuple[int, int]:
    return HistoryEntry.objects.count(), OutboxEvent.objects.count()


def test_archiving_waits_for_a_word_and_changes_nothing_until_then(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    assert (state(asked), held(mine.pk), asked.subject, asked.reason) == (
        "pending",
        False,
        mine.name,
        "并入总部",
    )
    assert asked.unit_id == mine.unit_id
    with pytest.raises(RuleBroken):
        perform(asker, ARCHIVE, mine.pk, reason="noch einmal")


def test_the_word_runs_the_saved_call_as_who_asked_and_history_names_the_signer(
    world: World, asker: Actor
) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    perform(world.boss, APPROVE, asked.pk, {"note": "同意"})
    assert (state(asked), held(mine.pk)) == ("approved", True)
    entry, _changes = history(world.boss, RECORDS[CUSTOMER], mine.pk)[0]
    assert (entry.actor_id, entry.signer_id, entry.signer_name) == (
        world.li.pk,
        world.chief.pk,
        world.chief.name,
    )
    assert (entry.action, entry.reason) == (ARCHIVE, "并入总部")
    assert verify().faults == []


def test_a_signer_who_is_painted_over_in_the_history_is_found(world: World, asker: Actor) -> None:
    asked = ask(asker, world.records[CUSTOMER]["li"])
    perform(world.boss, APPROVE, asked.pk)
    HistoryEntry.objects.filter(signer_id=world.chief.pk).update(signer_name="somebody else")
    assert verify().faults != []


def test_nobody_approves_what_they_asked_for_themselves(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    Membership.objects.all().delete()
    promoted = with_role(world.li, "promoted", Span.ALL, (*ASKING, "approve"))
    before = trace()
    for answer in (APPROVE, REJECT):
        with pytest.raises(NotAllowed):
            perform(promoted, answer, asked.pk)
    assert (state(asked), held(mine.pk), trace()) == ("pending", False, before)


def test_who_may_approve_elsewhere_still_asks_for_what_lies_elsewhere(world: World) -> None:
    spans = everywhere(Span.ALL, ASKING) | {f"{CUSTOMER}:approve": Span.UNIT}
    manager = world.actor(world.li, spans)
    theirs = world.records[CUSTOMER]["wang"]
    for waiting in Approval.objects.visible_to(world.boss):
        perform(world.boss, REJECT, waiting.pk)
    assert perform(manager, ARCHIVE, theirs.pk, reason="停业").approval is not None
    assert not held(theirs.pk)
    own = world.records[CUSTOMER]["li"]
    assert perform(manager, ARCHIVE, own.pk, reason="停业").approval is None
    assert held(own.pk)


def test_a_word_after_the_asker_lost_the_right_does_nothing(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    for undo in (
        lambda: Membership.objects.all().delete(),
        lambda: User.objects.filter(pk=world.li.pk).update(is_active=False),
    ):
        undo()
        before = trace()
        with pytest.raises((NotVisible, NotAllowed)):
            perform(world.boss, APPROVE, asked.pk)
        assert (state(asked), held(mine.pk), trace()) == ("pending", False, before)


def test_a_word_after_the_signer_lost_the_right_does_nothing(world: World, asker: Actor) -> None:
    asked = ask(asker, world.records[CUSTOMER]["li"])
    signer = with_role(world.chief, "signer", Span.ALL, ("view", "approve"))
    Membership.objects.filter(user=world.chief).delete()
    with pytest.raises((NotVisible, NotAllowed)):
        perform(actor_of(world.chief), APPROVE, asked.pk)
    assert signer.may(CUSTOMER, "approve")
    assert state(asked) == "pending"


def test_a_word_on_a_record_that_changed_meanwhile_is_refused(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    perform(world.boss, f"{CUSTOMER}.update", mine.pk, {"short_name": "红光"})
    before = trace()
    with pytest.raises(RuleBroken):
        perform(world.boss, APPROVE, asked.pk)
    assert (state(asked), held(mine.pk), trace()) == ("pending", False, before)


def test_a_word_on_a_record_the_asker_gave_away_is_refused(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    perform(world.boss, f"{CUSTOMER}.assign", mine.pk, {"owner": world.wang.pk})
    with pytest.raises(KedangError):
        perform(world.boss, APPROVE, asked.pk)
    assert not held(mine.pk)


@pytest.mark.parametrize("missing", ["engine.approval:approve", f"{CUSTOMER}:approve"])
def test_a_signer_reaches_both_the_request_and_the_record(world: World, asker: Actor, missing: str) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    for narrowed in (Span.NONE, Span.OWN, Span.UNIT):
        signer = world.actor(world.wang, everywhere(Span.ALL) | {missing: narrowed})
        with pytest.raises((NotAllowed, NotVisible)):
            perform(signer, APPROVE, asked.pk)
        assert (state(asked), held(mine.pk)) == ("pending", False)


def test_a_request_is_decided_once(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    asked = ask(asker, mine)
    perform(world.boss, REJECT, asked.pk, {"note": "再等等"})
    for answer in (APPROVE, REJECT):
        with pytest.raises(RuleBroken):
            perform(world.boss, answer, asked.pk)
    with pytest.raises(RuleBroken):
        perform(asker, WITHDRAW, asked.pk)
    assert (state(asked), held(mine.pk)) == ("rejected", False)
    again = ask(asker, mine)
    perform(world.boss, APPROVE, again.pk)
    with pytest.raises(RuleBroken):
        perform(world.boss, APPROVE, again.pk)


def test_only_who_asked_withdraws(world: World, asker: Actor) -> None:
    asked = ask(asker, world.records[CUSTOMER]["li"])
    other = world.actor(world.wang, everywhere(Span.ALL))
    with pytest.raises(NotAllowed):
        perform(other, WITHDRAW, asked.pk)
    perform(asker, WITHDRAW, asked.pk)
    assert state(asked) == "withdrawn"


def test_asking_is_no_action_that_a_surface_may_call(world: World, asker: Actor) -> None:
    mine = world.records[CUSTOMER]["li"]
    before = trace()
    inputs = {"target": mine, "kind": RECORDS[CUSTOMER], "action": None, "inputs": {}, "reason": "x"}
    for given in ({}, inputs):
        with pytest.raises((NotVisible, Invalid)):
            perform(asker, "engine.approval.ask", None, given)
    assert "ask" not in {spec.name for spec in actions_of("engine.approval")}
    for key in ("create", "update", "archive", "assign"):
        with pytest.raises(NotVisible):
            perform(world.boss, f"engine.approval.{key}", None if key == "create" else 1, {})
    assert trace() == before


def test_a_request_is_seen_by_who_asked_and_by_who_reaches_its_unit(world: World, asker: Actor) -> None:
    asked = ask(asker, world.records[CUSTOMER]["li"])

    def sees(user: User, span: Span) -> bool:
        return Approval.objects.visible_to(world.actor(user, everywhere(span))).filter(pk=asked.pk).exists()

    assert sees(world.li, Span.OWN)
    assert not sees(world.wang, Span.OWN)
    assert not sees(world.wang, Span.BELOW)
    assert not sees(world.zhao, Span.BELOW)
    assert sees(world.chief, Span.BELOW)


def test_the_hold_is_left_by_who_may_archive_and_needs_the_right(world: World) -> None:
    mine = world.records[CUSTOMER]["li"]
    for waiting in Approval.objects.visible_to(world.boss):
        perform(world.boss, REJECT, waiting.pk)
    done: Done = perform(world.boss, ARCHIVE, mine.pk, reason="停业")
    assert done.approval is None
    li = world.actor(world.li, everywhere(Span.OWN, ("view", "change")))
    assert not Customer.objects.visible_to(li).filter(pk=mine.pk).exists()
    assert Customer.objects.visible_to(li, archived=True).filter(pk=mine.pk).exists()
    for key in (f"{CUSTOMER}.update", f"{CUSTOMER}.archive"):
        with pytest.raises(NotVisible):
            perform(li, key, mine.pk, {"short_name": "x"} if key.endswith("update") else {}, reason="x")
    with pytest.raises((NotAllowed, NotVisible)):
        perform(li, f"{CUSTOMER}.restore", mine.pk)
    assert held(mine.pk)
    perform(world.actor(world.li, everywhere(Span.OWN, ASKING)), f"{CUSTOMER}.restore", mine.pk)
    assert not held(mine.pk)
