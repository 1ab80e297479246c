"""When one of us last had to do with a contact: asked of the areas that note it. A changed record is no contact."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from kedang.kernel.actor import Actor

Source = Callable[[Actor, Sequence[int]], Mapping[int, date]]
SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Let an area say when the contacts of these ids were last met, called or written to, as the actor may see it."""
    if source not in SOURCES:
        SOURCES.append(source)


def last(actor: Actor, pks: Sequence[int]) -> dict[int, date]:
    """Return the last day on which a contact is noted for each of these; those with none are left out."""
    found: dict[int, date] = {}
    for source in SOURCES:
        for pk, day in source(actor, pks).items():
            found[pk] = max(day, found.get(pk, day))
    return found
