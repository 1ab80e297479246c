"""From 简体 to 繁體, with Taiwan's phrases (ruling 32)."""

from functools import cache
from typing import Any

from opencc import OpenCC


@cache
def _converter() -> Any:
    return OpenCC("s2twp")


def traditional(text: str) -> str:
    """Return a simplified Chinese text in traditional script."""
    return str(_converter().convert(text))
