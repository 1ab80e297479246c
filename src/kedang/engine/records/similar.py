"""Records that may be the same as one that is being filed, as one actor may learn of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kedang.engine.records import hidden
from kedang.engine.records.types import RecordType
from kedang.kernel.actor import Actor

SAME, SUSPECT = "same", "suspect"
ALIKE = frozenset({SAME, SUSPECT})
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Similar:
    """A record that is like another. One the actor may not see has no id and no title, only the unit that has it."""

    kind: str
    points: float
    reasons: tuple[str, ...] = ()
    pk: int | None = None
    title: str = ""
    unit: str = ""


class Gathering(Protocol):
    """The records that an import is about to file: it tells which of them the next one is like."""

    def like(self, values: Mapping[str, Any]) -> list[Similar]:
        """Return what was gathered that is like these values, the likest first, each by the number of its row."""

    def add(self, values: Mapping[str, Any], row: int) -> None:
        """Gather one more."""


Finder = Callable[[Actor, Sequence[Mapping[str, Any]]], list[list[Similar]]]
FINDERS: dict[str, Finder] = {}
GATHERINGS: dict[str, Callable[[], Gathering]] = {}
# what two stored records have in common, in words; the job that compares the whole stock
EXPLAINERS: dict[str, Callable[[Any, Any], Sequence[str]]] = {}
SCANS: dict[str, str] = {}


def register(record: str, finder: Finder, gathering: Callable[[], Gathering]) -> None:
    """Let an area say which stored records are like values that are about to be filed, and which of those are alike."""
    FINDERS[record] = finder
    GATHERINGS[record] = gathering


def seen(actor: Actor, kind: RecordType, inputs: Sequence[Mapping[str, Any]]) -> list[list[Similar]]:
    """Return for each set of values the stored records like it that the actor sees; of others nothing is told.

    What belongs together without being the same, such as a branch and its company, is left out.
    """
    finder = FINDERS.get(kind.key)
    if finder is None or not inputs:
        return [[] for _ in inputs]
    return [
        [one for one in group if one.pk is not None and one.kind in ALIKE] for group in finder(actor, inputs)
    ]


def similar(
    actor: Actor, kind: RecordType, inputs: Sequence[Mapping[str, Any]], *, reason: str
) -> list[list[Similar]]:
    """Return for each set of values the stored records like it, the likest first.

    Hits that the actor may not see are counted as tries; raise LimitReached when a day had enough of them.
    """
    finder = FINDERS.get(kind.key)
    if finder is None:
        return [[] for _ in inputs]
    found = finder(actor, inputs)
    if unseen := sum(one.pk is None for group in found for one in group):
        hidden.count_hits(actor, kind.key, unseen, reason)
    return found
