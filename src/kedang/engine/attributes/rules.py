"""What an administrator's attribute may be called and hold. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

BASES = ("consent", "contract", "duty", "public")  # of the law, for data of a person
STATED = ("purpose", "basis", "kept")
MOST = 100  # attributes of one record type
MOST_CHOICES = 100
KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
LONGEST_KEY = 40
ENDS = ("_from", "_to", "_id")  # these mean something behind the name of a field
KINDS = (
    "text", "longtext", "number", "integer", "money", "date", "choice", "choices", "boolean", "user", "record",
    "file",
)  # fmt: skip
WITH_CHOICES = frozenset({"choice", "choices"})
WITHOUT_DEFAULT = frozenset({"user", "record", "choices", "file"})


def sound_key(key: str) -> bool:
    """Say whether a key may stand in addresses, files and JSON paths: small letters, figures, single underscores."""
    return len(key) <= LONGEST_KEY and KEY.fullmatch(key) is not None and not key.endswith(ENDS)


def key_for(syllables: Iterable[str], taken: Collection[str], fallback: str) -> str:
    """Return a free key made of how a label is said; whatever a label holds, nothing of it but letters is in a key."""
    letters = ["".join(c for c in part.lower() if c.isascii() and c.isalnum()) for part in syllables]
    stem = "_".join(part for part in letters if part)[: LONGEST_KEY - 4].strip("_")
    if not stem or not stem[0].isalpha() or stem.endswith(ENDS) or not sound_key(stem):
        stem = fallback
    if stem not in taken:
        return stem
    return next(name for number in range(2, MOST * 10) if (name := f"{stem}_{number}") not in taken)


def choices_of(
    labels: Sequence[str], before: Sequence[dict[str, Any]], syllables_of: Any
) -> list[dict[str, Any]]:
    """Return the choices for these labels, in order, each under the key it had; what was taken away is retired.

    A retired choice stays readable where records hold it.
    """
    known = {one["label"]["zh_hans"]: one for one in before}
    taken = {one["key"] for one in before}
    found: list[dict[str, Any]] = []
    for label in dict.fromkeys(label.strip() for label in labels if label.strip()):
        if label in known:
            found.append({**known[label], "retired": False})
            continue
        key = key_for(syllables_of(label), taken, "choice")
        taken.add(key)
        found.append({"key": key, "label": {"zh_hans": label}, "retired": False})
    kept = {one["key"] for one in found}
    return found + [{**one, "retired": True} for one in before if one["key"] not in kept]
