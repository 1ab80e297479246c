"""The lists of what was erased and sealed, kept beside the backups: a restored backup is older and must obey them.

They name record types and ids, never a value. They lie in the home and in the folder of the backups, so that they
outlive either; a restore joins both with what the live database says.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from kedang.areas.personal.sealing import books
from kedang.engine.actions.work import Work
from kedang.engine.erasing import sealing
from kedang.engine.erasing.copies import Gone, clean, cleans
from kedang.engine.erasing.erase import SUFFIX, erase_now
from kedang.engine.erasing.models import Erasure, Sealing
from kedang.engine.erasing.sealing import ends
from kedang.engine.files import disk
from kedang.engine.jobs import SYSTEM
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import SEALED_AT, writing
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.kernel.errors import RuleBroken
from kedang.project import home
from kedang.project.operations import backup

NAME, SEALS = "erasures.json", "seals.json"
MOST_BYTES = 100_000_000
Erased = tuple[str, int]
Sealed = tuple[str, int, str]
Act = Callable[[Any], Erasure | None]


@cleans
def note(_gone: Gone) -> None:
    """Write the list to the home and beside the backups, before an erasure is called done."""
    keep(home.make())
    if backup.folder().is_dir():
        keep(backup.folder())
    keep_seals()


@ends
def keep_seals() -> None:
    """Write the list of the seals that stand to the home and beside the backups."""
    text = json.dumps(sorted(_standing())).encode()
    for folder in (home.make(), backup.folder()):
        if folder.is_dir():
            disk.place(disk.write(folder, [text], MOST_BYTES), folder / SEALS)


def keep(folder: Path) -> Path:
    """Write what was erased, joined with what the list there says, into a folder."""
    found = sorted({*read(folder), *_live()})
    text = json.dumps(found).encode()
    disk.place(disk.write(folder, [text], MOST_BYTES), folder / NAME)
    return folder / NAME


def read(folder: Path) -> set[Erased]:
    """Return the list of a folder; empty when there is none."""
    try:
        rows = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set()
    return {(str(record), int(pk)) for record, pk in rows}


def known(beside: Path) -> list[Erased]:
    """Return all that is known to have been erased: here, beside the backups, beside the backup to be restored."""
    return sorted({*read(home.path()), *read(backup.folder()), *read(beside), *_live()})


def read_seals(folder: Path) -> set[Sealed]:
    """Return the list of seals of a folder; empty when there is none."""
    try:
        rows = json.loads((folder / SEALS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set()
    return {(str(record), int(pk), str(until)) for record, pk, until in rows}


def known_seals(beside: Path) -> list[Sealed]:
    """Return all seals that are known to stand: here, beside the backups, beside the backup to be restored."""
    return sorted({*read_seals(home.path()), *read_seals(backup.folder()), *read_seals(beside), *_standing()})


def sealed_again(wanted: Iterable[Sealed]) -> tuple[int, list[str]]:
    """Seal whom the list names and the backup still shows; return how many, and in words whom it could not."""

    def seal(record: ScopedModel, until: str) -> Sealing | None:
        if record.archived_at == SEALED_AT:
            return None
        work = _work(record, sealing.SUFFIX, sealing.VERB, _("sealed before this backup was restored"))
        return sealing.seal_now(work, record, date.fromisoformat(until), books())

    return _each(((key, pk, partial(seal, until=until)) for key, pk, until in wanted))


def again(wanted: Iterable[Erased]) -> tuple[int, list[str]]:
    """Erase what is listed and there; return how many files went, and in words what could not be erased."""

    def erase(record: ScopedModel) -> Erasure:
        return erase_now(
            _work(record, SUFFIX, "approve", _("erased before this backup was restored")), record
        )

    return _each((key, pk, erase) for key, pk in wanted)


def _each(listed: Iterable[tuple[str, int, Act]]) -> tuple[int, list[str]]:
    """Do to each record on a list that is there what is to be done, and clean up; count, and say what was refused."""
    count, left = 0, []
    for key, pk, act in listed:
        kind: Any = RECORDS.get(key)
        if kind is None:
            continue
        rows = kind.model.objects.unscoped(because="records on the lists of what was erased and sealed")
        record = rows.filter(pk=pk).first()
        if record is None:
            continue
        try:
            with transaction.atomic(), writing("restore"):
                made = act(record)
        except RuleBroken as error:
            left.append(f"{key} {pk}: {error.text}")
            continue
        if made is not None:
            clean(made)
            count += 1
    return count, left


def _work(record: ScopedModel, suffix: str, verb: str, why: str) -> Work:
    return Work(SYSTEM, f"{record_key(type(record))}{suffix}", verb, why, releases=True)


def _standing() -> set[Sealed]:
    try:
        rows = Sealing.objects.filter(ended_at=None).values_list("record", "record_id", "until")
        return {(record, pk, until.isoformat()) for record, pk, until in rows}
    except DatabaseError:
        return set()


def _live() -> set[Erased]:
    try:
        gone = Erasure.objects.filter(sealing__isnull=True)  # what is sealed may be put back
        return set(gone.values_list("record", "record_id"))
    except DatabaseError:
        return set()  # a database that was never filled, or is from before the list
