"""Restore a backup: first in an empty place, where it is compared and verified, then in the place of the live data."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from kedang.kernel import clock
from kedang.project import database, home, prepared
from kedang.project.operations import archive, copies, erasures, lock, switch
from kedang.project.operations.archive import BadBackup, Manifest


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal found: everything in the backup is there, whole and verified."""

    manifest: Manifest
    rows: int
    files: int
    verdict: Mapping[str, Any]
    erased: int = 0
    left: tuple[str, ...] = ()


def rehearse(file: Path) -> Rehearsed:
    """Restore into an empty place, compare, verify, and leave nothing behind. Raise BadBackup or CopyFailed."""
    with _place() as place:
        found = _rehearsed(file, place)
        _drop_scratch(place)
        return found


def restore(file: Path, *, check: bool = True) -> tuple[Rehearsed, Path]:
    """Rehearse, then switch; return what was found and where the data from before lies.

    The live data is untouched until the rehearsal is over, and a kill at any moment leaves either the old or the
    new whole. Raise Busy while Kedang is served. Without `check` the tables are left as they were backed up.
    """
    with lock.alone(), _place() as place:
        found = _rehearsed(file, place, check=check, switching=True)
        aside = home.path() / f"before-{clock.now().astimezone(clock.ZONE):%Y%m%d-%H%M%S}"
        if found.manifest.engine == "postgresql":
            _merge_files(place / archive.FILES, home.path() / archive.FILES)
            copies.postgres_switch(_scratch(place), f"{settings.DATABASES['default']['NAME']}_{aside.name}")
        else:
            _switch(place, aside)
        prepared.forget()
        return found, aside


def _rehearsed(file: Path, place: Path, *, check: bool = True, switching: bool = False) -> Rehearsed:
    if not file.is_file():
        raise BadBackup(_("There is no file %(file)s.") % {"file": file})
    manifest = archive.unpack(file, place)
    behind = is_behind(manifest)
    with _database(manifest, place) as url:
        _compare(manifest, _facts(manifest, place))
        if not check:
            return Rehearsed(manifest, sum(manifest.counts.values()), len(manifest.files), {})
        if behind:
            _run(place, url, "migrate")
        verdict = _run(place, url, "verify")
        if not verdict.get("done"):
            faults = "; ".join(verdict.get("faults", [])[:3])
            raise BadBackup(_("The history in the backup is not whole: %(faults)s") % {"faults": faults})
        if int(verdict.get("entries", -1)) != int(manifest.history.get("entries", -1)):
            raise BadBackup(_("The history in the backup has another length than was noted."))
        again = _erased_again(file, place, url) if switching else {}
    return Rehearsed(
        manifest, sum(manifest.counts.values()), len(manifest.files), verdict, int(again.get("erased", 0)),
        tuple(again.get("left", ())),
    )  # fmt: skip


def _erased_again(file: Path, place: Path, url: str) -> dict[str, Any]:
    """Erase and seal in the place what was after the backup was made; nothing that went comes back with it."""
    wanted, seals = erasures.known(file.parent), erasures.known_seals(file.parent)
    (place / erasures.NAME).write_text(json.dumps(wanted), encoding="utf-8")
    (place / erasures.SEALS).write_text(json.dumps(seals), encoding="utf-8")
    return _run(place, url, "erasures", "--apply", str(place)) if wanted or seals else {}


def is_behind(manifest: Manifest) -> bool:
    """Say whether the tables of a backup lack steps that this Kedang has taken.

    Refuse a backup of another kind of database, or of a newer Kedang, whose tables this one does not know.
    """
    if manifest.engine != connection.vendor:
        text = _("The backup is of %(theirs)s, this installation works on %(ours)s.")
        raise BadBackup(text % {"theirs": manifest.engine, "ours": connection.vendor})
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    taken = {(app, name) for app, names in manifest.migrations.items() for name in names}
    if unknown := [f"{app}.{name}" for app, name in taken - known]:
        text = _(
            "The backup was made by another or a newer Kedang (%(version)s): this one does not know %(what)s."
        )
        raise BadBackup(text % {"version": manifest.version, "what": ", ".join(sorted(unknown)[:3])})
    return bool(known - taken)


