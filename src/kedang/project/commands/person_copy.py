"""Write all that is held about one person to an archive, for that person; who took it and why is written down."""

import os
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _

from kedang.areas.personal import dossier
from kedang.engine.exchange.reader import refusal
from kedang.engine.records.access import open_one
from kedang.kernel import ids
from kedang.kernel.errors import NotAllowed, NotVisible
from kedang.project.acting import acting
from kedang.project.answers import Answer
from kedang.project.commands.import_ import record_named


def add_arguments(parser: ArgumentParser) -> None:
    """Add whose data, the file, and how the identity was checked."""
    parser.add_argument(
        "record", metavar="RECORD", help="contacts, or customers for customers who are persons"
    )
    parser.add_argument("id", metavar="ID", help="the ID of the record, as its address shows it")
    parser.add_argument("out", type=Path, metavar="OUT", help="the archive to write, .zip")
    parser.add_argument("--identity", required=True, metavar="TEXT", help="how it was made sure who asks")


def run(options: Namespace) -> Answer:
    """Write the archive; a name that is taken is written over when the new file is whole."""
    actor = acting(options)
    kind = record_named(options.record)
    target: Path = options.out
    if not target.parent.is_dir():
        raise refusal("missing")
    try:
        pk = ids.read(options.id)
    except ValueError as error:
        raise NotVisible(_("There is no such record, or it is not yours to see.")) from error
    row = open_one(actor, kind, pk, "export")
    if not dossier.is_person(row):
        raise NotAllowed(_("Only what is held about a person is given out this way."))
    made = dossier.gather(actor, row)
    body = dossier.as_zip(made, actor)
    dossier.note(actor, made, options.identity)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".copy-", suffix=".zip")
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    Path(name).replace(target)
    text = _("%(count)s entries written to %(file)s") % {"count": made.rows, "file": target}
    counts = {section.key: len(section.entries) for section in made.sections}
    return Answer(
        text, {"record": kind.key, "file": str(target), "counts": counts, "left_out": made.withheld}
    )
