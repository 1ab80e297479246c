"""List industry packs, read what installing one would change, install it."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _

from kedang.engine.identity.models import Pool
from kedang.engine.installation import install, planned
from kedang.packs.loader import library
from kedang.packs.plan import Plan
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
        return Answer(_said(steps) or _("Nothing would change."), steps.as_data(), done=steps.possible)
    steps = install(options.packs, by=options.as_user or "command line")
    return Answer(_said(steps) or _("Nothing has changed."), steps.as_data())


def _said(steps: Plan) -> str:
    """Return a plan in lines, and which pools go by a rule of their own whatever it says of rules."""
    lines = steps.lines()
    own = [pool.name for pool in Pool.objects.filter(rule__isnull=False).order_by("name")]
    if own and any(change.kind == "pool_rule" for change in steps.changes):
        lines.append(_("These pools keep the rule of their own: %(names)s") % {"names": _(", ").join(own)})
    return "\n".join(lines)
