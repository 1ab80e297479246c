"""From stored roles, lines, shares and pools to what an actor reaches, and how soon a change of them counts."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.identity import tokens
from kedang.engine.identity.actors import actor_of, directory
from kedang.engine.identity.models import (
    FieldRight,
    Membership,
    Pool,
    RecordShare,
    Role,
    RoleGrant,
    RoleLimit,
    Unit,
    User,
)  # fmt: skip
from kedang.engine.identity.stamps import bump, steady_stamps
from kedang.engine.records.access import modes, open_one, shown
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Line, Mode, Span
from kedang.kernel.errors import NotVisible, RuleBroken
from world import World

CUSTOMER = "customers.customer"


def role(key: str, span: Span, *, action: str = "view", record: str = CUSTOMER, **more: Any) -> Role:
    """Make or take a role and let it do one thing."""
    made, _new = Role.objects.get_or_create(key=key, defaults={"label": {"zh_hans": key}})
    units = more.pop("units", ())
    grant = RoleGrant.objects.create(role=made, record=record, action=action, span=span, **more)
    grant.units.set(units)
    return made


def give(user: User, *roles: Role) -> Actor:
    for one in roles:
        Membership.objects.get_or_create(user=user, role=one)
    return actor_of(User.objects.get(pk=user.pk))


def seen(actor: Actor, verb: str = "view") -> set[str]:
    """Return whose customers an actor reaches."""
    rows = Customer.objects.visible_to(actor, verb)
    return set(rows.values_list("owner__username", flat=True))


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span.NONE, set()),
        (Span.OWN, {"li"}),
        (Span.UNIT, {"li"}),
        (Span.BELOW, {"li", "zhao"}),
        (Span.ALL, {"li", "zhao", "wang"}),
    ],
)
def test_each_span_reaches_what_its_name_says(world: World, span: Span, expected: set[str]) -> None:
    assert seen(give(world.li, role("r", span))) == expected


def test_a_custom_span_reaches_the_units_that_were_named_and_ones_own(world: World) -> None:
    assert seen(give(world.li, role("r", Span.CUSTOM, units=[world.south]))) == {"li", "wang"}


def test_several_roles_reach_what_any_of_them_reaches(world: World) -> None:
    own, south = role("own", Span.OWN), role("south", Span.CUSTOM, units=[world.south])
    branch = role("branch", Span.CUSTOM, units=[world.branch])
    nothing = role("nothing", Span.NONE)
    assert seen(give(world.li, own, nothing)) == {"li"}
    assert seen(give(world.li, south)) == {"li", "wang"}
    assert seen(give(world.li, branch)) == {"li", "zhao", "wang"}


def test_verbs_have_spans_of_their_own(world: World) -> None:
    both = role("r", Span.ALL)
    role("r", Span.OWN, action="change")
    actor = give(world.li, both)
    assert seen(actor) == {"li", "zhao", "wang"}
    assert seen(actor, "change") == {"li"}
    assert seen(actor, "archive") == set()


def test_the_business_line_and_the_administrative_line_are_two(world: World) -> None:
    User.objects.filter(pk=world.li.pk).update(admin_unit=world.south)
    business = role("business", Span.UNIT, line=Line.BUSINESS)
    assert seen(give(world.li, business)) == {"li"}
    Membership.objects.all().delete()
    administrative = role("administrative", Span.UNIT, line=Line.ADMINISTRATIVE)
    assert seen(give(world.li, administrative)) == {"li", "wang"}  # what one owns, and the other unit
    role("administrative", Span.BELOW, line=Line.BUSINESS)
    assert seen(give(world.li, administrative)) == {"li", "zhao", "wang"}


def test_somebody_without_a_unit_reaches_only_what_is_theirs(world: World) -> None:
    User.objects.filter(pk=world.li.pk).update(unit=None, admin_unit=None)
    wide = role("wide", Span.BELOW)
    role("wide", Span.UNIT, line=Line.ADMINISTRATIVE)
    assert seen(give(world.li, wide)) == {"li"}


def test_a_share_opens_one_record_for_what_it_says_until_its_day(world: World) -> None:
    theirs = world.records[CUSTOMER]["wang"]
    mine = role("r", Span.OWN)
    role("r", Span.OWN, action="change")
    now = clock.now()

    def share(level: str, until: Any) -> Actor:
        RecordShare.objects.all().delete()
        RecordShare.objects.create(
            record=CUSTOMER,
            record_id=theirs.pk,
            user=world.li,
            level=level,
            kind="access",
            until=until,
            given_at=now,
        )
        return give(world.li, mine)

    actor = share("view", None)
    assert (seen(actor), seen(actor, "change")) == ({"li", "wang"}, {"li"})
    actor = share("change", now + timedelta(minutes=1))
    assert (seen(actor), seen(actor, "change"), seen(actor, "archive")) == (
        {"li", "wang"},
        {"li", "wang"},
        set(),
    )
    with clock.frozen(now + timedelta(minutes=1)):
        assert seen(give(world.li, mine)) == {"li"}
    Membership.objects.all().delete()
    assert seen(actor_of(world.li)) == set()  # a share is no right to the type


def test_a_file_is_opened_to_a_colleague_by_an_action_and_closed_again(world: World) -> None:
    mine = world.records[CUSTOMER]["li"]
    reader = role("r", Span.OWN)
    key = f"{CUSTOMER}.share"
    with pytest.raises(NotVisible):
        perform(give(world.wang, reader), f"{CUSTOMER}.update", mine.pk, {"short_name": "x"})
    perform(world.boss, key, mine.pk, {"user": world.wang.pk, "until": "2027-01-31"}, reason="展会")
    assert seen(give(world.wang, reader)) == {"li", "wang"}
    perform(world.boss, f"{CUSTOMER}.unshare", mine.pk, {"user": world.wang.pk})
    assert seen(give(world.wang, reader)) == {"wang"}


def pooled(world: World) -> Customer:
    customer = world.records[CUSTOMER]["wang"]
    with writing("test"):
        Customer.objects.visible_to(world.boss).filter(pk=customer.pk).update(owner=None, pool=world.pool)
    return customer  # type: ignore[no-any-return]


def test_a_pool_is_seen_by_the_units_it_serves_and_nobody_changes_what_lies_in_it(world: World) -> None:
    customer = pooled(world)
    own = role("r", Span.OWN)
    role("r", Span.OWN, action="change")
    role("r", Span.OWN, action="claim")
    actor = give(world.li, own)
    found = Customer.objects.visible_to(actor).filter(pk=customer.pk)
    assert found.exists()
    assert Customer.objects.visible_to(actor, "claim").filter(pk=customer.pk).exists()
    assert not Customer.objects.visible_to(actor, "change").filter(pk=customer.pk).exists()
    world.pool.units.set([world.south])
    assert not Customer.objects.visible_to(give(world.li, own)).filter(pk=customer.pk).exists()
    world.pool.units.set([world.north])
    assert Customer.objects.visible_to(give(world.zhao, own)).filter(pk=customer.pk).exists()  # a unit below


def test_what_hangs_on_a_customer_in_a_pool_is_masked_like_the_customer(world: World) -> None:
    customer = pooled(world)
    contact = world.records["customers.contact"]["wang"]
    with writing("test"):
        type(contact).objects.visible_to(world.boss).filter(pk=contact.pk).update(owner=None)
    reader = role("r", Span.OWN)
    role("r", Span.FOLLOW, record="customers.contact")
    actor = give(world.li, reader)
    kind = RECORDS["customers.contact"]
    row = open_one(actor, kind, contact.pk)
    assert row.customer_id == customer.pk
    assert shown(actor, kind, row, "mobile").masked
    assert shown(actor, kind, row, "mobile").value is None
    assert shown(world.boss, kind, row, "mobile").value == contact.mobile


def test_the_widest_mode_of_several_roles_counts(world: World) -> None:
    kind = RECORDS[CUSTOMER]
    one, other = role("one", Span.OWN), role("other", Span.OWN)

    def mode(name: str, *roles: Role) -> Mode:
        Membership.objects.all().delete()
        return modes(give(world.li, *roles), kind)[name]

    assert mode("credit_limit", one) is Mode.HIDE
    FieldRight.objects.create(role=one, record=CUSTOMER, field="credit_limit", mode=Mode.READ)
    FieldRight.objects.create(role=other, record=CUSTOMER, field="phone", mode=Mode.MASK)
    assert mode("credit_limit", one) is Mode.READ
    assert mode("credit_limit", one, other) is Mode.READ
    assert mode("phone", other) is Mode.MASK
    assert mode("phone", one, other) is Mode.OPEN  # the first says nothing of it and sees the type
    FieldRight.objects.create(role=one, record=CUSTOMER, field="phone", mode=Mode.HIDE)
    assert mode("phone", one, other) is Mode.MASK


def test_the_highest_limit_of_several_roles_counts_and_none_is_nothing(world: World) -> None:
    one, other = role("one", Span.OWN), role("other", Span.OWN)
    RoleLimit.objects.create(role=one, key="reveal_per_day", value=3)
    RoleLimit.objects.create(role=other, key="reveal_per_day", value=20)
    actor = give(world.li, one, other)
    assert actor.limit("reveal_per_day") == 20
    assert actor.limit("export_rows") == 0


def test_every_change_of_rights_counts_at_the_next_call(world: World) -> None:
    one = role("one", Span.OWN)
    assert seen(give(world.li, one)) == {"li"}
    grant = one.grants.get()
    grant.span = Span.ALL
    grant.save()
    assert seen(actor_of(world.li)) == {"li", "zhao", "wang"}
    grant.span = Span.CUSTOM
    grant.save()
    assert seen(actor_of(world.li)) == {"li"}
    grant.units.add(world.south)
    assert seen(actor_of(world.li)) == {"li", "wang"}
    grant.units.clear()
    assert seen(actor_of(world.li)) == {"li"}
    right = FieldRight.objects.create(role=one, record=CUSTOMER, field="phone", mode=Mode.HIDE)
    assert modes(actor_of(world.li), RECORDS[CUSTOMER])["phone"] is Mode.HIDE
    right.delete()
    assert modes(actor_of(world.li), RECORDS[CUSTOMER])["phone"] is Mode.OPEN
    grant.delete()
    assert seen(actor_of(world.li)) == set()


def test_a_lost_role_and_a_lost_job_count_at_the_next_call(world: World) -> None:
    give(world.li, role("one", Span.ALL))
    token = tokens.issue(world.li, "phone")
    assert tokens.find(token) is not None
    Membership.objects.all().delete()
    assert seen(actor_of(world.li)) == set()
    give(world.li, Role.objects.get(key="one"))
    User.objects.filter(pk=world.li.pk).update(is_active=False)
    gone = actor_of(User.objects.get(pk=world.li.pk))
    assert (gone.user_id, gone.grants, seen(gone)) == (None, {}, set())
    assert tokens.find(token) is None


def test_a_unit_that_moves_takes_the_units_below_it_along(world: World) -> None:
    below = role("below", Span.BELOW)
    assert seen(give(world.wang, below)) == {"wang"}
    north = Unit.objects.get(pk=world.north.pk)
    north.parent = world.south
    north.save()
    assert Unit.objects.get(pk=world.branch.pk).path == f"{north.path}{world.branch.pk}/"
    assert seen(actor_of(world.wang)) == {"wang", "li", "zhao"}
    assert seen(give(world.li, below)) == {"li", "zhao"}


def test_a_unit_cannot_lie_below_itself(world: World) -> None:
    north = Unit.objects.get(pk=world.north.pk)
    for parent in (north, world.branch):
        north.parent = parent
        with pytest.raises(RuleBroken):
            north.save()
    assert Unit.objects.get(pk=world.north.pk).parent_id == world.company.pk


def test_a_stale_copy_of_a_unit_does_not_bring_its_old_place_back(world: World) -> None:
    stale = Unit.objects.select_related("parent").get(pk=world.branch.pk)
    north = Unit.objects.get(pk=world.north.pk)
    north.parent = world.south
    north.save()
    stale.name = "北京"
    stale.save()
    assert Unit.objects.get(pk=stale.pk).path == f"{north.path}{stale.pk}/"


def test_what_was_read_under_a_change_that_was_rolled_back_is_forgotten(world: World) -> None:
    one = role("one", Span.OWN)
    assert seen(give(world.li, one)) == {"li"}
    with transaction.atomic():
        one.grants.update(span=Span.ALL)
        bump("identity")
        assert seen(actor_of(world.li)) == {"li", "zhao", "wang"}
        transaction.set_rollback(True)
    one.grants.update(action="change")
    bump("identity")
    assert seen(actor_of(world.li)) == set()


def test_within_a_request_the_stamps_are_read_once_and_its_own_changes_count(
    world: World, django_assert_num_queries: Any
) -> None:
    one = role("one", Span.OWN)
    give(world.li, one)
    with steady_stamps():
        actor_of(world.li)
        with django_assert_num_queries(2):  # memberships and shares
            actor_of(world.li)
        one.grants.update(span=Span.ALL)
        bump("identity")
        assert seen(actor_of(world.li)) == {"li", "zhao", "wang"}


def test_a_pool_that_goes_or_comes_counts_at_once(world: World) -> None:
    give(world.li, role("one", Span.OWN))
    assert actor_of(world.li).pools == {world.pool.pk}
    new = Pool.objects.create(name="新公海")
    new.units.add(world.north)
    assert actor_of(world.li).pools == {world.pool.pk, new.pk}
    new.delete()
    assert actor_of(world.li).pools == {world.pool.pk}


def test_a_grant_of_nothing_gives_no_right_and_one_of_own_leads_nobody(world: World) -> None:
    made = {}
    for span in (Span.NONE, Span.OWN, Span.BELOW):
        for verb in ("assign", "approve"):
            made[span] = role(f"t-{span.value}", span, action=verb).pk
    bump("identity")

    def among(*verbs: str, of_others: bool = False) -> set[Span]:
        found = directory().roles_with(CUSTOMER, *verbs, of_others=of_others)
        return {span for span, pk in made.items() if pk in found}

    assert among("assign", "approve") == {Span.OWN, Span.BELOW}
    assert among("assign", of_others=True) == {Span.BELOW}
    assert among("assign", "claim") == set()
