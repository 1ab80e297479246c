"""What may come in: JSON only, no larger than a record, exact numbers, text that can be stored; known parameters."""

import json
import re
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from kedang.engine.files.rules import FILE_BYTES
from kedang.kernel.errors import BadQuery
from kedang.kits.api.errors import BadBody, LengthMissing, Refused, TooLarge, VersionRequired, WrongMedia

MAX_BODY = 1_000_000
MAX_DEPTH = 8
ATTACHING = re.compile(r"/api/v1/[a-z_-]+/[0-9a-z]+/files")
MAX_REASON = 300
TAG = re.compile(r'"(\d{1,9})"')
KEY = re.compile(r"[\x21-\x7e]{1,100}")
NEVER = -1  # a version that no record has


class StrictParser(Parser):
    """Reads JSON without rounding numbers and refuses text that no database keeps."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body as plain values; raise BadBody or WrongMedia."""
        if request.content_type != "application/json":
            raise WrongMedia(_("Send JSON, declared as application/json."))
        try:
            found = json.loads(request.body, parse_float=Decimal, parse_constant=_refuse_constant)
            _check(found, 0)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise BadBody(_("The body is not JSON that can be stored.")) from error
        return found


def check_size(request: HttpRequest) -> None:
    """Raise TooLarge before a body is read that no record needs, LengthMissing for one that would not be read."""
    stated = request.META.get("CONTENT_LENGTH") or "0"
    if stated == "0" and "chunked" in request.headers.get("Transfer-Encoding", ""):
        raise LengthMissing(_("Send the body whole, with its Content-Length."))
    if ATTACHING.fullmatch(request.path) and request.method == "POST":
        if stated.isdecimal() and int(stated) > FILE_BYTES:
            raise TooLarge(_("A file holds at most 50 MB."))
    elif stated.isdecimal() and int(stated) > MAX_BODY:
        raise TooLarge(_("A body holds at most 1 MB."))


def check_query(request: HttpRequest, *known: str) -> None:
    """Raise BadQuery for a parameter that this address does not know, or that came twice."""
    for name, values in request.GET.lists():
        if name not in known:
            raise BadQuery(_("There is no parameter “%(name)s” here.") % {"name": name[:40]})
        if len(values) > 1:
            raise BadQuery(_("The parameter “%(name)s” came more than once.") % {"name": name})


def flag(request: HttpRequest, name: str) -> bool:
    """Return a parameter that is true or false; it is false unless given."""
    given = request.GET.get(name, "false")
    if given not in ("true", "false"):
        raise BadQuery(_("The parameter “%(name)s” is true or false.") % {"name": name})
    return given == "true"


def reason_of(request: HttpRequest) -> str:
    """Return why somebody does this, from the query."""
    given = request.GET.get("reason", "")
    if "\x00" in given or len(given) > MAX_REASON:
        raise BadQuery(_("The reason is too long, or holds characters that cannot be stored."))
    return given


def version_of(request: HttpRequest, *, required: bool) -> int | None:
    """Return the version that If-Match names; one that is no tag of ours never matches."""
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        if required or given:
            raise VersionRequired(
                _("Send the ETag of what you read as If-Match, so that nobody's change is lost.")
            )
        return None
    match = TAG.fullmatch(given)
    return int(match.group(1)) if match else NEVER


def key_of(request: HttpRequest) -> str:
    """Return the Idempotency-Key, or nothing when none came."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return ""
    if not KEY.fullmatch(given):
        raise Refused(_("An Idempotency-Key has 1 to 100 letters, digits or signs, without blanks."))
    return given


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _check(value: Any, depth: int) -> None:
    """Raise ValueError for nesting that no record has, and for text that cannot be stored."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    match value:
        case str():
            value.encode()  # a lone half of a surrogate pair is not text
            if "\x00" in value:
                raise ValueError("NUL is not text")
        case list():
            for one in value:
                _check(one, depth + 1)
        case dict():
            for name, one in value.items():
                _check(name, depth + 1)
                _check(one, depth + 1)
