"""What is missing or wrong with this installation, thing by thing, in words and with what to do about it."""

import ctypes.util
import os
import shutil
import smtplib
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from kedang.engine.administration.company import company
from kedang.engine.identity import seal
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent
from kedang.engine.ledger.outbox import MAX_TRIES
from kedang.engine.search.rebuild import standing
from kedang.kernel import clock
from kedang.kernel.errors import KedangError
from kedang.project import home, worker
from kedang.project.acting import first_administrator
from kedang.project.health import all_migrated
from kedang.project.operations import backup, copies

LITTLE_SPACE = 1_000_000_000
MANY_WAITING = 10_000
POSTGRES_AT_LEAST = 150_000
SHORT_KEY = 32
WORKER_SILENT = timedelta(minutes=2)
OLD_BACKUP = timedelta(hours=36)
AHEAD = timedelta(days=1)
FINE, WARN, BAD = "fine", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what, how it stands, and in words what was found and what to do."""

    what: str
    state: str
    words: str

    @property
    def fine(self) -> bool:
        """Whether nothing has to be done at once."""
        return self.state != BAD


def look() -> list[Finding]:
    """Look at everything; a look that fails is itself a finding."""
    found = []
    for what, one in LOOKS.items():
        try:
            state, words = one()
        except DatabaseError as error:
            state, words = BAD, str(error).strip().partition("\n")[0]
        except (KedangError, OSError) as error:
            state, words = BAD, str(error)
        found.append(Finding(what, state, words))
    return found


def titles() -> dict[str, str]:
    """Return what people call the things looked at."""
    return {
        "python": _("Python"), "home": _("Data folder"), "secret": _("Secret key"), "sealed": _("Sealed secrets"),
        "database": _("Database"), "tables": _("Tables"), "administrator": _("Administrator"), "worker": _("Worker"),
        "outbox": _("Events"), "jobs": _("Jobs"), "search": _("Search"), "backups": _("Backups"), "mail": _("Mail"),
        "fonts": _("Chinese fonts"), "print": _("Printing"), "clock": _("Clock"), "static": _("Static files"),
        "demo": _("Demo"), "debug": _("Debug mode"),
    }  # fmt: skip


def _python() -> tuple[str, str]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return (FINE if sys.version_info >= (3, 11) else BAD), version


def _home_folder() -> tuple[str, str]:
    place = home.path()
    if not place.is_dir():
        return BAD, _("%(folder)s does not exist yet; kedang migrate makes it") % {"folder": place}
    free = shutil.disk_usage(place).free
    words = _("%(folder)s, %(free)s GB free") % {"folder": place, "free": round(free / 1e9, 1)}
    return (FINE if free > LITTLE_SPACE else BAD), words


def _secret() -> tuple[str, str]:
    file = home.path() / "secret_key"
    if len(settings.SECRET_KEY) < SHORT_KEY:
        return BAD, _("shorter than %(count)s letters; make a longer one") % {"count": SHORT_KEY}
    if os.environ.get("SECRET_KEY") or not file.exists():
        return FINE, _("from the environment")
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return BAD, _("others can read %(file)s") % {"file": file}
    return FINE, _("%(file)s; keep a copy apart from the backups") % {"file": file}


def _sealed() -> tuple[str, str]:
    row = Authenticator.objects.filter(type=Authenticator.Type.TOTP).order_by("-pk").first()
    if row is None:
        return FINE, _("none yet")
    try:
        seal.opened(row.data["secret"])
    except KedangError:
        return BAD, _(
            "second factors were sealed under another secret key: put that key back, or remove the factors"
        )
    return FINE, _("open under this key")


def _database() -> tuple[str, str]:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        return (FINE if sqlite3.sqlite_version_info >= (3, 37) else BAD), f"SQLite {sqlite3.sqlite_version}"
    version = getattr(connection, "pg_version", 0)
    words = f"PostgreSQL {version // 10_000}"
    if version < POSTGRES_AT_LEAST:
        return BAD, words
    if copies.tool_path("pg_dump") is None:
        return WARN, _("%(version)s; backups need its tools: apt-get install postgresql-client") % {
            "version": words
        }
    return FINE, words


def _tables() -> tuple[str, str]:
    return (FINE, _("up to date")) if all_migrated() else (BAD, _("behind; run: kedang upgrade"))


def _administrator() -> tuple[str, str]:
    return FINE, first_administrator().username


def _worker() -> tuple[str, str]:
    seen = worker.last_seen()
    if seen is None:
        return WARN, _("has not run in this home yet; kedang serve starts it")
    if clock.now() - seen > WORKER_SILENT:
        text = _("silent since %(moment)s: reminders, imports and backups wait. Is kedang serve running?")
        return WARN, text % {"moment": _moment(seen)}
    return FINE, _("alive")


def _outbox() -> tuple[str, str]:
    parked = OutboxEvent.objects.filter(tries__gte=MAX_TRIES).exclude(error="").count()
    waiting = OutboxEvent.objects.filter(done_at=None).order_by()[: MANY_WAITING + 1].count()
    words = _("%(count)s events wait") % {"count": waiting}
    if parked:
        return WARN, words + _("; %(count)s were given up, see the log of the worker") % {"count": parked}
    return (FINE if waiting <= MANY_WAITING else BAD), words


def _jobs() -> tuple[str, str]:
    job = apps.get_model("engine", "Job")
    since = clock.now() - timedelta(days=7)
    failed = job.objects.filter(state="failed", ended_at__gte=since).count()
    if failed:
        return WARN, _("%(count)s failed in the last week; see the list of jobs") % {"count": failed}
    return FINE, _("none failed in the last week")


def _search() -> tuple[str, str]:
    found = standing()
    missing, building = sum(one.missing for one in found), any(not one.built and one.records for one in found)
    if missing > MANY_WAITING or (missing and not building):
        return BAD, _("%(count)s records cannot be found yet; run: kedang search rebuild") % {
            "count": missing
        }
    return FINE, _("being built by the worker") if building else _("complete")


def _backups() -> tuple[str, str]:
    kept = backup.there()
    if not kept:
        return WARN, _("none in %(folder)s; make one: kedang backup DIR") % {"folder": backup.folder()}
    words = _("the newest is of %(moment)s, %(count)s are kept in %(folder)s") % {
        "moment": _moment(kept[0].at), "count": len(kept), "folder": kept[0].file.parent,
    }  # fmt: skip
    late = clock.now() - kept[0].at > OLD_BACKUP and company().backup_daily
    return (WARN if late else FINE), words


def _mail() -> tuple[str, str]:
    if not os.environ.get("EMAIL_HOST"):
        return FINE, _("not set up; Kedang works without it")
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=3) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return WARN, _("%(where)s does not answer: %(why)s") % {"where": where, "why": error}
    return FINE, _("%(where)s answers") % {"where": where}


def _fonts() -> tuple[str, str]:
    tool = shutil.which("fc-list")
    if tool is None:
        return WARN, _("fontconfig is missing: apt-get install fontconfig fonts-noto-cjk")
    done = subprocess.run(
        [tool, ":lang=zh", "family"], capture_output=True, text=True, check=False, timeout=20
    )
    first = done.stdout.strip().partition("\n")[0].partition(",")[0]
    return (FINE, first) if first else (WARN, _("none for printing: apt-get install fonts-noto-cjk"))


def _print() -> tuple[str, str]:
    if ctypes.util.find_library("pango-1.0") is None:
        return WARN, _("Pango is missing, for PDF files: apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    return FINE, _("Pango is there")


def _clock() -> tuple[str, str]:
    newest = HistoryEntry.objects.order_by("-pk").values_list("at", flat=True).first()
    now = clock.now()
    if newest is not None and newest - now > AHEAD:
        text = _("goes wrong: the newest entry of the history is of %(moment)s, which is still to come")
        return BAD, text % {"moment": _moment(newest)}
    return FINE, _("%(moment)s in China") % {"moment": _moment(now)}


def _static() -> tuple[str, str]:
    there = settings.DEBUG or (settings.STATIC_ROOT / "staticfiles.json").exists()
    return FINE, _("collected") if there else _("kedang serve collects them at its start")


def _demo() -> tuple[str, str]:
    if not home.is_demo():
        return FINE, _("no demo")
    exposed = any(host not in {"127.0.0.1", "localhost", "[::1]"} for host in settings.ALLOWED_HOSTS)
    return (BAD if exposed else FINE), _("a demo with published sign-ins, for this machine only")


def _debug() -> tuple[str, str]:
    return (BAD, _("on: for developers only")) if settings.DEBUG else (FINE, _("off"))


def _moment(at: Any) -> str:
    return f"{at.astimezone(clock.ZONE):%Y-%m-%d %H:%M}"


LOOKS: dict[str, Callable[[], tuple[str, str]]] = {
    "python": _python, "home": _home_folder, "secret": _secret, "database": _database, "tables": _tables,
    "administrator": _administrator, "worker": _worker, "outbox": _outbox, "jobs": _jobs, "search": _search,
    "backups": _backups, "sealed": _sealed, "mail": _mail, "fonts": _fonts, "print": _print, "clock": _clock,
    "static": _static, "demo": _demo, "debug": _debug,
}  # fmt: skip
