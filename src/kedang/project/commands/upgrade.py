"""Bring the data to this version: backup, migrate, verify; back to before when anything fails."""

import sys
from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _

from kedang.project.answers import Answer
from kedang.project.operations import upgrade


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: there is one way."""


def run(options: Namespace) -> Answer:
    """Upgrade, telling each step on standard error."""
    kept, steps = upgrade.upgrade(_say)
    text = _("Up to date: %(count)s steps. The backup from before is %(file)s.")
    return Answer(text % {"count": len(steps), "file": kept}, {"steps": steps, "backup": str(kept)})


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
