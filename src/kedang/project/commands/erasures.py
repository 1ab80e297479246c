"""Tell what was erased for good, with the proof; or erase again what a list names, after a backup was restored."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _

from kedang.engine.erasing.models import Erasure
from kedang.kernel import ids
from kedang.project.answers import Answer
from kedang.project.operations import erasures

SHOWN = 100


def add_arguments(parser: ArgumentParser) -> None:
    """Add the folder whose list is applied."""
    parser.add_argument(
        "--apply", metavar="FOLDER", type=Path, help="erase again what the list in this folder names"
    )


def run(options: Namespace) -> Answer:
    """List the newest erasures, or apply a list."""
    if options.apply is not None:
        count, left = erasures.again(sorted(erasures.read(options.apply)))
        sealed, open_still = erasures.sealed_again(sorted(erasures.read_seals(options.apply)))
        words = [_("%(count)s files were erased again.") % {"count": count}, *left, *open_still]
        if sealed:
            words.insert(1, _("%(count)s persons were sealed again.") % {"count": sealed})
        left = [*left, *open_still]
        return Answer("\n".join(words), {"erased": count, "sealed": sealed, "left": left}, done=not left)
    rows = list(Erasure.objects.select_related("sealing")[:SHOWN])
    told = [
        {
            "record": row.record, "id": ids.show(row.record_id), "at": row.at.isoformat(), "by": row.by_name,
            "counts": row.counts, "proof": row.proof, "done_at": row.done_at.isoformat() if row.done_at else None,
            "sealed_until": row.sealing.until.isoformat() if hasattr(row, "sealing") else None,
        }
        for row in rows
    ]  # fmt: skip
    lines = [f"{one['at']}  {one['record']} {one['id']}  {one['by']}  {one['proof'][:16]}" for one in told]
    return Answer("\n".join(lines) or _("Nothing was erased yet."), {"erasures": told})
