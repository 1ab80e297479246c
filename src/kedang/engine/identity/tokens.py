"""Keys with which programs act as a user. The key is shown once; only its digest is stored."""

import hashlib
import secrets
from datetime import datetime

from django.db.models import Q

from kedang.engine.identity.models import ApiToken, User
from kedang.engine.scope.composed import Composed, columns
from kedang.kernel import clock

PREFIX = "kd_"


_living: Composed[ApiToken] = Composed(
    lambda digested, now: ApiToken.objects.select_related("user").filter(
        Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, digest=digested, user__is_active=True
    ).order_by(),
    *columns(ApiToken, "digest", "expires_at"),
)  # fmt: skip


def issue(user: User, name: str, *, read_only: bool = False, expires_at: datetime | None = None) -> str:
    """Make a key for a user and return it; nobody can read it again."""
    key = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest(key),
        read_only=read_only,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    return key


def revoke(user: User, name: str) -> int:
    """End the user's keys of this name at once; return how many there were."""
    return ApiToken.objects.filter(user=user, name=name, revoked_at=None).update(revoked_at=clock.now())


def find(key: str) -> ApiToken | None:
    """Return the living token of a key, with its user; None when unknown, ended or its user switched off."""
    return next(iter(_living(digest(key), clock.now())), None)  # a digest is unique


def digest(key: str) -> str:
    """Return what is stored of a key: it has 256 random bits, so a plain SHA-256 suffices."""
    return hashlib.sha256(key.encode()).hexdigest()
