"""List industry packs, read what installing one would change, install it."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _

from kedang.engine.installation import install, planned
from kedang.packs.loader import library
from kedang.project.answers import Answer


def add_arguments(parser: ArgumentParser) -> None:
    """Add the three things one does with packs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|plan|install")
    verbs.add_parser("list", help="name the packs that came with this version")
    for verb, purpose in (
        ("plan", "say what installing would change"),
        ("install", "install, after its plan"),
    ):
        verbs.add_parser(verb, help=purpose).add_argument("packs", nargs="+", metavar="PACK")


def run(options: Namespace) -> Answer:
    """List, plan or install."""
    if options.verb == "list":
        found = {key: pack.label.model_dump(exclude_none=True) for key, pack in library().items()}
        return Answer(
            "\n".join(f"{key:<16}{label['zh_hans']}" for key, label in found.items()), {"packs": found}
        )
    if options.verb == "plan":
        steps = planned(options.packs)
        return Answer(
            "\n".join(steps.lines()) or _("Nothing would change."), steps.as_data(), done=steps.possible
        )
    steps = install(options.packs, by=options.as_user or "command line")
    return Answer("\n".join(steps.lines()) or _("Nothing has changed."), steps.as_data())
