"""What personal data add to the pages of the kit: consents beside a contact, requests on the desk."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kedang.areas.personal import rules, selectors
from kedang.areas.personal.dossier import is_person
from kedang.areas.personal.models import ACCESS, OPEN, Request
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kits.web import desk, zones
from kedang.kits.web.pages import record_url, url_of

MOST = 6


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    desk.contribute("side", "personal/requests.html", requests, order=14)
    zones.contribute(selectors.CONTACT, "side", "personal/consents.html", consents, order=50)
    zones.contribute("customers.customer", "side", "personal/rights.html", rights, order=90)
    zones.contribute(selectors.REQUEST, "side", "personal/answering.html", answering, order=10)


def requests(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's open requests with the days left to answer each."""
    if not request.actor.may(selectors.REQUEST, "view"):
        return None
    today = clock.today()
    rows = selectors.waiting(request.actor, MOST)
    others = []
    if request.actor.may(selectors.REQUEST, "approve"):
        others = selectors.overdue_of_others(request.actor, today, MOST)
    if not rows and not others:
        return None
    return {
        "rows": [_told(row, today) for row in (*rows[:MOST], *others) if row.due_on is not None],
        "more": len(rows) > MOST,
    }


def _told(row: Request, today: date) -> dict[str, Any]:
    """Return a request with the days left to answer it; below none it is late."""
    left = rules.days_left(row.due_on or today, today)
    asks = active().labels("personal_request_kind").get(row.kind_key, row.kind_key)
    return {
        "row": row, "url": record_url(RECORDS[selectors.REQUEST], row.pk), "asks": asks, "left": left, "late": -left,
        "pressing": left <= rules.WARN_DAYS,
    }  # fmt: skip


def consents(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return what a person agreed to, and what was taken back."""
    if not request.actor.may(selectors.CONSENT, "view"):
        return None
    packs, kind = active(), RECORDS[selectors.CONSENT]
    purposes, ways = packs.labels("consent_purpose"), packs.labels("consent_channel")
    rows = selectors.consents_of(request.actor, row.pk, MOST)
    return {
        "copy_url": _copy_url(request, selectors.CONTACT, row),
        "consents": [
            (one, record_url(kind, one.pk), purposes.get(one.purpose_key, ""), ways.get(one.channel_key, ""))
            for one in rows
        ],
    }


def rights(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return the way to a copy of what is held about a customer who is a person."""
    url = _copy_url(request, "customers.customer", row)
    return {"copy_url": url} if url else None


def answering(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return how long a request still has, and the way to what it asks for."""
    if row.state_key != OPEN or row.due_on is None:
        return None
    url = ""
    if row.kind_key == ACCESS and row.identity:
        key = selectors.CONTACT if row.contact_id is not None else "customers.customer"
        url = _copy_url(request, key, row.contact or row.customer)
    return {"one": _told(row, clock.today()), "copy_url": url}


def _copy_url(request: KedangRequest, key: str, row: Any) -> str:
    if row.archived_at is not None or not request.actor.may(key, "export") or not is_person(row):
        return ""
    return url_of("personal.copy", plural=RECORDS[key].plural, pk=ids.show(row.pk))
