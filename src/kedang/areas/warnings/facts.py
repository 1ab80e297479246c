"""The figures that rules may ask for: each area says which it knows and reads them, set by set.

A source gets the customers of one step of a run, never one alone, and leaves out whoever has no data: a figure that
is missing is no zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from kedang.kernel.expr import Kind

if TYPE_CHECKING:
    from django.utils.functional import Promise

    Label = str | Promise

Customers = Mapping[int, Mapping[str, Any]]
Read = Callable[[Customers, date], Mapping[int, Mapping[str, Any]]]
Changed = Callable[[Sequence[int]], Iterable[int]]
KIND_OF = {
    "money": Kind.NUMBER, "days": Kind.NUMBER, "percent": Kind.NUMBER, "times": Kind.NUMBER, "count": Kind.NUMBER,
    "date": Kind.DATE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a customer: what people call it and how it is counted (a key of KIND_OF).

    `rests_on` names the guarded field of the customer it gives away: whoever may not read that does not read this.
    A `touch` is a day on which we had to do with the customer.
    """

    name: str
    label: "Label"
    unit: str
    rests_on: str = ""
    touch: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What one area knows of customers.

    `read` gets {customer: fields} with the fields in `needs`, and the day. `events` says which stored records change
    the figures: {record type: ids of records → ids of their customers}.
    """

    key: str
    figures: Sequence[Figure]
    read: Read
    needs: Sequence[str] = ()
    events: Mapping[str, Changed] = field(default_factory=dict)


SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Add what an area knows; a figure of a name that is taken fails at start."""
    taken = {one.name for other in SOURCES.values() if other.key != source.key for one in other.figures}
    if clash := taken & {one.name for one in source.figures}:
        raise ValueError(
            f"{source.key}: figures of these names there are already: {', '.join(sorted(clash))}"
        )
    SOURCES[source.key] = source
    figures.cache_clear()
    return source


@cache
def figures() -> Mapping[str, Figure]:
    """Return every figure there is, by name."""
    return {one.name: one for source in SOURCES.values() for one in source.figures}


def wanted(names: Iterable[str]) -> list[Source]:
    """Return the sources that know one of these figures."""
    asked = set(names)
    return [source for source in SOURCES.values() if asked & {one.name for one in source.figures}]
