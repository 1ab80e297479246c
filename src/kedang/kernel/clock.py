"""The only place that asks what time it is. Rules and figures take time as an argument."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """Return the date on a wall calendar in China."""
    return now().astimezone(ZONE).date()


def is_frozen() -> bool:
    """Say whether this process holds the clock; another one would not know."""
    return _frozen.get() is not None


@contextmanager
def frozen(moment: datetime) -> Iterator[datetime]:
    """Hold the clock at an aware moment: for tests and for the demo company's past."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware moment")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield moment
    finally:
        _frozen.reset(token)
