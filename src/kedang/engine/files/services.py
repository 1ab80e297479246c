"""Attach, revise, remove and restore files of a record: for who may change it, and its history tells it."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.actions.work import Work
from kedang.engine.files import content, rules
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.files.names import cleaned
from kedang.engine.records.types import RecordType
from kedang.engine.scope.doors import writing
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, Problem, RuleBroken

MAX_REASON = 300
NOTED = "files"


def attach(actor: Actor, kind: RecordType, pk: int, name: str, chunks: Iterable[bytes]) -> Attachment:
    """Attach a new file to a record. Raises NotVisible, NotAllowed, and FileRefused with the limit it passed."""
    _check(actor, kind, pk)
    name = cleaned(name, _("file"))
    taken = content.take(name, chunks)
    with transaction.atomic(), writing(f"{kind.key}.attach"):
        work, record = _load(actor, kind, pk, "attach")
        now = clock.now()
        made = Attachment.objects.create(record=kind.key, record_id=pk, name=name, created_at=now)
        _version(made, 1, name, taken, actor)
        work.note(record, NOTED, None, name)
    return made


def revise(
    actor: Actor, kind: RecordType, pk: int, file_id: int, name: str, chunks: Iterable[bytes]
) -> Attachment:
    """Put a new version over a file; the older ones stay and can be downloaded."""
    _check(actor, kind, pk)
    find(kind, pk, file_id)
    name = cleaned(name, _("file"))
    taken = content.take(name, chunks)
    with transaction.atomic(), writing(f"{kind.key}.revise"):
        work, record = _load(actor, kind, pk, "revise")
        row = Attachment.objects.select_for_update().get(pk=find(kind, pk, file_id).pk)
        last = row.versions.order_by("-no").first()
        if last is not None and last.digest == taken.digest:
            raise Invalid(_("This is the version that is there already."))
        old, row.name = row.name, name
        row.save(update_fields=["name"])
        number = last.no + 1 if last is not None else 1
        _version(row, number, name, taken, actor)
        work.note(record, NOTED, old, f"{name} ({number})")
    return row


def remove(actor: Actor, kind: RecordType, pk: int, file_id: int, reason: str) -> None:
    """Put a file into the hold, with a reason; it can be taken back for 30 days."""
    _check(actor, kind, pk)
    if not reason.strip():
        raise Invalid(_("Say why."), [Problem("reason", _("This field is required."), "required")])
    if len(reason) > MAX_REASON or "\x00" in reason:
        raise Invalid(
            _("The reason is too long."), [Problem("reason", _("At most 300 characters."), "too_long")]
        )
    with transaction.atomic(), writing(f"{kind.key}.remove_file"):
        work, record = _load(actor, kind, pk, "remove_file", reason)
        row = Attachment.objects.select_for_update().get(pk=find(kind, pk, file_id).pk)
        _in_no_field(kind, record, row)
        row.removed_at, row.removed_by, row.removed_why = clock.now(), actor.name, reason.strip()
        row.save(update_fields=["removed_at", "removed_by", "removed_why"])
        work.note(record, NOTED, row.name, None)


def restore(actor: Actor, kind: RecordType, pk: int, file_id: int) -> None:
    """Take a file back from the hold."""
    _check(actor, kind, pk)
    with transaction.atomic(), writing(f"{kind.key}.restore_file"):
        work, record = _load(actor, kind, pk, "restore_file")
        row = Attachment.objects.select_for_update().get(pk=find(kind, pk, file_id, removed=True).pk)
        row.removed_at, row.removed_by, row.removed_why = None, "", ""
        row.save(update_fields=["removed_at", "removed_by", "removed_why"])
        work.note(record, NOTED, None, row.name)


def files_of(kind: RecordType, pk: int, *, removed: bool = False) -> list[Attachment]:
    """Return the files of a record that the actor already opened, newest first, with their versions."""
    rows = Attachment.objects.filter(record=kind.key, record_id=pk, removed_at__isnull=not removed)
    return list(rows.prefetch_related("versions"))


def find(kind: RecordType, pk: int, file_id: int, *, removed: bool = False) -> Attachment:
    """Return one file of a record that the actor already opened; raise NotVisible for one of another record."""
    rows = Attachment.objects.filter(
        pk=file_id, record=kind.key, record_id=pk, removed_at__isnull=not removed
    )
    found = rows.prefetch_related("versions").first()
    if found is None:
        raise NotVisible(_("There is no such file, or it was removed."))
    return found


def name_of(actor: Actor, kind: RecordType, file_id: int | None) -> str:
    """Return what a file of a record is called that the actor sees, or nothing."""
    row = Attachment.objects.filter(pk=file_id or 0, record=kind.key).first()
    seen = row is not None and kind.model.objects.visible_to(actor).filter(pk=row.record_id).exists()
    return row.name if row is not None and seen else ""


def version_of(row: Attachment, number: int) -> AttachmentVersion:
    """Return one version of a file."""
    found = next((one for one in row.versions.all() if one.no == number), None)
    if found is None:
        raise NotVisible(_("There is no such file, or it was removed."))
    return found


def _in_no_field(kind: RecordType, record: Any, row: Attachment) -> None:
    """A file that a field of its record shows is not taken away under it."""
    for spec in kind.fields.values():
        if spec.kind == "file" and spec.custom and record.custom.get(spec.custom) == row.pk:
            raise RuleBroken(
                _("The field “%(name)s” shows this file; empty it first.") % {"name": spec.label}
            )


def _check(actor: Actor, kind: RecordType, pk: int) -> None:
    """Authorise before a byte is taken."""
    if kind.model.objects.visible_to(actor, "change").filter(pk=pk).exists():
        return
    if kind.model.objects.visible_to(actor).filter(pk=pk).exists():
        raise NotAllowed(_("You can see this record, but you may not do this to it."))
    raise NotVisible(_("There is no such record, or it is not yours to see."))


def _load(actor: Actor, kind: RecordType, pk: int, name: str, reason: str = "") -> tuple[Work, Any]:
    work = Work(actor, f"{kind.key}.{name}", "change", reason)
    return work, work.load(kind.model, pk)


def _version(row: Attachment, number: int, name: str, taken: Any, actor: Actor) -> None:
    AttachmentVersion.objects.create(
        attachment=row, no=number, name=name, kind=rules.kind_of(name, taken.head), size=taken.size,
        digest=taken.digest, at=clock.now(), by_id=actor.user_id, by_name=actor.name,
    )  # fmt: skip
