"""Workers killed with -9 at random points of a job of many steps: nothing lost, nothing twice."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from api.calling import give
from kedang.areas.customers.models import Customer
from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs import job, queue, registry
from kedang.engine.jobs.models import DONE, RUNNING, Job
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify

NURSERY = Path(__file__).with_name("nursery.py")
PATIENCE = 60


def address_of_database():
    """Return the test's database as another process names it."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    who = f"{quote(known['USER'])}:{quote(known['PASSWORD'])}@" if known["USER"] else ""
    return f"postgresql://{who}/{known['NAME']}?host={quote(known['HOST'], safe='')}&port={known['PORT']}"


@pytest.fixture
def nursery(tmp_path):
    env = {
        "PATH": os.environ["PATH"], "KEDANG_HOME": str(tmp_path), "DATABASE_URL": address_of_database(),
        "SECRET_KEY": "a key for tests only, long enough", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, NURSERY], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, bufsize=1,
    ) as process:  # fmt: skip
        yield Nursery(process)
        process.kill()


class Nursery:
    def __init__(self, process):
        self.process = process
        self.children = set()

    def worker(self):
        self.process.stdin.write("go\n")
        child = int(self.process.stdout.readline())
        self.children.add(child)
        return child

    def kill(self, child):
        os.kill(child, signal.SIGKILL)
        self.children.discard(child)

    def end(self):
        for child in list(self.children):
            with suppress(ProcessLookupError):
                self.kill(child)


def wait_for(said, what):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if what():
            return
        time.sleep(0.002)
    pytest.fail(f"waited {PATIENCE} s for {said}")


@pytest.mark.both
@pytest.mark.parametrize(
    ("seed", "kills", "steps", "workers"),
    [(1, 5, 60, 1), (2, 4, 40, 2), pytest.param(3, 50, 400, 1, marks=pytest.mark.full),
     pytest.param(4, 50, 400, 3, marks=pytest.mark.full)],
)  # fmt: skip
@pytest.mark.django_db(transaction=True)
def test_killed_at_random_points_nothing_is_lost_and_nothing_done_twice(
    world, nursery, monkeypatch, seed, kills, steps, workers
):
    monkeypatch.setattr(registry, "KINDS", kinds := dict(registry.KINDS))
    monkeypatch.setattr("kedang.engine.jobs.queueing.KINDS", kinds)

    @job("test.steps", label="Steps")
    def declared(run, *, count: int):
        raise AssertionError("the workers have it, not this process")

    dice = random.Random(seed)
    stored = queue(actor_of(give(world.li, "sales_rep")), "test.steps", {"count": steps})
    before = Customer.objects.visible_to(world.boss).count()
    killed_at_work = 0

    def now():
        return Job.objects.get(pk=stored.pk)

    try:
        for number in range(kills):
            children = [nursery.worker() for _ in range(workers)]
            goal = now().kept.get("step", 0) + dice.randint(0, max(1, steps // kills - 1))
            turn = now().turn
            wait_for("a worker to take it", lambda turn=turn: now().turn > turn or now().state == DONE)
            wait_for("progress", lambda goal=goal: now().kept.get("step", 0) >= goal or now().state == DONE)
            time.sleep(dice.random() * 0.02)
            killed_at_work += now().state == RUNNING
            for child in children:
                nursery.kill(child)
            assert now().state in (RUNNING, DONE), (number, now().state)
        nursery.worker()
        wait_for("the end", lambda: now().ended_at is not None)
    finally:
        nursery.end()
    done = now()
    assert (done.state, done.kept, done.done, done.error) == (DONE, {"step": steps}, steps, "")
    assert done.turn > killed_at_work > 0
    made = (
        Customer.objects.visible_to(world.boss).filter(name__startswith="第").values_list("name", flat=True)
    )
    assert sorted(made) == sorted(f"第{step}步公司" for step in range(steps))
    assert Customer.objects.visible_to(world.boss).count() == before + steps
    written = HistoryEntry.objects.filter(action="customers.customer.create", actor_id=world.li.pk)
    assert written.count() == steps
    assert verify().faults == []
