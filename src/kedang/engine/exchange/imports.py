"""Bring the rows of a file into the system: as the actor, batch by batch, and never half.

Each batch is one transaction: the records, their history, the refused rows and the cursor of the run. A
process that is killed leaves whole batches behind, and the same call goes on after the last one. Rows are
joined to records that are there, so the same file again changes nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.engine.actions.batch import Outcome
from kedang.engine.exchange.error_file import Refusals
from kedang.engine.exchange.foresight import Unsure
from kedang.engine.exchange.guess import guess, guess_lines
from kedang.engine.exchange.mapping import ImportMapping, read_mapping
from kedang.engine.exchange.matching import keys_of
from kedang.engine.exchange.models import ImportRun
from kedang.engine.exchange.pace import tell_planner
from kedang.engine.exchange.partner import Done, Partner, Turn, partner_of
from kedang.engine.exchange.passage import COUNTED, Passage, tally
from kedang.engine.exchange.reader import FileOptions, Table, open_table
from kedang.engine.exchange.rows import ASSIGNED, Entry, Key, Plan
from kedang.engine.exchange.suspects import SKIP, Judge, Suspect, Suspected
from kedang.engine.ledger.models import HistoryEntry, TimelineEntry
from kedang.engine.records.access import modes
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Conflict, Invalid, NotAllowed, Problem
from kedang.kernel.garbage import fewer_collections

SHOWN_ROWS = 1_000
GROWN = 1_000  # rows after which the planner's figures of a table are out of date
Progress = Callable[[int, int], None]
Shower = Callable[[list["RowOutcome"]], None]
Beginner = Callable[[ImportRun], None]
DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row of the file, or would: {field: (old, new)} and why it was refused."""

    row: int
    kind: str
    pk: int | None
    cells: list[str]
    changes: dict[str, tuple[Any, Any]]
    problems: list[Problem]
    suspects: Sequence[Suspect] = ()


@dataclass(slots=True)
class ImportResult:
    """The end of an import or of its rehearsal. `rows` holds the first outcomes of a rehearsal.

    `alike` counts the rows that look like a record there is; `suspected` holds the first of them.
    """

    run: ImportRun | None
    headers: tuple[str, ...]
    counts: dict[str, int]
    rows: list[RowOutcome] = field(default_factory=list)
    longest_hold: float = 0.0
    alike: int = 0
    suspected: list[Suspected] = field(default_factory=list)


def run_import(
    actor: Actor, kind: RecordType, source: Path | BinaryIO, mapping: ImportMapping | None = None, *,
    file_name: str = "", dry_run: bool = False, errors_out: Path | None = None, resume: bool = True,
    on_progress: Progress | None = None, shown_rows: int = SHOWN_ROWS, on_rows: Shower | None = None,
    on_begin: Beginner | None = None, answers: Mapping[str, str] | None = None, otherwise: str = SKIP,
) -> ImportResult:  # fmt: skip
    """Import a file of records of one type as `actor`; return the counts of what became of its rows.

    Without a mapping the columns are those whose headings surely name fields. `dry_run` writes nothing and
    returns what each row would do. `errors_out` names a .csv or .xlsx file for the refused rows. With `resume`
    an unfinished run of the same file, mapping and actor goes on where it stopped. `on_progress` is called
    with rows done and rows in all, `on_rows` with the outcomes of each rehearsed batch, `on_begin` with the
    run, in the transaction that makes it. `answers` say by row number what to do with rows that look like a
    record there is (see `suspects`), and `otherwise` what to do with those that have no answer; without answers no
    row is suspected. Raises NotAllowed without the right to import, FileRefused for the file, Invalid for the mapping.
    """
    check_may_import(actor, kind)
    with open_table(source, mapping.file if mapping else FileOptions()) as table:
        chosen = mapping or guessed(actor, kind, table)
        plan = Plan(actor, kind, chosen, table.headers)
        run = None
        if not dry_run:
            with transaction.atomic():
                run = _run(actor, kind, source, chosen, table, file_name, resume=resume)
                if on_begin is not None:
                    on_begin(run)
        judge = Judge(actor, kind, answers, otherwise, remembers=dry_run)
        passage = Passage(actor, plan, run, judge)
        with ExitStack() as open_things:
            refusals = open_things.enter_context(Refusals.collecting(keep=dry_run and errors_out is not None))
            open_things.enter_context(fewer_collections())
            partner = partner_of(passage, chosen, table.rows)
            if partner is not None:
                open_things.enter_context(partner)
            shown, shower = (shown_rows, on_rows) if dry_run else (0, None)
            job = _Job(passage, refusals, on_progress, shower, shown, table.rows)
            job.work_through(table, partner)
            if errors_out is not None:
                refusals.write(errors_out, table.headers, run)
    longest, counts = passage.pace.longest, passage.counts
    return ImportResult(run, table.headers, counts, job.shown, longest, judge.count, judge.first)


