"""The history proves itself: what was changed after it was written is named, and what was erased is not missed."""

import json
from typing import Any

import pytest
from django.db import connection

from kedang.engine.actions.perform import perform
from kedang.engine.ledger import chain
from kedang.engine.ledger.models import HistoryEntry, Seal
from kedang.engine.ledger.seal import seal_pending
from kedang.engine.records.timeline import PAGE, history, timeline
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import business_digest, verify
from kedang.kernel.actor import Span
from world import World, everywhere

CUSTOMER = "customers.customer"


@pytest.fixture
def mine(world: World) -> Any:
    customer = world.records[CUSTOMER]["li"]
    for name in ("红光", "红光酒", "红光酒业"):
        perform(world.boss, f"{CUSTOMER}.update", customer.pk, {"short_name": name, "remarks": f"是{name}"})
    assert verify().whole
    return customer


def tamper(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        assert cursor.rowcount >= 1


def entry_of(pk: int, seq: int) -> HistoryEntry:
    return HistoryEntry.objects.get(record=CUSTOMER, record_id=pk, seq=seq)


HEADS = {
    "actor_name": "somebody", "actor_id": 1, "acting_for": 2, "signer_id": 3, "signer_name": "nobody", "reason": "x",
    "action": "customers.customer.create", "at": "2020-01-01 00:00:00+00:00",
}  # fmt: skip


@pytest.mark.parametrize("column", HEADS)
def test_every_fact_about_an_entry_is_proved(mine: Any, column: str) -> None:
    entry = entry_of(mine.pk, 2)
    tamper(f"update engine_historyentry set {column} = %s where id = %s", HEADS[column], entry.pk)
    assert verify().faults == [f"{CUSTOMER} {mine.pk}, entry 2: was changed after it was written"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_old_value_a_new_value_and_a_salt_are_proved(mine: Any, place: int) -> None:
    entry = entry_of(mine.pk, 3)
    entry.changes["short_name"][place] = "别的"
    HistoryEntry.objects.filter(pk=entry.pk).update(changes=entry.changes)
    assert [fault for fault in verify().faults if f"{mine.pk}, entry 3" in fault]


def test_a_field_that_was_left_out_or_put_in_is_found(mine: Any) -> None:
    entry = entry_of(mine.pk, 3)
    fewer = {name: change for name, change in entry.changes.items() if name != "remarks"}
    for changes in (fewer, entry.changes | {"city": [None, "杭州", "00"]}):
        HistoryEntry.objects.filter(pk=entry.pk).update(changes=changes)
        assert not verify().whole


def test_a_removed_entry_is_named_and_so_is_one_that_was_put_in_its_place(mine: Any) -> None:
    entry_of(mine.pk, 2).delete()
    assert f"{CUSTOMER} {mine.pk}, entry 3: entry 2 is missing" in verify().faults
    HistoryEntry.objects.filter(record_id=mine.pk, seq=4).update(seq=2)
    assert f"{CUSTOMER} {mine.pk}, entry 2: was changed after it was written" in verify().faults


def test_the_last_entry_cannot_be_removed_unnoticed(mine: Any) -> None:
    entry_of(mine.pk, 4).delete()
    assert verify().faults == [f"{CUSTOMER} {mine.pk}: its history does not end where the record stands"]


def test_a_record_that_is_gone_from_under_its_history_is_named(mine: Any) -> None:
    receipt = HistoryEntry.objects.filter(record="trade.receipt").first()
    assert receipt is not None
    tamper("delete from trade_receipt where id = %s", receipt.record_id)
    assert verify().faults == [f"trade.receipt {receipt.record_id}: has a history but is not there"]


def test_a_record_that_came_without_a_history_is_named(world: World) -> None:
    HistoryEntry.objects.filter(record="catalog.product").delete()
    assert len(verify().faults) == 3


def test_an_entry_written_anew_with_a_fitting_digest_breaks_the_chain(mine: Any) -> None:
    entry = entry_of(mine.pk, 2)
    entry.reason = "forged"
    entry.digest = chain.entry_digest(entry_of(mine.pk, 1).digest, chain.head_of(entry), entry.changes)
    entry.save()
    assert [fault for fault in verify().faults if "entry 3" in fault]


def test_seals_cover_all_that_is_committed_and_name_what_no_longer_fits(world: World, mine: Any) -> None:
    before = verify()
    assert (before.seals, before.unsealed) == (0, HistoryEntry.objects.count())
    assert seal_pending() == HistoryEntry.objects.count()
    perform(world.boss, f"{CUSTOMER}.update", mine.pk, {"city": "杭州"})
    assert seal_pending() > 0
    after = verify()
    assert (after.faults, after.seals, after.unsealed) == ([], 2, 0)
    first, second = Seal.objects.order_by("pk")
    Seal.objects.filter(pk=first.pk).update(root="0" * 64)
    assert {fault.partition(":")[0] for fault in verify().faults} == {f"seal {first.pk}"}
    Seal.objects.filter(pk=first.pk).update(root=first.root, chain="1" * 64)
    assert {fault.partition(":")[0] for fault in verify().faults} == {f"seal {first.pk}", f"seal {second.pk}"}


def test_a_whole_chain_written_anew_does_not_fit_its_seal(mine: Any) -> None:
    seal_pending()
    previous = ""
    for entry in HistoryEntry.objects.filter(record=CUSTOMER, record_id=mine.pk).order_by("seq"):
        entry.actor_name = "forged"
        entry.digest = previous = chain.entry_digest(previous, chain.head_of(entry), entry.changes)
        entry.save()
    tamper("update customers_customer set head = %s where id = %s", previous, mine.pk)
    (fault,) = verify().faults
    assert fault.startswith("seal ")


def test_an_erased_value_leaves_the_chain_and_the_seal_whole(world: World, mine: Any) -> None:
    seal_pending()
    for entry in HistoryEntry.objects.filter(record=CUSTOMER, record_id=mine.pk):
        HistoryEntry.objects.filter(pk=entry.pk).update(changes=chain.erased(entry.changes, ["short_name"]))
    assert verify().whole
    raw = str(list(HistoryEntry.objects.filter(record_id=mine.pk).values_list("changes", flat=True)))
    assert "'红光酒'" not in raw
    told = [
        change for _entry, changes in history(world.boss, RECORDS[CUSTOMER], mine.pk) for change in changes
    ]
    labels = {str(change.label) for change in told}
    assert "short_name" not in {change.spec.name for change in told if change.spec}
    assert labels


def test_an_erased_value_cannot_be_filled_in_with_another(mine: Any) -> None:
    entry = entry_of(mine.pk, 2)
    changes = chain.erased(entry.changes, ["short_name"])
    HistoryEntry.objects.filter(pk=entry.pk).update(changes=changes | {"short_name": ["", "别的", "00"]})
    assert not verify().whole


def test_salts_keep_the_same_value_from_having_the_same_digest() -> None:
    changes = [
        json.loads(chain.written(chain.stated({"name": ("a", "b")}, chain.salts()))[0]) for _turn in range(2)
    ]
    assert chain.value_digest("name", changes[0]["name"]) != chain.value_digest("name", changes[1]["name"])
    assert chain.value_digest("name", ["a", "b", "00"]) != chain.value_digest("city", ["a", "b", "00"])


def test_the_business_digest_follows_values_and_not_times(world: World, mine: Any) -> None:
    before = business_digest()
    tamper("update customers_customer set changed_at = created_at")
    assert business_digest() == before
    tamper("update customers_customer set short_name = 'x' where id = %s", mine.pk)
    assert business_digest() != before


def test_history_and_timeline_are_read_on_to_their_beginning(world: World, mine: Any) -> None:
    kind, count = RECORDS[CUSTOMER], PAGE + 5
    for number in range(count):
        perform(world.boss, f"{CUSTOMER}.update", mine.pk, {"city": f"城{number}"})
    seen: list[int] = []
    before = None
    while entries := history(world.boss, kind, mine.pk, before=before)[:PAGE]:
        seen += [entry.seq for entry, _changes in entries]
        before = seen[-1]
    assert seen == list(range(count + 4, 0, -1))
    moments: list[int] = []
    edge = None
    while found := timeline(world.boss, kind, mine.pk, before=edge)[:PAGE]:
        moments += [moment.entry.pk for moment in found]
        edge = (found[-1].entry.at, found[-1].entry.pk)
    # its own changes, and what is filed about it: two contacts, the line between them, a relation, an order, a receipt,
    # a task, a visit with its minutes, a promise, a warning, and a line of a sales task
    assert len(moments) == len(set(moments)) == count + 4 + 11


def test_a_timeline_shows_only_what_its_reader_reaches_by_itself(world: World, mine: Any) -> None:
    kind = RECORDS[CUSTOMER]
    spans = everywhere(Span.OWN)
    assert {moment.kind.key for moment in timeline(world.actor(world.li, spans), kind, mine.pk)} == {
        CUSTOMER, "customers.contact", "customers.influence", "engagement.task", "trade.order", "trade.receipt",
        "engagement.visit", "engagement.promise", "planning.salesline", "warnings.warning",
    }  # fmt: skip
    without = {key: span for key, span in spans.items() if not key.startswith("trade.")}
    assert {moment.kind.key for moment in timeline(world.actor(world.li, without), kind, mine.pk)} == {
        CUSTOMER, "customers.contact", "customers.influence", "engagement.task", "engagement.visit",
        "engagement.promise", "planning.salesline", "warnings.warning",
    }  # fmt: skip


def test_a_column_that_was_changed_by_sql_alone_is_named(world: World, mine: Any) -> None:
    tamper("update customers_customer set phone = '13900009999' where id = %s", mine.pk)
    assert verify().faults == [f"{CUSTOMER} {mine.pk}: phone is not what its history says"]


def test_lines_that_were_changed_by_sql_alone_are_named(world: World) -> None:
    order = HistoryEntry.objects.filter(record="trade.order").first()
    assert order is not None
    assert "lines" in order.changes
    tamper("update trade_orderline set quantity = quantity + 1 where order_id = %s", order.record_id)
    assert verify().faults == [f"trade.order {order.record_id}: its lines are not what its history says"]
