"""One form of a text for finding it: half width, lower case, no accents, simplified characters."""

import unicodedata
from functools import cache, lru_cache


@cache
def _simplified() -> dict[str, str]:
    """Return the simplified form of each traditional character: one by one, so that parts fold like the whole."""
    import opencc  # read when the first text is folded, not at start  # noqa: PLC0415

    letters = [
        chr(code) for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)) for code in range(first, last + 1)
    ]
    plain = opencc.OpenCC("t2s").convert("\n".join(letters)).split("\n")
    return {letter: one for letter, one in zip(letters, plain, strict=True) if letter != one}


@lru_cache(maxsize=50_000)
def fold_letter(letter: str) -> str:
    """Return what stands for one character: nothing for an invisible one, several for some signs."""
    plain = unicodedata.normalize("NFKC", letter).casefold()
    if not plain.isascii():
        parts = (_simplified().get(one, one) for one in unicodedata.normalize("NFKD", plain))
        plain = "".join(one for one in parts if unicodedata.category(one) not in ("Mn", "Cf"))
    return plain


def folded(text: str) -> str:
    """Return a text as it is compared when somebody looks for it."""
    return "".join(map(fold_letter, text))


def is_han(letter: str) -> bool:
    """Say whether a character is a Chinese one."""
    return "\u3400" <= letter <= "\u9fff" or letter in "〇々" or letter >= "\U00020000"
