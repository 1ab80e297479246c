"""Run one more background worker: outbox, seals."""

from argparse import ArgumentParser, Namespace

from kedang.project.answers import Answer
from kedang.project.worker import work


def add_arguments(parser: ArgumentParser) -> None:
    """Add what a supervisor passes."""
    parser.add_argument("--follow-parent", action="store_true", help="end when the starting process ends")


def run(options: Namespace) -> Answer:
    """Work until stopped."""
    work(follow_parent=options.follow_parent)
    return Answer()
