"""Make an administrator, who can then make everyone else."""

import getpass
import sys
from argparse import ArgumentParser, Namespace

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.identity.models import Membership, Role, Unit, User
from kedang.engine.identity.stamps import bump
from kedang.kernel.errors import Invalid, NotAllowed, Problem, RuleBroken
from kedang.project import home
from kedang.project.acting import ADMINISTRATOR
from kedang.project.answers import Answer


def add_arguments(parser: ArgumentParser) -> None:
    """Add who it is; the password comes from the keyboard or, without one, from standard input."""
    parser.add_argument("username")
    parser.add_argument("--name", default="", help="the name people see")


def run(options: Namespace) -> Answer:
    """Make the user with the role of administrator."""
    if home.is_demo():
        raise NotAllowed(_("A demo has its own administrator; real people need another home folder."))
    role = Role.objects.filter(key=ADMINISTRATOR).first()
    if role is None:
        raise RuleBroken(_("No pack has brought this role yet. Run: kedang migrate"))
    if User.objects.filter(username=options.username).exists():
        raise RuleBroken(_("%(name)s exists already.") % {"name": options.username})
    user = User(username=options.username, name=options.name or options.username, language="zh-hans")
    password = _password()
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        problems = [Problem("", text) for text in error.messages]
        raise Invalid(_("This administrator cannot be made."), problems) from error
    with transaction.atomic():
        user.set_password(password)
        user.unit = user.admin_unit = _head_office()
        user.save()
        Membership.objects.create(user=user, role=role)
    return Answer(_("%(name)s can sign in now.") % {"name": user.username}, {"username": user.username})


def _head_office() -> Unit:
    """Records belong to a unit, so the first person of a company needs one."""
    top = Unit.objects.filter(parent=None).order_by("pk").first()
    if top is None:
        top = Unit.objects.create(name=_("Head office"))
        bump("identity")
    return top


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(_("Password: "))
    if first != getpass.getpass(_("Once more: ")):
        raise Invalid(_("The two are not the same."))
    return first
