"""Word lists made ready for fast picking: weighted tables, cities with districts, names, code pieces."""

import csv
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from kedang.kernel.codes import ALPHABET
from kedang.kernel.text import pinyin
from kedang.project.demo.dice import weighted, weighted_words, words
from kedang.project.demo.profile import INDUSTRIES


class District(NamedTuple):
    """A district or town, with the code that its companies are registered under."""

    code: str
    name: str
    short: str


class City(NamedTuple):
    """A city at prefecture level: GB/T 2260 code, letters for file numbers, dial code and its districts."""

    code: str
    letters: str
    province: str
    name: str
    dial: str
    digits: int
    weight: int
    districts: tuple[District, ...]
    short: str


class Trade(NamedTuple):
    """A trade as it stands in a name, its section of GB/T 4754, and what a licence would say."""

    word: str
    industry: str
    scope: str


@cache
def word_lists() -> dict[str, dict[str, str]]:
    """Return the word lists of words.toml."""
    text = files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def company(key: str) -> str:
    """Return one list about companies."""
    return word_lists()["company"][key]


@cache
def cities() -> tuple[City, ...]:
    """Return all cities of places.tsv in the order of their codes."""
    text = files(__package__).joinpath("places.tsv").read_text(encoding="utf-8")
    return tuple(_city(row) for row in csv.DictReader(text.splitlines(), delimiter="\t"))


def _city(row: dict[str, str]) -> City:
    districts = tuple(_district(word[:6], word[6:]) for word in row["districts"].split())
    return City(
        code=row["code"],
        letters=row["letters"],
        province=row["province"],
        name=row["city"],
        dial=row["dial"],
        digits=int(row["digits"]),
        weight=int(row["weight"]),
        districts=districts,
        short=row["city"].removesuffix("市"),
    )


def _district(code: str, name: str) -> District:
    short = name.removesuffix("街道").removesuffix("开发区")
    return District(code, name, short[:-1] if len(short) > 2 and short[-1] in "区市县镇" else short)


@cache
def city_table(codes: Sequence[str] = ()) -> tuple[City, ...]:
    """Return cities weighted by how many customers they have, all or those named by code."""
    return weighted((city, city.weight) for city in cities() if not codes or city.code in codes)


@cache
def marks() -> tuple[tuple[str, str], ...]:
    """Return invented company names of two characters (字号), each with its pinyin."""
    blocked = set(company("blocked").split())
    firsts = [(letter, pinyin(letter)) for letter in words(company("first"))]
    seconds = [(letter, pinyin(letter)) for letter in words(company("second"))]
    return tuple(
        (first + second, first_sound + second_sound)
        for first, first_sound in firsts
        for second, second_sound in seconds
        if first != second and first + second not in blocked
    )


@cache
def affixes(key: str) -> tuple[tuple[str, str], ...]:
    """Return the characters that make a name of three out of one of two, each with its pinyin."""
    return tuple((letter, pinyin(letter)) for letter in words(company(key)))


_SCOPES = {
    "A": "{0}，农产品初加工与销售",
    "B": "{0}开采、加工与销售",
    "C": "{0}研发、生产与销售",
    "D": "{0}生产、供应与管网运营",
    "E": "{0}施工与总承包",
    "F": "{0}批发与零售，技术咨询",
    "G": "{0}、装卸与配送",
    "H": "{0}，会议与餐饮服务",
    "I": "{0}开发、集成与运维",
    "K": "{0}、租赁与维护",
    "L": "{0}，商务咨询",
    "M": "{0}，技术推广与咨询",
    "N": "{0}、设施运营与养护",
    "O": "{0}与上门维修",
}


@cache
def trades(type_key: str) -> tuple[Trade, ...]:
    """Return the trades that customers of a type are in."""
    items = (item.split("|") for item in word_lists()["trade"][type_key].split())
    return tuple(
        Trade(word, INDUSTRIES[letter], _SCOPES.get(letter, "{0}").format(word)) for word, letter in items
    )


@cache
def table(key: str) -> tuple[str, ...]:
    """Return a weighted table of a list about companies."""
    return weighted_words(company(key))


@cache
def street_names() -> tuple[str, ...]:
    """Return names of roads without their kind."""
    return words(company("roads"))


@cache
def estates() -> tuple[str, ...]:
    """Return names of housing estates."""
    return words(company("estates"))


@cache
def parks() -> tuple[str, ...]:
    """Return kinds of industrial parks and office buildings."""
    return words(company("parks"))


@cache
def people(key: str) -> tuple[str, ...]:
    """Return a weighted table of a list about people."""
    return weighted_words(word_lists()["people"][key])


@cache
def given_names() -> tuple[str, ...]:
    """Return given names: half of men, half of women, one in eight of a single character."""
    lists = word_lists()["people"]
    singles = words(lists["single_male"]) + words(lists["single_female"])
    pairs: list[str] = []
    for first, second in (("male_first", "male_second"), ("female_first", "female_second")):
        pairs += [a + b for a in words(lists[first]) for b in words(lists[second]) if a != b]
    return tuple(pairs) + singles * (len(pairs) // (7 * len(singles)))


# Organisation codes of the MA series (issued since 2015) whose third letter nobody has reached yet: valid in
# form, and no company's.
SERIES = "PQRTUWXY"
_HIGH = len(SERIES) * 31**2
_LOW = 31**3
CODES = _HIGH * _LOW
Piece = tuple[str, int, int]


@cache
def code_pieces() -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the two halves of six code characters, with their part of the check sums mod 11 and mod 31."""
    highs = (a + b + c for a in SERIES for b in ALPHABET for c in ALPHABET)
    lows = (a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET)
    return (
        tuple((text, _sum_11(text, (9, 10, 5)), _sum_31(text, 10)) for text in highs),
        tuple((text, _sum_11(text, (8, 4, 2)), _sum_31(text, 13)) for text in lows),
    )


def _sum_11(text: str, weights: tuple[int, ...]) -> int:
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return sum(letters.index(letter) * weight for letter, weight in zip(text, weights, strict=True))


def _sum_31(text: str, place: int) -> int:
    return sum(ALPHABET.index(letter) * 3 ** (place + offset) for offset, letter in enumerate(text))


@cache
def code_head(head: str) -> tuple[str, int]:
    """Return registrar, category, region and MA, with their part of the check sum mod 31."""
    text = head + "MA"
    return text, _sum_31(text, 0)


ORGANISATION_HEAD = 22 * 3 + 10 * 7


def credit_code(head: str, serial: int) -> str:
    """Return the valid credit code of a serial below CODES; head is registrar, category and region."""
    highs, lows = code_pieces()
    high, high_11, high_31 = highs[serial // _LOW]
    low, low_11, low_31 = lows[serial % _LOW]
    start, start_31 = code_head(head)
    organisation = "0123456789X"[-(ORGANISATION_HEAD + high_11 + low_11) % 11]
    total = start_31 + high_31 + low_31 + ALPHABET.index(organisation) * 3**16
    return f"{start}{high}{low}{organisation}{ALPHABET[-total % 31]}"
