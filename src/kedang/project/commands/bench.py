"""Measure a budget on invented data: `kedang bench all`, or the name of one scenario."""

import json
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pkgutil import iter_modules

from django.utils.translation import gettext as _

from kedang.kernel.errors import RuleBroken
from kedang.project import bench
from kedang.project.answers import Answer


def add_arguments(parser: ArgumentParser) -> None:
    """Add the scenario and its size."""
    parser.add_argument("scenario", help="its name, or: all, list")
    parser.add_argument("--size", type=int, default=0, help="rows to invent; 0 is the size of the budget")


def run(options: Namespace) -> Answer:
    """Run scenarios and print what they measured; exit 1 when a budget is missed."""
    names = sorted(module.name for module in iter_modules(bench.__path__) if not module.name.startswith("_"))
    if options.scenario == "list":
        return Answer("\n".join(names), {"scenarios": names})
    wanted = names if options.scenario == "all" else [options.scenario.replace("-", "_")]
    if missing := set(wanted) - set(names):
        raise RuleBroken(_("There is no scenario %(name)s.") % {"name": ", ".join(sorted(missing))})
    found = {name: import_module(f"{bench.__name__}.{name}").run(options.size) for name in wanted}
    lines = [
        f"{name}: {json.dumps(result, ensure_ascii=False, default=str)}" for name, result in found.items()
    ]
    return Answer("\n".join(lines), found, done=all(result.get("within", True) for result in found.values()))
