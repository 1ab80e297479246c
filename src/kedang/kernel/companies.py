"""Names of Chinese companies: the parts they are made of, one normal form, and whether two mean the same firm.

A name is 行政区划 + 字号 + 行业 + 组织形式 (工商企注字〔2017〕133号). Two names are the same, suspect, one a branch of
the other, or different; each answer names its reasons.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from kedang.kernel import company_words as words
from kedang.kernel import regions
from kedang.kernel.codes import Finding, gettext_noop
from kedang.kernel.text import pinyin

SAME, SUSPECT, BRANCH, DIFFERENT = "same", "suspect", "branch", "different"

_MARKS = re.compile(r"[\s·•・.,，。、:：;；'\"“”‘’\-—–_/\\&|*#@!！?？]+")
_BRACKETS = re.compile(r"[(\[【〔{<《]([^()\[\]【】〔〕{}<>《》]*)[)\]】〕}>》]")
_BRANCH = re.compile(
    rf"^(.+?)((?:第?[0-9一二三四五六七八九十]{{1,3}})?(?:{words.BRANCHES.replace(' ', '|')}))$"
)
_BRANCH_ENDS = tuple(words.BRANCHES.split())
_ENDS = ("省", "市", "区", "县")


class Name(NamedTuple):
    """The parts of a name. `places` are region names as people say them; `trade` is the trade's name in keys.

    `sound` is how the mark sounds, without tones: 鸿光 and 红光 are both hongguang.
    """

    normal: str
    places: tuple[str, ...]
    core: str
    sound: str
    trade: str
    spelled: str
    form: str
    kind: str
    branch: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What two names are to one another, and why."""

    kind: str
    reasons: tuple[Finding, ...] = ()


_DIFFERENT = Verdict(DIFFERENT)
_SAME_NAME = Verdict(SAME, (Finding("name", gettext_noop("The names are the same.")),))
_SAME_PARTS = Verdict(
    SAME, (Finding("order", gettext_noop("The names have the same parts in another order.")),)
)
_ONE_IS_BRANCH = Verdict(
    BRANCH, (Finding("branch", gettext_noop("One is a branch of the other, or both are branches.")),)
)
_TRADE_MISSING = (Finding("trade_missing", gettext_noop("One of the names does not say the trade.")),)
_REGION_MISSING = (Finding("region_missing", gettext_noop("One of the names leaves out a region.")),)
_FORM_MISSING = (Finding("form_missing", gettext_noop("One of the names has no legal form.")),)


def normal(name: str) -> str:
    """Return a name in half width, simplified characters and capitals, without blanks and marks."""
    return _unmarked(_plain(name))


def _plain(name: str) -> str:
    return simplified(unicodedata.normalize("NFKC", name)).upper()


def _unmarked(text: str) -> str:
    return _MARKS.sub("", _BRACKETS.sub(r"\1", text)).strip("()[]")


def simplified(text: str) -> str:
    """Return a text in simplified characters. A text that fits the old simplified set costs nothing."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return str(_converter().convert(text))
    return text


@cache
def _converter() -> Any:
    from opencc import OpenCC  # noqa: PLC0415  tables that few names need

    return OpenCC("t2s")


@lru_cache(maxsize=20_000)
def split(name: str) -> Name:
    """Return the parts of a name."""
    text = _plain(name)
    whole = plain = text
    places: list[str] = []
    bracketed = ""
    if not text.isalnum():  # most have no brackets to open and no marks to take away
        whole, (plain, places, bracketed) = _unmarked(text), _unpacked(text)
    base, branch = _branch(plain)
    base, form = _form(base)
    form = form or bracketed
    found, rest = _regions(base)
    core, trade, spelled = _trade(rest)
    if found and not trade and core in _trade_words():  # 黄山旅游, 北京饭店: the place is the mark
        trade, spelled, core = _trades().get(core, ""), rest, found.pop()
    kind = _forms().get(form, "")
    return Name(whole, (*found, *places), core, pinyin(core), trade, spelled, form, kind, branch)


def _unpacked(text: str) -> tuple[str, list[str], str]:
    """Return a text without brackets and marks, and the regions and the legal form that stood in brackets."""
    places: list[str] = []
    form = ""

    def unpack(match: re.Match[str]) -> str:
        nonlocal form
        inside = _MARKS.sub("", match[1])
        if inside in _forms():
            form = inside
            return ""
        found, rest = _regions(inside)
        if found and not rest:
            places.extend(found)
            return ""
        return inside

    return _MARKS.sub("", _BRACKETS.sub(unpack, text)), places, form


def _branch(text: str) -> tuple[str, str]:
    """Part 恒川泵业有限公司广州分公司 into the company and its branch."""
    match = _BRANCH.match(text) if text.endswith(_BRANCH_ENDS) else None
    if match is None:
        return text, ""
    head, tail = match[1], match[2]
    ends = [
        at + len(form) for form in _endings() if (at := head.rfind(form)) > 0 and at + len(form) < len(head)
    ]
    if ends:
        return head[: max(ends)], head[max(ends) :] + tail
    if any(head.endswith(form) for form in _endings()):
        return head, tail
    for size in range(min(len(head) - 2, 8), 1, -1):
        place = head[-size:]
        if _regions(place) == ([regions.short(place)], ""):
            return head[:-size], place + tail
    return head, tail


@cache
def _forms() -> Mapping[str, str]:
    return {form: kind for kind, line in words.FORMS.items() for form in line.split()}


@cache
def _endings() -> tuple[str, ...]:
    return tuple(form for form, kind in _forms().items() if kind == "company" and len(form) > 1)


@cache
def _bare_forms() -> frozenset[str]:
    return frozenset(_MARKS.sub("", form) for form in _forms())


@cache
def _form_sizes() -> Mapping[str, tuple[int, ...]]:
    return _sizes_by_end(_bare_forms())


def _sizes_by_end(known: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    """Return how long the words are that end with a character, the longest first."""
    found: dict[str, set[int]] = defaultdict(set)
    for word in known:
        found[word[-1]].add(len(word))
    return {end: tuple(sorted(sizes, reverse=True)) for end, sizes in found.items()}


def _form(text: str) -> tuple[str, str]:
    known = _bare_forms()
    for size in _form_sizes().get(text[-1:], ()):
        if text[-size:] in known and len(text) > size + 1:
            if size == 1 and text[-2:] in _trades():
                continue  # 饭店 is a trade before it is a shop
            return text[:-size], text[-size:]
    return text, ""


def _regions(text: str) -> tuple[list[str], str]:
    """Read the regions a text begins with; a place that would leave nothing of the name stays in it."""
    found: list[str] = []
    while True:
        name = regions.head(text)
        if not name or (found and len(text) - len(name) == 1):
            return found, text
        found.append(regions.short(name))
        text = text[len(name) :]
        if text[:1] in _ENDS:
            for end in _ENDS:
                if len(text) > 2 and text.startswith(end):
                    text = text[1:]


@cache
def _fillers() -> frozenset[str]:
    return frozenset(words.FILLERS.split())


@cache
def _trades() -> Mapping[str, str]:
    found = {word: word for word in words.OTHER_TRADES.split()}
    for line in words.SAME_TRADES.strip().splitlines():
        first, *others = line.split()
        found |= dict.fromkeys((first, *others), first)
    return found


@cache
def _trade_words() -> frozenset[str]:
    return _fillers().union(_trades())


@cache
def _trade_sizes() -> Mapping[str, tuple[int, ...]]:
    return _sizes_by_end(_trade_words())


def _trade(text: str) -> tuple[str, str, str]:
    """Part 红光酒业发展 into the mark, the trade's name and the trade as spelled."""
    core, trade, known, sizes = text, "", _trade_words(), _trade_sizes()
    while True:
        for size in sizes.get(core[-1:], ()):
            if core[-size:] in known and size < len(core):
                break
        else:
            break
        if len(core) - size < 2:
            # a mark has two characters at least, unless nothing else is left
            break
        word, core = core[-size:], core[:-size]
        named = _trades().get(word, "")
        trade = named or trade
        if named and word not in _fillers():
            break
    return core, trade, text[len(core) :]


