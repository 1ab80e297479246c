"""Name the files that make up a record type: model, rules, services, pages, pack entries, tests."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from inspect import getsourcefile
from pathlib import Path

from django.utils.translation import gettext as _

from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel.errors import RuleBroken
from kedang.project import home
from kedang.project.answers import Answer

SOURCE = Path(__file__).resolve().parents[2]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the record type."""
    parser.add_argument("record", help="its key (customers.customer) or plural (customers)")


def run(options: Namespace) -> Answer:
    """List the files, relative to the checkout."""
    record = _find(options.record)
    found = {what: [str(file.relative_to(home.ROOT)) for file in files] for what, files in _files(record)}
    lines = [f"{what:<10} {file}" for what, files in found.items() for file in files]
    return Answer(
        "\n".join([f"{record.key} ({record.label})", *lines]), {"record": record.key, "files": found}
    )


def _find(word: str) -> RecordType:
    for record in RECORDS.values():
        if word in {record.key, record.plural}:
            return record
    known = ", ".join(sorted(record.plural for record in RECORDS.values()))
    raise RuleBroken(
        _("There is no record type %(name)s; there are: %(known)s.") % {"name": word, "known": known}
    )


def _files(record: RecordType) -> Iterator[tuple[str, list[Path]]]:
    model = Path(getsourcefile(record.model) or "")
    area = next(folder for folder in model.parents if (folder / "apps.py").exists() or folder == SOURCE)
    yield "model", [model]
    for name in ("record_types", "rules", "services", "selectors", "handlers", "views", "api", "jobs"):
        files = [*area.glob(f"{name}.py"), *sorted(area.glob(f"{name}/*.py"))]
        if files:
            yield name, files
    yield "pages", sorted(area.glob("templates/**/*.html"))
    yield "packs", _naming(record, SOURCE / "packs" / "library", "*.toml")
    yield "tests", _naming(record, home.ROOT / "tests", "*.py")


def _naming(record: RecordType, folder: Path, pattern: str) -> list[Path]:
    names = (record.key, f"import {record.model.__name__}")
    files = sorted(folder.rglob(pattern))
    return [file for file in files if any(name in file.read_text(encoding="utf-8") for name in names)]
