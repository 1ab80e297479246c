"""Customer files with doubles of known kinds: what the search for duplicates is measured on.

Some files are copies of others with one to three slips; decoys share their mark with another firm of another trade or
region. The same seed gives the same files.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from opencc import OpenCC
from pypinyin.pinyin_dict import pinyin_dict

from kedang.kernel import companies, regions
from kedang.kernel.likeness import Card
from kedang.kernel.text import syllables
from kedang.project.demo import tables
from kedang.project.demo.companies import Maker

AS_OF = date(2026, 11, 1)
COPIES = 0.12
DECOYS = 0.20
KINDS = (
    "homophone", "dropped_region", "form_change", "traditional", "swapped_parts", "wrong_digit", "missing_phone",
    "short_name",
)  # fmt: skip
FIRMS = ("enterprise", "dealer", "terminal")


@dataclass(frozen=True, slots=True)
class Doubles:
    """Files, the pairs of them that mean one firm, and the slips that made each pair."""

    cards: list[Card]
    pairs: dict[tuple[int, int], frozenset[str]]


def make(seed: int, size: int) -> Doubles:
    """Return `size` files, of which COPIES are doubles and DECOYS decoys."""
    dice = random.Random(seed)  # noqa: S311  invented data
    copies, decoys = int(size * COPIES), int(size * DECOYS)
    cards = _firms(dice, seed, size - copies - decoys)
    originals = list(cards)
    for _ in range(decoys):
        cards.append(_decoy(dice, dice.choice(originals), len(cards), seed))
    pairs: dict[tuple[int, int], frozenset[str]] = {}
    family: dict[int, list[tuple[int, frozenset[str]]]] = {}
    for _ in range(copies):
        source = dice.choice(originals)
        card, slips = _copy(dice, source)
        card = replace(card, pk=len(cards))
        cards.append(card)
        for brother, its in family.get(source.pk, []):
            pairs[brother, card.pk] = slips | its
        family.setdefault(source.pk, []).append((card.pk, slips))
        pairs[source.pk, card.pk] = slips
    return Doubles(cards, pairs)


def _firms(dice: random.Random, seed: int, count: int) -> list[Card]:
    found: list[Card] = []
    maker, index = Maker(seed, AS_OF), 0
    while len(found) < count:
        row = maker.row(index)
        index += 1
        if row["type_key"] in FIRMS and not companies.split(row["name"]).branch:
            code = row["credit_code"] if dice.random() < 0.6 else ""
            found.append(
                Card(
                    row["name"],
                    row["short_name"],
                    code,
                    row["phone"],
                    row["address"],
                    row["region_code"],
                    len(found),
                )
            )
    return found


def _decoy(dice: random.Random, like: Card, pk: int, seed: int) -> Card:
    """Another firm of the same mark: in another region, or of another trade."""
    row = Maker(seed, AS_OF).row(10_000_000 + pk)
    parts, other = companies.split(like.name), companies.split(row["name"])
    place = regions.short(regions.path(row["region_code"])[-1].name)
    if dice.random() < 0.5:
        trade, near = parts.spelled or "贸易", place
    else:
        trade, near = other.spelled or "物流", "".join(parts.places[-1:]) or place
        if trade == parts.spelled:
            trade = "包装" if parts.trade != "包装" else "物流"
    name = f"{near}{parts.core}{trade}{parts.form or '有限公司'}"
    code = row["credit_code"] if dice.random() < 0.6 else ""
    return Card(name, parts.core + trade, code, row["phone"], row["address"], row["region_code"], pk)


def _copy(dice: random.Random, source: Card) -> tuple[Card, frozenset[str]]:
    """A file of the same firm, entered again: sometimes without its code or address, with one to three slips."""
    card = replace(
        source,
        code=source.code if dice.random() < 0.5 else "",
        address=source.address if dice.random() < 0.7 else "",
    )
    wanted, slips = dice.randint(1, 3), set()
    for kind in dice.sample(KINDS, len(KINDS)):
        changed = _SLIPS[kind](dice, card)
        if (
            changed is not None
            and changed != card
            and not (kind == "missing_phone" and "wrong_digit" in slips)
        ):
            card = changed
            slips.add(kind)
        if len(slips) == wanted:
            break
    return card, frozenset(slips)


def _homophone(dice: random.Random, card: Card) -> Card | None:
    core = companies.split(card.name).core
    places = [place for place, letter in enumerate(core) if len(_alike(letter)) > 1]
    if not places or core not in card.name:
        return None
    place = dice.choice(places)
    other = dice.choice([letter for letter in _alike(core[place]) if letter != core[place]])
    return replace(
        card, name=card.name.replace(core, core[:place] + other + core[place + 1 :], 1), short_name=""
    )


@cache
def _sounds() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    letters = {letter for mark, _latin in tables.marks() for letter in mark}
    for letter in sorted(letters):
        if ord(letter) in pinyin_dict:
            found.setdefault("".join(syllables(letter)), []).append(letter)
    return found


def _alike(letter: str) -> list[str]:
    return _sounds().get("".join(syllables(letter)), [])


def _dropped_region(dice: random.Random, card: Card) -> Card | None:
    parts = companies.split(card.name)
    at = card.name.find(parts.core)
    return (
        replace(card, name=card.name[at:].replace("（", "").replace("）", ""))
        if parts.places and at > 0
        else None
    )


def _form_change(dice: random.Random, card: Card) -> Card | None:
    form = companies.split(card.name).form
    others = [
        one for one in ("有限公司", "有限责任公司", "股份有限公司", "经营部", "厂", "商行", "") if one != form
    ]
    return replace(card, name=card.name.removesuffix(form) + dice.choice(others)) if form else None


def _traditional(dice: random.Random, card: Card) -> Card | None:
    return replace(card, name=_converter().convert(card.name))


@cache
def _converter() -> OpenCC:
    return OpenCC("s2t")


def _swapped_parts(dice: random.Random, card: Card) -> Card | None:
    parts = companies.split(card.name)
    if (
        not parts.places
        or "（" in card.name
        or not card.name.endswith(parts.core + parts.spelled + parts.form)
    ):
        return None
    return replace(card, name=f"{parts.core}（{parts.places[-1]}）{parts.spelled}{parts.form}")


def _wrong_digit(dice: random.Random, card: Card) -> Card | None:
    name = dice.choice([name for name in ("phone", "code") if getattr(card, name)] or [""])
    if not name:
        return None
    text = getattr(card, name)
    place = dice.choice([place for place, letter in enumerate(text) if letter.isdigit() and place > 3])
    wrong = str((int(text[place]) + dice.randint(1, 9)) % 10)
    return replace(card, **{name: text[:place] + wrong + text[place + 1 :]})


def _missing_phone(dice: random.Random, card: Card) -> Card | None:
    return replace(card, phone="") if card.phone else None


def _short_name(dice: random.Random, card: Card) -> Card | None:
    parts = companies.split(card.name)
    whole = f"{parts.core}{parts.spelled}"
    return (
        replace(card, name=whole if dice.random() < 0.7 else parts.core, short_name="")
        if parts.form
        else None
    )


_SLIPS: dict[str, Callable[[random.Random, Card], Card | None]] = {
    "homophone": _homophone, "dropped_region": _dropped_region, "form_change": _form_change,
    "traditional": _traditional, "swapped_parts": _swapped_parts, "wrong_digit": _wrong_digit,
    "missing_phone": _missing_phone, "short_name": _short_name,
}  # fmt: skip
