"""Fill a fresh home folder with the demo company, without serving it."""

import os
from argparse import ArgumentParser, Namespace

from kedang.project import home
from kedang.project.answers import Answer
from kedang.project.prepare import begin_demo, build_demo, migrate
from kedang.project.serve import Wish, check_demo


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: the seed is fixed, so every demo is the same."""


def run(options: Namespace) -> Answer:
    """Build the demo company once; a home that has it keeps it."""
    check_demo(Wish("127.0.0.1", int(os.environ.get("PORT") or 8000), demo=True))
    begin_demo()
    migrate()
    if not home.demo_sign_ins():
        build_demo()
    people = home.demo_sign_ins()
    text = "\n".join(f"{one['username']}\t{one['password']}\t{one['role']}" for one in people)
    return Answer(text, {"sign_ins": people})
