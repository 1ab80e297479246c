"""Trades (GB/T 4754-2017): sections by letter and divisions by letter and number, names in and out."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from kedang.kernel.text import normal_form


@cache
def table() -> Mapping[str, str]:
    """Return code → name of every section (C) and division (C34)."""
    text = files("kedang.kernel").joinpath("data/trades.tsv").read_text("utf-8")
    return dict(line.split("\t") for line in text.splitlines())


def name_of(code: str) -> str:
    """Return the name of a trade, or the code where the standard has none; 教育 is a section and its one division."""
    name = table().get(code, code)
    return f"{name}（大类）" if len(code) > 1 and table().get(code[0]) == name else name


def within(code: str) -> list[str]:
    """Return the codes of a trade and of all below it."""
    return [one for one in table() if one.startswith(code)]


def below(code: str = "") -> list[tuple[str, str]]:
    """Return code and name of the trades right below one, or of the sections."""
    return [
        (one, name)
        for one, name in table().items()
        if (len(one) == 1 if not code else len(code) == 1 and len(one) > 1 and one.startswith(code))
    ]


def search(text: str, most: int) -> list[tuple[str, str]]:
    """Return code and name of trades whose name holds a text or whose code begins with it."""
    typed = normal_form(text).upper()
    hits = [(one, name) for one, name in table().items() if typed in name or one.startswith(typed)]
    return hits[:most]


def code_of(text: str) -> str:
    """Return the code of a trade given by code, by number or by name; raise ValueError for none."""
    typed = normal_form(text).upper()
    if typed in table():
        return typed
    found = [
        one for one, name in table().items() if typed and typed in (one[1:], name, normal_form(name_of(one)))
    ]
    if not found:
        raise ValueError(f"no trade is called {text}")
    return found[-1] if "(" in typed else found[0]
