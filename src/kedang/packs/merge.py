"""Lay packs over one another: general, then the industry, then the company."""

from collections.abc import Iterable, Mapping

from kedang.kernel.errors import PackError
from kedang.packs.schema import KINDS, Pack


def merge(first: Pack, *others: Pack) -> Pack:
    """Return one pack in which each entry, by kind and key, is the last one said. It keeps its place."""
    packs = (first, *others)
    said = {kind: {entry.ref: entry for pack in packs for entry in pack.of(kind)} for kind in KINDS}
    return Pack(
        key=packs[-1].key,
        label=packs[-1].label,
        extends=tuple(dict.fromkeys(key for pack in packs for key in pack.extends)),
        **{kind: tuple(entries.values()) for kind, entries in said.items()},
    )


def in_order(keys: Iterable[str], available: Mapping[str, Pack]) -> list[Pack]:
    """Return the packs and all that they extend, the extended first; refuse a circle and an unknown key."""
    placed: dict[str, Pack] = {}
    for key in keys:
        _place(key, (), available, placed)
    return list(placed.values())


def _place(key: str, above: tuple[str, ...], available: Mapping[str, Pack], placed: dict[str, Pack]) -> None:
    if key in above:
        raise PackError(f"packs extend one another in a circle: {' → '.join((*above, key))}", key=key)
    if key in placed:
        return
    if key not in available:
        wanted_by = f", which {above[-1]} extends" if above else ""
        raise PackError(f"no such pack: {key}{wanted_by}", key=key)
    for base in available[key].extends:
        _place(base, (*above, key), available, placed)
    placed[key] = available[key]
