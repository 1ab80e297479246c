"""The background process: delivers what the outbox holds, seals history, and has jobs done by hands of their own.

A hand is a thread, so that no job, however long, holds up the outbox or the seals. It outlives every error.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

from django.db import close_old_connections, connections

from kedang.engine.jobs import running, schedules
from kedang.engine.jobs.models import Job
from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.ledger.seal import seal_pending
from kedang.engine.search.rebuild import rebuild_some
from kedang.project import home

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
PAUSE_AFTER_ERROR = 5.0
RENEW_SECONDS = 8.0
END_SECONDS = 8.0
HANDS = 2
SIGN_OF_LIFE = "worker"


@dataclass(slots=True)
class Duty:
    """Something done again and again, at most once in `every` seconds; it returns how much it did."""

    name: str
    run: Callable[[], int]
    every: float = 0.0
    due: float = field(default=0.0)


class Hands:
    """The threads that do jobs: a few at a time, each with a connection of its own."""

    def __init__(self, most: int = HANDS) -> None:
        self.most = most
        self.ending = threading.Event()
        self.busy: dict[int, tuple[threading.Thread, Job]] = {}

    def fill(self) -> int:
        """Take due jobs as long as a hand is free; return how many were taken."""
        self.busy = {pk: one for pk, one in self.busy.items() if one[0].is_alive()}
        count = 0
        while len(self.busy) < self.most and (job := running.take()) is not None:
            thread = threading.Thread(target=self._do, args=(job,), name=f"job {job.kind}", daemon=True)
            self.busy[job.pk] = (thread, job)
            thread.start()
            count += 1
        return count

    def renew(self) -> int:
        """Lengthen the leases of the jobs at hand: a long step is no death."""
        at_work = [job for thread, job in self.busy.values() if thread.is_alive()]
        for job in at_work:
            running.renew(job)
        return len(at_work)

    def end(self, seconds: float = END_SECONDS) -> None:
        """Ask the jobs at hand to come to a rest, and wait a little; who does not is taken again later."""
        self.ending.set()
        until = time.monotonic() + seconds
        for thread, _job in self.busy.values():
            thread.join(max(0.0, until - time.monotonic()))

    def _do(self, job: Job) -> None:
        try:
            running.run(job, self.ending)
        except Exception:
            log.exception("job %s (%s) is left to its lease", job.pk, job.kind)
        finally:
            connections.close_all()


def show_alive() -> int:
    """Leave a sign of life in the home, for whoever asks how it is."""
    (home.make() / SIGN_OF_LIFE).touch()
    return 0


def last_seen() -> datetime | None:
    """Return when a worker of this home was last alive."""
    try:
        return datetime.fromtimestamp((home.path() / SIGN_OF_LIFE).stat().st_mtime, UTC)
    except OSError:
        return None


def duties(hands: Hands) -> list[Duty]:
    """Return what the worker does, in the order of urgency."""
    return [
        Duty("sign of life", show_alive, every=20.0),
        Duty("outbox", deliver_some),
        Duty("search", rebuild_some),
        Duty("seal", seal_pending, every=60.0),
        Duty("schedules", schedules.queue_due, every=5.0),
        Duty("leases", hands.renew, every=RENEW_SECONDS),
        Duty("jobs", hands.fill),
    ]


def work_once(tasks: list[Duty], now: float) -> int:
    """Run each duty that is due and return how much the constant ones did; an error waits for a later try."""
    done = 0
    for task in tasks:
        if now < task.due:
            continue
        task.due = now + task.every
        try:
            did = task.run()
            if not task.every:
                done += did
        except Exception:
            log.exception("%s failed", task.name)
            task.due = now + max(task.every, PAUSE_AFTER_ERROR)
        finally:
            close_old_connections()
    return done


def work(*, parent: int = 0, stop: threading.Event | None = None) -> None:
    """Work until a stop signal; with `parent` also until that process, which started this one, is gone."""
    stop = stop or _stop_on_signals()
    hands = Hands()
    tasks = duties(hands)
    schedules.bring_up_to_date()
    while not stop.is_set() and not (parent and os.getppid() != parent):
        if not work_once(tasks, time.monotonic()):
            stop.wait(IDLE_SECONDS)
    hands.end()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, ask_stop)
    signal.signal(signal.SIGTERM, ask_stop)
    return stop
