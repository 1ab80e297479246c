"""What belongs to somebody, counted for who may hand it over."""

from collections.abc import Iterator
from typing import Any

from kedang.areas.team.rules import Count
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel.actor import Actor

SHELVES = (False, True)  # what is in use, and what lies in the archive hold


def movable(actor: Actor) -> Iterator[RecordType]:
    """Yield the record types whose records this actor may give to another owner."""
    for kind in sorted(RECORDS.values(), key=lambda one: (one.follows != "", one.order)):
        if kind.creatable and actor.may(kind.key, "assign"):
            yield kind


def belongings(actor: Actor, kind: RecordType, user_id: int, *, held: bool) -> Any:
    """Return the records of a type that belong to somebody and that this actor may give away, oldest first."""
    rows = kind.model.objects.visible_to(actor, "assign", archived=held)
    return rows.filter(owner=user_id).order_by("pk")


def counted(actor: Actor, user_id: int) -> dict[str, Count]:
    """Return how many records of each type belong to somebody, within the actor's reach and beyond it."""
    movables = {kind.key for kind in movable(actor)}
    found = {}
    for kind in RECORDS.values():
        if not kind.creatable:
            continue
        everything = kind.model.objects.unscoped(because="how much still belongs to somebody who leaves")
        total = everything.filter(owner=user_id).order_by().count()
        within = 0
        if total and kind.key in movables:
            within = sum(belongings(actor, kind, user_id, held=held).order_by().count() for held in SHELVES)
        if total:
            found[kind.key] = Count(before=within, beyond=total - within)
    return found
