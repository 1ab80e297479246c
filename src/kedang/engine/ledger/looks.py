"""Note who looked at what. A page must not wait for the database's write lock, so looks are stored in groups."""

import atexit
import logging
import queue
import threading

from django.conf import settings
from django.db import close_old_connections, connection

from kedang.engine.identity.models import User
from kedang.engine.ledger.models import AccessLog
from kedang.kernel import clock
from kedang.kernel.actor import Actor

PAUSE = 0.5
_waiting: "queue.SimpleQueue[AccessLog]" = queue.SimpleQueue()
_started = threading.Lock()
_thread: threading.Thread | None = None
log = logging.getLogger(__name__)


def note(
    actor: Actor, kind: str, record: str, record_id: int | None = None, *, rows: int = 0, reason: str = ""
) -> None:
    """Note a look; it is in the database within a second, or at once where settings say so."""
    entry = AccessLog(
        at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind=kind,
        record=record, record_id=record_id, rows=rows, reason=reason[:300],
    )  # fmt: skip
    if getattr(settings, "LOOKS_AT_ONCE", False):
        entry.save()
        return
    _waiting.put(entry)
    _start()


def in_turn(actor: Actor) -> None:
    """Make what is counted of this actor wait for one another: two at once would each read the count before the
    other. Call it inside the transaction that counts and notes; SQLite lets one transaction write anyway.
    """
    if not connection.in_atomic_block:
        raise AssertionError("a count holds only inside a transaction")
    list(User.objects.select_for_update().filter(pk=actor.user_id).values_list("pk"))


def flush() -> int:
    """Store what waits; return how many looks were stored."""
    entries = []
    while not _waiting.empty():
        entries.append(_waiting.get())
    try:
        AccessLog.objects.bulk_create(entries)
    except Exception:
        for entry in entries:
            _waiting.put(entry)
        raise
    return len(entries)


def _start() -> None:
    global _thread  # noqa: PLW0603  one thread a process
    with _started:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_keep_flushing, name="looks", daemon=True)
            _thread.start()


def _keep_flushing() -> None:
    pause = threading.Event()
    while not pause.wait(PAUSE):
        try:
            flush()
        except Exception:
            log.exception("looks could not be stored")
        close_old_connections()


atexit.register(flush)
