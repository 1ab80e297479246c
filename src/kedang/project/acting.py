"""Who acts on the command line."""

from argparse import Namespace

from django.utils import translation
from django.utils.translation import gettext as _

from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotAllowed

ADMINISTRATOR = "administrator"


def user_named(username: str) -> User:
    """Return an active user by name, or raise NotAllowed."""
    user: User | None = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotAllowed(_("There is no active user named %(name)s.") % {"name": username}, name=username)
    return user


def first_administrator() -> User:
    """Return the administrator who was made first, or raise NotAllowed."""
    people = User.objects.filter(is_active=True, roles__key=ADMINISTRATOR)
    user: User | None = people.order_by("pk").first()
    if user is None:
        raise NotAllowed(_("There is no administrator yet. Make one with: kedang create-admin USER"))
    return user


def acting(options: Namespace) -> Actor:
    """Return the actor named by --as, by default the first administrator, and speak that user's language."""
    user = user_named(options.as_user) if options.as_user else first_administrator()
    translation.activate(user.language)
    return actor_of(user)
