"""Check the chain of history and the bytes of every file, offline: what fails, and how much is not sealed yet."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _

from kedang.engine.files import checking as files
from kedang.engine.records.verify import verify
from kedang.project.answers import Answer


def add_arguments(parser: ArgumentParser) -> None:
    """Add the digest of business values, which two installations can compare."""
    parser.add_argument("--digest", action="store_true", help="print a digest of values, numbers and history")


def run(options: Namespace) -> Answer:
    """Verify; exit 1 when anything does not fit."""
    found = verify(digest=options.digest)
    for text in files.faults():
        found.fault(text)
    counts = {
        "records": found.records,
        "entries": found.entries,
        "seals": found.seals,
        "unsealed": found.unsealed,
        "files": files.counted(),
    }
    first = _("The history is whole.") if found.whole else _("The history is NOT whole:")
    lines = [first, *found.faults, *(f"{name}: {count}" for name, count in counts.items())]
    data = {**counts, "faults": found.faults}
    if options.digest:
        lines.append(f"digest: {found.digest}")
        data["digest"] = found.digest
    return Answer("\n".join(lines), data, done=found.whole)
