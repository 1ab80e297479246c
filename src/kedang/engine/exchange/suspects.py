"""Rows that would file a record which looks like one there is, and what is done with them.

The import asks for the rows that would create something (see `engine/records/similar.py`), and does what the person
answered for the row: `skip`, `create`, or the id to merge into.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from kedang.engine.exchange.rows import ASSIGNED, Entry
from kedang.engine.records.similar import seen
from kedang.engine.records.types import RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Actor

SKIP, CREATE = "skip", "create"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record within the actor's sight that a row may be about, and why in words."""

    pk: int
    title: str
    why: str


@dataclass(slots=True)
class Judge:
    """Applies the answers of a person to the entries of an import; without answers nothing is suspected."""

    actor: Actor
    kind: RecordType
    answers: Mapping[str, str] | None
    found: dict[int, Sequence[Suspect]] = field(default_factory=dict)

    def settle(self, entries: Sequence[Entry]) -> None:
        """Ask for suspects of what would be created; skip, merge or let through as was answered."""
        self.found = {}
        if self.answers is None:
            return
        fresh = [e for e in entries if e.pk is None and not (e.skipped or e.closed or e.problems)]
        for entry, alike in zip(fresh, seen(self.actor, self.kind, [e.inputs for e in fresh]), strict=True):
            suspects = [Suspect(pk, one.title, _("; ").join(one.reasons)) for one in alike if (pk := one.pk)]
            if suspects:
                self.found[entry.first] = suspects
                self._answer(entry, suspects, self.answers.get(str(entry.first), SKIP))

    def _answer(self, entry: Entry, suspects: Sequence[Suspect], answer: str) -> None:
        if answer == CREATE:
            return
        wanted = {ids.show(one.pk): one.pk for one in suspects}
        pk = wanted.get(answer)
        if pk is None:
            entry.skipped = True
            return
        if self.kind.model.objects.visible_to(self.actor, "change").filter(pk=pk).exists():
            entry.pk = pk
            for name in ASSIGNED:
                entry.inputs.pop(name, None)
        else:
            text = _("You can see this record, but you may not change it.")
            entry.refuse("", text, "not_allowed", closed=True)
