"""The archive hold: what waits there, for how many days more, and who may take it back or erase it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from kedang.engine.erasing.erase import HOLD_DAYS, days_left
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kits.web.pages import record_url, show, signed_in

MOST = 50


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One record in the hold."""

    row: Any
    url: str
    left: int
    may_erase: bool


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List what lies in the hold within the reader's reach, by type, what waited longest first."""
    groups = []
    for kind in sorted(RECORDS.values(), key=lambda one: one.order):
        if kind.creatable and request.actor.may(kind.key, "archive") and (rows := _rows(request, kind)):
            groups.append((kind, rows[:MOST], len(rows) > MOST))
    return show(request, "web/hold.html", groups=groups, days=HOLD_DAYS, crumbs=[])


def _rows(request: KedangRequest, kind: RecordType) -> list[HeldRow]:
    actor = request.actor
    rows = kind.model.objects.visible_to(actor, "archive", archived=True)
    found = list(rows.select_related("owner").order_by("archived_at", "pk")[: MOST + 1])
    may = (
        admitted(kind.model, reach(actor, kind.model, "approve"), found)
        if actor.may(kind.key, "approve")
        else ()
    )
    able = list(may) or [False] * len(found)
    return [
        HeldRow(row, record_url(kind, row.pk), days_left(row.archived_at), bool(one))
        for row, one in zip(found, able, strict=True)
    ]
