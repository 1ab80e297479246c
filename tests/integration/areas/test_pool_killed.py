"""Workers killed with -9 at random points of a run of the pool and of its undo: nobody falls twice, nobody is lost."""

import random
import time
from datetime import UTC, datetime

import pytest

from integration.engine.test_jobs_killed import nursery, wait_for
from kedang.areas.customers.models import Customer
from kedang.areas.pool import services
from kedang.areas.pool.models import DONE, FELL, GIVEN_BACK, UNDOING, UNDONE, Move, Run
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import queue
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel import clock

__all__ = ["nursery"]


@pytest.mark.both
@pytest.mark.parametrize(
    ("seed", "kills", "count"), [(1, 3, 400), pytest.param(2, 50, 4_000, marks=pytest.mark.full)]
)
@pytest.mark.django_db(transaction=True)
def test_a_run_and_its_undo_outlive_the_kill_of_their_workers(world, nursery, seed, kills, count):
    from api.calling import give

    with clock.frozen(datetime(2026, 3, 2, 4, tzinfo=UTC)):
        rows = [
            Row(
                {
                    "name": f"第{n}家公司",
                    "type_key": "other",
                    "country": "CN",
                    "phone": "02083330042",
                    "city": "北京",
                    "owner": world.li.pk,
                }
            )
            for n in range(count)
        ]
        made = batch_save(world.boss, RECORDS["customers.customer"], rows)
    assert not any(outcome.problems for outcome in made)
    actor = actor_of(give(world.chief, "general_manager"))
    dice = random.Random(seed)

    def kill_until(kind, ended):
        try:
            for _kill in range(kills):
                child, before = nursery.worker(), Move.objects.filter(kind=kind).count()
                wait_for("progress", lambda: ended() or Move.objects.filter(kind=kind).count() > before)  # noqa: B023
                time.sleep(dice.random() * 0.1)
                nursery.kill(child)
                if ended():
                    break
            nursery.worker()
            wait_for("the end", ended)
        finally:
            nursery.end()

    def state():
        return Run.objects.values_list("state", flat=True).first()

    queue(actor, services.RUN, {"as_of": "2026-06-01"})
    kill_until(FELL, lambda: state() == DONE)
    fell = Move.objects.filter(kind=FELL)
    assert Run.objects.count() == 1
    assert (
        fell.count()
        == fell.values("customer").distinct().count()
        == count
        == Run.objects.get().counts["fell"]
    )
    row = Run.objects.get()
    Run.objects.update(state=UNDOING)
    queue(actor, services.BACK_JOB, {"run_id": row.pk})
    kill_until(GIVEN_BACK, lambda: state() == UNDONE)
    assert Move.objects.filter(kind=GIVEN_BACK).count() == count
    assert (Run.objects.get().counts["back"], Run.objects.get().counts["left"]) == (count, 0)
    mine = Customer.objects.unscoped(because="test").filter(owner=world.li, pool=None, type_key="other")
    assert mine.count() == count
    assert verify().faults == []
