"""The rooms of the house: imports go one way."""

import subprocess
import sys
from pathlib import Path

from architecture.source import ROOT

LINT = Path(sys.executable).with_name("lint-imports")


def test_imports_go_one_way_up():
    done = subprocess.run(
        [LINT, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_an_import_that_goes_down_would_be_found(tmp_path):
    package = tmp_path / "house"
    for room in ("kernel", "project"):
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "kernel" / "bad.py").write_text("from house import project\n")
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = house\n"
        "[importlinter:contract:rooms]\nname = Rooms\ntype = layers\ncontainers = house\n"
        "layers =\n    project\n    kernel\n"
    )
    words = [LINT, "--no-logo", "--no-cache", "--config", tmp_path / ".importlinter"]
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path)}
    )
    assert "Rooms BROKEN" in done.stdout
