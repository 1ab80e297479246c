"""Text as people here write it: one normal form, pinyin for sorting and finding, and cells that stay text."""

import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby

# Only the table of single characters is used: the phrase table would cost 45 MB, and company names need
# other phrases anyway. The library reads this when it is first imported, and nothing else here imports it.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin.pinyin_dict import pinyin_dict

from kedang.kernel.readings import PHRASES, SURNAMES, USUAL

SORT_KEY_LENGTH = 64

_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS = re.compile(r"\s+")

_LONGEST = max(map(len, PHRASES))
_PHRASE_HEADS = frozenset(word[0] for word in PHRASES)


def tidy(text: str) -> str:
    """Return text as it is kept: without invisible characters, with single blanks and none at the ends.

    Width stays as typed: a company's registered name has full-width brackets.
    """
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def normal_form(text: str) -> str:
    """Return text in NFKC without invisible characters, with single blanks and none at the ends."""
    plain = unicodedata.normalize("NFKC", text)
    if plain.isprintable() and " " not in plain:
        return plain  # what is invisible is not printable, nor is any other blank
    return _BLANKS.sub(" ", _INVISIBLE.sub("", plain)).strip()


@cache
def _syllable(letter: str) -> str:
    """Return the usual reading of one character without its tone, or an empty text for no Han character."""
    if letter in USUAL:
        return USUAL[letter][0]
    readings = pinyin_dict.get(ord(letter))
    return _toneless(readings.split(",")[0]) if readings else ""


def _toneless(reading: str) -> str:
    marked = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(mark for mark in marked if mark.isascii())


@lru_cache(maxsize=4096)
def _plain_letter(letter: str) -> str:
    """Return ASCII for a letter or digit that is no Han character; blanks and marks give an empty text."""
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if part.isascii())
    if base.isalnum():
        return base
    return f"~{ord(letter):x}" if letter.isalnum() else ""


def syllables(name: str, *, person: bool = False) -> tuple[str, ...]:
    """Return the readings of a name in ASCII lower case: one for each Han character, one for each Latin word.

    `person` reads the first character or two as a surname (单 shan, 尉迟 yu chi).
    """
    text = normal_form(name).lower()
    surname = _surname(text) if person else ""
    return (*SURNAMES.get(surname, ()), *_read(text[len(surname) :]))


def _surname(text: str) -> str:
    return next((text[:size] for size in (2, 1) if text[:size] in SURNAMES), "")


def _read(text: str) -> Iterator[str]:
    word, skip = "", 0
    for place, letter in enumerate(text):
        if skip:
            skip -= 1
            continue
        reading = _syllable(letter)
        plain = "" if reading else _plain_letter(letter)
        if plain:
            word += plain
            continue
        if word:
            yield word
            word = ""
        phrase = _phrase_at(text, place) if letter in _PHRASE_HEADS else ""
        if phrase:
            yield from PHRASES[phrase]
            skip = len(phrase) - 1
        elif reading:
            yield reading
    if word:
        yield word


def _phrase_at(text: str, place: int) -> str:
    sizes = range(_LONGEST, 1, -1)
    return next((text[place : place + size] for size in sizes if text[place : place + size] in PHRASES), "")


def readings(name: str, *, person: bool = False) -> tuple[tuple[str, ...], ...]:
    """Return the syllables by which somebody may look for a name, the right reading first.

    重庆 gives chong qing and also zhong qing: whoever types does not always know the phrase.
    """
    right = syllables(name, person=person)
    single = tuple(_read_singly(normal_form(name).lower()))
    return (right,) if single == right else (right, single)


def _read_singly(text: str) -> Iterator[str]:
    for han, group in groupby(text, key=lambda letter: bool(_syllable(letter))):
        part = "".join(group)
        yield from map(_syllable, part) if han else _read(part)


def pinyin(name: str, *, person: bool = False) -> str:
    """Return the full pinyin in one piece: huaweijishu."""
    text = normal_form(name).lower()
    if person or not _PHRASE_HEADS.isdisjoint(text):
        return "".join(syllables(name, person=person))
    return "".join(map(_sound, text))


@lru_cache(maxsize=8192)
def _sound(letter: str) -> str:
    """Return what one character adds to a reading in one piece."""
    return _syllable(letter) or _plain_letter(letter)


def initials(name: str, *, person: bool = False) -> str:
    """Return the first letter of each syllable; Latin words and figures stay whole: hwjs, tclkj."""
    text = normal_form(name).lower()
    surname = _surname(text) if person else ""
    letters = [part[0] for part in SURNAMES.get(surname, ())]
    for han, group in groupby(text[len(surname) :], key=lambda letter: bool(_syllable(letter))):
        part = "".join(group)
        letters.extend(reading[0] if han else reading for reading in _read(part))
    return "".join(letters)


def sort_key(name: str, *, person: bool = False) -> str:
    """Return what a list sorts a name by: its syllables, parted by blanks, at most 64 ASCII characters.

    Compare it byte by byte ("C" collation), so that xi an (西安) stands before xian (先).
    """
    return " ".join(syllables(name, person=person))[:SORT_KEY_LENGTH].rstrip()


_PLAIN_NUMBER = re.compile(r"-(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d+)?%?")
_FORMULA_STARTS = frozenset("=+-@|")


def neutralise_cell(text: str) -> str:
    """Return the text of a sheet's cell so that no office program takes it for a formula.

    A cell that begins with = + - @ tab or return, also behind blanks or invisible characters and in full
    width, gets an apostrophe in front. A plain negative number stays a number.
    """
    # An apostrophe typed before a formula gets a second one, so that taking one back restores what was typed.
    bare = text.lstrip("'")
    return "'" + text if bare and _is_formula(bare) else text


def _is_formula(text: str) -> bool:
    if text[0] in "\t\r\n":
        return True
    first = next((c for c in text if not (c.isspace() or _INVISIBLE.match(c) or c < " ")), "")
    if unicodedata.normalize("NFKC", first)[:1] not in _FORMULA_STARTS:
        return False
    return not (len(text) > 1 and any(map(str.isdigit, text)) and _PLAIN_NUMBER.fullmatch(text))


def original_cell(text: str) -> str:
    """Take back the apostrophe that `neutralise_cell` put in front, and no other."""
    return text[1:] if text[:1] == "'" and neutralise_cell(text[1:]) == text else text
