"""The worker outlives errors and keeps its rhythm."""

import threading

import pytest

from kedang.project import worker
from kedang.project.worker import Duty, work_once


@pytest.fixture(autouse=True)
def _no_database(monkeypatch):
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)


def test_a_failing_duty_does_not_stop_the_others():
    done = []

    def fail():
        raise RuntimeError("no network")

    tasks = [Duty("bad", fail), Duty("good", lambda: done.append(1) or 1)]
    assert work_once(tasks, now=0.0) == 1
    assert work_once(tasks, now=1.0) == 1
    assert tasks[0].due > 1.0, "it waits before the next try"


def test_a_rare_duty_runs_once_in_its_time():
    runs = []
    task = Duty("seal", lambda: runs.append(1) or 1, every=60.0)
    for now in (0.0, 30.0, 59.0, 60.0, 61.0):
        work_once([task], now)
    assert len(runs) == 2


def test_an_idle_worker_has_nothing_done():
    assert work_once([Duty("outbox", lambda: 0), Duty("seal", lambda: 5, every=60.0)], now=0.0) == 0
    assert threading.active_count() < 10
