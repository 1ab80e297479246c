"""Processes killed with -9 at random points of a merge and of its undo: one file or two, never anything between."""

import random
import time

import pytest

from api.calling import give
from integration.engine.test_jobs_killed import nursery, wait_for
from kedang.areas.customers.models import Contact, Customer
from kedang.areas.trade.models import Order
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import job, queue, registry
from kedang.engine.jobs.models import DONE, RUNNING, Job
from kedang.engine.ledger.merges import Merge
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify

__all__ = ["nursery"]
KEY = "customers.customer"
ADDRESS = "广州市天河区体育西路1号"
ACTS = (f"{KEY}.merge", f"{KEY}.unmerge")


def filed(world, name, **more):
    inputs = {"name": name, "type_key": "enterprise", "country": "CN", "phone": "020-83330042", "owner": world.li.pk,
              "unit": world.li.unit_id, **more}  # fmt: skip
    return perform(world.boss, f"{KEY}.create", inputs=inputs).record.pk


@pytest.mark.both
@pytest.mark.parametrize(
    ("seed", "kills", "hanging"), [(1, 5, 300), pytest.param(2, 50, 1_500, marks=pytest.mark.full)]
)
@pytest.mark.django_db(transaction=True)
def test_a_merge_and_its_undo_outlive_the_kill_of_their_process(
    world, nursery, monkeypatch, seed, kills, hanging
):
    monkeypatch.setattr(registry, "KINDS", kinds := dict(registry.KINDS))
    monkeypatch.setattr("kedang.engine.jobs.queueing.KINDS", kinds)

    @job("test.merge", label="Merge")
    def declared(run, *, survivor: int, other: int, back: bool):
        raise AssertionError("the workers have it, not this process")

    kept, gone = filed(world, "广州恒川泵业有限公司"), filed(world, "恒川水泵有限公司", address=ADDRESS)
    own = {"customer": gone, "owner": world.li.pk}
    people = [Row({**own, "name": f"联系人{number}"}) for number in range(hanging)]
    orders = [
        Row({**own, "ordered_on": "2026-11-01", "amount": "100", "status_key": "draft", "unit": world.li.unit_id})
        for _number in range(hanging)
    ]  # fmt: skip
    for key, rows in (("customers.contact", people), ("trade.order", orders)):
        assert not [one.problems for one in batch_save(world.boss, RECORDS[key], rows) if one.problems]
    actor = actor_of(give(world.li, "sales_rep"))
    dice = random.Random(seed)
    before = facts(kept, gone)
    done: list[str] = []

    def begin(*, back):
        return queue(actor, "test.merge", {"survivor": kept, "other": gone, "back": back}).pk

    def now():
        return Job.objects.get(pk=live)

    def check():
        """One transaction is there as a whole or not at all, and was done as often as it was asked for."""
        merged = Merge.objects.filter(undone_at=None).exists()
        holder, other = (kept, gone) if merged else (gone, kept)
        for model in (Contact, Order):
            rows = model.objects.unscoped(because="test")
            assert rows.filter(customer=holder).count() == hanging
            assert not rows.filter(customer=other).exists()
        survivor, second = facts(kept, gone)
        assert (survivor["address"], second["archived_at"] is not None) == (ADDRESS if merged else "", merged)
        acts = HistoryEntry.objects.filter(record=KEY, record_id=gone, action__in=ACTS).order_by("seq")
        told = list(acts.values_list("action", flat=True))  # two entries each: it went or came, and why
        assert told[::2] == told[1::2] == [ACTS[place % 2] for place in range(len(told) // 2)]
        assert len(done) <= len(told) // 2 <= len(done) + 1
        return merged

    live = begin(back=False)
    killed_at_work = 0
    try:
        for _kill in range(kills):
            child, turn = nursery.worker(), now().turn
            wait_for("a worker to take it", lambda turn=turn: now().turn > turn or now().state == DONE)
            time.sleep(dice.random() * 0.4)
            killed_at_work += now().state == RUNNING
            nursery.kill(child)
            merged = check()
            if now().state == DONE:
                done.append(ACTS[len(done) % 2])
                live = begin(back=merged)
        nursery.worker()
        wait_for("the end", lambda: now().state == DONE)
        done.append(ACTS[len(done) % 2])
        if check():
            live = begin(back=True)
            wait_for("the undo", lambda: now().state == DONE)
            done.append(ACTS[len(done) % 2])
    finally:
        nursery.end()
    assert not check()
    assert killed_at_work > 0
    assert Merge.objects.count() == len(done) // 2
    assert facts(kept, gone) == before
    assert verify().faults == []


def facts(kept, gone):
    """Return what the two files hold, without what counts their versions."""
    rows = Customer.objects.unscoped(because="test").filter(pk__in=(kept, gone)).order_by("pk")
    return list(rows.values("name", "address", "phone", "number", "owner_id", "archived_at"))
