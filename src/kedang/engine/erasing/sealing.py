"""Seal a file: nobody reads it any more but who holds the right to, and it can be put back.

For what a person wants erased while a law still has it kept. The record stays as an empty place, so that orders and
receipts go on pointing somewhere; its values, all that hangs on it, their histories, lines of the timeline and files
go into an envelope under the key of this home, and every copy is cleaned as after an erasure (`copies.py`). So no
list, search, export, figure or page can show what is not there. The chain of each history stays whole on both ways.
"""

import base64
import json
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from django.core import serializers
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.engine.actions.work import Work
from kedang.engine.approvals.models import Approval
from kedang.engine.custom import copies as custom_copies
from kedang.engine.erasing import marks
from kedang.engine.erasing.erase import (
    CLEAN,
    SEALED,
    Gathered,
    forget_beside,
    forget_rows,
    gathered,
    proof_of,
    refuse_pointers,
    traces,
)
from kedang.engine.erasing.models import Sealing
from kedang.engine.files import content, disk
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.identity import seal
from kedang.engine.jobs import SYSTEM, queue
from kedang.engine.ledger import chain
from kedang.engine.ledger.merges import Merge
from kedang.engine.ledger.models import AccessLog, HistoryEntry, TimelineEntry
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.doors import SEALED_AT
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.engine.search import keep
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken

SUFFIX = ".seal"
VERB = "seal"
MOST_FILES = 20_000_000
BACK, OVER = "back", "over"
STAYS_OPEN = frozenset(
    {"id", "owner", "unit", "version", "head", "created_at", "changed_at", "archived_at"}
)  # what the empty place keeps, with numbers and the type
ASKED = ("subject", "inputs", "reason", "note")


Listener = Callable[[], None]
LISTENERS: list[Listener] = []


def ends(listener: Listener) -> Listener:
    """Add a function that is called once a seal has ended, such as one that keeps a list of them elsewhere."""
    if listener not in LISTENERS:
        LISTENERS.append(listener)
    return listener


def seal_now(work: Work, record: ScopedModel, until: date, stays: Collection[str] = ()) -> Sealing:
    """Seal a record and what hangs on it until a day; return the proof. Records of the types in `stays` stay readable.

    Raise RuleBroken when a record that does not hang on it still points at what goes, or its files are too large.
    """
    kind = record_of(type(record))
    gone = gathered(kind, [record.pk], stays)
    refuse_pointers([(held, pks) for held, pks in gone if held is not kind])
    _check_files(gone)
    marks.overwrite_what_is_deleted()
    _note(work, record, gone)
    text = json.dumps(_filled(gone), ensure_ascii=False, sort_keys=True)
    pending = traces(gone)
    proof = _proof(gone, text)
    for held, pks in reversed(gone):
        forget_beside(held, pks)
        forget_rows(held, [pk for pk in pks if held is not kind or pk != record.pk])
    _blank(kind, record)
    counts = {held.key: len(pks) for held, pks in gone}
    if pending["digests"]:
        counts["files"] = len(pending["digests"])
    _log(work, "seal", kind.key, record.pk, sum(counts.values()))
    made = Sealing.objects.create(
        record=kind.key, record_id=record.pk, at=clock.now(), by_id=work.actor.user_id, by_name=work.actor.name,
        reason=work.reason[:300], counts=counts, proof=proof, pending=pending, envelope=seal.closed(text), until=until,
    )  # fmt: skip
    queue(SYSTEM, CLEAN, {"erasure_id": made.pk})
    return made


