"""The way of one batch of an import: joined to what is there, judged, checked, stored with the cursor of its run."""

from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.actions.batch import Gate, Kind, Outcome, batch_save
from kedang.engine.actions.batch import Row as BatchRow
from kedang.engine.exchange.foresight import Foresight
from kedang.engine.exchange.matching import Matcher
from kedang.engine.exchange.models import ImportProblem, ImportRun
from kedang.engine.exchange.pace import Pace
from kedang.engine.exchange.rows import Entry, Key, Plan
from kedang.engine.exchange.suspects import Judge, Suspected
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Problem, RuleBroken

COUNTED = ("rows", "created", "updated", "unchanged", "skipped", "refused")


class Passage:
    """Takes batches through, one after the other. Without a run it is a rehearsal, which stores nothing."""

    def __init__(self, actor: Actor, plan: Plan, run: ImportRun | None, judge: Judge) -> None:
        self.actor, self.plan, self.run, self.judge = actor, plan, run, judge
        self.matcher = Matcher(actor, plan)
        self.pace = Pace()
        self.counts: dict[str, int] = {**dict.fromkeys(COUNTED, 0), **(run.counts if run else {})}

    @property
    def cursor(self) -> int:
        """The number of the last row that went through."""
        return self.run.cursor if self.run else 0

    def take(self, batch: list[Entry]) -> list[Outcome]:
        """Take a batch through; return an outcome for each entry."""
        self._settle(batch, counting=True)
        with self.pace.watching(len(batch)):
            return self._save(batch)

    def take_ahead(
        self, batch: list[Entry], earlier: Sequence[Entry], before: Callable[[], frozenset[Key]]
    ) -> tuple[list[Outcome], frozenset[Key]]:
        """Check a batch while what comes before it is still on its way, and store it after that.

        `earlier` are the entries of that as they were read; `before` waits until it is stored and returns its
        keys. Return the outcomes and the batch's own keys. Raise Unsure, Conflict or IntegrityError, with nothing
        stored, when the batch must be taken anew.
        """
        self._settle(batch, counting=False)
        foresight = Foresight(self.plan, batch)
        self.plan.offer(earlier)
        foresight.looked_around = self.judge.depends(batch, earlier)

        def gate(outcomes: list[Outcome]) -> None:
            foresight.check(outcomes, before())

        with self.pace.watching(len(batch)), foresight.watching():
            return self._save(batch, gate), foresight.keys

    def passed(self, batch: list[Entry], tally: Mapping[str, int], suspected: Sequence[Suspected]) -> None:
        """Count a batch that went through, here or elsewhere, and its suspected rows."""
        self.judge.remember(suspected)
        for name, more in tally.items():
            self.counts[name] += more
        if self.run is not None:
            self.run.cursor, self.run.counts = batch[-1].last, dict(self.counts)

    def _settle(self, batch: list[Entry], *, counting: bool) -> None:
        self.matcher.settle(batch, counting=counting)
        self.plan.offer(batch)
        self.judge.settle(batch)

    def _save(self, batch: list[Entry], gate: Gate | None = None) -> list[Outcome]:
        """Store what may be stored; return an outcome for each entry."""
        outcomes = [Outcome(Kind.REFUSED, entry.pk, list(entry.problems)) for entry in batch]
        places = [place for place, entry in enumerate(batch) if not entry.skipped and not entry.closed]
        rows = [
            BatchRow(batch[place].inputs, batch[place].pk, tuple(batch[place].problems)) for place in places
        ]

        def also(saved: list[Outcome]) -> None:
            for place, outcome in zip(places, saved, strict=True):
                outcome.problems = _told_once(outcome.problems)
                outcomes[place] = outcome
            if self.run is not None:
                self._commit(self.run, batch, outcomes)

        action, run_id = f"{self.plan.kind.key}.import", self.run.pk if self.run else None
        if self.run is None:
            saved = batch_save(self.actor, self.plan.kind, rows, action=action, rehearse=True) if rows else []
            also(saved)
        elif rows:
            batch_save(self.actor, self.plan.kind, rows, action=action, run_id=run_id, also=also, gate=gate)
        else:
            if gate is not None:
                gate([])
            with transaction.atomic():
                also([])
        return outcomes

    def _commit(self, run: ImportRun, batch: list[Entry], outcomes: list[Outcome]) -> None:
        """Store the refused rows and the cursor, in the transaction of the batch."""
        ImportProblem.objects.bulk_create(
            [
                ImportProblem(
                    run=run, row_no=entry.first, field=problem.field[:60], code=problem.code[:40],
                    text=problem.text[:500], source=[] if place else entry.rows,
                )
                for entry, outcome in zip(batch, outcomes, strict=True)
                if not entry.skipped
                for place, problem in enumerate(outcome.problems)
            ],
            batch_size=500,
        )  # fmt: skip
        counts = {name: self.counts[name] + more for name, more in tally(batch, outcomes).items()}
        mine = ImportRun.objects.filter(pk=run.pk, state=ImportRun.RUNNING, cursor=run.cursor)
        if not mine.update(cursor=batch[-1].last, counts=counts):
            raise RuleBroken(_("Another process is working on this import."))


def _told_once(problems: list[Problem]) -> list[Problem]:
    """Leave out that a field is required where the row did fill it, with something that could not be read."""
    wrong = {problem.field for problem in problems if problem.code != "required"}
    return [problem for problem in problems if problem.code != "required" or problem.field not in wrong]


def tally(batch: list[Entry], outcomes: list[Outcome]) -> dict[str, int]:
    """Return how many rows of the file a batch had, and how many records became what."""
    found = dict.fromkeys(COUNTED, 0)
    for entry, outcome in zip(batch, outcomes, strict=True):
        found["rows"] += len(entry.rows)
        found["skipped" if entry.skipped else outcome.kind.value] += 1
    return found
