"""Clean what lies outside the erased rows themselves: files, uploads, saved inputs, lines of logs, the database's file.

Each step looks again for what is still there, so a kill costs nothing: the job starts over and finds less. Rooms above
add steps of their own with `cleans`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from kedang.engine.approvals.models import Approval
from kedang.engine.bulk.models import BulkRun
from kedang.engine.erasing import marks
from kedang.engine.erasing.erase import CLEAN, forget_values
from kedang.engine.erasing.models import Erasure
from kedang.engine.exchange import uploads
from kedang.engine.exchange.models import (
    ImportProblem,
    ImportRun,
    ImportUpload,
    RehearsedRow,
    RememberedMapping,
)
from kedang.engine.exchange.reader import open_table
from kedang.engine.files import content
from kedang.engine.files.models import AttachmentVersion
from kedang.engine.identity.models import RecordShare
from kedang.engine.jobs import JobRun, job
from kedang.engine.jobs.models import Job
from kedang.engine.ledger import looks
from kedang.engine.ledger.merges import Merge
from kedang.engine.ledger.models import AccessLog, HistoryEntry, OutboxEvent
from kedang.engine.notices.models import Notice
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.engine.views.models import SavedView
from kedang.kernel import clock
from kedang.kernel.errors import KedangError

# Copies that name a record in free text or JSON: each mark in them is blanked.
SWEPT: dict[Any, tuple[str, ...]] = {
    AccessLog: ("reason",),
    Approval: ("subject", "inputs", "reason", "note"),
    BulkRun: ("inputs", "reason", "refused", "preview", "back", "undone"),
    Erasure: ("reason",),
    ImportRun: ("file_name", "mapping", "headers"),
    ImportUpload: ("file_name", "found", "stated", "answers", "rehearsal"),
    Job: ("params", "text", "kept", "result", "error", "detail"),
    Merge: ("title", "taken", "left"),
    Notice: ("text", "url"),
    OutboxEvent: ("payload", "error"),
    RecordShare: ("reason",),
    RememberedMapping: ("stated",),
    SavedView: ("name", "query"),
}
# Copies of whole rows: a row with a mark in it goes.
DROPPED: dict[Any, tuple[str, ...]] = {
    ImportProblem: ("text", "source"),
    RehearsedRow: ("title", "cells", "changes", "problems", "suspects"),
}
AT_ONCE = 20
MENTIONS = 1_000
BUSY_TRIES = 50
TELLING = 4
BLOCK = 8_000_000


@dataclass(frozen=True, slots=True)
class Gone:
    """What went: the ids of the records, the values to look for, the digests of their files, the runs of imports."""

    ids: list[int]
    marks: list[str]
    digests: list[str]
    runs: list[int]


class StillNeeded(Exception):
    """A copy is in use. The job is tried again; it is not done before nothing is left."""


Cleaner = Callable[[Gone], None]
CLEANERS: list[Cleaner] = []


def cleans(cleaner: Cleaner) -> Cleaner:
    """Add a step of the cleaning after an erasure. It may run again after a kill, and finds what is left."""
    if cleaner not in CLEANERS:
        CLEANERS.append(cleaner)
    return cleaner


@job(CLEAN, label=_("Erase copies"))
def clean_up(run: JobRun, *, erasure_id: int) -> dict[str, Any]:
    """Clean the copies of what was erased; done when nothing is left in the data folder but the proof."""
    made = Erasure.objects.get(pk=erasure_id)
    clean(made, run.report)
    return {"left": sum(Erasure.objects.get(pk=erasure_id).left.values())}


def clean(made: Erasure, report: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Clean the copies of one erasure and note that it is done. Does nothing when it was done before."""
    if made.done_at is not None:
        return
    marks.overwrite_what_is_deleted()
    if not made.pending:  # a kill came between the last two steps
        purge()
        Erasure.objects.filter(pk=made.pk).update(done_at=clock.now())
        return
    gone = Gone(**made.pending)
    looks.flush()
    steps: list[Cleaner] = [_files, _uploads, _plans, _rows, _texts, *CLEANERS]
    for place, step in enumerate(steps):
        report(place, len(steps) + 1)
        step(gone)
    left = _mentions(gone)
    Erasure.objects.filter(pk=made.pk).update(pending={}, left=left)
    purge(gone.marks)
    Erasure.objects.filter(pk=made.pk).update(done_at=clock.now())
    made.refresh_from_db()
    report(len(steps) + 1, len(steps) + 1)


def purge(wanted: Sequence[str] | None = None) -> None:
    """Let nothing of what was deleted stay in the files of the database. PostgreSQL's write-ahead log is its own.

    SQLite overwrites what it deletes, yet a page that it rearranges may keep a trace. So the file is searched for the
    marks, and written anew only where one is found, or where (None) the marks are not known any more.
    """
    if connection.in_atomic_block:
        return  # only in tests: neither database can do it inside a transaction
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            for table in _tables():
                cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")
            return
        cursor.execute("INSERT INTO engine_search (engine_search) VALUES ('optimize')")
        _empty_log(cursor)
        if wanted is None or _traces(Path(str(connection.settings_dict["NAME"])), wanted):
            cursor.execute("PRAGMA temp_store = FILE")  # a large database does not fit into memory
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA temp_store = MEMORY")
            _empty_log(cursor)


def _empty_log(cursor: Any) -> None:
    for _try in range(BUSY_TRIES):
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not cursor.fetchone()[0]:
            return
    raise StillNeeded("the write-ahead log is still being read")


