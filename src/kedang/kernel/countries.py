"""Countries: ISO 3166 codes in the data, names in the reader's language (Unicode CLDR through Babel)."""

from collections.abc import Mapping
from functools import cache

from babel import Locale

LANGUAGES = ("zh-hans", "zh-hant", "en")
CODE_LETTERS = 2


@cache
def names(language: str) -> Mapping[str, str]:
    """Return code → name of every country in a language."""
    known = Locale.parse(language, sep="-").territories
    return {code: name for code, name in known.items() if len(code) == CODE_LETTERS and code.isalpha()}


def name_of(code: str, language: str) -> str:
    """Return the name of a country in a language, or the code where it is none."""
    return names(language).get(code.upper(), code)


def code_of(text: str) -> str:
    """Return the code of a country that is given by code or by name in any language; raise ValueError for none."""
    typed = text.strip()
    if typed.upper() in names("en"):
        return typed.upper()
    found = _codes().get(typed.casefold())
    if found is None:
        raise ValueError(f"no country is called {typed}")
    return found


@cache
def _codes() -> Mapping[str, str]:
    return {name.casefold(): code for language in LANGUAGES for code, name in names(language).items()}
