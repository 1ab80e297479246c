"""Who works in a home folder. Serving holds a shared lock; restoring and upgrading need the home for themselves."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from kedang.kernel.errors import KedangError
from kedang.project import home


class Busy(KedangError):
    """Somebody else works in this home."""

    code = "busy"


@contextmanager
def shared() -> Iterator[None]:
    """Say that Kedang is served from this home, as long as this lasts."""
    with _locked(fcntl.LOCK_SH, "A restore or an upgrade is running in this home; wait until it is done."):
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Have the home for oneself; raise Busy while Kedang is served from it."""
    with _locked(fcntl.LOCK_EX, "Kedang is running in this home. Stop it first, then try again."):
        yield


def is_served() -> bool:
    """Say whether Kedang is served from this home now."""
    try:
        with alone():
            return False
    except Busy:
        return True


@contextmanager
def _locked(how: int, refusal: str) -> Iterator[None]:
    descriptor = os.open(home.make() / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(refusal) from error
        yield
    finally:
        os.close(descriptor)
