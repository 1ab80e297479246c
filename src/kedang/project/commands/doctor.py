"""Say what is missing or wrong with this installation."""

import shutil
import sqlite3
import stat
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.search.rebuild import standing
from kedang.kernel.errors import KedangError
from kedang.project import home
from kedang.project.acting import first_administrator
from kedang.project.answers import Answer
from kedang.project.health import all_migrated

LITTLE_SPACE = 1_000_000_000
MANY_WAITING = 10_000
POSTGRES_AT_LEAST = 150_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    fine: bool
    words: str


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: everything is looked at."""


def run(options: Namespace) -> Answer:
    """Look at each thing; exit 1 when something is wrong."""
    findings = [look() for look in LOOKS]
    lines = [f"{'ok  ' if one.fine else 'BAD '} {one.what}: {one.words}" for one in findings]
    data = {"findings": [{"what": one.what, "fine": one.fine, "words": one.words} for one in findings]}
    return Answer("\n".join(lines), data, done=all(one.fine for one in findings))


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), version)


def _home_folder() -> Finding:
    folder = home.path()
    if not folder.is_dir():
        return Finding(
            "home", False, _("%(folder)s does not exist yet; kedang migrate makes it") % {"folder": folder}
        )
    free = shutil.disk_usage(folder).free
    words = _("%(folder)s, %(free)s GB free") % {"folder": folder, "free": round(free / 1e9, 1)}
    return Finding("home", free > LITTLE_SPACE, words)


def _secret() -> Finding:
    file = home.path() / "secret_key"
    if not file.exists():
        return Finding("secret key", True, _("from the environment"))
    private = not stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(
        "secret key", private, str(file) if private else _("others can read %(file)s") % {"file": file}
    )


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return Finding("database", False, str(error).strip())
    if connection.vendor == "sqlite":
        return Finding("database", sqlite3.sqlite_version_info >= (3, 37), f"SQLite {sqlite3.sqlite_version}")
    version = getattr(connection, "pg_version", 0)
    return Finding("database", version >= POSTGRES_AT_LEAST, f"PostgreSQL {version // 10_000}")


def _tables() -> Finding:
    try:
        done = all_migrated()
    except DatabaseError as error:
        return Finding("tables", False, str(error).strip())
    return Finding("tables", done, _("up to date") if done else _("run: kedang migrate"))


def _administrator() -> Finding:
    try:
        return Finding("administrator", True, first_administrator().username)
    except KedangError as error:
        return Finding("administrator", False, error.text)
    except DatabaseError as error:
        return Finding("administrator", False, str(error).strip())


def _outbox() -> Finding:
    try:
        waiting = OutboxEvent.objects.filter(done_at=None).count()
    except DatabaseError as error:
        return Finding("outbox", False, str(error).strip())
    return Finding("outbox", waiting < MANY_WAITING, _("%(count)s events wait") % {"count": waiting})


def _search() -> Finding:
    try:
        found = standing()
    except DatabaseError as error:
        return Finding("search", False, str(error).strip())
    missing, building = sum(one.missing for one in found), any(not one.built and one.records for one in found)
    if missing > MANY_WAITING or (missing and not building):
        words = _("%(count)s records cannot be found yet; run: kedang search rebuild") % {"count": missing}
        return Finding("search", False, words)
    return Finding("search", True, _("being built by the worker") if building else _("complete"))


def _static() -> Finding:
    there = settings.DEBUG or (settings.STATIC_ROOT / "staticfiles.json").exists()
    words = _("collected") if there else _("kedang serve collects them at its start")
    return Finding("static files", True, words)


def _demo() -> Finding:
    if not home.is_demo():
        return Finding("demo", True, _("no demo"))
    exposed = any(host not in {"127.0.0.1", "localhost", "[::1]"} for host in settings.ALLOWED_HOSTS)
    return Finding("demo", not exposed, _("a demo with published sign-ins, for this machine only"))


def _debug() -> Finding:
    return Finding("debug", not settings.DEBUG, _("on: for developers only") if settings.DEBUG else _("off"))


LOOKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _home_folder,
    _secret,
    _database,
    _tables,
    _administrator,
    _outbox,
    _search,
    _static,
    _demo,
    _debug,
)
