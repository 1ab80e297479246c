"""Who asks: a program with a key, or a person signed in who writes with the token of the session."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from kedang.engine.identity import tokens
from kedang.engine.identity.actors import actor_of
from kedang.kernel.actor import Actor
from kedang.kits.api.errors import ForeignForm, NotSignedIn, ReadOnlyKey

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SCHEME = "bearer"


class Key(AuthBase):
    """`Authorization: Bearer kd_…`, read fresh at every request: a key that ended opens nothing."""

    openapi_type = "http"
    openapi_scheme = SCHEME
    openapi_description = "A key from `kedang token USER`. It may do what its user may, and nothing more."

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Return who the key acts for; None when no header came. Raise NotSignedIn or ReadOnlyKey."""
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _space, key = header.partition(" ")
        found = tokens.find(key.strip()) if scheme.lower() == SCHEME and key.strip() else None
        if found is None:
            raise NotSignedIn(_("This key is unknown, has ended, or its user was switched off."))
        if found.read_only and request.method not in SAFE:
            raise ReadOnlyKey(_("This key may only read."))
        actor = actor_of(found.user)
        request.actor = actor  # type: ignore[attr-defined]
        language = _asked_language(request) or actor.language
        translation.activate(language)
        request.LANGUAGE_CODE = language
        return actor


class Session(AuthBase):
    """The session of somebody signed in; a write needs the token that the pages carry too."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = "A browser that signed in. Writes also need the header `X-CSRFToken`."

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Return who is signed in, or None. Raise ForeignForm for a write without the session's token."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if "Authorization" in request.headers or actor.user_id is None:
            return None
        if request.method not in SAFE and check_csrf(request) is not None:
            raise ForeignForm(
                _("A write from a browser needs the header X-CSRFToken with the token of its page.")
            )
        return actor


def _asked_language(request: HttpRequest) -> str:
    """Return the first language of Accept-Language that we speak, or nothing."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code == "*":
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return ""
