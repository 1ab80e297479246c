"""A file that waits to be imported: kept for its uploader alone, looked into, mapped, and deleted in time."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kedang.engine.exchange import limits
from kedang.engine.exchange.guess import guess
from kedang.engine.exchange.imports import check_may_import, importable
from kedang.engine.exchange.mapping import ImportMapping, read_mapping
from kedang.engine.exchange.models import ImportProblem, ImportRun, ImportUpload, RememberedMapping
from kedang.engine.exchange.reader import FileOptions, open_table, refusal
from kedang.engine.files import disk
from kedang.engine.files.names import cleaned
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import FileRefused, NotVisible, RuleBroken

FILE_DAYS = 7
REFUSED_DAYS = 30
SAMPLES = 5
OPTIONS = ("encoding", "separator", "sheet", "header", "skip_rows")


def folder() -> Path:
    """Return where uploads lie, outside everything that is served."""
    return Path(settings.KEDANG_HOME) / "uploads"


def path_of(upload: ImportUpload) -> Path:
    """Return where the content of an upload lies: its name is our id, never theirs."""
    return folder() / ids.show(upload.pk)


def errors_of(upload: ImportUpload) -> Path:
    """Return where the refused rows of an upload's rehearsal lie."""
    return folder() / f"{ids.show(upload.pk)}.refused.xlsx"


def receive(
    actor: Actor, kind: RecordType, name: str, chunks: Iterable[bytes], like: ImportUpload | None = None
) -> ImportUpload:
    """Keep a file that `actor` uploaded and say what it is; `like` lends how an earlier one was read and mapped.

    Raises NotAllowed without the right to import, FileRefused for a file that cannot be read or passes a limit.
    """
    check_may_import(actor, kind)
    assert actor.user_id is not None
    try:
        draft = disk.write(folder(), chunks, limits.FILE_BYTES)
    except disk.TooLarge as error:
        raise refusal("size") from error
    upload = ImportUpload(
        record=kind.key, file_name=cleaned(name), size=draft.size, digest=draft.digest,
        uploaded_by_id=actor.user_id, uploaded_at=clock.now(),
    )  # fmt: skip
    disk.place(draft, path_of(upload))
    try:
        if like is not None:
            _read_like(actor, kind, upload, like)
        else:
            look_into(actor, kind, upload, {})
    except BaseException:
        path_of(upload).unlink(missing_ok=True)
        raise
    upload.save(force_insert=True)
    return upload


def _read_like(actor: Actor, kind: RecordType, upload: ImportUpload, like: ImportUpload) -> None:
    try:
        look_into(actor, kind, upload, like.options)
    except FileRefused:
        look_into(actor, kind, upload, {})
    asked = {name for source in read_mapping(like.stated).columns.values() for name in source.asks_for}
    if asked <= set(upload.found["headers"]):
        upload.stated, upload.remembered = like.stated, True


def look_into(actor: Actor, kind: RecordType, upload: ImportUpload, options: Mapping[str, Any]) -> None:
    """Read the head of an upload in the given way; note what it is and how its columns are mapped. Saves nothing."""
    upload.options = {name: options[name] for name in OPTIONS if options.get(name) not in (None, "", 0)}
    with open_table(path_of(upload), options_of(upload), most=SAMPLES) as table:
        first = next(table.batches, [])
        if not first:
            raise refusal("empty")
        upload.found = {
            "format": table.format, "encoding": table.encoding, "separator": table.separator, "sheet": table.sheet,
            "sheets": list(table.sheets), "headers": list(table.headers), "rows": table.rows,
            "samples": [[cell[:80] for cell in row.cells[: len(table.headers)]] for row in first],
        }  # fmt: skip
    kept = RememberedMapping.objects.filter(
        user=upload.uploaded_by_id, record=kind.key, columns_digest=columns_digest(upload.found["headers"])
    ).first()
    upload.remembered = kept is not None
    upload.stated = kept.stated if kept else _guessed(actor, kind, table.headers)
    forget_rehearsal(upload)


def _guessed(actor: Actor, kind: RecordType, headers: Sequence[str]) -> dict[str, Any]:
    """Return the columns that headings may mean, and what can be worked out of them: a person confirms it."""
    fields = importable(actor, kind)
    stated = guess(headers, fields, kind.label, kind.headings).stated(likely=True)
    given = set(stated["columns"])
    open_to_us = {spec.name for spec in fields} - given
    for name, offer in kind.offers.items():
        if name in open_to_us and given.intersection(offer.of):
            stated["columns"][name] = {"offer": True}
    return stated


