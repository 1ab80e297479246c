"""Erase a file for good: the record, all that hangs on it, every value its history noted, and every copy.

What stays is the proof: the chain of each history with a digest where a value stood, an entry that says who erased
it and why, a line in the log, and an `Erasure` with the counts. Whoever keeps rows elsewhere adds a function with
`erases`; it is called inside the transaction with the records that go. What lies outside the database, or names the
record in free text, is cleaned after the commit by a job (`copies.py`).
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from graphlib import TopologicalSorter
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kedang.engine.actions.work import Work
from kedang.engine.approvals.models import Approval
from kedang.engine.custom.models import CustomFilter, CustomValue
from kedang.engine.erasing import marks
from kedang.engine.erasing.models import Erasure, Sealing
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.identity.models import RecordShare
from kedang.engine.jobs import SYSTEM, queue
from kedang.engine.ledger import chain
from kedang.engine.ledger.merges import Merge, Pair
from kedang.engine.ledger.models import AccessLog, HistoryEntry, TimelineEntry
from kedang.engine.notices.models import Notice
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.engine.search import index
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken

HOLD_DAYS = 30
CLEAN = "erasing.clean"
SUFFIX = ".erase"
GONE, SEALED = "erased", "sealed"
Eraser = Callable[[str, list[int]], None]
Gathered = list[tuple[RecordType, list[int]]]
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


def erase_now(work: Work, record: ScopedModel) -> Erasure:
    """Erase a record and what hangs on it, whatever the hold says; return the proof, with the counts by type.

    For the second confirmation and for requests of the people the data are about. Nothing is left anywhere once the
    job that this queues reports done (the proof's `done_at`). Raise RuleBroken when a record that does not hang on it
    still points here.
    """
    kind = record_of(type(record))
    gone = gathered(kind, [record.pk])
    _refuse_seals(gone)
    refuse_pointers(gone)
    marks.overwrite_what_is_deleted()
    pending = traces(gone)
    for held, pks in reversed(gone):
        _forget(work, held, pks)
    counts = {held.key: len(pks) for held, pks in gone}
    AccessLog.objects.create(
        at=clock.now(), user_id=work.actor.user_id, user_name=work.actor.name, kind="erase", record=kind.key,
        record_id=record.pk, rows=sum(counts.values()), reason=work.reason[:300],
    )  # fmt: skip
    if pending["digests"]:
        counts["files"] = len(pending["digests"])
    made = Erasure.objects.create(
        record=kind.key, record_id=record.pk, at=clock.now(), by_name=work.actor.name, reason=work.reason[:300],
        counts=counts, proof=proof_of(gone), pending=pending,
    )  # fmt: skip
    queue(SYSTEM, CLEAN, {"erasure_id": made.pk})
    return made


def traces(gone: Gathered) -> dict[str, list[Any]]:
    """Return what the job looks for in copies: names and numbers, contents of files, imports, ids."""
    ids = [pk for _held, pks in gone for pk in pks]
    return {"marks": sorted(_marked(gone)), "digests": _digests(gone), "runs": _runs(gone), "ids": ids}


def counted(kind: RecordType, pk: int) -> list[tuple[RecordType, int]]:
    """Return what would go with a record, by type: for the question before."""
    return [(held, len(pks)) for held, pks in gathered(kind, [pk])[1:]]


def _marked(gone: Gathered) -> set[str]:
    """Return the values that name the people and firms in what goes, as it stands and as its history knows it."""
    found: set[str] = set()
    for kind, pks in gone:
        rows = kind.model.objects.unscoped(because="records that are erased").filter(pk__in=pks)
        entries = HistoryEntry.objects.filter(record=kind.key, record_id__in=pks)
        found |= marks.of(kind, rows, entries.values_list("changes", flat=True).iterator(chunk_size=500))
    return found


def _digests(gone: Gathered) -> list[str]:
    found: set[str] = set()
    for kind, pks in gone:
        files = Attachment.objects.filter(record=kind.key, record_id__in=pks)
        rows = AttachmentVersion.objects.filter(attachment__in=files.values("pk"))
        found |= set(rows.values_list("digest", flat=True))
    return sorted(found)


def _runs(gone: Gathered) -> list[int]:
    """Return the imports and bulk changes that touched what goes: their uploads hold it."""
    found: set[int] = set()
    for kind, pks in gone:
        rows = HistoryEntry.objects.filter(record=kind.key, record_id__in=pks, run_id__isnull=False)
        found |= {run for run in rows.values_list("run_id", flat=True).distinct() if run is not None}
    return sorted(found)


def proof_of(gone: Gathered) -> str:
    """Return the digest over the last entry of each history that went: it repeats as long as the chains stand."""
    lines = []
    for kind, pks in gone:
        rows = HistoryEntry.objects.filter(record=kind.key, record_id__in=pks).order_by("record_id", "seq")
        last: dict[int, str] = dict(rows.values_list("record_id", "digest"))
        lines += [f"{kind.key}/{pk}={last[pk]}" for pk in sorted(last)]
    return chain.sha(chain.LINE.join(sorted(lines)))


def gathered(kind: RecordType, pks: list[int], stays: Collection[str] = ()) -> Gathered:
    """Return the records that go, by type: the file first, and what points at a type behind that type.

    Records of the types in `stays` are left where they are.
    """
    found: dict[str, set[int]] = {kind.key: set(pks)}
    fresh = [(kind, set(pks))]
    while fresh:
        held, above = fresh.pop()
        for other in RECORDS.values():
            pointing = Q()
            for key in () if other.key in stays else other.keys_to(held):
                pointing |= Q(**{f"{key}__in": above})
            if not pointing:
                continue
            rows = other.model.objects.unscoped(because="what hangs on a record that is erased")
            known = found.setdefault(other.key, set())
            if hanging := set(rows.filter(pointing).values_list("pk", flat=True)) - known:
                known |= hanging
                fresh.append((other, hanging))
    behind = {key: _pointed_at(RECORDS[key]) & set(found) for key in found}
    order = TopologicalSorter(behind).static_order()
    return [(RECORDS[key], sorted(found[key])) for key in order if found[key]]


def _pointed_at(kind: RecordType) -> set[str]:
    """Return the other record types that a type's rows point at."""
    targets = [column.related_model for column in kind.model._meta.concrete_fields]
    return {record_key(target) for target in targets if target is not None and target is not kind.model}


def _refuse_seals(gone: Gathered) -> None:
    """A sealed person is erased by the end of the duty, not before it by the file they hang on."""
    for kind, pks in gone:
        if Sealing.objects.filter(record=kind.key, record_id__in=pks, ended_at=None).exists():
            raise RuleBroken(_("A sealed person hangs on it, whose documents must be kept."))


def refuse_pointers(gone: Gathered) -> None:
    """Refuse what other records that do not go still point at."""
    going = {kind.key: set(pks) for kind, pks in gone}
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
    forget_beside(kind, pks)
    forget_rows(kind, pks)


def forget_beside(kind: RecordType, pks: list[int]) -> None:
    """Remove what is kept of records outside their own rows, and the values of their history."""
    forget_values(kind.key, pks)
    TimelineEntry.objects.filter(record=kind.key, record_id__in=pks).delete()
    TimelineEntry.objects.filter(subject=kind.key, subject_id__in=pks).delete()
    copied = list(CustomFilter.objects.filter(record=kind.key).values_list("pk", flat=True))
    CustomValue.objects.filter(filter__in=copied, record_id__in=pks).delete()
    RecordShare.objects.filter(record=kind.key, record_id__in=pks).delete()
    asked = Approval.objects.unscoped(because="requests about records that are erased")
    asked = asked.filter(record=kind.key, record_id__in=pks)
    forget_values(record_key(Approval), list(asked.values_list("pk", flat=True)))
    asked.update(subject=_("erased"), inputs={}, reason="", note="")
    index.remove(pks)
    Attachment.objects.filter(record=kind.key, record_id__in=pks).delete()
    Notice.objects.filter(record=kind.key, record_id__in=pks).delete()
    Pair.objects.filter(Q(first_id__in=pks) | Q(second_id__in=pks), record=kind.key).delete()
    Merge.objects.filter(Q(survivor_id__in=pks) | Q(merged_id__in=pks), record=kind.key).delete()
    for eraser in ERASERS:
        eraser(kind.key, pks)


def forget_rows(kind: RecordType, pks: list[int]) -> None:
    """Delete the rows of records with their lines."""
    if kind.lines is not None:
        lines = kind.lines.model.objects.unscoped(because="lines of documents that are erased")
        lines.filter(**{f"{kind.lines.parent}__in": pks}).delete()
    gone = kind.model.objects.unscoped(because="records that are erased").filter(pk__in=pks)
    for column in kind.model._meta.concrete_fields:
        if column.related_model is kind.model:  # a record that protects another would keep it, though both go
            gone.update(**{column.name: None})
    gone.delete()


def forget_values(record: str, pks: list[int], names: tuple[str, ...] = ()) -> None:
    """Put a digest where the history holds a value: the chain stays whole, the value is gone. All, or some fields."""
    for entry in HistoryEntry.objects.filter(record=record, record_id__in=pks).iterator(chunk_size=500):
        told = [name for name in entry.changes if name not in (GONE, SEALED) and (not names or name in names)]
        HistoryEntry.objects.filter(pk=entry.pk).update(changes=chain.erased(entry.changes, told))
