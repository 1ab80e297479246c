"""Say what is missing or wrong with this installation, and what to do about it."""

from argparse import ArgumentParser, Namespace

from kedang.project.answers import Answer
from kedang.project.operations import doctor

SIGNS = {doctor.FINE: "ok  ", doctor.WARN: "look", doctor.BAD: "BAD "}


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: everything is looked at."""


def run(options: Namespace) -> Answer:
    """Look at each thing; exit 1 when something is wrong."""
    findings, titles = doctor.look(), doctor.titles()
    lines = [f"{SIGNS[one.state]} {titles[one.what]}: {one.words}" for one in findings]
    data = {
        "findings": [
            {"what": one.what, "fine": one.fine, "state": one.state, "words": one.words} for one in findings
        ]
    }
    return Answer("\n".join(lines), data, done=all(one.fine for one in findings))
