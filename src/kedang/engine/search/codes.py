"""Short codes that stand before each token: whose field it is. What an actor may not read is never asked for."""

from functools import cache
from zlib import crc32

from kedang.engine.overlay import PREFIX

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
LENGTH = 4
SCOPE = "@"
COVERED = "!"
HELD = "~"
_taken: dict[str, str] = {}


def short(number: int) -> str:
    """Return a number in 36 letters."""
    letters = ""
    while True:
        number, rest = divmod(number, 36)
        letters = LETTERS[rest] + letters
        if not number:
            return letters


@cache
def code(record: str, name: str = "", *, covered: bool = False, held: bool = False) -> str:
    """Return the code of a record type, or of one of its fields.

    Values that a pool covers, and records in the archive hold, have codes of their own. The code is made from the
    name, so that a field that is added or dropped changes no other. Custom attributes share one code and stand
    behind it with their keys, since nobody renames one for the sake of a code. Raise ValueError where two names
    meet in one.
    """
    if name.startswith(PREFIX):
        whole = code(record, "custom", covered=covered, held=held)
        return f"{whole}{name.removeprefix(PREFIX)}."
    whole = f"{record}.{name}{COVERED * covered}{HELD * held}"
    found = short(crc32(whole.encode()) % 36**LENGTH).rjust(LENGTH, "0")
    if _taken.setdefault(found, whole) != whole:
        raise ValueError(f"{whole} and {_taken[found]} have the same search code; rename the newer one")
    return found
