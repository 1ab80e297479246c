"""The key-person map: its state, its gaps, and where people and lines stand. Pure: no database, no clock, no Django.

A key player is who decides, or who has much influence. The map of a customer is in one of four states (domain rule
14): nobody known, people but no key player, a key player but none for us, a key player for us.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

LAYERS = ("image", "decision", "implementation", "use")
KEY_INFLUENCE = 4
STALE_DAYS = 30
SEVERITIES = ("crit", "high", "mid")


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the map reads it; None and empty are unknown. `layer` and `attitude` are kinds, not keys."""

    pk: int
    layer: str = ""
    influence: int | None = None
    attitude: str = ""
    closeness: int | None = None
    wanted: int | None = None
    covered: bool = False
    touched: date | None = None

    @property
    def key_player(self) -> bool:
        """Whether this person decides or has much influence."""
        return self.layer == "decision" or (self.influence or 0) >= KEY_INFLUENCE

    @property
    def met(self) -> bool:
        """Whether one of us ever had to do with this person: a contact is noted, or closeness is above the lowest."""
        return self.touched is not None or (self.closeness or 0) > 1


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the map lacks: what, how grave, and about whom or which layer."""

    kind: str
    severity: str
    pk: int | None = None
    layer: str = ""
    days: int = 0


def state(people: Iterable[Person]) -> int:
    """Return the state of a map, from 0 (nobody known) to 3 (a key player is for us)."""
    known = list(people)
    players = [one for one in known if one.key_player]
    if not players:
        return 1 if known else 0
    return 3 if any(one.attitude == "supportive" for one in players) else 2


def gaps(people: Sequence[Person], today: date) -> list[Gap]:
    """Return what the map lacks, the gravest first; within one severity key players first, then by influence."""
    present = {one.layer for one in people}
    found = [
        Gap("empty_layer", "high" if layer == "decision" else "mid", layer=layer)
        for layer in LAYERS
        if layer not in present
    ]
    for one in people:
        found += _gaps_of(one, today)
    by_pk = {one.pk: one for one in people}

    def rank(gap: Gap) -> tuple[int, bool, int]:
        about = by_pk.get(gap.pk) if gap.pk is not None else None
        return (
            SEVERITIES.index(gap.severity),
            about is not None and not about.key_player,
            -(about.influence or 0) if about else 0,
        )

    return sorted(found, key=rank)


def _gaps_of(one: Person, today: date) -> list[Gap]:
    found = []
    if one.key_player and not one.met:
        found.append(Gap("never_met", "crit" if one.attitude == "adverse" else "high", one.pk))
    if not one.covered:
        found.append(Gap("uncovered", "high" if one.key_player else "mid", one.pk))
    if not one.attitude:
        found.append(Gap("attitude_unknown", "mid", one.pk))
    if one.layer not in LAYERS:
        found.append(Gap("layer_unknown", "mid", one.pk))
    if one.key_player and one.touched is not None and (days := (today - one.touched).days) >= STALE_DAYS:
        found.append(Gap("stale", "mid", one.pk, days=days))
    return found


# -- where everything stands: a person has a column of three and a row; rows are counted through all layers

COLUMNS = 3
LEFT, CARD, HIGH, ACROSS, ABOVE, BETWEEN = 108, 192, 112, 36, 24, 48
BESIDE = {1: (2,), 2: (1, 2)}
WIDTH = LEFT + COLUMNS * CARD + (COLUMNS - 1) * ACROSS
STEPS = (0, -10, 10, -20, 20)
LETTERS = 18
Apart = Callable[[object], int]
Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Band:
    """One layer of the map: its people by row, each with a column from 1 to 3."""

    layer: str
    rows: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line of the map as a path, with the place of its words, or none where they do not fit."""

    pk: int
    path: str
    label: tuple[int, int] | None


def bands(people: Sequence[Person]) -> list[Band]:
    """Return the four layers, and those without a layer where there are any; the most influential in the middle."""
    by_layer: dict[str, list[Person]] = defaultdict(list)
    for one in people:
        by_layer[one.layer if one.layer in LAYERS else ""].append(one)
    layers = [*LAYERS, ""] if by_layer[""] else list(LAYERS)
    found = []
    for layer in layers:
        ordered = sorted(by_layer[layer], key=lambda one: (-(one.influence or 0), one.pk))
        rows = [ordered[at : at + COLUMNS] for at in range(0, len(ordered), COLUMNS)]
        found.append(Band(layer, tuple(_row(row) for row in rows)))
    return found