@contextmanager
def _place() -> Iterator[Path]:
    """Yield an empty folder in the home; a leftover of a restore that was killed is removed first."""
    for left in home.make().glob(".restore-*"):
        _drop_scratch(left)
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=".restore-", dir=home.path()))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _database(manifest: Manifest, place: Path) -> Iterator[str]:
    """Yield the address of the database in the backup, made ready to be looked at."""
    if manifest.engine == "sqlite":
        (place / archive.SQLITE).rename(place / "kedang.sqlite3")
        yield ""
        return
    name = _scratch(place)
    try:
        copies.postgres_fill(place / archive.POSTGRES, name)
        yield database.to_url({**settings.DATABASES["default"], "NAME": name})
    except BaseException:
        copies.postgres_drop(name)
        raise


def _scratch(place: Path) -> str:
    return f"kedang_{place.name.strip('.').replace('-', '_').lower()}"


def _drop_scratch(place: Path) -> None:
    if connection.vendor == "postgresql":
        copies.postgres_drop(_scratch(place))


def _facts(manifest: Manifest, place: Path) -> dict[str, int]:
    if manifest.engine == "sqlite":
        return copies.sqlite_facts(place / "kedang.sqlite3")
    return copies.postgres_facts(_scratch(place))


def _compare(manifest: Manifest, found: Mapping[str, int]) -> None:
    for table in sorted(manifest.counts.keys() | found.keys()):
        if manifest.counts.get(table) != found.get(table):
            text = _("%(table)s has %(found)s rows, the backup noted %(noted)s.")
            raise BadBackup(
                text % {"table": table, "found": found.get(table), "noted": manifest.counts.get(table)}
            )


def _run(place: Path, url: str, command: str, *more: str) -> dict[str, Any]:
    """Run a command of ours against the place, as if it were a home of its own."""
    key = place / "secret_key"
    secret = key.read_text(encoding="utf-8") if key.exists() else settings.SECRET_KEY
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"KEDANG_HOME": str(place), "SECRET_KEY": secret}
    if url:
        environment["DATABASE_URL"] = url
    words = [sys.executable, "-m", "kedang.project.cli", "--json", command, *more]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    try:
        answer = dict(json.loads(done.stdout.strip().splitlines()[-1]))
    except (IndexError, ValueError) as error:
        lines = done.stderr.strip().splitlines()
        text = _("The backup could not be checked: %(why)s")
        raise BadBackup(text % {"why": lines[-1] if lines else command}) from error
    if command == "migrate" and not answer.get("done"):
        raise BadBackup(
            _("The tables of the backup could not be brought up to date: %(why)s")
            % {"why": answer.get("detail")}
        )
    return answer


def _switch(place: Path, aside: Path) -> None:
    live = home.path()
    connections.close_all()
    names = [
        "kedang.sqlite3",
        "kedang.sqlite3-wal",
        "kedang.sqlite3-shm",
        "files",
        "demo",
        erasures.NAME,
        erasures.SEALS,
    ]
    names += ["secret_key"] if (place / "secret_key").exists() else []
    (place / "files").mkdir(exist_ok=True)
    aside.mkdir(mode=0o700)
    switch.plan(
        [(live / name, aside / name) for name in names] + [(place / name, live / name) for name in names]
    )


def _merge_files(fresh: Path, live: Path) -> None:
    """Add the files that a database will name before it comes: files are never changed in place, so none is lost."""
    for file in sorted(fresh.rglob("*")) if fresh.is_dir() else ():
        target = live / file.relative_to(fresh)
        if file.is_file() and not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.rename(target)
