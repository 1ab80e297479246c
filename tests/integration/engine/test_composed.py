"""A question that is composed once answers as the one that Django composes each time."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext

from kedang.areas.customers.models import Contact, Customer
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Membership, RecordShare, Role, User
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.composed import Composed, columns, in_lots
from kedang.engine.scope.doors import _composed
from kedang.kernel.errors import UnscopedQuery

pytestmark = [pytest.mark.django_db, pytest.mark.both]
NAME = User._meta.get_field("username")


def test_objects_lists_and_single_values_are_those_of_the_orm(world):
    whole = Composed(lambda name: User.objects.filter(username=name), NAME)
    pairs = Composed(lambda name: User.objects.filter(username=name).values_list("pk", "joined_on"), NAME)
    names = Composed(lambda pk: User.objects.filter(pk=pk).values_list("name", flat=True), User._meta.pk)
    for username in ("li", "chief", "nobody", "li"):
        rows = User.objects.filter(username=username)
        assert whole(username) == list(rows)
        assert [one.created_at for one in whole(username)] == [one.created_at for one in rows]
        assert pairs(username) == list(rows.values_list("pk", "joined_on"))
    assert names(world.li.pk) == [world.li.name]


def test_what_is_selected_besides_is_loaded_with_it(world):
    row = world.records["customers.contact"]["li"]
    asked = Composed(
        lambda pk: Contact.objects.visible_to(world.boss).select_related("customer").filter(pk=pk), Contact._meta.pk
    )  # fmt: skip
    name = asked(row.pk)[0].customer.name
    with CaptureQueriesContext(connection) as queries:
        again = asked(row.pk)[0].customer.name
        assert len(queries) == 1
    assert again == name == row.customer.name


def test_each_value_is_asked_of_its_own_column(world):
    share = {"record": "customers.customer", "level": "view", "given_at": datetime(2026, 11, 1, tzinfo=UTC)}
    until = datetime(2026, 11, 30, tzinfo=UTC)
    for user in (world.li, world.zhao):
        RecordShare.objects.create(user=user, record_id=user.pk, until=until, **share)
    asked = Composed(
        lambda now, user: RecordShare.objects.filter(user=user, until__gt=now).values_list("record_id", flat=True),
        RecordShare._meta.get_field("until"), RecordShare._meta.get_field("user"),
    )  # fmt: skip
    before, after = datetime(2026, 11, 29, 12, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert asked(before, world.li.pk) == [world.li.pk]
    assert asked(before, world.zhao.pk) == [world.zhao.pk]
    assert asked(after, world.zhao.pk) == []


def test_what_cannot_be_asked_so_is_refused(world):
    by_name = Composed(lambda name: User.objects.filter(username=name), NAME)
    with pytest.raises(ValueError, match="None"):
        by_name(None)
    lowered = Composed(lambda name: User.objects.filter(username=Lower(F("name")), name=name.upper()), NAME)
    with pytest.raises(TypeError, match="as it is"):
        lowered("li")
    closed = Composed(lambda pk: Customer.objects.filter(pk=pk), Customer._meta.pk)
    with pytest.raises(UnscopedQuery):
        closed(world.li.pk)
    with pytest.raises(TypeError, match="narrows"):
        Customer.objects.filter(name="x").one_of(world.boss, world.li.pk)
    with pytest.raises(ValueError, match="1 values"):
        by_name("li", "wang")
    nothing = Composed(lambda pk: User.objects.filter(pk__in=[], pk=pk), User._meta.pk)
    assert nothing(world.li.pk) == []


def test_one_row_is_opened_for_each_as_the_read_door_opens_it(world):
    """One after the other, so that what was composed for one is asked by the next."""
    _composed.cache_clear()
    roles = {"li": "sales_rep", "zhao": "sales_rep", "wang": "sales_manager", "chief": "general_manager"}
    users = User.objects.filter(username__in=roles)
    for user in users:
        Membership.objects.create(user=user, role=Role.objects.get(key=roles[user.username]))
    asked = opened = 0
    for _again in range(2):
        for user in users:
            actor = actor_of(user)
            for key, kind in RECORDS.items():
                for row in world.records[key].values():
                    for verb in ("view", "change"):
                        rows = kind.model.objects.visible_to(actor, verb).filter(pk=row.pk)
                        found = kind.model.objects.one_of(actor, row.pk, verb)
                        assert ([found] if found else []) == list(rows), (user, key, verb)
                        asked, opened = asked + 1, opened + (found is not None)
    assert 0 < opened < asked
    assert _composed.cache_info().hits > _composed.cache_info().misses


def test_many_values_are_asked_in_lots_of_few_sizes():
    users = [User.objects.create_user(f"many{n}", None, name=f"员工{n}") for n in range(7)]
    asked = Composed(
        lambda *pks: User.objects.filter(pk__in=pks).values_list("pk", flat=True), *columns(User, "pk"), many=True
    )  # fmt: skip
    for count in (0, 1, 5, 6, 7):
        wanted = [user.pk for user in users[:count]]
        assert sorted(pk for lot in in_lots(wanted) for pk in asked(*lot)) == sorted(wanted)
    assert [len(lot) for lot in in_lots(range(160))] == [100, 100]
    assert {one for lot in in_lots(range(160)) for one in lot} == set(range(160))
