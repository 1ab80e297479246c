"""The addresses of the API. Whatever goes wrong below this prefix is answered as a problem document."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kedang.kits.api.bodies import check_size
from kedang.kits.api.build import build
from kedang.kits.api.document import openapi as told
from kedang.kits.api.errors import NotOffered, absent, answer
from kedang.kits.api.shapes import answered

View = Callable[..., HttpResponseBase]
POLICY = "default-src 'none'; frame-ancestors 'none'"
api = build()


def guarded(view: View) -> View:
    """Check the size of a body, answer every failure as a problem, and let nobody keep a copy.

    Who asks is found by the API itself, so the middlewares that send people to the sign-in page stay out.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            check_size(request)
            response = view(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  a failure is answered and logged in one place
            response = answer(request, error)
        if response.status_code == 405:
            allow = response.headers["Allow"]
            response = answer(request, NotOffered(_("Use one of: %(methods)s") % {"methods": allow}))
            response.headers["Allow"] = allow
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = POLICY
        return response

    # writes of a session are checked when the session is found
    return csrf_exempt(login_not_required(inner))


def document(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document; it names fields, never data."""
    return answered(told(api))


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer an address that leads nowhere as an absent record."""
    return absent()


def patterns() -> list[URLPattern]:
    """Return every address, guarded."""
    found = [path("openapi.json", guarded(document))]
    for one in api.urls[0]:
        if isinstance(one, URLPattern) and one.name != "api-root":
            found.append(URLPattern(one.pattern, guarded(one.callback), one.default_args, one.name))
    return [*found, path("", guarded(nowhere)), path("<path:rest>", guarded(nowhere))]


urlpatterns = patterns()
