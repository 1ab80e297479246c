"""How often something went wrong lately, by address and by name. Names are kept as digests, known or not."""

import hashlib

from django.core.cache import cache

WHILE = 15 * 60


def _key(kind: str, what: str) -> str:
    return f"failures:{kind}:{hashlib.sha256(what.strip().lower().encode()).hexdigest()[:32]}"


def count(kind: str, what: str) -> int:
    """Return how many failures were noted in the last quarter of an hour."""
    return int(cache.get(_key(kind, what)) or 0) if what else 0


def note(kind: str, what: str) -> int:
    """Note one more and return how many there are now."""
    if not what:
        return 0
    key = _key(kind, what)
    cache.add(key, 0, WHILE)
    try:
        return cache.incr(key)
    except ValueError:  # it ended between the two
        cache.set(key, 1, WHILE)
        return 1


def forget(kind: str, what: str) -> None:
    """Begin at nothing again."""
    cache.delete(_key(kind, what))
