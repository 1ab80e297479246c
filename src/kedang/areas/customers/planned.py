"""What is planned with a customer beside the next step of its file: asked of the areas that plan work."""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from kedang.kernel.actor import Actor

Source = Callable[[Actor], list[Any]]
Step = tuple[date, str]
Teller = Callable[[Actor, Collection[int]], Iterable[tuple[int, Step]]]
SOURCES: list[Source] = []
TELLERS: list[Teller] = []


def register(source: Source, teller: Teller) -> None:
    """Let an area name what it plans: conditions on a customer, each an EXISTS over what the actor may see, and what is
    planned with some customers, each with its day and its words.
    """
    if source not in SOURCES:
        SOURCES.append(source)
        TELLERS.append(teller)


def something(actor: Actor) -> Q:
    """Return the condition that something is planned with a customer; it holds for none where no area plans."""
    found = Q(pk__in=[])
    for source in SOURCES:
        for exists in source(actor):
            found |= Q(exists)
    return found


def first_of(actor: Actor, customers: Collection[int]) -> dict[int, Step]:
    """Return the day and the words of what is planned first with each of some customers, as the actor sees it."""
    found: dict[int, Step] = {}
    for teller in TELLERS if customers else ():
        for pk, step in teller(actor, customers):
            found[pk] = min(found.get(pk, step), step)
    return found
