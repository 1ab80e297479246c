"""The lists of values that belong to one custom attribute, under names no pack can give."""

from collections.abc import Mapping

from kedang.packs.words import Choice

PREFIX = "x:"
_own: dict[str, tuple[Choice, ...]] = {}


def put(lists: Mapping[str, tuple[Choice, ...]]) -> None:
    """Replace the lists by those now in force."""
    _own.clear()
    _own.update(lists)


def own(name: str) -> tuple[Choice, ...]:
    """Return the values of an attribute's own list, retired ones included."""
    return _own.get(name, ())
