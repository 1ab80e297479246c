"""Packs written for one test."""

from pathlib import Path

import pytest

HEAD = 'key = "trial"\nlabel = "试用"\n'


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a pack folder from file names and texts."""

    def write(**files: str) -> Path:
        folder = tmp_path / "trial"
        folder.mkdir(exist_ok=True)
        for name, text in ({"pack": HEAD} | files).items():
            (folder / f"{name}.toml").write_text(text, "utf-8")
        return folder

    return write
