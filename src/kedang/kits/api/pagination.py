"""What an address of a list asks for, and the page it gets: filters as declared, pages by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kedang.engine.records import conditions, queries
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.search.find import found_by
from kedang.kernel.errors import BadQuery, NotAllowed
from kedang.kits.api.bodies import flag

MAX_LIMIT = 200
LIMIT = 50
RESERVED = ("q", "sort", "limit", "cursor", "archived")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for, checked."""

    filters: conditions.Group
    q: str
    sort: queries.Sort
    limit: int
    after: queries.Mark | None
    archived: bool


def asked(request: KedangRequest, kind: RecordType) -> Asked:
    """Return what a list is asked for; raise BadQuery for anything that it does not declare."""
    given = {name: values for name, values in request.GET.lists() if name not in RESERVED}
    if any(not value.strip() for values in given.values() for value in values):
        raise BadQuery(_("A filter needs a value."))
    filters = conditions.parse(request.actor, kind, given)
    _check_single(request)
    archived = flag(request, "archived")
    if archived and not request.actor.may(kind.key, "archive"):
        raise NotAllowed(_("Your role does not allow this."))
    sort = queries.sort_of(request.actor, kind, request.GET.get("sort", ""))
    return Asked(
        filters, request.GET.get("q", "").strip(), sort, limit_of(request),
        queries.read_mark(kind, sort, request.GET.get("cursor", "")), archived,
    )  # fmt: skip


def limit_of(request: HttpRequest) -> int:
    """Return how many rows a page holds; raise BadQuery beyond the cap."""
    given = request.GET.get("limit", str(LIMIT))
    if not given.isdecimal() or not given.isascii() or not 1 <= int(given[:9]) <= MAX_LIMIT:
        raise BadQuery(_("A page holds 1 to %(most)s rows.") % {"most": MAX_LIMIT})
    return int(given)


def page(
    request: KedangRequest, kind: RecordType, asking: Asked, related: Sequence[str]
) -> tuple[list[Any], str]:
    """Return the rows of a page and the cursor of the next one, empty at the end."""
    actor, opened = request.actor, kind.model.objects
    asked = conditions.meaning(actor, asking.filters) & found_by(
        actor, kind, asking.q, archived=asking.archived
    )
    rows = opened.visible_to(actor, archived=asking.archived).filter(asked).select_related(*related)
    parts = [] if asking.q else opened.ways_of(actor, archived=asking.archived)  # words leave few rows
    ways = [part.filter(asked) for part in parts]
    found = queries.slice_of(kind, rows, asking.sort, asking.limit, after=asking.after, ways=ways)
    return found.rows, queries.mark_of(kind, asking.sort, found.rows[-1]) if found.more else ""


def next_link(request: HttpRequest, cursor: str) -> dict[str, str]:
    """Return the header that leads to the next page, as RFC 8288 writes it."""
    if not cursor:
        return {}
    pairs = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return {"Link": f'<{request.path}?{urlencode([*pairs, ("cursor", cursor)])}>; rel="next"'}


def _check_single(request: HttpRequest) -> None:
    for name in RESERVED:
        if len(request.GET.getlist(name)) > 1:
            raise BadQuery(_("The parameter “%(name)s” came more than once.") % {"name": name})
