"""Take records out to a CSV or XLSX file: what --as USER may export, as that user may see it."""

import os
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _

from kedang.engine.exchange.exports import export_rows
from kedang.engine.exchange.reader import refusal
from kedang.kernel.errors import FileRefused
from kedang.project.acting import acting
from kedang.project.answers import Answer
from kedang.project.commands.import_ import record_named

LAYOUTS = {".csv": "csv", ".xlsx": "xlsx"}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the record type, the file, and which columns it has."""
    parser.add_argument("record", metavar="RECORD", help="which records: customers, orders …")
    parser.add_argument("out", type=Path, metavar="OUT", help="the file to write, .csv or .xlsx")
    parser.add_argument("--fields", default="", metavar="A,B", help="these fields only")


def run(options: Namespace) -> Answer:
    """Write the file; a name that is taken is written over when the new file is whole."""
    actor = acting(options)
    kind = record_named(options.record)
    target: Path = options.out
    layout = LAYOUTS.get(target.suffix.lower())
    if layout is None:
        raise FileRefused(_("A file is written as .csv or .xlsx."), limit="format")
    if not target.parent.is_dir():
        raise refusal("missing")
    fields = [name for name in options.fields.split(",") if name] or None
    export = export_rows(actor, kind, fields=fields, reason=f"kedang export {target.name}")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".export-", suffix=target.suffix)
    os.close(handle)
    try:
        count = export.write(Path(name), layout)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    text = _("%(count)s rows written to %(file)s") % {"count": count, "file": target}
    return Answer(
        text, {"record": kind.key, "file": str(target), "rows": count, "columns": list(export.headers)}
    )
