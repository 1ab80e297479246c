"""Lists of codes that form a tree: a field of such a kind holds a code, and people meet its name."""

from collections.abc import Callable
from dataclasses import dataclass

from kedang.kernel import regions, trades


@dataclass(frozen=True, slots=True)
class Tree:
    """One list of codes: names in and out, all codes within one, and what lies below or is found, as (code, name)."""

    name_of: Callable[[str], str]
    code_of: Callable[[str], str]
    within: Callable[[str], list[str]]
    below: Callable[[str], list[tuple[str, str]]]
    search: Callable[[str, int], list[tuple[str, str]]]


def _regions_below(code: str) -> list[tuple[str, str]]:
    return [(region.code, region.name) for region in regions.below(code)]


TREES = {
    "region": Tree(regions.name_of, regions.code_of, regions.within, _regions_below, regions.search),
    "trade": Tree(trades.name_of, trades.code_of, trades.within, trades.below, trades.search),
}
