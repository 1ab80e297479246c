"""The background process: delivers what the outbox holds and seals history. It outlives every error."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from django.db import close_old_connections

from kedang.engine.ledger.outbox import deliver_some
from kedang.engine.ledger.seal import seal_pending

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
PAUSE_AFTER_ERROR = 5.0


@dataclass(slots=True)
class Duty:
    """Something done again and again, at most once in `every` seconds; it returns how much it did."""

    name: str
    run: Callable[[], int]
    every: float = 0.0
    due: float = field(default=0.0)


def duties() -> list[Duty]:
    """Return what the worker does, in the order of urgency."""
    return [Duty("outbox", deliver_some), Duty("seal", seal_pending, every=60.0)]


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
    tasks = duties()
    while not stop.is_set():
        if parent and os.getppid() != parent:
            return
        if not work_once(tasks, time.monotonic()):
            stop.wait(IDLE_SECONDS)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, ask_stop)
    signal.signal(signal.SIGTERM, ask_stop)
    return stop
