"""Which part of a shown text somebody's words have found. Plain Python."""

from kedang.engine.search.asking import words_of
from kedang.engine.search.spelling import spelled
from kedang.kernel.folding import fold_letter


def place_of(text: str, word: str) -> tuple[int, int] | None:
    """Return from where to where a text holds a word as written, or is spelt by it."""
    plain, places = "", []
    for place, letter in enumerate(text):
        fold = fold_letter(letter)
        plain += fold
        places += [place] * len(fold)
    start = plain.find(word)
    if start >= 0:
        return places[start], places[start + len(word) - 1] + 1
    return spelled(text, word) if word.isascii() and word.isalnum() else None


def holds(text: str, typed: str) -> bool:
    """Say whether a short text, such as the name of a page, answers to every word."""
    words = words_of(typed)
    return bool(words) and all(place_of(text, word) for word in words)


def parts(text: str, typed: str) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it was found."""
    found = [False] * len(text)
    for word in words_of(typed):
        if place := place_of(text, word):
            found[place[0] : place[1]] = [True] * (place[1] - place[0])
    pieces: list[tuple[str, bool]] = []
    for letter, hit in zip(text, found, strict=True):
        if pieces and pieces[-1][1] == hit:
            pieces[-1] = (pieces[-1][0] + letter, hit)
        else:
            pieces.append((letter, hit))
    return pieces
