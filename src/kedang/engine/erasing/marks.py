"""The values by which a record is known: what to look for in copies, in each way they may be written there."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from django.db import connection

from kedang.engine.records.types import RecordType

NAMING = frozenset({"name", "person", "phone", "email"})
KINDS = frozenset({"phone", "email", "person"})
SHORTEST, SHORTEST_LATIN = 2, 5
MOBILE = 11
SHORTEST_PHONE = 7
BLANK = "•••"


def of(kind: RecordType, rows: Iterable[Any], histories: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names, phones, addresses and the like of records of a type, now and in their histories."""
    names = marking(kind)
    found: set[str] = set()
    for row in rows:
        for name in names:
            found |= spellings(kind.fields[name].was(row.__dict__))
    told = {kind.fields[name].told_as for name in names}
    for changes in histories:
        for name, change in changes.items():
            if name in told and not isinstance(change, str):
                found |= spellings(change[0]) | spellings(change[1])
    return found


def marking(kind: RecordType) -> list[str]:
    """Return the fields of a type that tell who or how to reach somebody: found by name or phone, or guarded."""
    named = {name for name, how in kind.search.items() if how in NAMING}
    named |= {*kind.pool_masks, *kind.guards}
    named |= {name for name, spec in kind.fields.items() if spec.kind in KINDS}
    return sorted(
        name for name in named if not kind.fields[name].choice_list and not kind.fields[name].points_at
    )


def spellings(value: Any) -> set[str]:
    """Return the ways a value is written; nothing for what is no text or too short to mean one thing.

    A mobile of China is also known without its country code, in one piece and in groups of 3, 4 and 4.
    """
    if not isinstance(value, str):
        return set()
    value = value.strip()
    if len(value) < (SHORTEST_LATIN if value.isascii() else SHORTEST):
        return set()
    found = {value}
    digits = "".join(letter for letter in value if letter.isdigit())
    if not set(value) <= set("0123456789+-() ") or len(digits) < SHORTEST_LATIN:
        return found
    found.add(digits)
    if digits.startswith("86") and len(digits) == MOBILE + 2:
        digits = digits[2:]
        found.add(digits)
    if len(digits) == MOBILE and digits.startswith("1"):
        found |= {f"{digits[:3]}{sign}{digits[3:7]}{sign}{digits[7:]}" for sign in " -"}
    return found


def written(mark: str) -> list[str]:
    """Return how a mark stands in a column: as it is, in JSON, in an address. The longest first."""
    forms = {mark, json.dumps(mark)[1:-1], quote(mark), quote_plus(mark)}
    return sorted(forms, key=len, reverse=True)


def blanked(value: Any, marks: Iterable[str]) -> Any:
    """Return a value, or one with parts, in which each mark is blanked; keys stay."""
    if isinstance(value, str):
        for mark in marks:
            for form in written(mark):
                value = value.replace(form, BLANK)
        return value
    if isinstance(value, Mapping):
        return {key: blanked(one, marks) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [blanked(one, marks) for one in value]
    return value


def is_reaching(mark: str) -> bool:
    """Say whether a mark is a phone or an e-mail address: what means one person wherever it stands."""
    return "@" in mark or sum(letter.isdigit() for letter in mark) >= SHORTEST_PHONE


def overwrite_what_is_deleted() -> None:
    """Let SQLite overwrite what this connection deletes."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
