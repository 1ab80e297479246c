"""What stands on top of a timeline: what is planned, which areas tell, and the lines that people keep there.

A record's page fetches it once it stands, so that it costs the page no query.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from kedang.engine.records import pins
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kernel import clock
from kedang.kernel.errors import NotVisible, RuleBroken
from kedang.kits.web import story
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in, wants_part

MOST = 12
NEVER = date.max


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that is still to come: what it is, when, whose it is, and how many days it is late."""

    what: Any
    name: str
    url: str
    icon: str
    on: date | None
    time: str = ""
    who: str = ""

    @property
    def late(self) -> int:
        """By how many days its day has passed."""
        return max(0, (clock.today() - self.on).days) if self.on else 0


Source = Callable[[KedangRequest, Any], Iterable[Planned]]
SOURCES: dict[str, list[Source]] = defaultdict(list)


def contribute(record: str, source: Source) -> None:
    """Let an area tell what is planned for records of a type."""
    SOURCES[record].append(source)


@require_GET
@signed_in
def page(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show what is planned and what is kept on top."""
    return _shown(request, kind, _opened(request, kind, pk))


@require_POST
@signed_in
def pin(request: KedangRequest, kind: RecordType, pk: str, entry: str) -> HttpResponse:
    """Keep a line on top of the timeline."""
    row = _opened(request, kind, pk)
    try:
        pins.pin(request.actor, kind, row.pk, pk_of(entry))
    except RuleBroken as error:
        if not wants_part(request):
            raise
        return _shown(request, kind, row, error.text)
    return _done(request, kind, row)


@require_POST
@signed_in
def unpin(request: KedangRequest, kind: RecordType, pk: str, entry: str) -> HttpResponse:
    """Let a line go back to its place."""
    row = _opened(request, kind, pk)
    pins.unpin(request.actor, kind, row.pk, pk_of(entry))
    return _done(request, kind, row)


def _opened(request: KedangRequest, kind: RecordType, pk: str) -> Any:
    if kind.follows:  # what hangs on a record has its lines there
        raise NotVisible(absent_text())
    return open_one(request.actor, kind, pk_of(pk))


def _done(request: KedangRequest, kind: RecordType, row: Any) -> HttpResponse:
    return _shown(request, kind, row) if wants_part(request) else leave(request, record_url(kind, row.pk))


def _shown(request: KedangRequest, kind: RecordType, row: Any, problem: str = "") -> HttpResponse:
    planned = [one for source in SOURCES[kind.key] for one in source(request, row)]
    planned.sort(key=lambda one: (one.on or NEVER, one.time or "99"))
    listed = (kind.label_plural, reverse(f"{kind.plural}.list"))
    return show(
        request, "web/ahead.html", "ahead", planned=planned[:MOST], pinned=story.pinned(request.actor, kind, row),
        pins=True, may_attach=admitted(kind.model, reach(request.actor, kind.model, "change"), [row])[0],
        problem=problem, url=record_url(kind, row.pk), title=str(row), kind=kind, row=row,
        crumbs=[listed, (str(row), record_url(kind, row.pk)), ("", "")],
    )  # fmt: skip
