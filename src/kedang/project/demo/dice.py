"""Numbers that depend on the seed and on nothing else, so that any part of the data can be made alone."""

import struct
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")
Draw = tuple[int, ...]
DRAWS: Final = 32
_unpack = struct.Struct("<32H").unpack
_pack = struct.Struct("<q").pack


def dice(seed: int, stream: str) -> Callable[[int], Draw]:
    """Return a function that gives, for an index, 32 independent numbers of 16 bits."""
    base = blake2b(f"{stream}:{seed}".encode(), digest_size=64)
    fresh = base.copy

    def throw(index: int) -> Draw:
        digest = fresh()
        digest.update(_pack(index))
        return _unpack(digest.digest())

    return throw


def seed_of(seed: int, stream: str, index: int) -> int:
    """Return a 64-bit seed for a generator of one record's own details."""
    return int.from_bytes(blake2b(f"{stream}:{seed}:{index}".encode(), digest_size=8).digest(), "little")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list, each once."""
    return tuple(dict.fromkeys(text.split()))


def weighted(choices: Iterable[tuple[T, int]]) -> tuple[T, ...]:
    """Return a table in which each choice stands as often as it weighs."""
    return tuple(choice for choice, weight in choices for _ in range(weight))


def weighted_words(text: str) -> tuple[str, ...]:
    """Return the weighted table of a list written as word*weight."""
    parts = (item.partition("*") for item in text.split())
    return weighted((word, int(weight or 1)) for word, _, weight in parts)


def pick(table: Sequence[T], number: int) -> T:
    """Return the entry of a table that a number points to."""
    return table[number % len(table)]
