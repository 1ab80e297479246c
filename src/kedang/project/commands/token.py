"""Make or revoke a key with which a program acts as a user."""

from argparse import ArgumentParser, Namespace
from datetime import timedelta

from django.utils.translation import gettext as _

from kedang.engine.identity import tokens
from kedang.kernel import clock
from kedang.kernel.errors import RuleBroken
from kedang.project.acting import user_named
from kedang.project.answers import Answer


def add_arguments(parser: ArgumentParser) -> None:
    """Add whose key it is and what it is for."""
    parser.add_argument("username")
    parser.add_argument("--name", default="cli", help="what the key is for")
    parser.add_argument("--read-only", action="store_true", help="the key may read, never write")
    parser.add_argument("--days", type=int, default=0, help="days until it ends; 0 is never")
    parser.add_argument("--revoke", action="store_true", help="end the keys of this name instead")


def run(options: Namespace) -> Answer:
    """Print the new key, the only time it can be read."""
    user = user_named(options.username)
    if options.revoke:
        count = tokens.revoke(user, options.name)
        if not count:
            raise RuleBroken(_("%(name)s has no such key.") % {"name": user.username})
        return Answer(_("%(count)s keys revoked.") % {"count": count}, {"revoked": count})
    until = clock.now() + timedelta(days=options.days) if options.days else None
    key = tokens.issue(user, options.name, read_only=options.read_only, expires_at=until)
    return Answer(key, {"username": user.username, "token": key, "read_only": options.read_only})
