"""Restore a backup: in an empty place first, compared and verified; then in the place of the live data."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _

from kedang.project.answers import Answer
from kedang.project.operations import restore


def add_arguments(parser: ArgumentParser) -> None:
    """Add which backup, and whether only to try."""
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--rehearse", action="store_true", help="only restore it aside, compare and verify")


def run(options: Namespace) -> Answer:
    """Rehearse, and unless that was all, switch."""
    file = options.file.expanduser().resolve()
    if options.rehearse:
        found, aside = restore.rehearse(file), None
    else:
        found, aside = restore.restore(file)
    words = [
        _("%(rows)s rows and %(files)s files are as they were backed up on %(moment)s; the history is whole.")
        % {"rows": found.rows, "files": found.files, "moment": found.manifest.made_at},
    ]
    if aside is None:
        words.append(_("That was a rehearsal: nothing was changed."))
    else:
        words.append(
            _("Restored. What was here before lies in %(folder)s; everybody signs in anew.")
            % {"folder": aside}
        )
    if found.erased:
        words.append(
            _("Erased again, since they were erased after this backup: %(count)s.") % {"count": found.erased}
        )
    words += [_("Could not be erased again: %(what)s") % {"what": one} for one in found.left]
    data = {
        "rows": found.rows, "files": found.files, "made_at": found.manifest.made_at,
        "version": found.manifest.version, "entries": found.verdict.get("entries"), "seals": found.verdict.get("seals"),
        "aside": str(aside) if aside else "", "rehearsal": aside is None,
        "erased": found.erased, "left": list(found.left),
    }  # fmt: skip
    return Answer("\n".join(words), data)
