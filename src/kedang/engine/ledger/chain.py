"""The arithmetic of the history: digests of values, entries and seals. Pure."""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

SALT_LETTERS = 16
LINE = "\n"
# A changed value as the history keeps it: its field and JSON text with the salt, its field and digest.
# A plain tuple, for an import makes one for every value.
Stated = tuple[str, str]
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it, exactly."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def head_of(entry: Any) -> list[Any]:
    """Return the facts of a history entry that its digest covers beside the values."""
    return [
        entry.record, entry.record_id, entry.seq, moment(entry.at), entry.actor_id, entry.actor_name,
        entry.acting_for, entry.signer_id, entry.signer_name, entry.action, entry.reason,
    ]  # fmt: skip


def moment(at: datetime) -> str:
    """Return a moment as the head of an entry states it."""
    return at.astimezone(UTC).isoformat()


def canonical(value: Any) -> str:
    """Return the one JSON text of a plain value."""
    return _ENCODER.encode(value)


def sha(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def salts(drawn: int = 32) -> Iterator[str]:
    """Yield salts without end; the system is asked for `drawn` of them at a time."""
    while True:
        letters = secrets.token_hex(SALT_LETTERS // 2 * drawn)
        yield from [letters[at : at + SALT_LETTERS] for at in range(0, len(letters), SALT_LETTERS)]


def stated(changes: Mapping[str, tuple[Any, Any]], salts: Iterator[str]) -> dict[str, Stated]:
    """Give each changed value, plain as JSON holds it, a salt of its own; return how the history keeps it, by field."""
    found: dict[str, Stated] = {}
    for (field, (old, new)), salt in zip(changes.items(), salts, strict=False):
        if old is None and type(new) is str:  # nearly all values of a new record
            text = f'[null,{encode_basestring(new)},"{salt}"]'
        else:
            text = f'[{_text(old)},{_text(new)},"{salt}"]'
        digest = sha256((field + LINE + text).encode()).hexdigest()
        found[field] = (f'"{field}":{text}', f"{field}={digest}")
    return found


def written(changes: Mapping[str, Stated]) -> tuple[str, list[str]]:
    """Return {field: [old, new, salt]} as the JSON text that is stored, and the digest of each value as
    `entry_digest` covers it.
    """
    text = ",".join([text for text, _digest in changes.values()])
    return "{" + text + "}", [changes[field][1] for field in sorted(changes)]


def value_digest(field: str, change: Any) -> str:
    """Return the digest of one value of an entry; an erased value is its digest."""
    if isinstance(change, str):
        return change
    old, new, salt = change
    return sha256(f'{field}\n[{_text(old)},{_text(new)},"{salt}"]'.encode()).hexdigest()


def _text(value: Any) -> str:
    """The canonical text, with a short way for the values that nearly all changes have."""
    if value is None:
        return "null"
    return encode_basestring(value) if type(value) is str else canonical(value)


def erased(changes: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the changes with the values of `fields` replaced by their digests."""
    gone = set(fields)
    return {
        field: value_digest(field, change) if field in gone else change for field, change in changes.items()
    }


def entry_digest(previous: str, head: Sequence[Any], changes: Mapping[str, Any]) -> str:
    """Return the digest of an entry from the previous one of its record, its head and its values."""
    covered = [f"{field}={value_digest(field, changes[field])}" for field in sorted(changes)]
    return bound(previous, canonical(list(head)), covered)


def bound(previous: str, head: str, covered: Sequence[str]) -> str:
    """Return the digest of an entry from the texts it is made of."""
    return sha(LINE.join([previous, head, *covered]))


def merkle_root(digests: Sequence[str]) -> str:
    """Return the root of a Merkle tree over digests (RFC 6962: leaves and nodes are marked apart)."""
    level = [sha(f"leaf:{digest}") for digest in digests]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [sha(f"node:{pair[0]}:{pair[1]}") if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0] if level else sha("empty")


def chained(previous: str, root: str) -> str:
    """Return the chain value of a seal: its root bound to the seal before it."""
    return sha(f"seal:{previous}:{root}")
