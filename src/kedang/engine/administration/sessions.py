"""The sessions that people have open: which there are, when they were last seen, and their end.

A page must not wait for the database's write lock, so a session is touched in groups, a few times in its idle limit.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from django.contrib.sessions.models import Session

from kedang.engine.identity.models import SignIn, User
from kedang.engine.ledger import flusher
from kedang.kernel import clock

KEY = "sign_in"
OFTEN = 60.0  # seconds between two touches; the shortest idle limit is five minutes
_touched: dict[str, float] = {}
_waiting: dict[str, int] = {}
_lock = Lock()


def begin(user: User, session_key: str, address: str, agent: str) -> SignIn:
    """Note that a session began."""
    now = clock.now()
    with _lock:
        _touched[session_key] = now.timestamp()
    SignIn.objects.filter(session_key=session_key).delete()
    return SignIn.objects.create(
        user=user, session_key=session_key, address=address[:45], agent=agent[:200], began_at=now, seen_at=now
    )


def moved(sign_in: int, session_key: str) -> None:
    """Note that a session got another key."""
    with _lock:
        _touched[session_key] = clock.now().timestamp()
    SignIn.objects.filter(pk=sign_in).update(session_key=session_key)


def touch(session_key: str, idle_seconds: Callable[[], int]) -> None:
    """Let a session live on; it is stored within a second, and at most once a minute."""
    now = clock.now().timestamp()
    with _lock:
        if 0 <= now - _touched.get(session_key, 0) < OFTEN:
            return
        if len(_touched) > 10_000:
            _touched.clear()
        _touched[session_key] = now
        _waiting[session_key] = idle_seconds()
    flusher.wake()


def store_touches() -> int:
    """Store what waits; return how many sessions were touched."""
    with _lock:
        waiting = dict(_waiting)
        _waiting.clear()
    now = clock.now()
    for seconds in set(waiting.values()):
        keys = [key for key, value in waiting.items() if value == seconds]
        Session.objects.filter(session_key__in=keys).update(expire_date=now + timedelta(seconds=seconds))
        SignIn.objects.filter(session_key__in=keys).update(seen_at=now)
    return len(waiting)


def open_ones(user: User) -> list[SignIn]:
    """Return the sessions of a person that are still open, the newest first."""
    living = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return list(SignIn.objects.filter(user=user, session_key__in=living).order_by("-seen_at"))


def end(user: User, *, one: int | None = None, but: str = "") -> int:
    """End one session of a person, or all but the one with the key `but`; return how many there were."""
    rows = SignIn.objects.filter(user=user).exclude(session_key=but)
    if one is not None:
        rows = rows.filter(pk=one)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


flusher.also(store_touches)
