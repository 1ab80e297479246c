"""What a customer file must hold. Pure: no database, no clock, no Django."""

from calendar import isleap
from collections.abc import Iterable, Mapping
from datetime import date

DEEPEST = 50
EMPTY = (None, "", 0)
LONGEST_ACCESS_DAYS = 30
NAMED_BY = 2


def missing_fields(required: Iterable[str], values: Mapping[str, object]) -> list[str]:
    """Return the required fields that hold nothing, in order. A customer in a pool needs no owner."""
    pooled = values.get("pool") not in EMPTY
    return [name for name in required if values.get(name) in EMPTY and not (name == "owner" and pooled)]


def completeness(weights: Mapping[str, int], values: Mapping[str, object]) -> int | None:
    """Return how complete a file is, from 0 to 100: the weight of filled fields over all weights, rounded down.

    Return None where the type has no weights: no figure is better than a made-up one.
    """
    total = sum(weights.values())
    if not total:
        return None
    return sum(weight for name, weight in weights.items() if values.get(name) not in EMPTY) * 100 // total


def gaps(weights: Mapping[str, int], values: Mapping[str, object]) -> list[str]:
    """Return the empty fields, those that weigh most first."""
    empty = [name for name in weights if values.get(name) in EMPTY]
    return sorted(empty, key=lambda name: -weights[name])


def faults_of_asking(named: str, days: int | None, reason: str) -> list[str]:
    """Return the names of what is wrong with asking for access to a file: `named`, `days`, `reason`."""
    sound = {
        "named": len(named.strip()) >= NAMED_BY,
        "days": days is not None and 1 <= days <= LONGEST_ACCESS_DAYS,
        "reason": bool(reason.strip()),
    }
    return [name for name, right in sound.items() if not right]


def locked_now(locked: Iterable[str], every: Iterable[str], *, all_locked: bool) -> frozenset[str]:
    """Return the fields that change with approval only: those of the type, or with the setting every one."""
    return frozenset(every) if all_locked else frozenset(locked)


def fault_of_filing(signatures: Iterable[str], client_signer: str) -> str:
    """Return what stands in the way of filing a file: `none` to sign, `client` missing, or nothing."""
    asked = set(signatures)
    if not asked:
        return "none"
    return "client" if "client" in asked and not client_signer.strip() else ""


def chain(above: Mapping[int, int], start: int) -> list[int]:
    """Return what stands above `start`, the nearest first; a circle in the data ends it.

    `above` holds for each one of a tree the one above it.
    """
    found: list[int] = []
    place = above.get(start)
    while place is not None and place != start and place not in found:
        found.append(place)
        place = above.get(place)
    return found


def fault_of_tie(above: Mapping[int, int], low: int, high: int) -> str:
    """Return why `low` may not stand beneath `high` in a tree: `self`, `parent`, `loop`, `deep`, or nothing."""
    if low == high:
        return "self"
    if low in above:
        return "parent"
    upward = chain(above, high)
    if low in upward:
        return "loop"
    return "deep" if len(upward) >= DEEPEST else ""


def left_over(
    survivor: int, merged: int, ties: Iterable[tuple[int, int, str, int]], kept: Iterable[tuple[int, str, int]],
    above: Mapping[str, Mapping[int, int]],
) -> list[int]:  # fmt: skip
    """Return the ids of the ties (id, low, kind, high) of a merged file that its survivor cannot take over.

    `kept` are the survivor's own (low, kind, high); `above` holds the chains of both for each kind that forms a tree.
    A tie is left over when it would run from the survivor to itself, stand there twice, give it a second one above,
    or close a circle. What leads upward is taken first, in the order given.
    """
    held = set(kept)
    trees = {
        kind: {low: high for low, high in tree.items() if low != merged and (low, high) != (survivor, merged)}
        for kind, tree in above.items()
    }
    left = []
    for pk, low, kind, high in sorted(ties, key=lambda tie: tie[1] != merged):
        new = (survivor if low == merged else low, kind, survivor if high == merged else high)
        tree = trees.get(kind)
        if tree is not None and low != merged and tree.get(low) == merged:
            del tree[low]
        if new[0] == new[2] or new in held or (tree is not None and fault_of_tie(tree, new[0], new[2])):
            left.append(pk)
            continue
        held.add(new)
        if tree is not None:
            tree[new[0]] = new[2]
    return left


def comes_round(born: date, today: date) -> date:
    """Return the next day, today included, on which a birthday is kept: that of 29 February on the 28th, if it must."""
    this, following = (
        born.replace(
            year=year, day=28 if (born.month, born.day) == (2, 29) and not isleap(year) else born.day
        )
        for year in (today.year, today.year + 1)
    )
    return this if this >= today else following
