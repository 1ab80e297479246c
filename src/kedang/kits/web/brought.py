"""Filters that a list gets from another part: by what that part knows of a record, not by a column of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from kedang.engine.records.fields import FieldSpec
from kedang.kernel.actor import Actor

Choices = Callable[[], list[tuple[str, str]]]
Meaning = Callable[[Actor, tuple[str, ...]], Q]


@dataclass(frozen=True, slots=True)
class Brought(FieldSpec):
    """A filter by choice. `meaning` turns the chosen values into a condition."""

    offered: Choices = list
    meaning: Meaning = field(default=lambda _actor, _values: Q(pk__in=[]))

    def choices(self) -> list[tuple[str, str]]:
        """Return the pairs of value and label that the bringing part offers now."""
        return self.offered()


# Each returns the filter that it brings to the lists of a record type for a reader, or None.
Bringer = Callable[[Actor, str], Brought | None]
BRINGERS: list[Bringer] = []


def by_choice(name: str, label: Any, choices: Choices, meaning: Meaning) -> Brought:
    """Return a filter; its name must be no field's."""
    return Brought(name, label, "choice", None, choice_list=name, offered=choices, meaning=meaning)


def bring(
    record: str, name: str, label: Any, *, choices: Choices, meaning: Meaning, may: Callable[[Actor], bool]
) -> None:
    """Add a filter to the lists of one record type, the same for all who may use it."""
    one = by_choice(name, label, choices, meaning)
    BRINGERS.append(lambda actor, key: one if key == record and may(actor) else None)


def brought_to(actor: Actor, record: str) -> list[Brought]:
    """Return the filters that others bring to a list and this reader may use."""
    return [found for bringer in BRINGERS if (found := bringer(actor, record)) is not None]
