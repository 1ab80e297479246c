"""The write door for many rows: the same checks, history and outbox, done set by set.

A batch computes outside its transaction and holds the database's lock only to write (ruling 8), unless its checks
lock something themselves. It is the same code a single save runs, over more drafts; a property test holds the two
equal.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kedang.engine.actions import inputs as reading
from kedang.engine.actions.drafts import Draft, snapshot
from kedang.engine.actions.generic import copied, new_record
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import User
from kedang.engine.identity.stamps import steady_stamps
from kedang.engine.ledger import chain
from kedang.engine.records import hidden
from kedang.engine.records.access import with_whole
from kedang.engine.records.lines import lines_of
from kedang.engine.records.types import RecordType
from kedang.engine.scope.doors import writing
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Conflict, NotAllowed, Problem
from kedang.kernel.ids import new_ids


class Kind(StrEnum):
    """What became of one row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch: the values to set, and the record they are for, or None for a new one."""

    inputs: Mapping[str, Any]
    pk: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of one row, why it was refused, what looks wrong in it, and in a rehearsal what it changes:
    {field: (old, new)}.
    """

    kind: Kind
    pk: int | None = None
    problems: list[Problem] = field(default_factory=list)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


Committer = Callable[[list[Outcome]], None]
Gate = Callable[[list[Outcome]], None]


def batch_save(
    actor: Actor, kind: RecordType, rows: Sequence[Row], *, action: str = "", reason: str = "",
    run_id: int | None = None, rehearse: bool = False, also: Committer | None = None, gate: Gate | None = None,
) -> list[Outcome]:  # fmt: skip
    """Create or update many records as `actor`; return an outcome for each row, in order.

    Rows that are refused leave no trace and do not stop the others. `also` runs inside the transaction that
    stores the batch, with the outcomes: what it writes is committed with the rows or not at all. A rehearsal
    checks and stores nothing. `gate` runs when everything is checked and nothing is locked, with the outcomes: it may
    wait, and what it raises ends the batch. Raises NotAllowed when the actor may neither create nor change such
    records; with a gate also Conflict or IntegrityError when rows collide with what was stored since they were checked.
    """
    if not (actor.may(kind.key, "create") or actor.may(kind.key, "change")):
        raise NotAllowed(_("Your role does not allow this."))
    batch = _Batch(actor, kind, action or f"{kind.key}.import", reason, run_id)
    with steady_stamps(), transaction.atomic() if kind.checked_in_turn else nullcontext():
        try:
            return batch.run(rows, rehearse=rehearse, also=also, gate=gate)
        except (Conflict, IntegrityError):
            if gate is not None:
                raise
            # Somebody wrote between our checks and our lock: row by row finds the rows that collide.
            return _one_by_one(batch, rows, also)


