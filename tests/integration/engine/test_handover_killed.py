"""Workers killed with -9 at random points of a leaver's handover: each file goes over once, and none stays behind."""

import random
import time

import pytest
from django.db.models import Count

from api.calling import give
from integration.engine.test_jobs_killed import nursery, wait_for
from kedang.areas.customers.models import Contact, Customer
from kedang.areas.team.models import Handover
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs.models import DONE, RUNNING, Job
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify

__all__ = ["nursery"]
ASSIGNED = "customers.customer.assign"


def owned(model, user):
    return model.objects.unscoped(because="test").filter(owner=user.pk).count()


@pytest.mark.both
@pytest.mark.parametrize(
    ("seed", "kills", "count"), [(1, 3, 600), pytest.param(2, 50, 6_000, marks=pytest.mark.full)]
)
@pytest.mark.django_db(transaction=True)
def test_a_handover_outlives_the_kill_of_its_workers(world, nursery, seed, kills, count):
    rows = [
        Row({"name": f"第{n}家公司", "type_key": "other", "phone": "02083330042", "country": "CN", "city": "北京",
             "owner": world.li.pk}) for n in range(count)
    ]  # fmt: skip
    made = batch_save(world.boss, RECORDS["customers.customer"], rows)
    assert not any(outcome.problems for outcome in made)
    chief = actor_of(give(world.chief, "general_manager"))
    before = {model: (owned(model, world.li), owned(model, world.wang)) for model in (Customer, Contact)}
    asked = {"leaver": world.li.pk, "receiver": world.wang.pk, "reason": "李明离职"}
    plan = perform(chief, "team.handover.create", inputs=asked).record
    perform(chief, "team.handover.start", plan.pk)
    moves = HistoryEntry.objects.filter(action=ASSIGNED)
    dice, killed_at_work = random.Random(seed), 0

    def state():
        return Job.objects.values_list("state", flat=True).get(kind="team.handover")

    try:
        for _kill in range(kills):
            child, seen = nursery.worker(), moves.count()
            wait_for("progress", lambda seen=seen: state() == DONE or moves.count() > seen)
            time.sleep(dice.random() * 0.1)
            killed_at_work += state() == RUNNING
            nursery.kill(child)
            if state() == DONE:
                break
        nursery.worker()
        wait_for("the end", lambda: state() == DONE)
    finally:
        nursery.end()
    assert killed_at_work > 0
    for model, (leavers, receivers) in before.items():
        assert (owned(model, world.li), owned(model, world.wang)) == (0, leavers + receivers)
    done = Handover.objects.unscoped(because="test").get(pk=plan.pk)
    files = before[Customer][0]
    assert done.counts["customers.customer"] == {"before": files, "moved": files, "stayed": 0, "beyond": 0}
    assert moves.count() == files
    assert not moves.values("record_id").annotate(times=Count("pk")).filter(times__gt=1).exists()
    assert verify().faults == []
