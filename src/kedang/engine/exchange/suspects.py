"""Rows that would file a record which looks like one there is, and what is done with them.

The import asks for the rows that would create something (see `engine/records/similar.py`), and does what the person
answered for the row: `skip`, `create`, or the id to merge into. A row without an answer is skipped, or filed where
the person said so for all of them. A row like an earlier row of the file is suspected too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from kedang.engine.exchange.rows import ASSIGNED, Entry
from kedang.engine.records.similar import ALIKE, GATHERINGS, Gathering, Similar, seen
from kedang.engine.records.types import RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Actor

SKIP, CREATE = "skip", "create"
KEPT = 200  # suspected rows that the end of an import can still name


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record within the actor's sight that a row may be about, and why in words; an earlier row has no id."""

    pk: int | None
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Suspected:
    """A row that looks like records there are, and what was done with it: `skip`, `create`, or an id."""

    row: int
    suspects: Sequence[Suspect]
    done: str


@dataclass(slots=True)
class Judge:
    """Applies the answers of a person to the entries of an import; without answers nothing is suspected.

    `found` and `suspected` are of the batch at hand; `count` and `first` are of the whole import. In a rehearsal, which
    stores nothing, rows are compared with all earlier ones (`remembers`), else with those of their batch: the rest is
    stored by then.
    """

    actor: Actor
    kind: RecordType
    answers: Mapping[str, str] | None
    otherwise: str = SKIP
    found: dict[int, Sequence[Suspect]] = field(default_factory=dict)
    suspected: list[Suspected] = field(default_factory=list)
    count: int = 0
    first: list[Suspected] = field(default_factory=list)
    remembers: bool = False
    _gathered: Gathering | None = None

    def settle(self, entries: Sequence[Entry]) -> None:
        """Ask for suspects of what would be created; skip, merge or let through as was answered."""
        self.found, self.suspected = {}, []
        if self.answers is None:
            return
        fresh = [e for e in entries if e.pk is None and not (e.skipped or e.closed or e.problems)]
        gathered = self._gathering()
        for entry, alike in zip(fresh, seen(self.actor, self.kind, [e.inputs for e in fresh]), strict=True):
            suspects = [Suspect(one.pk, one.title, _why(one)) for one in alike]
            suspects += _twins(gathered, entry)
            if suspects:
                self.found[entry.first] = suspects
                answer = self.answers.get(str(entry.first), self.otherwise)
                self._answer(entry, suspects, answer)
                self.suspected.append(Suspected(entry.first, suspects, SKIP if entry.skipped else answer))
            if gathered is not None and entry.pk is None and not entry.skipped:
                gathered.add(entry.inputs, entry.first)

    def _gathering(self) -> Gathering | None:
        make = GATHERINGS.get(self.kind.key)
        if self._gathered is None or not self.remembers:
            self._gathered = make() if make is not None else None
        return self._gathered

    def depends(self, entries: Sequence[Entry], earlier: Sequence[Entry]) -> bool:
        """Say whether an entry is like an earlier one of the file that may not be stored yet."""
        if self.answers is None or (make := GATHERINGS.get(self.kind.key)) is None:
            return False
        gathered = make()
        for entry in earlier:
            gathered.add(entry.inputs, entry.first)
        return any(_twins(gathered, entry) for entry in entries)

    def remember(self, suspected: Sequence[Suspected]) -> None:
        """Count the suspected rows of a batch that went through."""
        self.count += len(suspected)
        self.first += suspected[: max(0, KEPT - len(self.first))]

    def _answer(self, entry: Entry, suspects: Sequence[Suspect], answer: str) -> None:
        if answer == CREATE:
            return
        wanted = {ids.show(one.pk): one.pk for one in suspects if one.pk is not None}
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


def _why(one: Similar) -> str:
    """Return the reasons, a sentence each, as one line."""
    return _("; ").join(reason.rstrip(".。") for reason in one.reasons)


def _twins(gathered: Gathering | None, entry: Entry) -> list[Suspect]:
    """Return the earlier rows of the file that an entry is like."""
    if gathered is None:
        return []
    told = _("row %(row)s, %(title)s")
    return [
        Suspect(None, told % {"row": one.pk, "title": one.title}, _why(one))
        for one in gathered.like(entry.inputs)
        if one.kind in ALIKE
    ]