def _row(people: Sequence[Person]) -> tuple[tuple[int, int], ...]:
    pks = [one.pk for one in people]
    if len(pks) == COLUMNS:
        pks = [pks[1], pks[0], pks[2]]
    return tuple(zip(pks, BESIDE.get(len(pks), (1, 2, 3)), strict=True))


def height(every: Sequence[Band]) -> int:
    """Return the height of the whole map; an empty layer is as high as one row."""
    return sum(_height(band) for band in every)


def _height(band: Band) -> int:
    rows = max(1, len(band.rows))
    return 2 * ABOVE + rows * HIGH + (rows - 1) * BETWEEN


def places(every: Sequence[Band]) -> dict[int, tuple[int, int, int]]:
    """Return for each person the row through all layers, the left edge and the upper edge of the card."""
    found, top, number = {}, 0, 0
    for band in every:
        for at, row in enumerate(band.rows or ((),)):
            upper = top + ABOVE + at * (HIGH + BETWEEN)
            for pk, column in row:
                found[pk] = (number, LEFT + (column - 1) * (CARD + ACROSS), upper)
            number += 1
        top += _height(band)
    return found


def drawn(every: Sequence[Band], lines: Iterable[tuple[int, int, int, str]]) -> list[Drawn]:
    """Return the lines (pk, from, to, words) between people who stand on the map.

    Lines that run together are kept apart; words stand where no others do, or not at all.
    """
    where, used = places(every), defaultdict[object, int](int)
    taken: list[tuple[int, int, int]] = []

    def apart(channel: object) -> int:
        used[channel] += 1
        return STEPS[(used[channel] - 1) % len(STEPS)]

    found = []
    for pk, source, target, words in lines:
        if source in where and target in where and source != target:
            path, spots = _line(where[source], where[target], text_width(words), apart)
            found.append(Drawn(pk, path, _free(spots, text_width(words), taken)))
    return found


def _free(spots: Iterable[Spot], width: int, taken: list[tuple[int, int, int]]) -> Spot | None:
    for left, lower in spots:
        others = (one for one in taken if abs(one[1] - lower) < LETTERS)
        if left > LEFT and all(left + width < one[0] or one[0] + one[2] < left for one in others):
            taken.append((left, lower, width))
            return left, lower
    return None


def _line(
    start: tuple[int, int, int], end: tuple[int, int, int], width: int, apart: Apart
) -> tuple[str, Sequence[Spot]]:  # fmt: skip
    """Return the path of a line and the spots where its words might stand."""
    (row, left, upper), (row_to, left_to, upper_to) = start, end
    if row == row_to and abs(left - left_to) == CARD + ACROSS:
        return _beside(left, left_to, upper + HIGH // 2 + apart(("beside", row, min(left, left_to)))), ()
    middle, middle_to = left + CARD // 2, left_to + CARD // 2
    if row == row_to:
        lane = upper - ABOVE // 2 + apart(("lane", row)) // 2
        return f"M{middle} {upper}V{lane}H{middle_to}V{upper_to}", ()
    down = row_to > row
    edge, edge_to = (upper + HIGH, upper_to) if down else (upper, upper_to + HIGH)
    lane = edge + (ABOVE if down else -ABOVE)
    if abs(row_to - row) == 1:
        shift = apart(("between", min(row, row_to)))
        middle, middle_to = middle + shift, middle_to + shift
        if middle == middle_to:
            return f"M{middle} {edge}V{edge_to}", ((middle + 10, lane + 4), (middle - 6 - width, lane + 4))
        lane += shift // 2
        centre = (middle + middle_to - width) // 2
        outside = max(middle, middle_to) + 10
        return f"M{middle} {edge}V{lane}H{middle_to}V{edge_to}", ((centre, lane + 4), (outside, lane + 4))
    shift = apart(("far", left_to))
    channel = (left_to - ACROSS // 2 if left_to > LEFT else left_to + CARD + ACROSS // 2) + shift // 2
    lane_to = edge_to + (-ABOVE if down else ABOVE) + shift // 2
    return (
        f"M{middle + shift} {edge}V{lane + shift // 2}H{channel}V{lane_to}H{middle_to + shift}V{edge_to}", ()
    )  # fmt: skip


def _beside(left: int, left_to: int, level: int) -> str:
    start, end = (left + CARD, left_to) if left_to > left else (left, left_to + CARD)
    return f"M{start} {level}H{end}"


def text_width(text: str) -> int:
    """Return about how wide a text of 12 px stands."""
    return sum(12 if ord(one) > 0x2E7F else 7 for one in text) + 8
