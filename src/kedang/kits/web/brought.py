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
    """A filter by choice. `meaning` turns the chosen values into a condition; `may` says who is offered it."""

    offered: Choices = list
    meaning: Meaning = field(default=lambda _actor, _values: Q(pk__in=[]))
    may: Callable[[Actor], bool] = field(default=lambda _actor: False)

    def choices(self) -> list[tuple[str, str]]:
        """Return the pairs of value and label that the bringing part offers now."""
        return self.offered()


BROUGHT: dict[tuple[str, str], Brought] = {}


def bring(
    record: str, name: str, label: Any, *, choices: Choices, meaning: Meaning, may: Callable[[Actor], bool]
) -> None:
    """Add a filter to the list of a record type; its name must be no field's."""
    BROUGHT[record, name] = Brought(
        name, label, "choice", None, choice_list=name, offered=choices, meaning=meaning, may=may
    )


def brought_to(actor: Actor, record: str) -> list[Brought]:
    """Return the filters that others bring to a list and this reader may use."""
    return [spec for (key, _name), spec in BROUGHT.items() if key == record and spec.may(actor)]
