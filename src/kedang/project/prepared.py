"""Remember for which version a home was prepared, so that a second start does not prepare it again. No Django."""

import hashlib
import os
from pathlib import Path

from kedang.project import home

SOURCE = Path(__file__).resolve().parents[1]
# what preparing depends on: tables, static files, the shipped packs, and the packages that bring tables of their own
PARTS = (
    "**/migrations/*.py",
    "**/static/**/*",
    "packs/library/**/*.toml",
    "project/settings.py",
    "project/prepare.py",
)


def is_current() -> bool:
    """Say whether this home and database were prepared by exactly this version."""
    if home.is_fresh() and not os.environ.get("DATABASE_URL"):
        return False
    if home.is_demo() and not home.demo_sign_ins():
        return False
    return _note().exists() and _note().read_text(encoding="utf-8") == _version()


def remember() -> None:
    """Note that the home is prepared."""
    (home.make() / "prepared").write_text(_version(), encoding="utf-8")


def forget() -> None:
    """Prepare at the next start: the database was replaced from outside."""
    _note().unlink(missing_ok=True)


def _note() -> Path:
    return home.path() / "prepared"


def _version() -> str:
    """Return a digest of the names, sizes and times of what preparing depends on, and of the database's address."""
    files = [file for part in PARTS for file in SOURCE.glob(part) if file.is_file()]
    files += [file for file in (home.ROOT / "requirements" / "base.txt",) if file.exists()]
    digest = hashlib.sha256(os.environ.get("DATABASE_URL", "").encode())
    for file in sorted(files):
        facts = file.stat()
        digest.update(f"{file}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
