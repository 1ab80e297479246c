"""Check the chain of history, offline: what fails, and how much is not sealed yet."""

from argparse import ArgumentParser


def add_arguments(parser: ArgumentParser) -> None:
    """Add the digest of business values, which two installations can compare."""
    parser.add_argument("--digest", action="store_true", help="print a digest of values, numbers and history")
