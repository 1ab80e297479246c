"""Copies of shared definitions that every process keeps and no process keeps too long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from kedang.engine.identity.models import Stamp
from kedang.engine.scope.composed import Composed
from kedang.kernel.ids import new_id

T = TypeVar("T")
_known: ContextVar[dict[str, int] | None] = ContextVar("known_stamps", default=None)


_all: Composed[tuple[str, int]] = Composed(lambda: Stamp.objects.values_list("key", "value"))
_last: dict[str, int] = {}


def read_stamps() -> dict[str, int]:
    """Return the stamp of every kind of definition: one query, or none within a request."""
    known = _known.get()
    return _read() if known is None else known


def seen_stamps() -> dict[str, int]:
    """Return the stamps as this request or this process saw them last, without asking.

    Whoever builds an actor has just asked, so what hangs on these is as fresh as the actor's rights.
    """
    known = _known.get()
    return _last if known is None else known


def state() -> str:
    """Return a text that differs when any definition does: what is drawn from definitions alone is kept under it."""
    return " ".join(f"{key}={value}" for key, value in sorted(seen_stamps().items()))


def unsee() -> None:
    """Forget what was seen: for tests, whose transactions are rolled back."""
    _last.clear()


def _read() -> dict[str, int]:
    _last.clear()
    _last.update(_all())
    return dict(_last)


@contextmanager
def steady_stamps() -> Iterator[None]:
    """Read the stamps once for everything that happens inside."""
    token = _known.set(_read())
    try:
        yield
    finally:
        _known.reset(token)


def bump(key: str) -> None:
    """Say that definitions of this kind changed. Call inside the transaction that changes them.

    A stamp is never used twice: what was read under a change that is rolled back is not taken for a later one.
    """
    fresh = new_id()
    Stamp.objects.update_or_create(key=key, defaults={"value": fresh})
    _last[key] = fresh
    if (known := _known.get()) is not None:
        known[key] = fresh


class Remembered(Generic[T]):
    """A value read from the database once for each state of its stamp."""

    def __init__(self, key: str, load: Callable[[], T]) -> None:
        self._key = key
        self._load = load
        self._kept: tuple[int, T] | None = None

    def __call__(self) -> T:
        stamp = read_stamps().get(self._key, 0)
        kept = self._kept
        if kept is None or kept[0] != stamp:
            kept = (stamp, self._load())
            self._kept = kept
        return kept[1]

    def forget(self) -> None:
        """Drop the copy: for tests, whose transactions are rolled back."""
        self._kept = None