def put_back(work: Work, made: Sealing) -> ScopedModel:
    """Put a sealed record back with all that hung on it, as it was; accesses that had been opened stay closed."""
    held = contents(made)
    kind = RECORDS[made.record]
    rows = kind.model.objects.unscoped(because="records that come out of a seal")
    place = rows.select_for_update(of=("self",)).filter(pk=made.record_id, archived_at=SEALED_AT).first()
    if place is None:
        raise RuleBroken(_("Its place is gone; it cannot be put back."))
    for key, text in held["rows"].items():
        found = [one.object for one in serializers.deserialize("json", text)]
        model = RECORDS[key].model
        if model is kind.model:
            root = next(row for row in found if row.pk == place.pk)
            found.remove(root)
            stays = STAYS_OPEN | {
                kind.follows
            }  # whose it is may have changed since, with a history of its own
            columns = {
                column.attname: getattr(root, column.attname)
                for column in model._meta.concrete_fields
                if column.name not in stays
            }
            rows.filter(pk=place.pk).update(**columns)
        model.objects.bulk_create(found)
    for text in held["beside"]:
        found = [one.object for one in serializers.deserialize("json", text)]
        if found:
            manager: Any = type(found[0])
            manager.objects.bulk_create(found)
    for digest, body in held["files"].items():
        if not content.path_of(digest).exists():
            draft = disk.write(content.folder(), [base64.b64decode(body)], MOST_FILES)
            disk.place(draft, content.path_of(digest))
    for pk, changes in held["histories"].items():
        HistoryEntry.objects.filter(pk=int(pk)).update(changes=changes)
    asked = Approval.objects.unscoped(because="requests about records that come out of a seal")
    for pk, columns in held["approvals"].items():
        asked.filter(pk=int(pk)).update(**columns)
    back = _told_back(work, held)
    _log(work, "unseal", made.record, made.record_id, len(back))
    end(made, work.actor.name, BACK)
    return next(row for row in back if row.pk == made.record_id and type(row) is kind.model)


def contents(made: Sealing) -> dict[str, Any]:
    """Open an envelope; raise RuleBroken when it was emptied, or is not what was sealed."""
    if not made.envelope:
        raise RuleBroken(_("This seal has ended."))
    text = seal.opened(made.envelope)
    held: dict[str, Any] = json.loads(text)
    gone = [(RECORDS[key], list(map(int, pks))) for key, pks in held["ids"].items()]
    if _proof(gone, text) != made.proof:
        raise RuleBroken(_("What lies in this seal is not what was sealed."))
    return held


def end(made: Sealing, by: str, how: str) -> None:
    """Empty an envelope for good and say how it ended."""
    marks.overwrite_what_is_deleted()
    made.envelope, made.ended_at, made.ended_by, made.ended_how = "", clock.now(), by, how
    made.save()
    for listener in LISTENERS:
        transaction.on_commit(listener)


def rows_of(held: dict[str, Any]) -> Iterable[tuple[RecordType, list[Any]]]:
    """Yield the records of an envelope by type, for who may read it."""
    for key, text in held["rows"].items():
        yield RECORDS[key], [one.object for one in serializers.deserialize("json", text)]


def _note(work: Work, record: ScopedModel, gone: Gathered) -> None:
    """Write into each history who sealed it and why; the sealed record moves beyond the archive hold."""
    for held, pks in gone:
        for row in held.model.objects.unscoped(because="records that are sealed").filter(pk__in=pks):
            work.hold(row)
            if row.pk == record.pk and held.model is type(record):
                row.archived_at = SEALED_AT
            work.note(row, SEALED, None, True)


