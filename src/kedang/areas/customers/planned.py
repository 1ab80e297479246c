"""Whether something is planned with a customer beside the next step of its file: asked of the areas that plan work."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from kedang.kernel.actor import Actor

Source = Callable[[Actor], list[Any]]
SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Let an area name what it plans: conditions on a customer, each an EXISTS over what the actor may see."""
    if source not in SOURCES:
        SOURCES.append(source)


def something(actor: Actor) -> Q:
    """Return the condition that something is planned with a customer; it holds for none where no area plans."""
    found = Q(pk__in=[])
    for source in SOURCES:
        for exists in source(actor):
            found |= Q(exists)
    return found
