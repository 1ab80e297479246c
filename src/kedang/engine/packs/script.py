"""From 简体 to 繁體, with Taiwan's phrases (ruling 32)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from opencc import OpenCC

OVERRIDES = Path(__file__).resolve().parents[2] / "locale" / "zh_Hant.overrides.toml"


@cache
def _converter() -> Any:
    return OpenCC("s2twp")


@cache
def _corrections() -> tuple[tuple[str, str], ...]:
    words: dict[str, str] = tomllib.loads(OVERRIDES.read_text(encoding="utf-8"))["words"]
    return tuple(words.items())


def traditional(text: str) -> str:
    """Return a simplified Chinese text in traditional script, with the corrections that messages get too."""
    done = str(_converter().convert(text))
    for wrong, right in _corrections():
        done = done.replace(wrong, right)
    return done
