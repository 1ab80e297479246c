"""What pages have to store without waiting for the write lock: one quiet thread in each process stores it in groups."""

import atexit
import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections

PAUSE = 0.5
_duties: list[Callable[[], int]] = []
_started = threading.Lock()
_thread: threading.Thread | None = None
log = logging.getLogger(__name__)


def also(duty: Callable[[], int]) -> Callable[[], int]:
    """Add something to store; `duty` stores what waits and returns how much it was."""
    _duties.append(duty)
    atexit.register(duty)
    return duty


def wake() -> None:
    """Say that something waits; it is stored within a second, or at once where settings say so."""
    global _thread  # noqa: PLW0603  one thread a process
    if getattr(settings, "LOOKS_AT_ONCE", False):
        store()
        return
    with _started:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_keep_storing, name="flusher", daemon=True)
            _thread.start()


def store() -> None:
    """Store all that waits."""
    for duty in _duties:
        duty()


def _keep_storing() -> None:
    pause = threading.Event()
    while not pause.wait(PAUSE):
        for duty in _duties:
            try:
                duty()
            except Exception:
                log.exception("%s could not be stored", duty.__name__)
        close_old_connections()