def _one_by_one(batch: "_Batch", rows: Sequence[Row], also: Committer | None) -> list[Outcome]:
    with transaction.atomic():
        outcomes = []
        for row in rows:
            try:
                with transaction.atomic():
                    outcomes += batch.run([row], rehearse=False, also=None, gate=None)
            except (Conflict, IntegrityError):
                text = _("Somebody else has just filed or changed this; try again.")
                outcomes.append(Outcome(Kind.REFUSED, row.pk, [Problem("", text, "stale")]))
        if also is not None:
            also(outcomes)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Batch:
    actor: Actor
    kind: RecordType
    action: str
    reason: str
    run_id: int | None

    def run(
        self, rows: Sequence[Row], *, rehearse: bool, also: Committer | None, gate: Gate | None
    ) -> list[Outcome]:
        outcomes = [Outcome(Kind.REFUSED, row.pk, list(row.problems)) for row in rows]
        creating, changing = self._work("create"), self._work("change")
        stored = self._load(changing, [row.pk for row in rows if row.pk is not None])
        homes = self._homes(rows)
        allowed = {
            verb: reading.settable(self.actor, self.kind, creating=verb == "create")
            for verb in ("create", "change")
        }
        blank = new_record(creating, self.kind)
        fresh = iter(new_ids(sum(row.pk is None for row in rows)))
        drafts: list[tuple[int, Work, Draft]] = []
        for place, row in enumerate(rows):
            work = creating if row.pk is None else changing
            record = copied(blank, next(fresh)) if row.pk is None else stored.get(row.pk)
            draft = self._draft(work, row, record, allowed[work.verb], outcomes[place])
            if draft is not None:
                if row.pk is None and "unit" not in row.inputs:
                    draft.record.unit_id = homes.get(draft.record.owner_id) or draft.record.unit_id
                drafts.append((place, work, draft))
        for work in (creating, changing):
            work.check([draft for _place, its, draft in drafts if its is work])
        self._judge(drafts, outcomes, telling=rehearse)
        if rehearse:
            self._count_hits(outcomes)
            return outcomes
        sound = [(work, draft) for place, work, draft in drafts if outcomes[place].kind is not Kind.REFUSED]
        salts = chain.salts()
        for _work, draft in sound:  # the costly part of the history, before the database is locked
            draft.stated = chain.stated(draft.told(), salts)
        if gate is not None:
            gate(outcomes)
        self._count_hits(outcomes)
        for work in (creating, changing):
            work.foretell([draft for its, draft in sound if its is work])
        with transaction.atomic(), writing(self.action):
            for work in (creating, changing):
                work.store([draft for its, draft in sound if its is work])
            for place, _work, draft in drafts:
                if outcomes[place].kind is Kind.CREATED:
                    outcomes[place].pk = draft.record.pk
            if also is not None:
                also(outcomes)
        return outcomes

    def _count_hits(self, outcomes: Sequence[Outcome]) -> None:
        if hits := sum(problem.code == hidden.CODE for outcome in outcomes for problem in outcome.problems):
            hidden.count_hits(self.actor, self.kind.key, hits, "import")

    def _work(self, verb: str) -> Work:
        return Work(self.actor, self.action, verb, self.reason, run_id=self.run_id)

    def _load(self, work: Work, pks: list[int]) -> dict[int, Any]:
        if not pks:
            return {}
        rows = with_whole(self.kind, self.kind.model.objects.visible_to(self.actor, "change"))
        found = {row.pk: row for row in rows.filter(pk__in=pks)}
        for record in found.values():
            work.loaded[record.pk] = snapshot(record, self.kind)
        if self.kind.lines is not None:
            work.loaded_lines |= lines_of(self.kind, found)
        return found

    def _homes(self, rows: Sequence[Row]) -> dict[Any, int | None]:
        """A new record belongs to its owner's unit unless a unit is named."""
        owners = {row.inputs["owner"] for row in rows if row.pk is None and row.inputs.get("owner")}
        owners = {owner for owner in owners if isinstance(owner, int)}
        return dict(User.objects.filter(pk__in=owners).values_list("pk", "unit_id")) if owners else {}

    def _draft(
        self, work: Work, row: Row, record: ScopedModel | None, allowed: Set[str], outcome: Outcome
    ) -> Draft | None:
        if not self.actor.may(self.kind.key, work.verb):
            text = (
                _("Your role may not add such records.")
                if row.pk is None
                else _("Your role may not change these.")
            )
            outcome.problems.append(Problem("", text, "not_allowed"))
            return None
        if record is None:
            text = _("There is no such record, or it is not yours to see.")
            outcome.problems.append(Problem("", text, "not_found"))
            return None
        if row.pk is not None and self.kind.pool_masks:
            allowed = reading.settable(self.actor, self.kind, creating=False, row=record)
        lines, problems = reading.apply(allowed, self.kind, record, row.inputs)
        draft = work.draft(record, lines)
        draft.problems += [*outcome.problems, *problems]
        return draft

    def _judge(
        self, drafts: list[tuple[int, Work, Draft]], outcomes: list[Outcome], *, telling: bool
    ) -> None:
        for place, _work, draft in drafts:
            outcome = outcomes[place]
            outcome.problems, outcome.warnings = list(draft.problems), draft.warnings
            if draft.problems:
                continue
            if draft.creating:
                outcome.kind = Kind.CREATED
            else:
                outcome.kind = Kind.UPDATED if draft.differs else Kind.UNCHANGED
            if telling:
                outcome.changes = draft.told()
