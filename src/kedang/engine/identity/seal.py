"""Seal short secrets under the key of this home, so that a copy of the database alone opens none of them."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _

from kedang.kernel.errors import RuleBroken


def closed(text: str) -> str:
    """Return a secret as it may be stored."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()


def opened(sealed: str) -> str:
    """Return a sealed secret; raise RuleBroken when it was sealed under another key."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _box(str(key)).decrypt(sealed.encode()).decode()
        except InvalidToken:
            continue
    raise RuleBroken(
        _(
            "This was sealed under another secret key. Put that key back, or remove the second factor and begin anew."
        )
    )


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"kedang.seal:" + key.encode()).digest()))
