"""Say how the documents of the search stand, or build them anew; a build that was stopped goes on."""

import sys
from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _

from kedang.engine.search.rebuild import Standing, rebuild_some, standing, start_again
from kedang.project.answers import Answer

STEP_SECONDS = 2.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add what to do."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("status", "rebuild", "resume"),
        default="status",
        help="rebuild builds every document anew; resume goes on with a build that was stopped",
    )


def run(options: Namespace) -> Answer:
    """Build where asked, then say how each type stands; exit 1 when a record cannot be found."""
    if options.what == "rebuild":
        start_again()
    if options.what != "status":
        _build()
    found = standing()
    lines = [_line(one) for one in found]
    data = {
        one.kind.key: {"records": one.records, "documents": one.documents, "built": one.built}
        for one in found
    }
    return Answer("\n".join(lines), data, done=all(one.built and not one.missing for one in found))


def _build() -> None:
    done: dict[str, int] = {}

    def told(record: str, count: int) -> None:
        done[record] = done.get(record, 0) + count
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{record}: {done[record]}   ")

    while rebuild_some(STEP_SECONDS, told):
        pass
    if sys.stderr.isatty():
        sys.stderr.write("\n")


def _line(one: Standing) -> str:
    state = (
        _("missing: %(count)s") % {"count": one.missing}
        if one.missing
        else _("complete")
        if one.built
        else _("to be built")
    )
    return f"{one.kind.key:<24} {one.documents}/{one.records}  {state}"
