"""Consistent copies of the database while people work, and databases made from them."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from kedang.kernel.errors import KedangError

# rows that are secrets, or worth nothing elsewhere: who is signed in, questions asked, what was counted
EMPTIED = ("django_session", "engine_signin", "captcha_captchastore", "kedang_cache")


class CopyFailed(KedangError):
    """The database could not be copied or filled; the text says why."""

    code = "backup"


def sqlite_copy(source: Path, target: Path) -> None:
    """Copy an SQLite database in one read transaction: writers go on, and what they write meanwhile stays out."""
    with closing(sqlite3.connect(source, timeout=60)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("PRAGMA secure_delete=ON")
        for table in EMPTIED:
            if copy.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (table,)).fetchone():
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  our own names
        copy.commit()
    target.chmod(0o600)


def sqlite_facts(file: Path) -> dict[str, int]:
    """Return the rows of each table of an SQLite file; raise CopyFailed when the file is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as copy:
            state = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            if state != "ok":
                raise CopyFailed(f"the database in the backup is damaged: {state}")
            names = copy.execute(
                "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"
            )
            return {
                name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  names of the file's own
                for (name,) in sorted(names.fetchall())
            }
    except sqlite3.DatabaseError as error:
        raise CopyFailed(f"the database in the backup cannot be read: {error}") from error


@contextmanager
def postgres_snapshot() -> Iterator[str]:
    """Hold one moment of PostgreSQL open, for the dump and for the counts; yield its name."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            cursor.execute("SELECT pg_export_snapshot()")
            yield str(cursor.fetchone()[0])
        finally:
            cursor.execute("ROLLBACK")


def postgres_dump(target: Path, snapshot: str) -> None:
    """Dump the database as it was at a snapshot."""
    leave = [f"--exclude-table-data={table}" for table in EMPTIED]
    _tool(
        "pg_dump",
        [
            "--format=custom",
            "--no-owner",
            "--no-acl",
            f"--snapshot={snapshot}",
            *leave,
            "--file",
            str(target),
        ],
    )
    target.chmod(0o600)


def postgres_fill(dump: Path, name: str) -> None:
    """Make a database of this name on the same server and fill it from a dump."""
    with maintenance() as server:
        server.execute(f'CREATE DATABASE "{name}"')
    _tool(
        "pg_restore",
        ["--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", f"--dbname={name}", str(dump)],
        name,
    )


def postgres_drop(name: str) -> None:
    """Take a database of ours away, if it is there."""
    with maintenance() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def postgres_switch(fresh: str, aside: str) -> None:
    """Let the fresh database take the place of the live one, which is kept under another name: both or neither."""
    live = settings.DATABASES["default"]["NAME"]
    connection.close()
    with maintenance() as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [live])
        with (
            server.connection.transaction()
        ):  # renames are transactional: a kill leaves the live one in its place
            server.execute(f'ALTER DATABASE "{live}" RENAME TO "{aside}"')
            server.execute(f'ALTER DATABASE "{fresh}" RENAME TO "{live}"')


def postgres_facts(name: str = "") -> dict[str, int]:
    """Return the rows of each table of a database on our server."""
    with _connected(name or settings.DATABASES["default"]["NAME"]) as found:
        return count_rows(found)


def count_rows(cursor: Any) -> dict[str, int]:
    """Return the rows of each table of the schema public, through an open cursor."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  names of the database's own
        counts[table] = int(cursor.fetchone()[0])
    return counts


@contextmanager
def maintenance() -> Iterator[Any]:
    """Yield a cursor outside our database, for making, renaming and dropping databases."""
    last: Exception | None = None
    for name in ("postgres", "template1"):
        if name == settings.DATABASES["default"]["NAME"]:
            continue
        try:
            with _connected(name) as cursor:
                yield cursor
                return
        except OSError as error:
            last = error
    raise CopyFailed(f"no other database of the server can be reached: {last}")


@contextmanager
def _connected(name: str) -> Iterator[Any]:
    import psycopg  # noqa: PLC0415  only where PostgreSQL is used

    values = {key: value for key, value in _where(name).items() if value}
    try:
        with psycopg.connect(**values, autocommit=True) as other, other.cursor() as cursor:
            yield cursor
    except psycopg.OperationalError as error:
        raise CopyFailed(f"PostgreSQL refused: {error}") from error


def _where(name: str) -> dict[str, Any]:
    values = settings.DATABASES["default"]
    return {
        "dbname": name, "user": values["USER"], "password": values["PASSWORD"], "host": values["HOST"],
        "port": values["PORT"],
    }  # fmt: skip


def _tool(tool: str, words: list[str], name: str = "") -> None:
    """Run one of PostgreSQL's own tools; the password goes through the environment, never the command line."""
    path = tool_path(tool)
    if path is None:
        raise CopyFailed(f"{tool} is missing: apt-get install postgresql-client")
    found = _where(name or settings.DATABASES["default"]["NAME"])
    named = {
        "PGUSER": found["user"],
        "PGPASSWORD": found["password"],
        "PGHOST": found["host"],
        "PGPORT": found["port"],
    }
    environment: Mapping[str, str] = os.environ | {key: str(value) for key, value in named.items() if value}
    words = words if tool == "pg_restore" else [*words, f"--dbname={found['dbname']}"]
    done = subprocess.run([path, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CopyFailed(f"{tool} failed: {lines[-1] if lines else done.returncode}")


def tool_path(tool: str) -> str | None:
    """Return where a tool of PostgreSQL lies: the newest of the machine, else on the path, else the test server's."""
    folders = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / tool).exists()]
    if folders:
        return str(max(folders, key=lambda folder: float(folder.parent.name)) / tool)
    return shutil.which(tool)
