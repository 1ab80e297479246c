"""From what somebody types to a question for one field. Plain Python.

A masked phone answers to its whole number and its last four figures (ruling 28), any other masked field to nothing.
"""

import re
from itertools import groupby

from kedang.engine.search.spelling import as_pinyin
from kedang.engine.search.terms import NOTHING, Node, Term, every, some
from kedang.engine.search.tokens import BEGINS, ENDS, LONGEST, PHONE_ENDS, compact, phone_digits
from kedang.kernel.folding import folded, is_han

MOST_WORDS = 5
MOST_LETTERS = 40
_NUMBER = re.compile(r"[\d+\-() ]+")
FIGURES_IN_A_PHONE = 7
MASKED_END = 4


def words_of(text: str) -> list[str]:
    """Return the words of a search in the form of the tokens; a phone number typed with gaps is one word."""
    plain = folded(text).strip()
    if _NUMBER.fullmatch(plain) and sum(letter.isdecimal() for letter in plain) >= FIGURES_IN_A_PHONE:
        plain = "".join(plain.split())
    return [word[:MOST_LETTERS] for word in plain.split()[:MOST_WORDS] if compact(word)]


def wanted(give: str, word: str, *, masked: bool = False) -> Node:
    """Return what finds a word in a field of this give."""
    if masked:
        ends = give == "phone" and len(figures := _figures(word)) == MASKED_END
        return Term("<" + figures) if ends else exactly(give, word, masked=True)
    match give:
        case "code":
            return _code(compact(word))
        case "free":
            return some([_words(compact(word), sounds=False), _code(compact(word))])
        case "phone":
            return _phone(word)
        case "email":
            return _email(word)
    return _words(compact(word), sounds=give != "words")


def exactly(give: str, word: str, *, masked: bool = False) -> Node:
    """Return what finds a field whose whole value is the word."""
    match give:
        case "phone":
            figures = _figures(word)
            return Term("=" + figures) if len(figures) >= FIGURES_IN_A_PHONE else NOTHING
        case "code" | "free" if not masked:
            return Term("=" + compact(word)[:LONGEST])
        case "email" if not masked and "@" in word:
            return Term("=" + word)
    return NOTHING


def _words(word: str, *, sounds: bool) -> Node:
    if len(word) == 1:
        return Term("^" + word)
    runs = ["".join(run) for _han, run in groupby(word, key=is_han)]
    before = ["", *(run[-1] for run in runs)]
    return every(
        _han(run, left) if is_han(run[0]) else _letters(run, sounds=sounds)
        for run, left in zip(runs, before, strict=False)
    )


def _han(run: str, left: str) -> Node:
    if len(run) == 1:
        return some([Term(run, begins=True), *([Term(left + run)] if left else [])])
    return every(Term(run[place : place + 2]) for place in range(len(run) - 1))


def _letters(run: str, *, sounds: bool) -> Node:
    if len(run) == 1:
        return Term(run, begins=True)
    found: list[Node] = [Term(run, begins=len(run) > 3)]
    if sounds and len(run) > 2:
        found.append(every(Term(run[place : place + 3]) for place in range(len(run) - 2)))
    if sounds and run.isascii() and run.isalpha():
        found += as_pinyin(run)
    return some(found)


def _code(word: str) -> Node:
    if len(word) == 1 and not word.isdecimal():
        return NOTHING
    found: list[Node] = []
    if len(word) > 1:
        found.append(Term(">" + word) if len(word) <= BEGINS else Term("=" + word, begins=True))
    if word.isdecimal():
        found.append(Term("#" + (word.lstrip("0") or "0")))
        if 3 <= len(word) <= ENDS:
            found.append(Term("<" + word))
    return some(found)


def _figures(word: str) -> str:
    return phone_digits(word) if _NUMBER.fullmatch(word) else ""


def _phone(word: str) -> Node:
    figures = _figures(word)
    if len(figures) < PHONE_ENDS.start:
        return NOTHING
    found: list[Node] = [Term("=" + figures, begins=len(figures) > PHONE_ENDS.start)]
    if len(figures) in PHONE_ENDS:
        found.append(Term("<" + figures))
    return some(found)


def _email(word: str) -> Node:
    if "@" in word:
        return Term("=" + word, begins=True)
    run = compact(word)
    return Term(run, begins=len(run) > 3) if run.isascii() and len(run) > 1 else NOTHING
