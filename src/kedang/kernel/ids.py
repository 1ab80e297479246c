"""Opaque record ids that a phone may make without a network.

63 bits: 41 of milliseconds since 2025-01-01 (until 2094), 22 random. Ids made by one process rise
strictly, so the order of ids is the order of creation. People and links see 13 letters, never the number.
"""

import secrets
import threading
import time
from itertools import accumulate

EPOCH_MS = 1_735_689_600_000
RANDOM_BITS = 22
STRIDE = 63
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 13
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """Return a fresh id, larger than every one this process made before."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[int]:
    """Return as many fresh ids, rising, each larger than every one this process made before."""
    global _last  # noqa: PLW0603  the last id is the state that keeps ids rising
    stamp = (time.time_ns() // 1_000_000 - EPOCH_MS) << RANDOM_BITS
    # Within one millisecond ids step by a small random stride, so they rise and stay hard to guess.
    strides = secrets.token_bytes(count)
    with _lock:
        fresh = (
            max(stamp | secrets.randbits(RANDOM_BITS - 1), _last + 1 + (strides[0] & STRIDE)) if count else 0
        )
        found = (
            list(accumulate((1 + (stride & STRIDE) for stride in strides[1:]), initial=fresh))
            if count
            else []
        )
        _last = found[-1] if found else _last
    return found


def show(number: int) -> str:
    """Return the 13 letters that stand for an id in links and in the API."""
    pairs = [_PAIRS[number >> bits & 1023] for bits in (50, 40, 30, 20, 10, 0)]
    return ALPHABET[number >> 60 & 31] + "".join(pairs)


def read(text: str) -> int:
    """Return the id that 13 letters stand for; raise ValueError when they are not an id."""
    if len(text) != LENGTH:
        raise ValueError("an id has 13 letters")
    number = 0
    for letter in text.lower():
        if letter not in _VALUES:
            raise ValueError("not a letter of an id")
        number = number * 32 + _VALUES[letter]
    if number >= 1 << 63:
        raise ValueError("out of range")
    return number
