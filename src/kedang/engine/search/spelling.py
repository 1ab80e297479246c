"""Pinyin as people type it: whole syllables, first letters, and both together (huaweijs). Plain Python."""

from collections.abc import Iterator
from functools import cache, lru_cache

from kedang.engine.search.terms import Node, Term, every
from kedang.kernel.folding import is_han
from kedang.kernel.text import syllables

MOST = 4
LONGEST_SYLLABLE = 6
NEVER_FIRST = frozenset("iuv")


@cache
def known() -> frozenset[str]:
    """Return every syllable that a Chinese character is read by."""
    found = {reading for code in range(0x4E00, 0x9FA6) for reading in syllables(chr(code))}
    return frozenset(reading for reading in found if reading.isalpha() and reading.isascii())


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(one[:size] for one in known() for size in range(1, len(one) + 1))


@lru_cache(maxsize=2_000)
def parses(letters: str) -> tuple[tuple[str, ...], ...]:
    """Return the likeliest ways to read letters as syllables and first letters: those of fewest parts."""
    best: list[list[tuple[str, ...]]] = [[] for _place in range(len(letters) + 1)]
    best[0] = [()]
    for place in range(len(letters)):
        for part in _parts_at(letters, place):
            end = place + len(part)
            best[end] = sorted([*best[end], *((*way, part) for way in best[place])], key=len)[:MOST]
    return tuple(best[-1])


def _parts_at(letters: str, place: int) -> Iterator[str]:
    if letters[place] not in NEVER_FIRST:
        yield letters[place]
    for size in range(2, LONGEST_SYLLABLE + 1):
        part = letters[place : place + size]
        if len(part) == size and (
            part in known() or (place + size == len(letters) and part in _beginnings())
        ):
            yield part


def as_pinyin(letters: str) -> list[Node]:
    """Return what finds names that letters may spell; ways of single letters only are left to the initials."""
    return [_asked(way) for way in parses(letters) if 1 < len(way) < len(letters)]


def _asked(way: tuple[str, ...]) -> Node:
    last = len(way) - 1
    whole = [part in known() for part in way]
    terms: list[Node] = []
    paired = [False] * len(way)
    for place in range(last):
        if len(way[place]) > 1 and whole[place] and (place + 1 == last or len(way[place + 1]) > 1):
            terms.append(Term(f"{way[place]}.{way[place + 1]}", begins=place + 1 == last))
            paired[place] = paired[place + 1] = True
    terms += [Term(part) for place, part in enumerate(way) if len(part) > 1 and not paired[place]]
    letters = "".join(part[0] for part in way)
    for place in range(max(1, len(letters) - 2)):
        if not all(paired[place : place + 3]):
            terms.append(Term(letters[place : place + 3]))
    return every(terms)


def spelled(name: str, letters: str) -> tuple[int, int] | None:
    """Return from where to where a name is spelt by letters, for showing what was found."""
    readings = [syllables(letter)[:1] if is_han(letter) else () for letter in name]
    for start in range(len(name)):
        end = _reached(name, readings, letters, start)
        if end:
            return start, end
    return None


def _reached(name: str, readings: list[tuple[str, ...]], rest: str, place: int) -> int:
    """Return where the letters end when they begin at a place, or 0."""
    if not rest:
        return place
    if place >= len(name):
        return 0
    if not readings[place]:
        letter = name[place].lower()
        if letter == rest[0]:
            return _reached(name, readings, rest[1:], place + 1)
        return _reached(name, readings, rest, place + 1) if not letter.isalnum() else 0
    sound = readings[place][0]
    for size in range(min(len(sound), len(rest)), 0, -1):
        if sound.startswith(rest[:size]) and (size in (1, len(sound)) or size == len(rest)):
            end = _reached(name, readings, rest[size:], place + 1)
            if end:
                return end
    return 0