def check_may_import(actor: Actor, kind: RecordType) -> None:
    """Raise NotAllowed unless the actor may import records of a type, and create or change them."""
    if not actor.may(kind.key, "import"):
        raise NotAllowed(_("Your role does not allow you to import these records."))
    if not (actor.may(kind.key, "create") or actor.may(kind.key, "change")):
        raise NotAllowed(_("Your role does not allow this."))


def guessed(actor: Actor, kind: RecordType, table: Table) -> ImportMapping:
    """Return the mapping of the columns whose headings surely name a field that the actor may set."""
    found = guess(table.headers, importable(actor, kind), kind.label, kind.headings)
    if not found.columns:
        shown = _(", ").join(table.headers[:20])
        text = _("No column is named like a field of these records. Write a mapping for: %(headers)s")
        raise Invalid(text % {"headers": shown}, [Problem("columns", text % {"headers": shown}, "mapping")])
    stated = found.stated()
    if kind.lines is not None and (lines := guess_lines(found.left, kind.lines)):
        # An export repeats a document for each of its lines.
        document = next((found.columns[name] for name in ("id", *kind.match) if name in found.columns), None)
        if document is not None:
            stated |= {"lines": lines, "group": [document]}
    return read_mapping(stated)


def importable(actor: Actor, kind: RecordType) -> list[FieldSpec]:
    """Return the fields that a file may fill or be matched by, for this actor."""
    allowed = modes(actor, kind)
    names = [name for name in kind.form_fields if allowed[name] is Mode.OPEN]
    assigned = [name for name in ASSIGNED if name in kind.fields]
    matched = [name for name in kind.match if name in kind.fields and allowed[name] >= Mode.READ]
    found = [kind.fields[name] for name in dict.fromkeys((*names, *assigned, *matched))]
    return [spec for spec in found if spec.kind not in ("json", "file")]


def runs_of(actor: Actor) -> Any:
    """Return the imports that this actor started; another's are nobody else's business."""
    return ImportRun.objects.filter(started_by_id=actor.user_id)


def brought_in(actor: Actor, kind: RecordType, runs: Sequence[int]) -> Q:
    """Return the condition that a record was filed or changed by one of these imports of the actor's."""
    mine = runs_of(actor).filter(pk__in=runs, record=kind.key)
    entries = HistoryEntry.objects.filter(run_id__in=mine.values("pk"), record=kind.key)
    return Q(pk__in=entries.values("record_id"))


def digest_of(source: Path | BinaryIO) -> str:
    """Return the SHA-256 of a file's content."""
    if isinstance(source, Path):
        with source.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    source.seek(0)
    return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]


def _run(
    actor: Actor, kind: RecordType, source: Path | BinaryIO, mapping: ImportMapping, table: Table, name: str, *,
    resume: bool,
) -> ImportRun:  # fmt: skip
    stated = json.dumps(mapping.stated, sort_keys=True, default=str)
    facts = {
        "record": kind.key,
        "file_digest": digest_of(source),
        "mapping_digest": hashlib.sha256(stated.encode()).hexdigest(),
        "started_by_id": actor.user_id,
    }
    if resume and (unfinished := ImportRun.objects.filter(state=ImportRun.RUNNING, **facts).first()):
        return unfinished
    return ImportRun.objects.create(
        **facts,
        file_name=(name or (source.name if isinstance(source, Path) else "")).rpartition("/")[2][-200:],
        mapping=json.loads(stated),
        headers=list(table.headers),
        rows=table.rows,
        counts=dict.fromkeys(COUNTED, 0),
        started_at=clock.now(),
    )


