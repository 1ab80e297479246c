"""Make a backup while people work, keep the newest ones, say which there are.

Making one asks nothing of our tables but their rows, so that it works before an upgrade has changed them.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from kedang.engine.administration.company import company
from kedang.engine.ledger import looks
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.project import home
from kedang.project.operations import archive, copies
from kedang.project.operations.archive import BadBackup, Manifest

NAME = "kedang-{:%Y%m%d-%H%M%S}.tar.gz"
PATTERN = "kedang-????????-??????.tar.gz"
ROOM = 1.2  # of what the database takes, beside the database
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """One backup in a folder: where, when, how large, and what its summary says."""

    file: Path
    at: datetime
    size: int
    rows: int
    files: int
    with_key: bool


def folder() -> Path:
    """Return where backups go by themselves: KEDANG_BACKUPS, else beside the database."""
    named = os.environ.get("KEDANG_BACKUPS")
    return Path(named).expanduser().resolve() if named else home.path() / "backups"


def make(target: Path, *, with_key: bool = False, report: Report | None = None) -> Path:
    """Write a backup into a folder and return its file. Raise BadBackup without room, CopyFailed otherwise.

    The database is copied as of one moment; files are never changed in place, so those that it names are there.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(target, os.W_OK):
        raise BadBackup(_("%(folder)s cannot be written to.") % {"folder": target})
    _clear_parts(target)
    tell = report or (lambda done, total, text: None)
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=target) as place:
        tell(0, 1, _("Copying the database"))
        copy, manifest = _copy(Path(place))
        manifest.with_key = with_key
        files = _files()
        file = _free_name(target)
        with archive.writing(file, manifest) as writer:
            writer.put(copy.name, copy)
            for count, (name, stored) in enumerate(files):
                if stored.exists():
                    writer.put(name, stored)
                tell(count, len(files), _("Copying files"))
            if home.is_demo():
                writer.put("demo", home.path() / home.DEMO_MARK)
            if with_key:
                writer.put("secret_key", _key(Path(place)))
    tell(len(files), len(files), "")
    return file


def noted(actor: Actor, file: Path) -> Path:
    """Note in the security log who made a backup: it holds everything."""
    looks.note(actor, "backup", "engine.company", reason=file.name)
    return file


def keep_newest(target: Path, count: int) -> list[Path]:
    """Remove all but the newest backups of a folder; files that are not ours stay."""
    found = sorted(target.glob(PATTERN), reverse=True)
    gone = found[max(1, count) :]
    for file in gone:
        file.unlink()
        archive.beside(file).unlink(missing_ok=True)
    return gone


def nightly(report: Report | None = None) -> Path | None:
    """Make tonight's backup and remove the oldest, where the company wants it."""
    policy = company()
    if not policy.backup_daily:
        return None
    file = noted(Actor("Kedang"), make(folder(), report=report))
    keep_newest(file.parent, policy.backup_keep)
    return file


def there(target: Path | None = None) -> list[Kept]:
    """Return the backups of a folder, the newest first."""
    found = []
    for file in sorted((target or folder()).glob(PATTERN), reverse=True):
        facts = file.stat()
        side = archive.beside(file)
        try:
            told = json.loads(side.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {}
        at = datetime.fromtimestamp(facts.st_mtime, clock.ZONE)
        found.append(
            Kept(
                file,
                at,
                facts.st_size,
                int(told.get("rows", 0)),
                int(told.get("files", 0)),
                bool(told.get("with_key")),
            )
        )
    return found


def _copy(place: Path) -> tuple[Path, Manifest]:
    if connection.vendor == "sqlite":
        copy = place / archive.SQLITE
        live = Path(str(settings.DATABASES["default"]["NAME"]))
        _check_room(place, live.stat().st_size)
        copies.sqlite_copy(Path(str(connection.settings_dict["NAME"])), copy)
        return copy, _manifest("sqlite", copies.sqlite_facts(copy))
    copy = place / archive.POSTGRES
    with copies.postgres_snapshot() as snapshot:
        with connection.cursor() as cursor:
            counts = copies.count_rows(cursor)
            manifest = _manifest(
                "postgresql", {table: 0 if table in copies.EMPTIED else n for table, n in counts.items()}
            )
        copies.postgres_dump(copy, snapshot)
    return copy, manifest


def _manifest(engine: str, counts: dict[str, int]) -> Manifest:
    applied: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied.setdefault(app, []).append(name)
    history = {"entries": counts.get("engine_historyentry", 0)}
    return Manifest(
        version("kedang"), engine, clock.now().isoformat(timespec="seconds"), applied, counts, history
    )


def _files() -> list[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    found = (
        [file for file in root.rglob("*") if file.is_file() and not file.is_symlink()]
        if root.is_dir()
        else []
    )
    return [(f"{archive.FILES}/{file.relative_to(root).as_posix()}", file) for file in sorted(found)]


def _key(place: Path) -> Path:
    file = place / "secret_key"
    file.write_text(settings.SECRET_KEY, encoding="utf-8")
    file.chmod(0o600)
    return file


def _free_name(target: Path) -> Path:
    """Return the file of a backup that is made now; of two within one second the later waits for the next."""
    file = target / NAME.format(clock.now().astimezone(clock.ZONE))
    if file.exists():
        time.sleep(1)
        file = target / NAME.format(clock.now().astimezone(clock.ZONE))
    if file.exists():
        raise BadBackup(_("%(file)s exists already; wait a second.") % {"file": file})
    return file


def _clear_parts(target: Path) -> None:
    """Remove what an earlier backup left that was killed."""
    for part in target.glob(".kedang-*.part"):
        part.unlink(missing_ok=True)
    for place in target.glob(".copy-*"):
        shutil.rmtree(place, ignore_errors=True)


def _check_room(place: Path, size: int) -> None:
    free = shutil.disk_usage(place).free
    if free < size * (1 + ROOM):
        text = _("Not enough room in %(folder)s: %(free)s MB are free, about %(need)s MB are needed.")
        raise BadBackup(
            text % {"folder": place.parent, "free": free // 10**6, "need": int(size * (1 + ROOM)) // 10**6}
        )