def _traces(file: Path, wanted: Sequence[str]) -> bool:
    """Say whether a mark stands anywhere in a file, however it is written. Short names are too common to tell."""
    telling = [mark for mark in wanted if marks.is_reaching(mark) or len(mark) >= TELLING]
    forms = sorted({form.encode() for mark in telling for form in marks.written(mark)})
    overlap, tail = max(map(len, forms), default=0), b""
    with file.open("rb") as content_of:
        while forms and (block := content_of.read(BLOCK)):
            if any(form in tail + block for form in forms):
                return True
            tail = block[-overlap:]
    return False


def _tables() -> list[str]:
    ours = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("kedang.")}
    return sorted(ours & set(connection.introspection.table_names()))


def _files(gone: Gone) -> None:
    """Delete contents that no file names any more; what hangs on another record too stays with that."""
    for digest in gone.digests:
        if not AttachmentVersion.objects.filter(digest=digest).exists():
            content.path_of(digest).unlink(missing_ok=True)


def _uploads(gone: Gone) -> None:
    """Delete uploads that brought it in or hold one of its values; one that cannot be read is not trusted."""
    for upload in ImportUpload.objects.filter(gone_at=None).iterator(chunk_size=100):
        if upload.run_id in gone.runs or _holds(upload, gone.marks):
            uploads.give_up(upload)


def _holds(upload: ImportUpload, wanted: list[str]) -> bool:
    if not uploads.path_of(upload).exists():
        return True
    try:
        with open_table(uploads.path_of(upload), uploads.options_of(upload)) as table:
            for rows in table.batches:
                text = "\n".join("\t".join(row.cells) for row in rows)
                if any(mark in text for mark in wanted):
                    return True
    except KedangError:
        return True
    return any(
        mark in text for text in map(str, (upload.found.get("headers"), upload.file_name)) for mark in wanted
    )


def _plans(gone: Gone) -> None:
    """Forget what bulk changes looked at, where an erased record was among the chosen."""
    for pks in _some(gone.ids):
        chosen = Q(pk__in=[])
        for pk in pks:
            chosen |= Q(chosen_text__contains=str(pk))
        rows = BulkRun.objects.annotate(chosen_text=Cast("chosen", models.TextField())).filter(chosen)
        rows.update(preview={}, refused=[], undone={})
        RehearsedRow.objects.filter(record_id__in=pks).delete()


def _rows(gone: Gone) -> None:
    for model, columns in DROPPED.items():
        for some in _some(gone.marks):
            while pks := list(_holding(model, columns, some).values_list("pk", flat=True)[:500]):
                model.objects.filter(pk__in=pks).delete()


def _texts(gone: Gone) -> None:
    """Blank each mark where it stands in a text, and in the history of that text."""
    for model, columns in SWEPT.items():
        for some in _some(gone.marks):
            for row in list(_holding(model, columns, some)):
                if isinstance(row, Job) and row.ended_at is None:
                    raise StillNeeded(
                        "another job still works on it; the copies are erased when that has ended"
                    )
                values = {name: marks.blanked(getattr(row, name), some) for name in columns}
                with transaction.atomic(), writing(CLEAN):
                    _rows_of(model).filter(pk=row.pk).update(**values)
                    if issubclass(model, ScopedModel):
                        forget_values(record_key(model), [row.pk], columns)
        if issubclass(model, ScopedModel):
            _forget_earlier(record_key(model), columns, gone.marks)


def _forget_earlier(record: str, columns: tuple[str, ...], wanted: list[str]) -> None:
    for some in _some(wanted):
        rows = _holding(HistoryEntry, ("changes",), some).filter(record=record)
        forget_values(record, list(rows.values_list("record_id", flat=True).distinct()), columns)


def _some(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield a few values at a time: a question names so many, whatever a file holds."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _holding(model: Any, columns: Iterable[str], wanted: Iterable[str]) -> Any:
    """Return the rows in which one of the marks stands, however it is written there."""
    texts = {f"{name}_text": Cast(name, models.TextField()) for name in columns}
    found = Q(pk__in=[])
    for mark in wanted:
        for form in set(marks.written(mark)):
            for name in texts:
                found |= Q(**{f"{name}__contains": form})
    return _rows_of(model).annotate(**texts).filter(found)


def _rows_of(model: Any) -> Any:
    if issubclass(model, ScopedModel):
        return model.objects.unscoped(because="texts that name a record that is erased")
    return model.objects.all()


def _mentions(gone: Gone) -> dict[str, int]:
    """Count the other records in which a phone or an e-mail of the erased stands: whether it goes, a person decides."""
    reaching = [mark for mark in gone.marks if marks.is_reaching(mark)]
    found: dict[str, int] = {}
    for kind in RECORDS.values():
        if kind.model in SWEPT:
            continue
        columns = [
            name for name, spec in kind.own_fields.items()
            if isinstance(spec.model_field, models.CharField | models.TextField) and not spec.choice_list
        ]  # fmt: skip
        pks: set[int] = set()
        for some in _some(reaching):
            rows = kind.model.objects.unscoped(because="other records that name what was erased")
            wanted = Q(pk__in=[])
            for mark in some:
                for name in columns:
                    wanted |= Q(**{f"{name}__contains": mark})
            pks |= set(rows.filter(wanted).values_list("pk", flat=True)[:MENTIONS])
        if pks:
            found[kind.key] = len(pks)
    return found