class _Job:
    """One pass through a file."""

    def __init__(
        self, passage: Passage, refusals: Refusals, on_progress: Progress | None, on_rows: Shower | None,
        shown_rows: int, rows: int,
    ) -> None:  # fmt: skip
        self.passage, self.refusals = passage, refusals
        self.on_progress, self.on_rows = on_progress, on_rows
        self.shown_rows, self.rows = shown_rows, rows
        self.shown: list[RowOutcome] = []

    def work_through(self, table: Table, partner: Partner | None) -> None:
        """Take the entries batch by batch until there are no more, alone or with a partner."""
        run, pace = self.passage.run, self.passage.pace
        rows = (row for batch in table.batches for row in batch)
        entries = self.passage.plan.entries(rows, self.passage.cursor)
        batches = iter(lambda: list(islice(entries, pace.rows)), [])
        if partner is not None:
            self._take_turns(batches, partner)
        else:
            for batch in batches:
                self._take(batch)
        if run is not None:
            self._finish(run)

    def _take_turns(self, batches: Iterator[list[Entry]], partner: Partner) -> None:
        """Let the partner take every other batch, as long as it is of use."""
        theirs: list[Entry] = []
        for mine in batches:
            following = next(batches, []) if partner.is_of_use else []
            if following:
                # Ours and the one before it may both be on their way while the following is checked.
                partner.give([*theirs, *mine], following)
            updated = self.passage.counts["updated"]
            keys = self._take_after(theirs, mine, partner) if theirs else self._take(mine)
            if following:
                partner.go_on(self._turn(keys, updated))
            theirs = following
        if theirs and not self._stored(theirs, partner.result()):
            self._take(theirs)

    def _turn(self, keys: frozenset[Key], updated: int) -> Turn:
        counts, pace = dict(self.passage.counts), self.passage.pace
        return Turn(keys, counts["updated"] > updated, self.passage.cursor, counts, pace.held, pace.freed)

    def _take(self, batch: list[Entry]) -> frozenset[Key]:
        """Take a batch through after all before it; return its keys."""
        self._remember(batch, self.passage.take(batch))
        return keys_of(self.passage.plan, batch)

    def _take_after(self, theirs: list[Entry], mine: list[Entry], partner: Partner) -> frozenset[Key]:
        """Take a batch through while the partner has the one before it; return the keys of what was taken here: both
        where the partner was not sure.
        """
        spare = [entry.copy() for entry in mine]
        stored = False

        def before() -> frozenset[Key]:
            nonlocal stored
            done = partner.result()
            stored = self._stored(theirs, done)
            if done is None:
                raise Unsure
            return done.keys

        try:
            earlier = [entry.copy() for entry in theirs]
            outcomes, keys = self.passage.take_ahead(mine, earlier, before)
        except (Unsure, Conflict, IntegrityError):
            taken_over = frozenset() if stored else self._take(theirs)
            return taken_over | self._take(spare)
        self._remember(mine, outcomes)
        return keys

    def _stored(self, theirs: list[Entry], done: Done | None) -> bool:
        """Count a batch of the partner's; say whether it is stored."""
        if done is not None:
            self.passage.pace.follow(len(theirs), done.held, done.freed)
            self.passage.passed(theirs, done.tally, done.suspected)
            self._progressed()
        return done is not None

    def _progressed(self) -> None:
        if self.on_progress is not None:
            self.on_progress(self.passage.counts["rows"], self.rows)

    def _remember(self, batch: list[Entry], outcomes: list[Outcome]) -> None:
        self.passage.passed(batch, tally(batch, outcomes), self.passage.judge.suspected)
        for entry, outcome in zip(batch, outcomes, strict=True):
            if outcome.problems and not entry.skipped:
                self.refusals.keep(entry.rows, outcome.problems)
        if self.on_rows is not None:
            self.on_rows([self._told(entry, outcome) for entry, outcome in zip(batch, outcomes, strict=True)])
        for entry, outcome in zip(batch, outcomes, strict=True):
            if len(self.shown) >= self.shown_rows:
                break
            self.shown.append(self._told(entry, outcome))
        self._progressed()

    def _told(self, entry: Entry, outcome: Outcome) -> RowOutcome:
        """Return an outcome as it is shown: a row that looks like a record there is says so before all else."""
        suspects = self.passage.judge.found.get(entry.first, ())
        kind = DUPLICATE if suspects else "skipped" if entry.skipped else outcome.kind.value
        changes = _told(outcome.changes, entry.inputs, self.passage.plan.kind.fields)
        return RowOutcome(
            entry.first, kind, outcome.pk, entry.rows[0][1], changes, outcome.problems, suspects
        )

    def _finish(self, run: ImportRun) -> None:
        run.state, run.finished_at = ImportRun.DONE, clock.now()
        mine = ImportRun.objects.filter(pk=run.pk, state=ImportRun.RUNNING, cursor=run.cursor)
        mine.update(state=run.state, finished_at=run.finished_at)
        if self.passage.counts["created"] >= GROWN:
            tell_planner(self.passage.plan.kind.model, HistoryEntry, TimelineEntry)


def _told(
    changes: Mapping[str, tuple[Any, Any]], inputs: Mapping[str, Any], fields: Mapping[str, FieldSpec]
) -> dict[str, tuple[Any, Any]]:
    """Return what changes among the fields that the file fills, by field name."""
    names = {fields[name].told_as: name for name in inputs if name in fields} | {"lines": "lines"}
    return {names[attname]: change for attname, change in changes.items() if attname in names}


def outcomes_of(result: ImportResult) -> Iterator[RowOutcome]:
    """Yield the shown rows that are not simply unchanged."""
    return (row for row in result.rows if row.kind not in ("unchanged", "skipped"))
