"""One unit of work: who acts, why, and what is stored, noted and told on the way out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from kedang.engine.actions import checks, store
from kedang.engine.actions.drafts import Draft, snapshot
from kedang.engine.ledger.chain import plain
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.records.lines import lines_of
from kedang.engine.records.types import record_of
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, Problem

R = TypeVar("R", bound=ScopedModel)
MAX_DEPTH = 5


@dataclass(slots=True)
class Work:
    """What an action holds in its hands. Only `action`, `creates` and the batch form make one."""

    actor: Actor
    action: str
    verb: str = "change"
    reason: str = ""
    signer: Actor | None = None
    run_id: int | None = None
    releases: bool = False
    depth: int = 0
    loaded: dict[int, dict[str, Any]] = field(default_factory=dict)
    loaded_lines: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    foretold: dict[str, store.Sheet] = field(default_factory=dict)

    def load(self, model: type[R], pk: int, verb: str = "change", *, archived: bool = False) -> R:
        """Load and lock one record within the actor's reach. Hidden and absent look alike."""
        rows = model.objects.visible_to(self.actor, verb, archived=archived)
        found: R | None = rows.select_for_update(of=("self",)).filter(pk=pk).first()
        if found is None:
            if model.objects.visible_to(self.actor, "view", archived=archived).filter(pk=pk).exists():
                raise NotAllowed(_("You can see this record, but you may not do this to it."))
            raise NotVisible(_("There is no such record, or it is not yours to see."))
        self.hold(found)
        return found

    def hold(self, record: ScopedModel) -> None:
        """Remember how a record was when it was loaded."""
        kind = record_of(type(record))
        self.loaded[record.pk] = snapshot(record, kind)
        if kind.lines is not None:
            self.loaded_lines[record.pk] = lines_of(kind, [record.pk])[record.pk]

    def draft(self, record: ScopedModel, lines: list[dict[str, Any]] | None = None) -> Draft:
        """Return the draft of a record that was loaded here or is new."""
        kind = record_of(type(record))
        return Draft(kind, record, self.loaded.get(record.pk, {}), lines, self.loaded_lines.get(record.pk))

    def save(self, record: ScopedModel, lines: list[dict[str, Any]] | None = None) -> None:
        """Check, store and note one record; do nothing when nothing changed. Raise Invalid with the reasons."""
        draft = self.draft(record, lines)
        self.check([draft])
        if draft.problems:
            raise Invalid(_("Some fields need another look."), draft.problems)
        self.store([draft])
        self.warnings += draft.warnings
        self.hold(record)

    def check(self, drafts: Sequence[Draft]) -> None:
        """Run every check over the drafts, set by set; each keeps its own problems."""
        for kind, group in _by_kind(drafts):
            for hook in kind.prepare:
                hook(self, group)
            for draft in group:
                draft.compare()
            checks.run(self, kind, group)

    def foretell(self, drafts: Sequence[Draft]) -> None:
        """Work out what `store` will write of these drafts, before the database is locked for it."""
        for kind, group in _by_kind([draft for draft in drafts if draft.differs]):
            self.foretold[kind.key] = store.foretell(self, kind, group)

    def store(self, drafts: Sequence[Draft]) -> None:
        """Write the drafts that differ from what is stored, with their history: inside the transaction."""
        for kind, group in _by_kind([draft for draft in drafts if draft.differs]):
            store.run(self, kind, group, self.foretold.pop(kind.key, None))

    def note(self, record: ScopedModel, name: str, old: Any, new: Any, *, answers: int | None = None) -> None:
        """Put a change into a loaded record's history that is stored beside it, as plain values.

        It stands under the line of the timeline that it `answers`, if any.
        """
        draft = self.draft(record)
        draft.compare()
        draft.answers = answers
        draft.beside[name] = (old, new)
        self.store([draft])
        self.hold(record)

    def emit(self, event: Any) -> None:
        """Tell a fact. It is delivered after commit, or never happened."""
        payload = {name: plain(value) for name, value in asdict(event).items()}
        OutboxEvent.objects.create(at=clock.now(), type=event.type, payload=payload, depth=self.depth)


def _by_kind(drafts: Sequence[Draft]) -> list[tuple[Any, list[Draft]]]:
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.kind.key].append(draft)
    return [(group[0].kind, group) for group in groups.values()]