def _filled(gone: Gathered) -> dict[str, Any]:
    """Return all that an envelope holds, as JSON can."""
    rows: dict[str, str] = {}
    beside: list[str] = []
    files: dict[str, str] = {}
    histories: dict[str, Any] = {}
    approvals: dict[str, Any] = {}
    for kind, pks in gone:
        opened = kind.model.objects.unscoped(because="records that are sealed").filter(pk__in=pks)
        rows[kind.key] = serializers.serialize("json", opened.order_by("pk"))
        if kind.lines is not None:
            lines = kind.lines.model.objects.unscoped(because="lines of documents that are sealed")
            beside.append(serializers.serialize("json", lines.filter(**{f"{kind.lines.parent}__in": pks})))
        entries = HistoryEntry.objects.filter(record=kind.key, record_id__in=pks)
        histories |= {str(pk): changes for pk, changes in entries.values_list("pk", "changes")}
        told = Q(record=kind.key, record_id__in=pks) | Q(subject=kind.key, subject_id__in=pks)
        beside.append(serializers.serialize("json", TimelineEntry.objects.filter(told)))
        kept = Attachment.objects.filter(record=kind.key, record_id__in=pks)
        versions = AttachmentVersion.objects.filter(attachment__in=kept.values("pk"))
        beside += [serializers.serialize("json", kept), serializers.serialize("json", versions)]
        for digest in set(versions.values_list("digest", flat=True)):
            files[digest] = base64.b64encode(content.path_of(digest).read_bytes()).decode()
        both = Q(survivor_id__in=pks) | Q(merged_id__in=pks)
        beside.append(serializers.serialize("json", Merge.objects.filter(both, record=kind.key)))
        asked = Approval.objects.unscoped(because="requests about records that are sealed")
        for row in asked.filter(record=kind.key, record_id__in=pks):
            approvals[str(row.pk)] = {name: getattr(row, name) for name in ASKED}
            entries = HistoryEntry.objects.filter(record=record_key(Approval), record_id=row.pk)
            histories |= {str(pk): changes for pk, changes in entries.values_list("pk", "changes")}
    ids = {kind.key: pks for kind, pks in gone}
    return {
        "ids": ids, "rows": rows, "beside": _once(beside), "files": files, "histories": histories,
        "approvals": approvals,
    }  # fmt: skip


def _once(texts: list[str]) -> list[str]:
    """Return serialised rows with each row once: a line of the timeline belongs to two records."""
    met: set[tuple[str, Any]] = set()
    found = []
    for text in texts:
        rows = [one for one in json.loads(text) if (one["model"], one["pk"]) not in met]
        met |= {(one["model"], one["pk"]) for one in rows}
        if rows:
            found.append(json.dumps(rows, ensure_ascii=False))
    return found


def _blank(kind: RecordType, record: ScopedModel) -> None:
    """Leave an empty place: what points at it points on, what it said is gone."""
    values: dict[str, Any] = {"custom": {}}
    keeps = STAYS_OPEN | {kind.follows, kind.type_field, "number", "serial", "custom"}
    for column in kind.model._meta.concrete_fields:
        if column.name in keeps:
            continue
        if column.null:
            values[column.attname] = None
        elif column.get_internal_type() in ("CharField", "TextField"):
            values[column.attname] = marks.BLANK if column.name == kind.title else ""
        elif column.has_default():
            values[column.attname] = column.get_default()
    rows = kind.model.objects.unscoped(because="records that are sealed")
    rows.filter(pk=record.pk).update(**values)


def _told_back(work: Work, held: dict[str, Any]) -> list[Any]:
    """Write into each history that the record is back, and let searches and filters find it again."""
    back: list[Any] = []
    for key, pks in held["ids"].items():
        kind = RECORDS[key]
        opened = kind.model.objects.unscoped(because="records that come out of a seal")
        rows = list(opened.filter(pk__in=pks).order_by("pk"))
        for row in rows:
            work.hold(row)
            if row.archived_at == SEALED_AT:
                row.archived_at = None
            work.note(row, SEALED, True, None)
        custom_copies.keep(kind.key, rows)
        if kind.search:
            keep.renew(kind, pks)
        back += rows
    return back


def _proof(gone: Gathered, text: str) -> str:
    """Return the digest over the histories as they stood when they were sealed, and over what lies in the envelope."""
    return chain.sha(chain.LINE.join((proof_of(gone), chain.sha(text))))


def _check_files(gone: Gathered) -> None:
    size = 0
    for kind, pks in gone:
        kept = Attachment.objects.filter(record=kind.key, record_id__in=pks)
        sizes = AttachmentVersion.objects.filter(attachment__in=kept.values("pk")).values_list(
            "size", flat=True
        )
        size += sum(sizes)
    if size > MOST_FILES:
        raise RuleBroken(_("Its files are larger than 20 MB together; take some out before it is sealed."))


def _log(work: Work, what: str, record: str, pk: int, rows: int) -> None:
    AccessLog.objects.create(
        at=clock.now(), user_id=work.actor.user_id, user_name=work.actor.name, kind=what, record=record, record_id=pk,
        rows=rows, reason=work.reason[:300],
    )  # fmt: skip
