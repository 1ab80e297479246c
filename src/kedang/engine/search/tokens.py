"""What a value can be found by. Plain Python: text in, tokens out.

Marks: `=` a whole code, number or address, `>` how a code begins, `<` how a number ends, `#` a serial without its
zeros, `^` the first character of a name, `.` between two syllables. Tokens of letters are initials (two or three
in a row), the beginnings of syllables, and words with their first two and three letters.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from kedang.kernel import text as texts
from kedang.kernel.folding import folded, is_han

LONGEST = 60
BEGINS = 8
ENDS = 8
PHONE_ENDS = range(4, 11)
MOST_SYLLABLES = 40
_WORD = re.compile(r"[a-z0-9]+")
_JOINED = re.compile(r"[a-z0-9]+(?:[-_./][a-z0-9]+)+")
_STRANGE = re.compile(r"[^a-z0-9@._+\-]")
_TAIL = re.compile(r"(\d+)[^0-9a-z]*$")
_HOME = re.compile(r"^(?:\+|00)86")
_EXTENSION = re.compile(r"^(\d{3,4}-\d{7,8})-\d{1,6}$")


def tokens_of(give: str, value: str) -> set[str]:
    """Return the tokens of a value by what it gives: a name, a person, words, a code, any of these, a phone, …"""
    return set(GIVES[give](value[:200])) if value else set()


def compact(text: str) -> str:
    """Return only the letters, figures and Chinese characters of a folded text."""
    return "".join(letter for letter in text if letter.isalnum() or is_han(letter))


def phone_digits(text: str) -> str:
    """Return the figures of a phone number, without the country's own code and without an extension."""
    bare = _EXTENSION.sub(r"\1", text.strip())
    return "".join(letter for letter in _HOME.sub("", bare) if letter.isdecimal())


def _words(value: str) -> Iterator[str]:
    plain = folded(value)
    yield from _han(compact(plain))
    for word in _WORD.findall(plain):
        yield from _begun(word)


def _name(value: str) -> Iterator[str]:
    yield from _words(value)
    yield from _sounds(value, person=False)


def _person(value: str) -> Iterator[str]:
    yield from _words(value)
    yield from _sounds(value, person=True)


def _han(plain: str) -> Iterator[str]:
    if plain:
        yield "^" + plain[0]
    for one, two in zip(plain, [*plain[1:], ""], strict=True):
        if two and (is_han(one) or is_han(two)):
            yield one + two
    if len(plain) == 1 and is_han(plain):
        yield plain


def _begun(word: str) -> Iterator[str]:
    word = word[:LONGEST]
    yield from {word[:2], word[:3], word}


def _sounds(value: str, *, person: bool) -> Iterator[str]:
    plain = folded(value)
    words = set(_WORD.findall(plain))
    for reading in texts.readings(plain, person=person):
        parts = [part for part in reading[:MOST_SYLLABLES] if part.isascii() and part.isalnum()]
        letters = "".join(part if part in words else part[0] for part in parts)
        if letters:
            yield "^" + letters[0]
        for size in (2, 3):
            yield from (letters[place : place + size] for place in range(len(letters) - size + 1))
        for part in parts:
            if part not in words:
                yield from (part[:size] for size in range(2, len(part) + 1))
        yield from (f"{one}.{two}" for one, two in itertools.pairwise(parts))


def _code(value: str) -> Iterator[str]:
    plain = folded(value)
    whole = compact(plain)[:LONGEST]
    if not whole:
        return
    yield "=" + whole
    yield from (">" + whole[:size] for size in range(2, min(BEGINS, len(whole)) + 1))
    if tail := _TAIL.search(plain):
        figures = tail[1][-20:]
        yield from ("<" + figures[-size:] for size in range(3, min(ENDS, len(figures)) + 1))
        yield "#" + (figures.lstrip("0") or "0")


def _free(value: str) -> Iterator[str]:
    """A text of the company's own may hold words, be a code or name codes: it is found by any of them."""
    yield from _words(value)
    yield from _code(value)
    for joined in _JOINED.findall(folded(value)):
        yield from _begun(compact(joined))


def _phone(value: str) -> Iterator[str]:
    figures = phone_digits(folded(value))[:20]
    if len(figures) < PHONE_ENDS.start:
        return
    yield "=" + figures
    yield from ("<" + figures[-size:] for size in PHONE_ENDS if size <= len(figures))


def _email(value: str) -> Iterator[str]:
    plain = _STRANGE.sub("", folded(value))[:LONGEST]
    yield "=" + plain
    for word in _WORD.findall(plain):
        yield from _begun(word)


def _option(value: str) -> Iterator[str]:
    """The key of one option of a list; its labels are what people type (`options.py`)."""
    yield "=" + value


GIVES: Mapping[str, Callable[[str], Iterator[str]]] = {
    "name": _name, "person": _person, "words": _words, "free": _free, "code": _code, "phone": _phone, "email": _email,
    "option": _option,
}  # fmt: skip
