"""Which files are worth comparing: those that share how their mark sounds, a phone, a code or an address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from kedang.kernel import likeness
from kedang.kernel.likeness import Card, Likeness

CROWD = 60
WINDOW = 30


def keys(card: Card) -> Iterator[tuple[str, str]]:
    """Yield the keys under which a file is filed for comparing: the kind of key and its value."""
    if sound := likeness.sound_of(card.parts):
        yield "sound", sound
    if card.phone:
        yield "phone", card.phone
    if card.code:
        yield "code", card.code
    if card.road:
        yield "address", card.road


def pairs(cards: Iterable[Card]) -> dict[tuple[int, int], Likeness]:
    """Return the pairs that somebody should look at, the lower id first."""
    blocks: dict[tuple[str, str], list[Card]] = defaultdict(list)
    for card in cards:
        for key in keys(card):
            blocks[key].append(card)
    found: dict[tuple[int, int], Likeness] = {}
    met: set[tuple[int, int]] = set()
    for (kind, _value), block in blocks.items():
        for one, other in worth(kind, block):
            pair = (one.pk, other.pk) if one.pk < other.pk else (other.pk, one.pk)
            if pair not in met:
                met.add(pair)
                judged = likeness.judge(one, other)
                if judged.listed:
                    found[pair] = judged
    return found


def worth(kind: str, block: Sequence[Card]) -> Iterator[tuple[Card, Card]]:
    """Yield the pairs of one block: all of a small one, neighbours by trade and region of a crowd."""
    if len(block) < 2:
        return
    ordered = block
    reach = len(block)
    if len(block) > CROWD:
        ordered = sorted(block, key=lambda card: (card.parts.trade, card.region, card.pk))
        reach = WINDOW
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 : place + 1 + reach]:
            if kind != "sound" or _same_trade(one, other):
                yield one, other


def _same_trade(one: Card, other: Card) -> bool:
    first, second = one.parts.trade, other.parts.trade
    return first == second or not first or not second
