"""The write door: what a save does, once and in order, and what it refuses without a trace."""

import pytest
from django.db import connection

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.identity.models import RecordShare
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent, TimelineEntry
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel.actor import Span
from kedang.kernel.errors import Conflict, Invalid, NotAllowed, NotVisible, RuleBroken
from world import World, everywhere

CREATE, UPDATE = "customers.customer.create", "customers.customer.update"
COMPANY = {
    "name": "广州澜石水务设备有限公司",
    "type_key": "enterprise",
    "country": "CN",
    "phone": "020-39000042",
}


def counts() -> tuple[int, int, int, int]:
    return (
        HistoryEntry.objects.count(), OutboxEvent.objects.count(), TimelineEntry.objects.count(),
        Customer.objects.unscoped(because="test").count(),
    )  # fmt: skip


def test_a_new_file_is_numbered_noted_and_told(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    before = counts()
    customer = perform(li, CREATE, inputs=COMPANY | {"level_key": "gold"}).record
    assert customer.owner_id == world.li.pk
    assert customer.unit_id == world.north.pk
    assert customer.version == 1
    assert customer.number.endswith(f"{customer.serial:05}")
    assert IssuedNumber.objects.get(record_id=customer.pk).number == customer.number
    assert [after - was for after, was in zip(counts(), before, strict=True)] == [1, 1, 1, 1]


def test_a_save_that_changes_nothing_leaves_no_trace(world: World) -> None:
    mine = world.records["customers.customer"]["li"]
    before = counts()
    perform(world.boss, UPDATE, mine.pk, {"name": mine.name, "phone": "010-88880001"})
    assert counts() == before


def test_a_refused_save_leaves_the_database_as_it_was(world: World) -> None:
    mine = world.records["customers.customer"]["li"]
    before = counts()
    with pytest.raises(Invalid) as refusal:
        perform(world.boss, UPDATE, mine.pk, {"credit_code": "91350100M000100Y4Z", "level_key": "platinum"})
    assert {problem.field for problem in refusal.value.problems} == {"credit_code", "level_key"}
    assert counts() == before


def test_hidden_and_absent_look_alike(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    theirs = world.records["customers.customer"]["wang"]
    with pytest.raises(NotVisible) as hidden:
        perform(li, UPDATE, theirs.pk, {"name": "别人的"})
    with pytest.raises(NotVisible) as absent:
        perform(li, UPDATE, 1, {"name": "别人的"})
    assert hidden.value.text == absent.value.text


def test_seen_but_not_permitted_is_told_so(world: World) -> None:
    reader = world.actor(
        world.li, {"customers.customer:view": Span.ALL, "customers.customer:change": Span.OWN}
    )
    with pytest.raises(NotAllowed):
        perform(reader, UPDATE, world.records["customers.customer"]["wang"].pk, {"name": "别人的"})


def test_the_second_of_two_saves_from_one_version_is_a_conflict(world: World) -> None:
    mine = world.records["customers.customer"]["li"]
    perform(world.boss, UPDATE, mine.pk, {"short_name": "红光"}, version=1)
    with pytest.raises(Conflict):
        perform(world.boss, UPDATE, mine.pk, {"short_name": "红光酒业"}, version=1)


@pytest.mark.parametrize(
    "name", ["owner", "unit", "id", "number", "serial", "version", "head", "archived_at", "pool"]
)
def test_fields_that_nobody_offered_cannot_be_set(world: World, name: str) -> None:
    li = world.actor(world.li, everywhere(Span.OWN, ("view", "change", "create")))
    mine = world.records["customers.customer"]["li"]
    with pytest.raises(Invalid):
        perform(li, UPDATE, mine.pk, {name: world.wang.pk})
    assert Customer.objects.unscoped(because="test").get(pk=mine.pk).owner_id == world.li.pk


def test_a_contact_cannot_be_hung_on_a_customer_one_does_not_see(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    with pytest.raises(Invalid) as refusal:
        theirs = world.records["customers.customer"]["wang"]
        perform(li, "customers.contact.create", inputs={"name": "钱进", "customer": theirs.pk})
    assert refusal.value.problems[0].code == "not_found"


def test_handing_over_may_leave_the_own_reach_but_editing_may_not(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    mine = world.records["customers.customer"]["li"]
    handed = perform(li, "customers.customer.assign", mine.pk, {"owner": world.wang.pk}).record
    assert (handed.owner_id, handed.unit_id) == (world.wang.pk, world.south.pk)
    with pytest.raises(NotVisible):
        perform(li, UPDATE, mine.pk, {"short_name": "x"})


def test_a_repeated_request_is_one_record(world: World) -> None:
    li = world.actor(world.li, everywhere(Span.OWN))
    first = perform(li, CREATE, inputs=COMPANY, request_key="k1")
    again = perform(li, CREATE, inputs=COMPANY, request_key="k1")
    assert again.record.pk == first.record.pk
    assert again.repeated
    with pytest.raises(RuleBroken):
        perform(li, CREATE, inputs=COMPANY | {"name": "另一家有限公司"}, request_key="k1")


def test_a_new_level_gives_a_new_number_and_the_old_one_still_finds_the_file(world: World) -> None:
    mine = world.records["customers.customer"]["li"]
    old = mine.number
    changed = perform(world.boss, UPDATE, mine.pk, {"level_key": "diamond"}).record
    assert changed.number != old
    assert changed.serial == mine.serial
    assert set(IssuedNumber.objects.filter(record_id=mine.pk).values_list("number", flat=True)) == {
        old,
        changed.number,
    }


def test_every_chain_is_whole_and_a_changed_value_is_named(world: World) -> None:
    assert verify().faults == []
    entry = HistoryEntry.objects.filter(record="customers.customer").first()
    assert entry is not None
    with connection.cursor() as cursor:
        cursor.execute("update engine_historyentry set actor_name = 'nobody' where id = %s", [entry.pk])
    assert [fault for fault in verify().faults if str(entry.record_id) in fault]


def test_every_record_type_can_be_filed_changed_and_verified(world: World) -> None:
    assert set(world.records) == set(RECORDS)
    left, done = (
        3,
        3,
    )  # at each customer a contact who left: filed, then archived; and a visit: planned, then done
    assert verify().entries == sum(len(rows) for rows in world.records.values()) + 2 * left + done


def test_a_file_opened_to_a_colleague_is_seen_until_it_is_closed(world: World) -> None:
    mine = world.records["customers.customer"]["li"]
    li = world.actor(world.li, everywhere(Span.OWN))
    perform(li, "customers.customer.share", mine.pk, {"user": world.wang.pk}, reason="一起跟进")
    assert RecordShare.objects.get(record_id=mine.pk).level == "view"
    assert list(HistoryEntry.objects.latest("pk").changes) == ["shared"]
    perform(li, "customers.customer.unshare", mine.pk, {"user": world.wang.pk})
    assert not RecordShare.objects.exists()
    assert verify().faults == []


def test_only_the_owner_or_a_manager_opens_a_file(world: World) -> None:
    mine = world.records["customers.customer"]["li"]
    colleague = world.actor(world.wang, everywhere(Span.ALL, ("view", "change")))
    with pytest.raises(NotAllowed):
        perform(colleague, "customers.customer.share", mine.pk, {"user": world.zhao.pk})
    with pytest.raises(Invalid):
        perform(world.boss, "customers.customer.share", mine.pk, {"user": world.li.pk})
