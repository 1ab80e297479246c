"""Which customer files are like others: candidates by index, weighed by the rules, told as far as the reader sees."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.areas.customers.models import Customer
from kedang.engine.records import hidden
from kedang.engine.records.similar import SHOWN, Similar
from kedang.kernel import codes, companies, likeness
from kedang.kernel.actor import Actor
from kedang.kernel.likeness import Card, Likeness

COLUMNS = ("pk", "name", "short_name", "credit_code", "phone", "address", "region_code")
FETCHED = 60  # candidates of one kind for one new file
CHUNK = 400
SCAN = "customers.duplicates"  # the job that compares all files
Key = tuple[str, str]


def card_of(values: Mapping[str, Any], pk: int = 0) -> Card:
    """Return what is compared of a file, from values as a form or a row of a file holds them."""
    text = {name: str(values.get(name) or "").strip() for name in COLUMNS[1:]}
    return Card(
        text["name"], text["short_name"], _valid(text["credit_code"]), codes.canonical_phone(text["phone"]),
        text["address"], text["region_code"], pk,
    )  # fmt: skip


def _valid(typed: str) -> str:
    """A code that is mistyped speaks neither for nor against."""
    checked = codes.check_credit_code(typed)
    return checked.code if checked.valid else ""


def similar(actor: Actor, inputs: Sequence[Mapping[str, Any]]) -> list[list[Similar]]:
    """Return the stored files like each set of values, the likest first, SHOWN of them at most."""
    cards = [card_of(values) for values in inputs]
    stored = list(_candidates_of_one(cards[0])) if len(cards) == 1 else list(_candidates(cards))
    filed = _filed(stored)
    judged = [_judged(typed, filed) for typed in cards]
    unseen = hidden.units_of_hidden(
        actor, Customer, {other.pk for group in judged for other, _found in group}
    )
    return [[told for one in group if (told := _told(one, unseen)) is not None] for group in judged]


def _judged(typed: Card, filed: Mapping[Key, Sequence[Card]]) -> list[tuple[Card, Likeness]]:
    """Return those of the files by their marks that are like one, the likest first, SHOWN of them at most."""
    met = {other.pk: other for key in _keys(typed) for other in filed.get(key, ())}
    weighed = [(other, likeness.judge(typed, other)) for other in met.values()]
    return sorted((one for one in weighed if _worth_telling(one[1])), key=_likest)[:SHOWN]


class Gathered:
    """The files that an import is about to file, by what is compared of them; the number of a row stands for the id."""

    def __init__(self) -> None:
        self._filed: dict[Key, list[Card]] = defaultdict(list)

    def like(self, values: Mapping[str, Any]) -> list[Similar]:
        """Return the files gathered that are like these values, the likest first, SHOWN of them at most."""
        found = _judged(card_of(values), self._filed)
        return [Similar(one.kind, one.points, reasons(one), other.pk, other.name) for other, one in found]

    def add(self, values: Mapping[str, Any], row: int) -> None:
        """Gather one more; of a mark that very many share the first are enough."""
        one = card_of(values, row)
        for key in _keys(one):
            if len(self._filed[key]) < FETCHED:
                self._filed[key].append(one)


def explain(one: Customer, other: Customer) -> tuple[str, ...]:
    """Return in words what two files have in common and what not."""
    first, second = (card(tuple(getattr(row, name) for name in COLUMNS)) for row in (one, other))
    return reasons(likeness.judge(first, second))


def reasons(found: Likeness) -> tuple[str, ...]:
    """Return the reasons of a verdict in the reader's language."""
    return tuple(_(finding.text) % finding.data for finding in found.reasons)


def _worth_telling(found: Likeness) -> bool:
    """At entry a like name alone is worth a look, and so is a branch; what the names deny is not."""
    return found.kind in (companies.SAME, companies.BRANCH) or (found.kind == companies.SUSPECT)


def _likest(one: tuple[Card, Likeness]) -> tuple[bool, float, int]:
    return (one[1].kind == companies.BRANCH, -one[1].points, one[0].pk)


def _told(one: tuple[Card, Likeness], unseen: Mapping[int, str]) -> Similar | None:
    other, found = one
    if other.pk not in unseen:
        return Similar(found.kind, found.points, reasons(found), other.pk, other.name)
    # of a file the reader may not see a faint likeness is not told: it would answer guesses about names
    return Similar(found.kind, found.points, unit=unseen[other.pk]) if found.listed else None


def _keys(card: Card) -> Iterator[Key]:
    if sound := likeness.sound_key(card.name):
        yield "sound_key", sound
    for name, value in (("phone", card.phone), ("credit_code", card.code)):
        if value:
            yield name, value
    if address := likeness.address_key(card.address):
        yield "address_key", address


def _filed(cards: Iterable[Card]) -> Mapping[Key, list[Card]]:
    found: dict[Key, list[Card]] = defaultdict(list)
    for one in cards:
        for key in _keys(one):
            found[key].append(one)
    return found


def _rows() -> Any:
    rows = Customer.objects.unscoped(
        because="files like one that is being filed, told as far as they are visible"
    )
    return rows.filter(archived_at__isnull=True)


def _candidates_of_one(typed: Card) -> Iterator[Card]:
    """One query an index, each bounded, so that a mark that thousands share costs no more."""
    trade = likeness.trade_key(typed.name)
    for name, value in _keys(typed):
        asked = Q(**{name: value})
        if name == "sound_key" and trade:
            asked &= Q(trade_key__in=(trade, ""))
        for row in _rows().filter(asked).values_list(*COLUMNS)[:FETCHED]:
            yield card(row)


def _candidates(cards: Sequence[Card]) -> Iterator[Card]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in cards:
        for name, value in _keys(one):
            wanted[name].add(value)
    seen: set[int] = set()
    for name, values in wanted.items():
        listed = sorted(values)
        for start in range(0, len(listed), CHUNK):
            part = listed[start : start + CHUNK]
            for row in _rows().filter(**{f"{name}__in": part}).values_list(*COLUMNS)[: CHUNK * FETCHED]:
                if row[0] not in seen:
                    seen.add(row[0])
                    yield card(row)


def card(row: tuple[Any, ...]) -> Card:
    """Return what is compared of a stored file, from its COLUMNS."""
    pk, name, short, code, phone, address, region = row
    return Card(name, short, code, phone, address, region, pk)
