"""Workers killed with -9 at random points of a bulk change and of its undo: nothing lost, nothing twice."""

import random
import time

import pytest

from api.calling import give
from integration.engine.test_jobs_killed import nursery, wait_for
from kedang.areas.customers.models import Customer
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.bulk import plans, runs
from kedang.engine.bulk.models import DONE, RUNNING, UNDOING, UNDONE, BulkRun
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs.models import Job
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify

__all__ = ["nursery"]
CUSTOMERS = RECORDS["customers.customer"]


@pytest.mark.both
@pytest.mark.parametrize(
    ("seed", "kills", "rows"), [(1, 3, 400), pytest.param(2, 50, 4_000, marks=pytest.mark.full)]
)  # fmt: skip
@pytest.mark.django_db(transaction=True)
def test_a_bulk_change_and_its_undo_outlive_the_kill_of_their_workers(world, nursery, seed, kills, rows):
    given = [
        Row({"name": f"第{number}家公司", "type_key": "other", "phone": "02083330042", "country": "CN", "city": "北京",
             "owner": world.li.pk}) for number in range(rows)
    ]  # fmt: skip
    pks = [outcome.pk for outcome in batch_save(world.boss, CUSTOMERS, given)]
    actor = actor_of(give(world.li, "sales_rep"))
    plan = plans.plan(actor, CUSTOMERS, "update", pks)
    plans.settle(actor, plan, {"city": "上海"}, "搬迁")
    plan.save()
    dice = random.Random(seed)

    def now():
        return BulkRun.objects.get(pk=plan.pk)

    def job():
        return Job.objects.order_by("-pk").first()

    def kill_until(live, ended):
        try:
            for _kill in range(kills):
                child, before = nursery.worker(), job().done
                wait_for("progress", lambda before=before: now().state == ended or job().done > before)
                time.sleep(dice.random() * 0.3)
                nursery.kill(child)
                assert now().state in (live, ended)
                if now().state == ended:
                    break
            nursery.worker()
            wait_for("the end", lambda: now().state == ended)
        finally:
            nursery.end()

    runs.start(actor, now())
    kill_until(RUNNING, DONE)
    assert (now().cursor, now().counts) == (rows, {"changed": rows})
    assert cities(pks) == {"上海"}
    written = HistoryEntry.objects.filter(run_id=plan.pk)
    assert written.count() == written.values("record_id").distinct().count() == rows
    runs.begin_undo(actor, now())
    kill_until(UNDOING, UNDONE)
    assert (now().undone["reverted"], now().undone["left"]) == (rows, 0)
    assert cities(pks) == {"北京"}
    assert written.count() == 2 * rows
    assert verify().faults == []


def cities(pks):
    return set(Customer.objects.unscoped(because="test").filter(pk__in=pks).values_list("city", flat=True))
