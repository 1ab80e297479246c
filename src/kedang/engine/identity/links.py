"""Links with which somebody sets a password: one at a time, for a day, once. Only a digest is kept."""

import secrets
from datetime import timedelta

from kedang.engine.identity.models import User
from kedang.engine.identity.tokens import digest
from kedang.kernel import clock

LIFE = timedelta(hours=24)


def fresh(user: User) -> str:
    """Give a person a new link, which ends every earlier one; return its secret. The caller saves nothing."""
    secret = secrets.token_urlsafe(32)
    user.link, user.link_until = digest(secret), clock.now() + LIFE
    User.objects.filter(pk=user.pk).update(link=user.link, link_until=user.link_until)
    return secret


def owner_of(secret: str) -> User | None:
    """Return whom a link is for; None when it is unknown, used, ended, replaced, or its person switched off."""
    rows = User.objects.filter(link=digest(secret), link_until__gt=clock.now(), is_active=True)
    found: User | None = rows.first() if secret else None
    return found


def end(user: User) -> None:
    """End the link of a person, if there is one."""
    user.link, user.link_until = "", None
    User.objects.filter(pk=user.pk).update(link="", link_until=None)
