"""Take an import back: what it created goes to the archive hold, what it changed gets its old values.

A record that somebody changed since is left as it is and listed. Numbers stay used (ruling 25).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.actions.drafts import Draft, snapshot
from kedang.engine.actions.work import Work
from kedang.engine.exchange.models import ImportRun
from kedang.engine.exchange.pace import Pace
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.lines import lines_of
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.records.values import parse
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Conflict, NotAllowed, NotVisible, RuleBroken

BATCH = 200
LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Left:
    """A record that was not taken back, and why. `pk` and `title` only where the actor sees it."""

    pk: int
    title: str
    why: str


@dataclass(slots=True)
class Undone:
    """What became of the records of an import that was taken back."""

    archived: int = 0
    reverted: int = 0
    left: list[Left] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Return the result as plain data, with at most 1,000 of the records that were left."""
        listed = [{"id": ids.show(one.pk), "title": one.title, "why": one.why} for one in self.left[:LISTED]]
        return {
            "archived": self.archived,
            "reverted": self.reverted,
            "left": len(self.left),
            "listed": listed,
        }


def undo_import(actor: Actor, run_id: int, on_progress: Callable[[int, int], None] | None = None) -> Undone:
    """Take back the import `run_id`, which the actor started; a repeated call goes on where one was stopped.

    `on_progress` is called with the records done and those there are in all. Raises NotVisible for a run that is
    none of the actor's, NotAllowed without the right to import, and RuleBroken for a run that was taken back.
    """
    run: ImportRun | None = ImportRun.objects.filter(pk=run_id, started_by_id=actor.user_id).first()
    if run is None:
        raise NotVisible(_("There is no such import, or it is not yours."))
    kind = RECORDS[run.record]
    if not actor.may(kind.key, "import"):
        raise NotAllowed(_("Your role does not allow you to import these records."))
    if run.state == ImportRun.UNDONE:
        raise RuleBroken(_("This import was taken back already."))
    undone = Undone()
    pace = Pace()
    for entries in _entries(run, undone):
        work = Work(actor, _action(kind), "change", _("Import taken back"), run_id=run.pk, releases=True)
        with pace.watching(len(entries)):
            take_back(work, kind, entries, undone)
        if on_progress is not None:
            on_progress(
                undone.archived + undone.reverted + len(undone.left),
                run.counts["created"] + run.counts["updated"],
            )
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.UNDONE, undone=undone.facts())
    return undone


def _action(kind: RecordType) -> str:
    return f"{kind.key}.undo_import"


def _entries(run: ImportRun, undone: Undone) -> Iterator[list[HistoryEntry]]:
    """Yield the entries that the import wrote, last first, without those that were taken back before."""
    mine = HistoryEntry.objects.filter(run_id=run.pk)
    action = _action(RECORDS[run.record])
    done = {
        record_id: "archived_at" in changes
        for record_id, changes in mine.filter(action=action).values_list("record_id", "changes")
    }
    undone.archived, undone.reverted = sum(done.values()), len(done) - sum(done.values())
    below: int | None = None
    while True:
        rows = mine.exclude(action=action).order_by("-pk")
        batch = list((rows.filter(pk__lt=below) if below else rows)[:BATCH])
        if not batch:
            return
        below = batch[-1].pk
        yield [entry for entry in batch if entry.record_id not in done]


def take_back(
    work: Work, kind: RecordType, entries: list[HistoryEntry], undone: Undone, *, verb: str = "change",
    archived: bool = False,
) -> None:  # fmt: skip
    """Give records the values they had before these entries; list those that were changed since and why."""
    drafts: list[tuple[HistoryEntry, Draft]] = []
    found = _load(work, kind, [entry.record_id for entry in entries], verb, archived)
    for entry in entries:
        record = found.get(entry.record_id)
        if record is None:
            undone.left.append(
                Left(entry.record_id, "", _("It is out of your reach, or in the archive hold."))
            )
        elif record.version != entry.seq:
            undone.left.append(Left(record.pk, str(record), _("It was changed since.")))
        elif any(isinstance(change, str) for change in entry.changes.values()):
            undone.left.append(Left(record.pk, str(record), _("Some of its old values were erased.")))
        else:
            drafts.append((entry, work.draft(record, _revert(kind, record, entry))))
    work.check([draft for _entry, draft in drafts])
    for _entry, draft in drafts:
        if draft.problems:
            undone.left.append(Left(draft.record.pk, str(draft.record), draft.problems[0].text))
    _store(work, [(entry, draft) for entry, draft in drafts if not draft.problems], undone)


def _store(work: Work, drafts: list[tuple[HistoryEntry, Draft]], undone: Undone) -> None:
    try:
        with transaction.atomic(), writing(work.action):
            work.store([draft for _entry, draft in drafts])
    except Conflict:
        for _entry, draft in drafts:
            undone.left.append(Left(draft.record.pk, str(draft.record), _("It was changed since.")))
        return
    created = sum(entry.seq == 1 for entry, _draft in drafts)
    undone.archived += created
    undone.reverted += len(drafts) - created


def _load(work: Work, kind: RecordType, pks: list[int], verb: str, archived: bool) -> dict[int, Any]:
    rows = kind.model.objects.visible_to(work.actor, verb, archived=archived).filter(pk__in=pks)
    found = {record.pk: record for record in rows}
    for record in found.values():
        work.loaded[record.pk] = snapshot(record, kind)
    if kind.lines is not None:
        work.loaded_lines |= lines_of(kind, found)
    return found


def _revert(kind: RecordType, record: Any, entry: HistoryEntry) -> list[dict[str, Any]] | None:
    """Set the old values on a record; return its old lines where they changed."""
    if entry.seq == 1:
        record.archived_at = clock.now()
        return None
    columns = {column.attname: column for column in kind.model._meta.concrete_fields}
    custom = {spec.name: spec for spec in kind.fields.values() if spec.custom}
    lines = None
    for name, (old, _new, _salt) in entry.changes.items():
        if name == "lines" and kind.lines is not None:
            lines = [_line(kind, line) for line in old or []]
        elif name in custom:
            custom[name].put(record, parse(custom[name].kind, old))
        elif name in columns:
            setattr(
                record, name, columns[name].to_python(old) if old is not None else _nothing(columns[name])
            )
    return lines


def _nothing(column: Any) -> Any:
    return None if column.null else column.get_default()


def _line(kind: RecordType, line: dict[str, Any]) -> dict[str, Any]:
    assert kind.lines is not None
    specs = {spec.attname: spec for spec in kind.lines.specs.values()}
    return {
        name: None if value is None else specs[name].model_field.to_python(value)
        for name, value in line.items()
    }
