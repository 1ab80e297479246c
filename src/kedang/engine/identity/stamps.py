"""Copies of shared definitions that every process keeps and no process keeps too long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from kedang.engine.identity.models import Stamp
from kedang.kernel.ids import new_id

T = TypeVar("T")
_known: ContextVar[dict[str, int] | None] = ContextVar("known_stamps", default=None)


def read_stamps() -> dict[str, int]:
    """Return the stamp of every kind of definition: one query, or none within a request."""
    known = _known.get()
    return dict(Stamp.objects.values_list("key", "value")) if known is None else known


@contextmanager
def steady_stamps() -> Iterator[None]:
    """Read the stamps once for everything that happens inside."""
    token = _known.set(dict(Stamp.objects.values_list("key", "value")))
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
