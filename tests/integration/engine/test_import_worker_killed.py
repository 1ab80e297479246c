"""A worker killed with -9 at random rows of an import from the pages: the next one ends it, and nothing is twice."""

import csv
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from integration.engine.test_import_killed import cursor_of, done, started
from integration.project.installations import empty_at

PATIENCE = 90
UPLOADER = Path(__file__).with_name("uploader.py")
MAPPING = """
[columns]
external_no = "编号"
name = "名称"
type_key = { const = "individual" }
remarks = { template = "第{编号}号" }
"""
pytestmark = pytest.mark.sqlite


def asked(home, sql, *values):
    with closing(sqlite3.connect(f"{home}/kedang.sqlite3", timeout=30)) as database, database:
        return database.execute(sql, values).fetchone()


def hand_in(home, path, mapping):
    env = {
        "PATH": os.environ["PATH"], "KEDANG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kedang.project.settings",
        "SECRET_KEY": "a key for tests only, long enough", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, UPLOADER, path, mapping]
    sent = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert sent.returncode == 0, sent.stderr


def worked(home, beyond=None):
    """Run a worker until the job is done, or kill it once the import has passed a row; say whether it was killed."""
    process = started(home, "worker")
    until, before = time.monotonic() + PATIENCE, -1
    try:
        while time.monotonic() < until:
            if process.poll() is not None:
                pytest.fail(f"the worker ended by itself: {process.returncode}")
            if (now := cursor_of(home)) != before:
                until, before = time.monotonic() + PATIENCE, now
            if beyond is not None and now >= beyond:
                return True
            if asked(home, "SELECT state FROM engine_job WHERE kind = 'exchange.import'")[0] == "done":
                return False
            time.sleep(0.005)
        pytest.fail(f"the import stands at row {before}")
    finally:
        process.kill()


@pytest.mark.parametrize(("kills", "count"), [(3, 1_500), pytest.param(50, 30_000, marks=pytest.mark.full)])
def test_killed_at_random_rows_it_ends_as_if_it_never_was(tmp_path, kills, count):
    home, twin = tmp_path / "home", tmp_path / "twin"
    empty_at(home, "kedang_import")
    path, mapping = tmp_path / "people.csv", tmp_path / "people.toml"
    mapping.write_text(MAPPING, "utf-8")
    with path.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows([["编号", "名称"], *([f"W{n}", f"第{n}位客户"] for n in range(count))])
    done(home, "create-admin", "root", typed="correct horse battery\n")
    hand_in(home, path, mapping)
    shutil.copytree(home, twin)
    assert not worked(home)
    whole = done(home, "verify", "--digest")

    chance = random.Random(os.environ.get("KEDANG_SEED", "1"))
    rows = sorted(chance.randrange(1, count - 400) for _kill in range(kills))
    killed = 0
    for row in rows:
        if cursor_of(twin) < row or not killed:
            killed += worked(twin, row)
            asked(
                twin, "UPDATE engine_job SET due_at = '2026-01-01 00:00:00' WHERE ended_at IS NULL"
            )  # its lease ends
    assert killed
    worked(twin)
    found = done(twin, "verify", "--digest")
    assert found["faults"] == []
    assert [found[name] for name in ("digest", "records", "entries")] == [
        whole[name] for name in ("digest", "records", "entries")
    ]
    assert asked(twin, "SELECT count(*), max(state) FROM engine_importrun") == (1, "done")
    assert asked(twin, "SELECT count(*) FROM customers_customer")[0] == count
