"""A process that is killed while it imports leaves whole batches; the same command ends what it began."""

import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from commands import Command
from integration.project.installations import empty_at

ROOT = Path(__file__).parents[3]
CDNOW = ROOT / "tests" / "data" / "cdnow" / "CDNOW_master.txt"
RECIPES = ROOT / "docs" / "recipes"
ROWS = 1_200
pytestmark = pytest.mark.sqlite


def started(home, *words, typed=""):
    env = {
        "PATH": os.environ["PATH"],
        "KEDANG_HOME": str(home),
        "SECRET_KEY": "a key for tests only, long enough",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return Command(*words, env=env, typed=typed)


def done(home, *words, typed=""):
    process = started(home, *words, "--json", typed=typed)
    assert process.wait() == 0, process.answered() + process.said()
    return json.loads(process.answered())


def bring(home, record, path):
    return (home, "import", record, str(path), "--mapping", str(RECIPES / f"cdnow-{record}.toml"))


def cursor_of(home):
    """Return how far the unfinished run has come, read as another process would."""
    try:
        with closing(sqlite3.connect(f"file:{home}/kedang.sqlite3?mode=ro", uri=True)) as database:
            row = database.execute("SELECT cursor FROM engine_importrun WHERE state = 'running'").fetchone()
    except sqlite3.OperationalError:
        return 0
    return row[0] if row else 0


def killed(home, record, path, beyond):
    """Start an import and kill it once it has passed a row; say whether it was still at work."""
    process = started(*bring(home, record, path))
    while process.poll() is None and cursor_of(home) < beyond:
        time.sleep(0.005)
    return process.kill() == -signal.SIGKILL


def test_killed_and_started_again_it_ends_the_same(tmp_path):
    home, twin = tmp_path / "home", tmp_path / "twin"
    empty_at(home, "kedang_import")
    path = tmp_path / "some.txt"
    with CDNOW.open() as lines:
        path.write_text("".join(line for line, _ in zip(lines, range(ROWS), strict=False)))
    done(home, "create-admin", "root", typed="correct horse battery\n")
    shutil.copytree(home, twin)

    first = done(*bring(home, "customers", path))
    orders = done(*bring(home, "orders", path))
    assert (first["created"] + first["skipped"], orders["created"], orders["refused"]) == (ROWS, ROWS, 0)
    whole = done(home, "verify", "--digest")

    assert killed(twin, "customers", path, 50)
    assert done(*bring(twin, "customers", path))["created"] == first["created"]
    assert killed(twin, "orders", path, 300)
    assert done(*bring(twin, "orders", path))["created"] == ROWS
    found = done(twin, "verify", "--digest")
    assert found["faults"] == []
    assert [found[name] for name in ("digest", "records", "entries")] == [
        whole[name] for name in ("digest", "records", "entries")
    ]
