"""Note who looked at what. A page must not wait for the database's write lock, so looks are stored in groups."""

import queue

from django.conf import settings
from django.db import connection

from kedang.engine.identity.models import User
from kedang.engine.ledger import flusher
from kedang.engine.ledger.models import AccessLog
from kedang.kernel import clock
from kedang.kernel.actor import Actor

_waiting: "queue.SimpleQueue[AccessLog]" = queue.SimpleQueue()


def note(
    actor: Actor, kind: str, record: str, record_id: int | None = None, *, rows: int = 0, reason: str = "",
    address: str = "",
) -> None:  # fmt: skip
    """Note a look; it is in the database within a second, or at once where settings say so."""
    entry = AccessLog(
        at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind=kind, record=record, record_id=record_id,
        rows=rows, reason=reason[:300], address=address[:45],
    )  # fmt: skip
    if getattr(settings, "LOOKS_AT_ONCE", False):
        entry.save()
        return
    _waiting.put(entry)
    flusher.wake()


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


flusher.also(flush)
