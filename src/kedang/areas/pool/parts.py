"""What the pool adds to the pages of the kit: a card on the desk, a line on a customer's page."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from kedang.areas.customers.models import Customer
from kedang.areas.pool import selectors, services, told
from kedang.areas.pool.models import INTO, Move
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kits.web import desk, zones

KEY = selectors.KEY
ON_DESK = 5


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    desk.contribute("work", "pool/desk.html", falling, order=15)
    zones.contribute(KEY, "line", "pool/line.html", line, order=5)


def falling(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's customers that fall soon, for the desk."""
    if not told.has_pool(request.actor):
        return None
    found = list(told.forecasts(request.actor, everyone=False)[: ON_DESK + 1])
    if not found:
        return None
    return {"rows": [told.forecast_told(row) for row in found[:ON_DESK]], "more": len(found) > ON_DESK}


def line(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return when a customer falls and why, that it is kept out, or since when it lies in the pool: one query."""
    if not told.has_pool(request.actor):
        return None
    if services.pooled(row):
        moves = Move.objects.filter(customer=row.pk, kind__in=INTO).select_related("user")
        move = moves.order_by("-pk").first()
        return {
            "pooled": True, "pool": row.pool, "since": move.day if move else None,
            "before": move.user if move else None,
            "why": told.why_of(move), "claim_url": reverse("pool.claim", kwargs={"pk": ids.show(row.pk)}),
            "may_claim": request.actor.may(KEY, "claim"),
        }  # fmt: skip
    if row.owner_id is None:
        return None
    rows = Customer.objects.visible_to(request.actor).filter(pk=row.pk)
    found = rows.order_by("pool_forecasts__on").values_list(
        "pool_forecasts__on", "pool_forecasts__after", "pool_forecasts__since", "pool_forecasts__days",
        "pool_forecasts__never", "pool_shelters__pk", "pool_shelters__until", "pool_shelters__reason",
    ).first()  # fmt: skip
    if found is None:
        return None
    on, what, since, days, never, shelter, until, reason = found
    if shelter is not None and (until is None or until >= clock.today()):
        return {
            "kept": True, "until": until, "reason": reason,
            "may_end": request.actor.may(KEY, "assign"),
        }  # fmt: skip
    if on is None:
        return None
    return {
        "on": on, "left": max(0, (on - clock.today()).days), "why": services.why_text(what, since, days, never=never),
        "keeps": services.keeps_text(what),
    }  # fmt: skip
