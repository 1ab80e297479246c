"""Run one more background worker: outbox, seals, jobs."""

from argparse import ArgumentParser, Namespace

from kedang.project.answers import Answer
from kedang.project.worker import work


def add_arguments(parser: ArgumentParser) -> None:
    """Add what a supervisor passes."""
    parser.add_argument(
        "--parent", type=int, default=0, metavar="PID", help="end when this parent process has ended"
    )


def run(options: Namespace) -> Answer:
    """Work until stopped."""
    work(parent=options.parent)
    return Answer()
