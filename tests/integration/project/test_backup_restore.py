"""Backups while people work, restores that are rehearsed, upgrades that go back; and what a kill leaves."""

import json
import os
import random
import shutil
import sqlite3
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from integration.project.installations import ON_POSTGRES, Installation, empty_at
from kedang.project import home as home_folder
from kedang.project.operations import archive, restore, switch


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A filled installation that tests copy."""
    made = empty_at(tmp_path_factory.mktemp("origin") / "home", "kedang_origin")
    made.fill()
    return made


@pytest.fixture(scope="module")
def kept(origin: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    answer = origin.run("backup", str(tmp_path_factory.mktemp("backups")))
    assert answer["done"], answer
    return Path(answer["file"])


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """An installation with nobody in it."""
    return empty_at(tmp_path / "home", "kedang_empty")


def twin(origin: Installation, place: Path) -> Installation:
    """Return a second installation with the same data (SQLite: a copy of the folder)."""
    shutil.copytree(origin.home, place / "twin")
    return Installation(place / "twin")


def test_attack_76_a_backup_restored_elsewhere_has_the_same_rows_files_and_history(
    origin: Installation, kept: Path, empty: Installation
) -> None:
    shutil.copy(origin.home / "secret_key", empty.home / "secret_key")
    answer = empty.run("restore", str(kept))
    assert answer["done"], answer
    assert empty.digest() == origin.digest()
    stored = empty.home / "files" / "ab" / "合同.txt"
    assert stored.read_bytes() == (origin.home / "files" / "ab" / "合同.txt").read_bytes()
    assert not list(empty.home.glob(".restore-*"))


def test_a_rehearsal_compares_everything_and_changes_nothing(kept: Path, empty: Installation) -> None:
    before = empty.digest()
    answer = empty.run("restore", str(kept), "--rehearse")
    assert answer["done"], answer
    assert answer["rehearsal"]
    assert answer["entries"] == 30
    assert empty.digest() == before
    assert not list(empty.home.glob("before-*"))


def test_only_tables_that_lack_a_step_are_migrated(kept: Path) -> None:
    of_today, older = archive.Manifest(**told(kept)), archive.Manifest(**told(kept))
    older.migrations["engine"].pop()
    assert not restore.is_behind(of_today)
    assert restore.is_behind(older)


@pytest.mark.sqlite
def test_what_was_erased_after_the_backup_does_not_come_back_with_it(
    origin: Installation, kept: Path, tmp_path: Path
) -> None:
    made = twin(origin, tmp_path)
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        pk, phone = live.execute(
            "SELECT id, phone FROM customers_customer WHERE name LIKE '第7家%'"
        ).fetchone()
    beside = tmp_path / "backups"
    beside.mkdir()
    shutil.copy(kept, beside / kept.name)
    (beside / "erasures.json").write_text(json.dumps([["customers.customer", pk], ["no.such", 1]]))

    answer = made.run("restore", str(beside / kept.name))

    assert (answer["done"], answer["erased"], answer["left"]) == (True, 1, []), answer
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        assert live.execute("SELECT count(*) FROM customers_customer").fetchone() == (29,)
        assert live.execute("SELECT count(*) FROM customers_customer WHERE id = ?", (pk,)).fetchone() == (0,)
    for file in made.home.glob("kedang.sqlite3*"):
        assert phone.encode() not in file.read_bytes()
    proofs = made.run("erasures")["erasures"]
    assert [(one["record"], one["counts"]) for one in proofs] == [
        ("customers.customer", {"customers.customer": 1})
    ]
    assert made.run("verify")["done"]
    listed = json.loads((made.home / "erasures.json").read_text())
    assert ["customers.customer", pk] in listed


@pytest.mark.sqlite
def test_whom_a_list_calls_sealed_does_not_come_back_readable(
    origin: Installation, kept: Path, tmp_path: Path
) -> None:
    made = twin(origin, tmp_path)
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        pk, phone = live.execute(
            "SELECT id, phone FROM customers_customer WHERE name LIKE '第7家%'"
        ).fetchone()
    beside = tmp_path / "backups"
    beside.mkdir()
    shutil.copy(kept, beside / kept.name)
    (beside / "seals.json").write_text(
        json.dumps([["customers.customer", pk, "2056-12-31"], ["no.such", 1, "x"]])
    )

    answer = made.run("restore", str(beside / kept.name))

    assert (answer["done"], answer["left"]) == (True, []), answer
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        row = live.execute(
            "SELECT name, phone, archived_at FROM customers_customer WHERE id = ?", (pk,)
        ).fetchone()
    assert (row[0], row[1], row[2][:4]) == ("•••", "", "9000")
    for file in made.home.glob("kedang.sqlite3*"):
        assert phone.encode() not in file.read_bytes()
    assert [one["sealed_until"] for one in made.run("erasures")["erasures"]] == ["2056-12-31"]
    assert made.run("verify")["done"]
    assert json.loads((made.home / "seals.json").read_text()) == [["customers.customer", pk, "2056-12-31"]]
    assert json.loads((made.home / "erasures.json").read_text()) == []


def told(file: Path | str) -> dict[str, Any]:
    """Return the manifest in a backup."""
    with tarfile.open(file) as tar:
        return dict(json.loads(tar.extractfile("manifest.json").read()))


def rebuilt(kept: Path, target: Path, change) -> Path:
    """Write a backup anew with its members and manifest changed."""
    with tarfile.open(kept) as tar:
        members = [(one, tar.extractfile(one).read()) for one in tar]
    manifest = json.loads(members[-1][1])
    with tarfile.open(target, "w:gz") as out:
        for one, body in change(manifest, members[:-1]):
            if one.isreg():
                one.size = len(body)
            out.addfile(one, fileobj=__import__("io").BytesIO(body) if one.isreg() else None)
        text = json.dumps(manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(text)
        out.addfile(info, __import__("io").BytesIO(text))
    return target


def entry(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


HOSTILE = {
    "up": entry("files/../../outside"),
    "absolute": entry("/tmp/outside"),
    "odd": entry("files/a\\..\\b"),
    "link": entry("files/link", tarfile.SYMTYPE, "/etc"),
    "hard link": entry("files/hard", tarfile.LNKTYPE, "database.sqlite3"),
    "device": entry("files/null", tarfile.CHRTYPE),
    "folder": entry("files/folder", tarfile.DIRTYPE),
    "foreign": entry("kedang.sqlite3-wal"),
    "twice": entry("files/ab/合同.txt"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_attack_45_an_archive_that_leads_elsewhere_is_refused(
    kept: Path, origin: Installation, tmp_path: Path, what: str
) -> None:
    bad = rebuilt(kept, tmp_path / "bad.tar.gz", lambda manifest, members: [*members, (HOSTILE[what], b"x")])
    before = sorted(str(file) for file in origin.home.rglob("*"))
    answer = origin.run("restore", str(bad))
    assert (answer["code_of_exit"], answer.get("code")) == (1, "backup"), answer
    assert [one for one in before if not Path(one).exists()] == []
    assert not (tmp_path / "outside").exists()


def test_attack_45_a_link_through_which_a_later_file_would_be_written_is_refused(
    kept: Path, origin: Installation, tmp_path: Path
) -> None:
    def change(manifest, members):
        link = entry("files/way", tarfile.SYMTYPE, str(tmp_path))
        return [(link, b""), (entry("files/way/outside"), b"x"), *members]

    bad = rebuilt(kept, tmp_path / "bad.tar.gz", change)
    assert origin.run("restore", str(bad)).get("code") == "backup"
    assert not (tmp_path / "outside").exists()


def of_another_version(manifest, members):
    manifest["migrations"]["engine"].append("9999_from_the_future")
    return members


def of_another_database(manifest, members):
    manifest["engine"] = "oracle"
    return members


def of_another_format(manifest, members):
    manifest["format"] = 99
    return members


def with_other_counts(manifest, members):
    manifest["counts"]["customers_customer"] += 1
    return members


def with_another_file(manifest, members):
    return [(one, body + b"x" if one.name.startswith("files/") else body) for one, body in members]


def without_a_file(manifest, members):
    return [one for one in members if not one[0].name.startswith("files/")]


@pytest.mark.parametrize(
    "change",
    [
        of_another_version,
        of_another_database,
        of_another_format,
        with_other_counts,
        with_another_file,
        without_a_file,
    ],
)
def test_attack_76_what_is_not_the_backup_that_was_made_is_refused_with_a_reason(
    kept: Path, origin: Installation, tmp_path: Path, change
) -> None:
    bad = rebuilt(kept, tmp_path / "bad.tar.gz", change)
    before = origin.digest()
    answer = origin.run("restore", str(bad))
    assert (answer["code_of_exit"], answer.get("code")) == (1, "backup"), answer
    assert len(answer["detail"]) > 20
    assert origin.digest() == before


def test_what_was_cut_short_or_is_something_else_is_refused(
    kept: Path, origin: Installation, tmp_path: Path
) -> None:
    whole = kept.read_bytes()
    for place, content in enumerate((whole[: len(whole) // 2], b"", b"not a backup at all", whole[20:])):
        bad = tmp_path / f"{place}.tar.gz"
        bad.write_bytes(content)
        assert origin.run("restore", str(bad), "--rehearse").get("code") == "backup"
    assert origin.run("restore", str(tmp_path / "nowhere")).get("code") == "backup"


def test_attack_67_a_backup_holds_no_key_unless_asked_and_no_open_session(
    origin: Installation, kept: Path, tmp_path: Path
) -> None:
    secret = (origin.home / "secret_key").read_bytes().strip()
    with tarfile.open(kept) as tar:
        names = {one.name for one in tar}
        for one in tar:
            assert secret not in tar.extractfile(one).read()
    assert "secret_key" not in names
    manifest = told(kept)
    assert {manifest["counts"][table] for table in ("django_session", "engine_signin")} == {0}
    assert (kept.stat().st_mode & 0o077) == 0
    with_key = origin.run("backup", str(tmp_path), "--with-key")
    with tarfile.open(with_key["file"]) as tar:
        assert tar.extractfile("secret_key").read() == secret


def test_the_newest_backups_are_kept_and_foreign_files_stay(origin: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine.tar.gz").write_bytes(b"mine")
    for day in (1, 2, 3):
        (tmp_path / f"kedang-2026010{day}-000000.tar.gz").write_bytes(b"old")
        (tmp_path / f"kedang-2026010{day}-000000.json").write_bytes(b"{}")
    answer = origin.run("backup", str(tmp_path), "--keep", "2")
    assert len(answer["removed"]) == 2
    left = sorted(file.name for file in tmp_path.glob("*.tar.gz"))
    assert left == ["kedang-20260103-000000.tar.gz", Path(answer["file"]).name, "mine.tar.gz"]
    assert not (tmp_path / "kedang-20260101-000000.json").exists()


def test_two_backups_within_one_second_are_two_files(origin: Installation, tmp_path: Path) -> None:
    files = {origin.run("backup", str(tmp_path))["file"] for _ in range(3)}
    assert len(files) == 3


@pytest.mark.sqlite
def test_a_backup_taken_while_people_write_is_of_one_moment(origin: Installation, tmp_path: Path) -> None:
    twin_of = twin(origin, tmp_path)
    file = twin_of.home / "kedang.sqlite3"
    stop = threading.Event()

    def write() -> None:
        # two tables that always agree, changed together
        with sqlite3.connect(file, timeout=30, isolation_level=None) as live:
            live.execute("CREATE TABLE one (n INTEGER)")
            live.execute("CREATE TABLE two (n INTEGER)")
            while not stop.is_set():
                live.execute("BEGIN IMMEDIATE")
                live.execute("INSERT INTO one SELECT 1 FROM (SELECT 1 UNION ALL SELECT 2)")
                live.execute("INSERT INTO two SELECT 1 FROM (SELECT 1 UNION ALL SELECT 2)")
                live.execute("COMMIT")
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.2)
        counts = []
        for _ in range(3):
            answer = twin_of.run("backup", str(tmp_path / "out"))
            manifest = told(answer["file"])
            counts.append((manifest["counts"]["one"], manifest["counts"]["two"]))
    finally:
        stop.set()
        writer.join()
    assert all(one == two for one, two in counts)
    assert counts[0][0] < counts[-1][0]


def length_of(made: Installation, *words: str) -> float:
    """Return how many seconds a command takes when nobody kills it, so that kills hit it at work."""
    began = time.monotonic()
    assert made.run(*words)["done"]
    return time.monotonic() - began


@pytest.mark.sqlite
@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.full)])
def test_a_killed_backup_leaves_no_half_file_and_the_data_whole(
    origin: Installation, tmp_path: Path, kills: int
) -> None:
    made = twin(origin, tmp_path)
    with (made.home / "files" / "large.bin").open("wb") as out:
        out.write(os.urandom(60_000_000))
    before, target, throw = made.digest(), tmp_path / "out", random.Random(7)
    whole = length_of(made, "backup", str(tmp_path / "first"))
    for _ in range(kills):
        process = made.start("backup", str(target))
        time.sleep(throw.random() * whole)
        process.kill()
        for file in target.glob("kedang-*.tar.gz") if target.exists() else ():
            assert made.run("restore", str(file), "--rehearse")["done"]
    assert made.digest() == before
    assert made.run("backup", str(target))["done"]
    assert not list(target.glob(".*"))


@pytest.mark.sqlite
def test_a_killed_restore_leaves_the_old_or_the_new_whole(
    origin: Installation, kept: Path, tmp_path: Path
) -> None:
    made = twin(origin, tmp_path)
    table = tmp_path / "more.csv"
    table.write_text("名称,类型,国家,电话\n后来的水务有限公司,企业,CN,01088880000\n", encoding="utf-8")
    assert made.run("import", "customers", str(table))["done"]
    old, new, throw = made.digest(), origin.digest(), random.Random(3)
    assert old != new
    whole = length_of(twin(origin, tmp_path / "first"), "restore", str(kept))
    seen = set()
    for _ in range(8):
        process = made.start("restore", str(kept))
        time.sleep(throw.random() * whole)
        process.kill()
        seen.add(made.digest())
    assert seen <= {old, new}
    assert made.run("restore", str(kept))["done"]
    assert made.digest() == new
    assert not list(made.home.glob(".restore-*"))


class Killed(BaseException):
    """Stands for a kill between two system calls."""


@pytest.mark.sqlite
@pytest.mark.parametrize("steps", range(9))
def test_a_switch_killed_after_any_rename_is_ended_by_whoever_starts_next(
    home: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    fresh, aside = home / "fresh", home / "aside"
    fresh.mkdir()
    (home / "kedang.sqlite3").write_text("old")
    (home / "kedang.sqlite3-wal").write_text("old")
    (fresh / "kedang.sqlite3").write_text("new")
    (fresh / "files").mkdir()
    names = ["kedang.sqlite3", "kedang.sqlite3-wal", "files"]
    real, left = Path.rename, [steps]

    def rename(self: Path, target: Path) -> Path:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    moves = [(home / name, aside / name) for name in names] + [(fresh / name, home / name) for name in names]
    try:
        switch.plan(moves)
    except Killed:
        monkeypatch.setattr(Path, "rename", real)
        assert switch.finish()
    assert home_folder.path() == home
    assert (home / "kedang.sqlite3").read_text() == "new"
    assert not (home / "kedang.sqlite3-wal").exists()
    assert (home / "files").is_dir()
    assert (aside / "kedang.sqlite3").read_text() == "old"
    assert not switch.finish()


@pytest.mark.sqlite
def test_a_home_that_is_served_is_not_restored_under_its_people(
    origin: Installation, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kedang.project.operations import lock

    made = twin(origin, tmp_path)
    monkeypatch.setenv("KEDANG_HOME", str(made.home))
    with lock.shared():
        assert made.run("restore", str(kept)).get("code") == "busy"
        assert made.run("upgrade").get("code") == "busy"
        assert made.run("backup", str(tmp_path / "out"))["done"]


def test_an_upgrade_backs_up_migrates_and_verifies(empty: Installation) -> None:
    before = empty.digest()
    answer = empty.run("upgrade")
    assert answer["done"], answer
    assert Path(answer["backup"]).exists()
    assert empty.digest() == before


@pytest.mark.sqlite
def test_an_upgrade_that_fails_goes_back_and_says_why(origin: Installation, tmp_path: Path) -> None:
    made = twin(origin, tmp_path)
    before = made.digest()
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        live.execute("UPDATE engine_historyentry SET reason = 'changed behind our back' WHERE seq = 1")
    answer = made.run("upgrade")
    assert (answer["code_of_exit"], answer["code"]) == (1, "upgrade"), answer
    assert Path(answer["backup"]).exists()
    assert not (made.home / "upgrading.json").exists()
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        live.execute("UPDATE engine_historyentry SET reason = '' WHERE seq = 1")
    assert made.digest() == before


@pytest.mark.sqlite
def test_an_upgrade_that_was_killed_is_taken_back_first(
    origin: Installation, kept: Path, tmp_path: Path
) -> None:
    made = twin(origin, tmp_path)
    before = made.digest()
    (made.home / "upgrading.json").write_text(json.dumps({"backup": str(kept)}), encoding="utf-8")
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        live.execute("ALTER TABLE customers_customer RENAME COLUMN name TO half_done")
    answer = made.run("upgrade")
    assert answer["done"], answer
    assert made.digest() == before
    assert not (made.home / "upgrading.json").exists()


def test_the_doctor_looks_at_everything_and_answers_in_words_and_data(origin: Installation) -> None:
    answer = origin.run("doctor")
    found = {one["what"]: one for one in answer["findings"]}
    assert {"database", "tables", "worker", "outbox", "jobs", "search", "fonts", "print", "home", "mail", "clock",
            "secret", "backups", "administrator", "sealed"} <= found.keys()  # fmt: skip
    assert found["tables"]["fine"]
    assert found["administrator"]["words"] == "root"
    assert found["worker"]["state"] == "warn"
    assert all(one["words"] for one in found.values())
    assert ON_POSTGRES or found["database"]["words"].startswith("SQLite")


@pytest.mark.sqlite
def test_the_doctor_finds_what_is_wrong(origin: Installation, tmp_path: Path) -> None:
    made = twin(origin, tmp_path)
    (made.home / "secret_key").chmod(0o644)
    with sqlite3.connect(made.home / "kedang.sqlite3") as live:
        live.execute("UPDATE engine_user SET is_active = 0")
        live.execute("DELETE FROM django_migrations WHERE app = 'captcha'")
        live.execute("UPDATE engine_outboxevent SET tries = 8, error = 'x'")
        live.execute("UPDATE engine_historyentry SET at = '2099-01-01 00:00:00' WHERE seq = 1")
    answer = made.run("doctor")
    assert answer["code_of_exit"] == 1
    states = {one["what"]: one["state"] for one in answer["findings"]}
    assert {states[name] for name in ("secret", "administrator", "tables", "clock")} == {"bad"}
    assert states["outbox"] == "warn"
