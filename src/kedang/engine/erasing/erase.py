"""Erase a file for good: the record, all that hangs on it, every value its history noted, and every copy.

What stays is the proof: the chain of each history with a digest where a value stood, an entry that says who erased
it and why, and a line in the log. Whoever keeps copies elsewhere (a search, a columnar copy, files) adds a function
with `erases`; it is called inside the transaction with the records that go.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kedang.engine.actions.work import Work
from kedang.engine.approvals.models import Approval
from kedang.engine.custom.models import CustomFilter, CustomValue
from kedang.engine.identity.models import RecordShare
from kedang.engine.ledger import chain
from kedang.engine.ledger.models import AccessLog, HistoryEntry, TimelineEntry
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.engine.search import index
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken

HOLD_DAYS = 30
SUFFIX = ".erase"
GONE = "erased"
Eraser = Callable[[str, list[int]], None]
ERASERS: list[Eraser] = []


def erases(eraser: Eraser) -> Eraser:
    """Add a function that removes what is kept elsewhere of records that are erased: (record type, ids)."""
    if eraser not in ERASERS:
        ERASERS.append(eraser)
    return eraser


def days_left(archived_at: Any) -> int:
    """Return how many days of the hold are left; 0 when a record may be erased."""
    return max(0, HOLD_DAYS - int((clock.now() - archived_at) / timedelta(days=1)))


def erase(work: Work, record: ScopedModel) -> None:
    """Erase a record whose hold is over: the body of the action, the second confirmation after archiving."""
    left = days_left(record.archived_at)
    if left:
        text = ngettext(
            "It waits in the archive hold for %(days)s more day.",
            "It waits in the archive hold for %(days)s more days.",
            left,
        )
        raise RuleBroken(text % {"days": left})
    erase_now(work, record)


def erase_now(work: Work, record: ScopedModel) -> int:
    """Erase a record and what hangs on it, whatever the hold says; return how many records went.

    For the second confirmation and for requests of the people the data are about. Raise RuleBroken when a record
    that does not hang on it still points here.
    """
    kind = record_of(type(record))
    gone = _gathered(kind, [record.pk])
    _refuse_pointers(gone)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
    for held, pks in reversed(gone):
        _forget(work, held, pks)
    AccessLog.objects.create(
        at=clock.now(), user_id=work.actor.user_id, user_name=work.actor.name, kind="erase", record=kind.key,
        record_id=record.pk, rows=sum(len(pks) for _held, pks in gone), reason=work.reason[:300],
    )  # fmt: skip
    tables = [held.model._meta.db_table for held, _pks in gone]
    transaction.on_commit(lambda: purge(tables))
    return sum(len(pks) for _held, pks in gone)


def counted(kind: RecordType, pk: int) -> list[tuple[RecordType, int]]:
    """Return what would go with a record, by type: for the question before."""
    return [(held, len(pks)) for held, pks in _gathered(kind, [pk])[1:]]


def purge(tables: list[str]) -> None:
    """Let nothing of what was deleted stay in the files of the database."""
    kept = [model._meta.db_table for model in (HistoryEntry, TimelineEntry, CustomValue, Approval)]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO engine_search (engine_search) VALUES ('optimize')")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in {*tables, *kept}:
            cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")


def _gathered(kind: RecordType, pks: list[int]) -> list[tuple[RecordType, list[int]]]:
    """Return the records that go, by type, the file first and what hangs on it behind it."""
    found = [(kind, pks)]
    for other in RECORDS.values():
        if other.follows and other.fields[other.follows].points_at == kind.key:
            rows = other.model.objects.unscoped(because="what hangs on a record that is erased")
            hanging = list(rows.filter(**{f"{other.follows}__in": pks}).values_list("pk", flat=True))
            if hanging:
                found += _gathered(other, hanging)
    return found


def _refuse_pointers(gone: list[tuple[RecordType, list[int]]]) -> None:
    going: dict[str, set[int]] = {}
    for kind, pks in gone:
        going.setdefault(kind.key, set()).update(pks)
    for other in RECORDS.values():
        for column in other.model._meta.concrete_fields:
            target: Any = column.related_model
            if target is None or record_key(target) not in going:
                continue
            rows = other.model.objects.unscoped(because="what points at a record that is erased")
            rows = rows.filter(**{f"{column.name}__in": going[record_key(target)]})
            if rows.exclude(pk__in=going.get(other.key, ())).exists():
                text = _("Other records still point at it: %(label)s. Change or erase those first.")
                raise RuleBroken(text % {"label": other.label_plural})


def _forget(work: Work, kind: RecordType, pks: list[int]) -> None:
    rows = list(kind.model.objects.unscoped(because="records that are erased").filter(pk__in=pks))
    for row in rows:
        work.hold(row)
        work.note(row, GONE, None, True)  # the last entry: who, when, why
    _forget_values(kind.key, pks)
    TimelineEntry.objects.filter(record=kind.key, record_id__in=pks).delete()
    TimelineEntry.objects.filter(subject=kind.key, subject_id__in=pks).delete()
    copied = list(CustomFilter.objects.filter(record=kind.key).values_list("pk", flat=True))
    CustomValue.objects.filter(filter__in=copied, record_id__in=pks).delete()
    RecordShare.objects.filter(record=kind.key, record_id__in=pks).delete()
    asked = Approval.objects.unscoped(because="requests about records that are erased")
    asked = asked.filter(record=kind.key, record_id__in=pks)
    _forget_values(record_key(Approval), list(asked.values_list("pk", flat=True)))
    asked.update(subject=_("erased"), inputs={}, reason="", note="")
    index.remove(pks)
    for eraser in ERASERS:
        eraser(kind.key, pks)
    if kind.lines is not None:
        lines = kind.lines.model.objects.unscoped(because="lines of documents that are erased")
        lines.filter(**{f"{kind.lines.parent}__in": pks}).delete()
    kind.model.objects.unscoped(because="records that are erased").filter(pk__in=pks).delete()


def _forget_values(record: str, pks: list[int]) -> None:
    """Put a digest where the history holds a value: the chain stays whole, the value is gone."""
    for entry in HistoryEntry.objects.filter(record=record, record_id__in=pks).iterator(chunk_size=500):
        told = [name for name in entry.changes if name != GONE]
        HistoryEntry.objects.filter(pk=entry.pk).update(changes=chain.erased(entry.changes, told))
