"""What a customer file must hold. Pure: no database, no clock, no Django."""

from collections.abc import Iterable, Mapping

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