def compare(one: str, other: str) -> Verdict:
    """Say whether two names mean the same company, may do so, or are company and branch; with the reasons."""
    return compare_parts(split(one), split(other))


def compare_parts(first: Name, second: Name) -> Verdict:
    """Say the same of two names that were parted already."""
    if not first.normal or not second.normal:
        return _DIFFERENT
    if first.branch != second.branch:
        return _branches(first, second)
    if first.normal == second.normal:
        return _SAME_NAME
    return _SAME_PARTS if _same_parts(first, second) else _alike(first, second)


def _same_parts(first: Name, second: Name) -> bool:
    """Whether the parts are the same in whatever order."""
    return (
        (first.core, first.spelled, first.form) == (second.core, second.spelled, second.form)
        and frozenset(first.places) == frozenset(second.places)
    )  # fmt: skip


def _branches(first: Name, second: Name) -> Verdict:
    """A branch has a code of its own and is never merged into its company."""
    same = _same_parts(first, second) or _alike(first, second) is not _DIFFERENT
    return _ONE_IS_BRANCH if same else _DIFFERENT


def _alike(first: Name, second: Name) -> Verdict:
    reasons = _marks(first, second)
    if not reasons:
        return _DIFFERENT
    trade = _same_trade(first, second)
    if trade is None:
        return _DIFFERENT
    return Verdict(SUSPECT, (*reasons, *trade, *_place(first, second), *_shape(first, second)))


def _marks(first: Name, second: Name) -> tuple[Finding, ...]:
    if first.core == second.core:
        return (Finding("mark", gettext_noop("Both have the mark “%(mark)s”."), {"mark": first.core}),)
    if first.sound == second.sound and min(len(first.core), len(second.core)) > 1:
        text = gettext_noop("“%(one)s” sounds like “%(other)s”.")
        return (Finding("sound", text, {"one": first.core, "other": second.core}),)
    return ()


def _same_trade(first: Name, second: Name) -> tuple[Finding, ...] | None:
    if first.trade != second.trade:
        if first.trade and second.trade:
            return None
        return _TRADE_MISSING
    if first.spelled != second.spelled and first.trade:
        text = gettext_noop("“%(one)s” and “%(other)s” are the same trade.")
        return (Finding("trade", text, {"one": first.spelled, "other": second.spelled}),)
    return ()


def _place(first: Name, second: Name) -> Sequence[Finding]:
    one, other = set(first.places), set(second.places)
    if one == other:
        return ()
    if not one or not other or one & other:
        return _REGION_MISSING
    text = gettext_noop("The names have different regions: %(one)s and %(other)s.")
    return (Finding("region", text, {"one": "".join(first.places), "other": "".join(second.places)}),)


def _shape(first: Name, second: Name) -> Sequence[Finding]:
    if first.form == second.form:
        return ()
    if not first.form or not second.form:
        return _FORM_MISSING
    text = gettext_noop("The legal forms differ: %(one)s and %(other)s.")
    return (Finding("form", text, {"one": first.form, "other": second.form}),)
