"""A second start prepares nothing, unless the version, the database or the home changed."""

import pytest

from kedang.project import home as homes
from kedang.project import prepared


@pytest.fixture
def ready(home, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (home / "kedang.sqlite3").touch()
    prepared.remember()
    return home


def test_a_prepared_home_stays_prepared(ready):
    assert prepared.is_current()


def test_a_lost_database_is_prepared_again(ready):
    (ready / "kedang.sqlite3").unlink()
    assert not prepared.is_current()


def test_another_database_is_prepared(ready, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/kedang")
    assert not prepared.is_current()


def test_another_version_is_prepared(ready, monkeypatch, tmp_path):
    monkeypatch.setattr(prepared, "SOURCE", tmp_path)
    assert not prepared.is_current()


def test_a_demo_whose_building_was_cut_short_is_prepared_again(ready):
    homes.mark_demo()
    assert not prepared.is_current()


def test_a_replaced_database_can_ask_to_be_prepared(ready):
    prepared.forget()
    assert not prepared.is_current()
