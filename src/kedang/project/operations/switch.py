"""Put a restored database and its files in the place of the live ones: wholly or not at all, whatever is killed.

The renames are written down first. Once they are, the switch goes through: whoever starts next ends it. No Django.
"""

import json
import os
from pathlib import Path

from kedang.project import home
from kedang.project.operations.archive import sync_folder

JOURNAL = "switch.json"


def plan(moves: list[tuple[Path, Path]]) -> None:
    """Write down renames within the home and do them; a live thing goes aside before its heir comes."""
    folder = home.path()
    moves = [(old, new) for old, new in moves if old.exists()]
    draft = folder / f".{JOURNAL}.part"
    draft.write_text(json.dumps([[str(old), str(new)] for old, new in moves]), encoding="utf-8")
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(folder / JOURNAL)
    sync_folder(folder)
    finish()


def finish() -> bool:
    """Do what was written down and not done yet; say whether there was anything."""
    journal = home.path() / JOURNAL
    if not journal.exists():
        return False
    for old, new in json.loads(journal.read_text(encoding="utf-8")):
        # what was done already is known by its target: it was not there when the plan was made
        if Path(old).exists() and not Path(new).exists():
            Path(new).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(old).rename(new)
            sync_folder(Path(new).parent)
    journal.unlink(missing_ok=True)
    sync_folder(home.path())
    return True
