"""How a row reads its custom attributes: below the tables, so the catalogue that knows them joins in later."""

from collections.abc import Callable
from typing import Any

PREFIX = "x_"
_readers: list[Callable[[Any, str], Any]] = []


def reads(reader: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Make a function the one that values of custom attributes are asked of."""
    _readers[:] = [reader]
    return reader


def value_of(row: Any, name: str) -> Any:
    """Return what a row holds under the name of a custom field; raise AttributeError for a name that is none."""
    if not _readers:
        raise AttributeError(name)
    return _readers[0](row, name)
