"""Whether two customer files mean the same firm: the evidence for and against, weighed, with reasons in words.

Points are added: above LISTED somebody should look, and nothing is ever merged by itself. An equal credit code beats
every name; a company and its branch are two files whatever else agrees.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from kedang.kernel import companies, regions
from kedang.kernel.codes import Finding, gettext_noop
from kedang.kernel.companies import BRANCH, DIFFERENT, SAME, SUSPECT
from kedang.kernel.text import normal_form

LISTED = 3.0
SURE = 7.0
KEY_LENGTH = 60
_ROAD = re.compile(r"([\u4e00-\u9fff]{2,8}?(?:大道|路|街|道|巷|弄|村|镇|园|城|港))([0-9]+)(?:号|弄|-)")
_DIGITS = str.maketrans("一二三四五六七八九", "123456789")

# what is said of two files, and what it adds to their points or takes from them; what has no text is told to nobody
Evidence = tuple[Finding, float]
_NOTHING: Evidence = (Finding("", ""), 0.0)
_CODE: Evidence = (Finding("code", gettext_noop("The credit codes are the same.")), 8.0)
_CODE_SLIP: Evidence = (Finding("code_slip", gettext_noop("The credit codes differ in one place.")), 3.0)
_CODE_DIFFERS: Evidence = (Finding("code_differs", gettext_noop("The credit codes differ.")), -4.0)
_PHONE: Evidence = (Finding("phone", gettext_noop("The phone numbers are the same.")), 4.0)
_PHONE_SLIP: Evidence = (Finding("phone_slip", gettext_noop("The phone numbers differ in one place.")), 2.5)
_PHONE_DIFFERS: Evidence = (Finding("phone_differs", ""), -1.5)
_ADDRESS: Evidence = (Finding("address", gettext_noop("The addresses are the same.")), 3.0)
_ADDRESS_DIFFERS: Evidence = (Finding("address_differs", ""), -2.0)
_REGION_DIFFERS: Evidence = (Finding("region_differs", ""), -2.0)

# what each finding about the names adds to, or takes from, the points of names that may mean the same
_NAME_POINTS = {"sound": -1.0, "region": -3.5, "form": -0.5, "trade_missing": -0.5, "trade": -0.5}


Read = TypeVar("Read")


class once(Generic[Read]):
    """What is read out of a card when it is first asked for: functools.cached_property without its lock."""

    def __init__(self, read: Callable[[Any], Read]) -> None:
        self.read, self.name, self.__doc__ = read, read.__name__, read.__doc__

    def __get__(self, card: Any, owner: object = None) -> Read:
        """Read it, and leave it where it is found before this is asked again."""
        found = card.__dict__[self.name] = self.read(card)
        return found


@dataclass(frozen=True)
class Card:
    """What is compared of one customer file. What is read out of its texts is read once."""

    name: str
    short_name: str = ""
    code: str = ""
    phone: str = ""
    address: str = ""
    region: str = ""
    pk: int = 0

    @once
    def parts(self) -> companies.Name:
        """The parts of its name."""
        return companies.split(self.name)

    @once
    def short_parts(self) -> companies.Name:
        """The parts of its short name."""
        return companies.split(self.short_name)

    @once
    def road(self) -> str:
        """The road and number of its address, see `address_key`."""
        return address_key(self.address)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two files are to one another, how sure that is in points, and why."""

    kind: str
    points: float = 0.0
    reasons: tuple[Finding, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether somebody should look at the pair."""
        return self.kind in (SAME, SUSPECT) and self.points >= LISTED


def sound_key(name: str) -> str:
    """Return how the mark of a name sounds: what two files of one firm nearly always share."""
    return sound_of(companies.split(name))


def sound_of(parts: companies.Name) -> str:
    """Return the same of a name that was parted already."""
    return parts.sound[:KEY_LENGTH]


def trade_key(name: str) -> str:
    """Return the trade that a name says, under one word for all that mean the same."""
    return companies.split(name).trade


@lru_cache(maxsize=20_000)
def address_key(address: str) -> str:
    """Return the road and number of an address with the city where it says one: 4401中山路12."""
    text = normal_form(address).replace(" ", "")
    code, rest = regions.read(text)
    road = _ROAD.search(rest) or _ROAD.search(text)
    if road is None:
        return ""
    return f"{code[:4]}{road[1].translate(_DIGITS)}{road[2]}"[:KEY_LENGTH]


def judge(one: Card, other: Card) -> Likeness:
    """Weigh two files. The answer is the same whichever comes first."""
    names = _names(one, other)
    code, phone, address = _code(one, other), _phone(one, other), _address(one, other)
    reasons = (*names.reasons, *(finding for finding, _points in (code, phone, address) if finding.text))
    points = _name_points(one, other, names) + code[1] + phone[1] + address[1]
    if names.kind == BRANCH:
        return Likeness(BRANCH, points, reasons)
    if code is _CODE:
        return Likeness(SAME, max(points, SURE), reasons)
    if names.kind == DIFFERENT and not (phone is _PHONE or address is _ADDRESS or code is _CODE_SLIP):
        return Likeness(DIFFERENT, points, reasons)
    sure = points >= SURE and code is not _CODE_DIFFERS
    return Likeness(
        SAME if sure else SUSPECT if points >= 0 or names.kind == SAME else DIFFERENT, points, reasons
    )


def _names(one: Card, other: Card) -> companies.Verdict:
    whole = companies.compare_parts(one.parts, other.parts)
    if whole.kind != DIFFERENT:
        return whole
    shorts = [
        companies.compare_parts(card.short_parts, their.parts)
        for card, their in ((one, other), (other, one))
        if len(card.short_name) > 2
    ]
    meant = [short for short in shorts if short.kind in (SAME, SUSPECT)]
    return max(meant, key=lambda short: _name_points(one, other, short), default=whole)


def _name_points(one: Card, other: Card, names: companies.Verdict) -> float:
    if names.kind == SAME:
        return 5.0 if _says_much(one.parts) and _says_much(other.parts) else 1.5
    if names.kind == SUSPECT:
        return 4.0 + sum(_NAME_POINTS.get(finding.code, 0.0) for finding in names.reasons)
    return -4.0


def _says_much(parts: companies.Name) -> bool:
    """Whether a name is a firm's: many people are called 张伟."""
    return bool(parts.form or parts.trade or len(parts.normal) > 4)


def _code(one: Card, other: Card) -> Evidence:
    if not one.code or not other.code:
        return _NOTHING
    if one.code == other.code:
        return _CODE
    return _CODE_SLIP if _slip(one.code, other.code) else _CODE_DIFFERS


def _phone(one: Card, other: Card) -> Evidence:
    if not one.phone or not other.phone:
        return _NOTHING
    if one.phone == other.phone:
        return _PHONE
    return _PHONE_SLIP if _slip(one.phone, other.phone) else _PHONE_DIFFERS


def _address(one: Card, other: Card) -> Evidence:
    first, second = one.road, other.road
    if not first or not second:
        return _REGION_DIFFERS if _apart(one.region, other.region) else _NOTHING
    return _ADDRESS if first == second else _ADDRESS_DIFFERS


def _apart(one: str, other: str) -> bool:
    """Whether two regions lie in different cities."""
    return bool(one and other) and one[:4] != other[:4] and "00" not in (one[2:4], other[2:4])


def _slip(one: str, other: str) -> bool:
    """Whether two codes of one length differ in one place, or in two neighbours that were exchanged."""
    if len(one) != len(other) or len(one) < 7:
        return False
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) == 1:
        return True
    return len(places) == 2 and places[1] == places[0] + 1 and one[places[0]] == other[places[1]] \
        and one[places[1]] == other[places[0]]  # fmt: skip
