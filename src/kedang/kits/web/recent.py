"""What changed lately: among the reader's own records, or for who has none, among all within reach."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kedang.engine.records.access import modes, shown
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel.actor import Mode
from kedang.kits.web import cells
from kedang.kits.web.pages import record_url

MOST = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """One record that changed lately."""

    at: datetime
    url: str
    title: str
    note: str
    pills: list[Any]


def for_desk(request: KedangRequest) -> dict[str, object] | None:
    """Return records of the first type in the menu, those changed last first: the reader's own where there are any."""
    kind = _first(request)
    if kind is None:
        return None
    own = kind.model.objects.own_of(request.actor).order_by("-changed_at")
    found = [_told(request, kind, row) for row in own[:MOST]]
    title, mine = _("%(label)s of mine, changed last") % {"label": kind.label_plural}, _tabbed(request, kind)
    if not found and mine:
        seen = kind.model.objects.visible_to(request.actor).order_by("-changed_at")
        found = [_told(request, kind, row) for row in seen.select_related("owner")[:MOST]]
        title = _("%(label)s, changed last") % {"label": kind.label_plural}
        mine = False
    if not found:
        return None
    listed = reverse(f"{kind.plural}.list")
    return {
        "kind": kind,
        "title": title,
        "rows": found,
        "all_url": f"{listed}?tab=mine" if mine else listed,
    }


def _first(request: KedangRequest) -> RecordType | None:
    kinds = sorted(
        (kind for kind in RECORDS.values() if kind.nav and kind.creatable), key=lambda kind: kind.order
    )
    return next((kind for kind in kinds if request.actor.may(kind.key, "view")), None)


def _tabbed(request: KedangRequest, kind: RecordType) -> bool:
    grant = request.actor.grant(kind.key, "view")
    return bool(grant and (grant.everything or grant.units or grant.follow))


def _told(request: KedangRequest, kind: RecordType, row: Any) -> Recent:
    allowed = modes(request.actor, kind)
    pills = [name for name in kind.pills if allowed[name] >= Mode.READ][:1]
    note = (
        shown(request.actor, kind, row, kind.subtitle).text
        if kind.subtitle and allowed[kind.subtitle]
        else ""
    )
    return Recent(
        row.changed_at, record_url(kind, row.pk), str(row), note, cells.pills(request.actor, kind, row, pills)
    )
