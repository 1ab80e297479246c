"""Which files are worth comparing: those that share how their mark sounds, a phone, a code or an address."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from operator import attrgetter

from kedang.kernel import likeness
from kedang.kernel.garbage import fewer_collections
from kedang.kernel.likeness import Card, Likeness

CROWD = 60
WINDOW = 30

# the keys under which a file is filed for comparing
KEYS: Mapping[str, Callable[[Card], str]] = {
    "sound": lambda card: likeness.sound_of(card.parts),
    "phone": attrgetter("phone"),
    "code": attrgetter("code"),
    "address": attrgetter("road"),
}


def pairs(cards: Iterable[Card]) -> dict[tuple[int, int], Likeness]:
    """Return the pairs that somebody should look at, the lower id first."""
    listed = list(cards)
    found: dict[tuple[int, int], Likeness] = {}
    met: set[tuple[int, int]] = set()
    with fewer_collections():
        for kind, key in KEYS.items():
            for block in blocks(listed, key):
                for one, other in worth(kind, block):
                    pair = (one.pk, other.pk) if one.pk < other.pk else (other.pk, one.pk)
                    if pair not in met:
                        met.add(pair)
                        judged = likeness.judge(one, other)
                        if judged.listed:
                            found[pair] = judged
    return found


def blocks(cards: Iterable[Card], key: Callable[[Card], str]) -> Iterable[list[Card]]:
    """Return the files that share a key, those with none left out. Most keys are one file's: they cost no list."""
    first: dict[str, Card] = {}
    shared: dict[str, list[Card]] = {}
    for card in cards:
        if value := key(card):
            other = first.setdefault(value, card)
            if other is not card:
                shared.setdefault(value, [other]).append(card)
    return shared.values()


def worth(kind: str, block: Sequence[Card]) -> Iterable[tuple[Card, Card]]:
    """Return the pairs of one block: all of a small one, neighbours by trade and region of a crowd."""
    near = combinations(block, 2) if len(block) <= CROWD else _neighbours(block)
    return near if kind != "sound" else [pair for pair in near if _same_trade(*pair)]


def _neighbours(crowd: Sequence[Card]) -> Iterator[tuple[Card, Card]]:
    ordered = sorted(crowd, key=lambda card: (card.parts.trade, card.region, card.pk))
    for place, one in enumerate(ordered, 1):
        for other in ordered[place : place + WINDOW]:
            yield one, other


def _same_trade(one: Card, other: Card) -> bool:
    first, second = one.parts.trade, other.parts.trade
    return first == second or not first or not second
