"""Every failure becomes a problem document (RFC 9457) here: a stable code for programs, words for people."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from kedang.engine.statuses import status_of
from kedang.kernel.errors import Invalid, KedangError, NotVisible, Problem

CONTENT_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


class Refused(KedangError):
    """A request that the API itself refuses, before any record is asked for."""

    code = "bad_request"
    status = 400


class BadBody(Refused):
    """The body is not the JSON we expect."""

    code = "bad_body"


class NotSignedIn(Refused):
    """No key and no session, or a key that opens nothing."""

    code = "not_signed_in"
    status = 401


class ReadOnlyKey(Refused):
    """The key may read, never write."""

    code = "read_only_key"
    status = 403


class ForeignForm(Refused):
    """A signed-in browser wrote without the token of its session."""

    code = "csrf"
    status = 403


class NotOffered(Refused):
    """The address does not take this method."""

    code = "method_not_allowed"
    status = 405


class LengthMissing(Refused):
    """The body comes in pieces of unknown length, which no worker reads."""

    code = "length_required"
    status = 411


class TooLarge(Refused):
    """The body is larger than any record."""

    code = "too_large"
    status = 413


class WrongMedia(Refused):
    """The body is not declared as JSON."""

    code = "media_type"
    status = 415


class VersionRequired(Refused):
    """A change must name the version it is based on."""

    code = "version_required"
    status = 428


TITLES = {
    400: gettext_lazy("The request cannot be understood"),
    401: gettext_lazy("Sign in first"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("Nothing here for you"),
    405: gettext_lazy("This address does not take that method"),
    409: gettext_lazy("That is not possible now"),
    411: gettext_lazy("Say how long the body is"),
    412: gettext_lazy("Somebody else was faster"),
    413: gettext_lazy("The body is too large"),
    415: gettext_lazy("The body must be JSON"),
    422: gettext_lazy("Some fields need another look"),
    428: gettext_lazy("Say which version you change"),
    429: gettext_lazy("That was enough for now"),
    500: gettext_lazy("Something broke on our side"),
}
FORESEEN = (
    KedangError,
    ValidationError,
    HttpError,
    AuthenticationError,
    Http404,
    SuspiciousOperation,
    Exception,
)
TOLD = ("version", "limit", "quota")
# what pydantic finds, in our words; anything else is a value of the wrong kind
FINDINGS = {
    "missing": (gettext_lazy("This field is required."), "required"),
    "extra_forbidden": (gettext_lazy("There is no such field here."), "unknown_field"),
}


def install(api: NinjaAPI) -> None:
    """Let the API answer every exception through `answer`."""
    for foreseen in FORESEEN:
        api.add_exception_handler(foreseen, answer)


def answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Return the problem document of an exception. A bug of ours is logged and tells nothing of itself."""
    match error:
        case KedangError():
            more = {name: error.data[name] for name in TOLD if isinstance(error.data.get(name), int | str)}
            return document(_status_of(error), error.code, error.text, getattr(error, "problems", ()), more)
        case ValidationError():
            return document(422, Invalid.code, _("Some fields need another look."), _problems(error.errors))
        case AuthenticationError():
            return document(401, NotSignedIn.code, _("Send a key as “Authorization: Bearer”, or sign in."))
        case HttpError():
            cause = error.__cause__  # what our parser said, which ninja wraps
            return answer(request, cause if isinstance(cause, KedangError) else BadBody(error.message))
        case Http404():
            return absent()
        case RequestDataTooBig():
            return document(413, TooLarge.code, _("A body holds at most 1 MB."))
        case SuspiciousOperation():
            return document(400, Refused.code, _("The request cannot be understood."))
    log.error("%s %s failed", request.method, request.path, exc_info=error)  # type: ignore[arg-type]
    return document(
        500, "internal", _("It has been noted. Try again, and tell your administrator if it stays.")
    )


def absent() -> HttpResponse:
    """Return the one answer for what is absent, hidden or not an address at all."""
    return document(404, NotVisible.code, _("There is no such record, or it is not yours to see."))


def document(
    status: int,
    code: str,
    detail: str,
    problems: Sequence[Problem] = (),
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return a problem document."""
    body: dict[str, Any] = {
        "type": f"urn:kedang:problem:{code}",
        "title": str(TITLES.get(status, TITLES[400])),
        "status": status,
        "code": code,
        "detail": str(detail),
        **(more or {}),
    }
    if problems:
        body["problems"] = [{"field": one.field, "code": one.code, "text": str(one.text)} for one in problems]
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kedang"'
    return response


def _status_of(error: KedangError) -> int:
    if isinstance(error, Refused):
        return error.status
    return status_of(error)


def _problems(findings: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Name each field as the body does: loc is ("body", "payload", "lines", 0, "price", "str")."""
    found: dict[str, Problem] = {}
    for finding in findings:
        text, code = FINDINGS.get(finding["type"], (_("This value is of the wrong kind."), "type"))
        steps = [str(step + 1) if isinstance(step, int) else str(step) for step in finding["loc"][2:]]
        name = ".".join(step for step in steps if "[" not in step and step not in UNION_STEPS)
        found.setdefault(name, Problem(name, str(text), code))
    return list(found.values())


# pydantic names the branch of a union it tried; our readers know no branches
UNION_STEPS = frozenset({"str", "int", "decimal", "bool", "none"})
