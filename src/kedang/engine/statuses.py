"""The status of HTTP that each foreseen error means, for pages and for the API alike."""

from collections.abc import Mapping

from kedang.kernel.errors import (
    BadQuery,
    Conflict,
    FileRefused,
    Invalid,
    KedangError,
    LimitReached,
    NotAllowed,
    NotVisible,
    RuleBroken,
)  # fmt: skip

STATUS: Mapping[type[KedangError], int] = {
    BadQuery: 400,
    NotAllowed: 403,
    NotVisible: 404,
    RuleBroken: 409,
    Conflict: 412,
    Invalid: 422,
    FileRefused: 422,
    LimitReached: 429,
}


def status_of(error: KedangError) -> int:
    """Return the status of an error, by the nearest class that has one."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
