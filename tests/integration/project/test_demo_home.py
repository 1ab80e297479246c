"""A demo is marked before its first row, keeps its sign-ins, and starts again when its building was cut short."""

import sys
from types import ModuleType

import pytest

from kedang.project import demo, prepare
from kedang.project import home as homes

SIGN_INS = [{"role": "销售代表", "username": "rep", "password": "a long enough secret"}]


@pytest.fixture
def built(monkeypatch):
    """Put a builder that only counts in the place of the real one."""
    calls = []
    module = ModuleType("kedang.project.demo.build")
    module.build = lambda: calls.append(homes.is_demo()) or SIGN_INS
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(demo, "build", module, raising=False)
    return calls


def test_the_home_is_marked_before_anything_is_built(home, built):
    prepare.begin_demo()
    prepare.build_demo()
    assert built == [True]
    assert homes.demo_sign_ins() == SIGN_INS


def test_a_building_that_was_cut_short_starts_from_nothing(home):
    prepare.begin_demo()
    (home / "kedang.sqlite3").write_text("half")
    (home / "kedang.sqlite3-wal").write_text("half")
    prepare.begin_demo()
    assert not list(home.glob("kedang.sqlite3*"))
    assert homes.is_demo()


def test_a_finished_demo_is_kept(home, built):
    prepare.begin_demo()
    prepare.build_demo()
    (home / "kedang.sqlite3").write_text("whole")
    prepare.begin_demo()
    assert (home / "kedang.sqlite3").read_text() == "whole"