def options_of(upload: ImportUpload) -> FileOptions:
    """Return how an upload is read."""
    return FileOptions(**upload.options)


def mapping_of(upload: ImportUpload) -> ImportMapping:
    """Return the mapping of an upload, checked; raise Invalid for one that was not finished."""
    return read_mapping({"file": {**upload.options}, **upload.stated})


def state(actor: Actor, kind: RecordType, upload: ImportUpload, stated: Mapping[str, Any]) -> None:
    """Set how the columns of an upload are mapped, and remember it for the next file with the same columns."""
    assert actor.user_id is not None
    upload.stated = dict(stated)
    mapping_of(upload)
    upload.answers = {}
    forget_rehearsal(upload)
    upload.save(update_fields=["stated", "answers", "rehearsal", "job_id"])
    RememberedMapping.objects.update_or_create(
        user_id=actor.user_id, record=kind.key, columns_digest=columns_digest(upload.found["headers"]),
        defaults={"stated": upload.stated, "used_at": clock.now()},
    )  # fmt: skip


def forget_rehearsal(upload: ImportUpload) -> None:
    """Throw away what a rehearsal found, since it is about something else now. Saves nothing of the upload."""
    upload.rehearsal, upload.job_id = {}, 0
    if not upload._state.adding:
        upload.rows.all().delete()
        errors_of(upload).unlink(missing_ok=True)


def columns_digest(headers: Iterable[str]) -> str:
    """Return what files with the same columns share, in whatever order they stand."""
    return hashlib.sha256(json.dumps(sorted(headers), ensure_ascii=False).encode()).hexdigest()


def own(actor: Actor, pk: int) -> ImportUpload:
    """Return an upload of this actor's; another's is as absent as one that never was."""
    found = ImportUpload.objects.select_related("run").filter(pk=pk, uploaded_by_id=actor.user_id).first()
    if found is None or found.record not in RECORDS or actor.user_id is None:
        raise NotVisible(_("There is no such import, or it is not yours."))
    check_may_import(actor, RECORDS[found.record])
    return found


def own_run(actor: Actor, pk: int) -> ImportRun:
    """Return an import of this actor's; another's is as absent as one that never was."""
    found = ImportRun.objects.filter(pk=pk, started_by_id=actor.user_id).first()
    if found is None or found.record not in RECORDS or actor.user_id is None:
        raise NotVisible(_("There is no such import, or it is not yours."))
    check_may_import(actor, RECORDS[found.record])
    return found


def check_there(upload: ImportUpload) -> None:
    """Raise RuleBroken when the content of an upload was deleted."""
    if upload.gone_at is not None or not path_of(upload).exists():
        text = _("The uploaded file was deleted: it is kept for %(days)s days. Upload it again.")
        raise RuleBroken(text % {"days": FILE_DAYS})


def discard(upload: ImportUpload) -> None:
    """Delete an upload that was not imported, with its content."""
    if upload.run_id is not None:
        raise RuleBroken(_("This file was imported; take the import back instead."))
    _delete_content(upload)
    upload.delete()


def give_up(upload: ImportUpload) -> None:
    """Delete the content of an upload and what its rehearsal found; an import that came of it keeps its counts."""
    _delete_content(upload)
    upload.rows.all().delete()
    if upload.run_id is None:
        upload.delete()
    else:
        ImportUpload.objects.filter(pk=upload.pk).update(gone_at=clock.now())


def forget_old() -> int:
    """Delete the content of uploads after 7 days and the refused rows of imports after 30; return how many."""
    now, gone = clock.now(), 0
    old = ImportUpload.objects.filter(gone_at__isnull=True, uploaded_at__lt=now - timedelta(days=FILE_DAYS))
    for upload in old[:200]:
        give_up(upload)
        gone += 1
    edge = (now - timedelta(days=FILE_DAYS + 1)).timestamp()
    for left in folder().glob("*"):  # what a kill cut off belongs to no upload any more
        if left.is_file() and left.stat().st_mtime < edge:
            left.unlink(missing_ok=True)
    ended = ImportRun.objects.filter(finished_at__lt=now - timedelta(days=REFUSED_DAYS))
    stale = ImportProblem.objects.filter(run__in=ended)
    for run_id in list(stale.values_list("run_id", flat=True).order_by("run_id").distinct()[:50]):
        gone += ImportProblem.objects.filter(run_id=run_id).delete()[0]
    return gone


def _delete_content(upload: ImportUpload) -> None:
    path_of(upload).unlink(missing_ok=True)
    errors_of(upload).unlink(missing_ok=True)
