"""A small installation of its own, in a folder (and on PostgreSQL a database) that commands work on from outside."""

import atexit
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from commands import Command

SRC = Path(__file__).resolve().parents[3] / "src"
ON_POSTGRES = os.environ.get("KEDANG_TEST_DB") == "postgres"


@dataclass(frozen=True)
class Installation:
    """One home with its database."""

    home: Path
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        outside = ("DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "KEDANG_BACKUPS")
        found = {name: value for name, value in os.environ.items() if name not in outside}
        found |= {"KEDANG_HOME": str(self.home), "PYTHONPATH": str(SRC)}
        return found | ({"DATABASE_URL": self.url} if self.url else {})

    def run(self, *words: str, given: str = "") -> dict[str, Any]:
        """Run a command and return its answer; without one, what it said goes under `detail`."""
        done = self.start(*words, given=given)
        code = done.wait()
        try:
            answer: dict[str, Any] = json.loads(done.answered().strip().splitlines()[-1])
        except (IndexError, ValueError):
            answer = {"done": False, "detail": done.said()}
        return answer | {"code_of_exit": code, "said": done.said()}

    def start(self, *words: str, given: str = "") -> Command:
        """Start a command and do not wait for it."""
        return Command("--json", *words, env=self.environment, typed=given)

    def fill(self) -> None:
        """Set up an administrator and a few customers, and a file."""
        assert self.run("create-admin", "root", "--name", "管理员", given="a long enough secret\n")["done"]
        rows = [
            "名称,类型,国家,电话",
            *(f"第{n}家水务设备有限公司,企业,CN,0108{2000000 + n}" for n in range(30)),
        ]
        table = self.home / "rows.csv"
        table.write_text("\n".join(rows), encoding="utf-8")
        answer = self.run("import", "customers", str(table))
        assert answer["done"], answer
        table.unlink()
        (self.home / "files" / "ab").mkdir(parents=True)
        (self.home / "files" / "ab" / "合同.txt").write_bytes("一份合同".encode() * 1000)

    def digest(self) -> str:
        answer = self.run("verify", "--digest")
        assert answer["done"], answer
        return str(answer["digest"])


def empty_at(home: Path, name: str) -> Installation:
    """Return an installation with its tables and nobody in it; `name` is that of its database on a server."""
    shutil.copytree(_migrated().home, home)
    (home / "secret_key").unlink()  # each has its own
    return Installation(home, _database(name, "kedang_migrated"))


@cache
def _migrated() -> Installation:
    """Make the tables once; every other installation begins with a copy."""
    place = Path(tempfile.mkdtemp(prefix="kedang-migrated-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    made = Installation(place / "home", _database("kedang_migrated"))
    answer = made.run("migrate")
    assert answer["done"], answer
    return made


def _database(name: str, like: str = "template1") -> str:
    """Make a database on the test server and return its address; on SQLite there is nothing to make."""
    if not ON_POSTGRES:
        return ""
    import psycopg

    given = os.environ["DATABASE_URL"]
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    parts = urlsplit(given)
    return f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}"
