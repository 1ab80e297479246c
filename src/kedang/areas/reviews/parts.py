"""What this area adds to pages: the account of a meeting, what a suggestion changes, cards on the desk."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kedang.areas.reviews import selectors
from kedang.areas.reviews.models import (
    ACCEPTED,
    CLOSED,
    DECLINED,
    DONE,
    FOCUS,
    HELD,
    LEVEL,
    OPEN,
    PARTLY,
    PREPARED,
    PREPARING,
    UPDATE,
    Meeting,
    ReviewLine,
    Suggestion,
)
from kedang.areas.reviews.told import as_of, changes, classes, matrix, told
from kedang.engine.jobs.models import Job
from kedang.engine.jobs.queueing import job_url
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kernel import ids
from kedang.kits.web import desk, looks, menu, zones
from kedang.kits.web.pages import record_url

ON_DESK = 6
IN_PAGE = 20


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    zones.contribute(selectors.MEETING, "line", "reviews/meeting.html", meeting, order=10)
    zones.contribute(selectors.SUGGESTION, "line", "reviews/suggestion.html", suggestion, order=10)
    zones.contribute(selectors.LINE, "line", "reviews/line.html", line, order=10)
    zones.contribute(selectors.CUSTOMER, "side", "reviews/waiting.html", waiting, order=60)
    desk.contribute("work", "reviews/desk_lines.html", desk_lines, order=25)
    desk.contribute("work", "reviews/desk_suggestions.html", desk_suggestions, order=26)
    desk.contribute("side", "reviews/desk_meetings.html", desk_meetings, order=20)
    looks.describe(
        selectors.SUGGESTION,
        "state_key",
        tones={OPEN: "high", ACCEPTED: "good", PARTLY: "good", DECLINED: ""},
    )
    looks.describe(
        selectors.MEETING,
        "state_key",
        tones={PREPARING: "acc", PREPARED: "high", HELD: "mid", CLOSED: "good"},
    )
    looks.describe(
        selectors.LINE, "state_key", tones={OPEN: "high", DONE: "good", ACCEPTED: "good", DECLINED: ""}
    )
    menu.register(
        menu.Entry(_("My suggestions"), "reviews.mine", "chat", "archive", 22, may=selectors.may_suggest)
    )


def meeting(request: KedangRequest, row: Meeting) -> Mapping[str, object] | None:
    """Return what a meeting goes through: its sections with their first lines, and its analysis."""
    counts = selectors.counts_of(request.actor, row)
    sections = [
        {
            "key": key, "label": active().label("review_section", key), "open": counts[key][0], "all": counts[key][1],
            "lines": told(request.actor, selectors.lines_of(request.actor, row, key, most=IN_PAGE))[:IN_PAGE],
            "url": f"{reverse('reviews.lines', kwargs={'pk': ids.show(row.pk)})}?section={key}",
        }
        for key in (UPDATE, FOCUS, LEVEL) if key in counts
    ]  # fmt: skip
    working = row.state_key == PREPARING
    job = (
        Job.objects.filter(subject=selectors.MEETING, subject_id=row.pk).order_by("-pk").first()
        if working
        else None
    )
    figures = row.figures if selectors.reads(request.actor, selectors.MEETING, "figures") else {}
    money = selectors.sees_amounts(request.actor)
    heads, moves = matrix(figures)
    return {
        "sections": sections, "classes": classes(figures) if money else [], "heads": heads if money else [],
        "moves": moves, "figures": figures, "as_of": as_of(request.actor, row),
        "prepared": row.as_of is not None and not working,
        "working": working, "decides": row.state_key in (PREPARED, HELD),
        "job_url": job_url(job) if job is not None and job.user_id == request.actor.user_id else "",
        "print_url": reverse("reviews.print", kwargs={"pk": ids.show(row.pk)}),
        "purchases_url": reverse("reviews.purchases", kwargs={"pk": ids.show(row.pk)})
        if money and row.kind_key == "quarter" and "classes" in figures else "",
        "decide_url": reverse("reviews.decide", kwargs={"pk": ids.show(row.pk)}),
    }  # fmt: skip


def suggestion(request: KedangRequest, row: Suggestion) -> Mapping[str, object] | None:
    """Return what a suggestion would change, and the form that decides it where the reader may."""
    actor = request.actor
    model = RECORDS[selectors.SUGGESTION].model
    may = row.state_key == OPEN and actor.may(selectors.SUGGESTION, "change")
    told_ = row.told if selectors.reads(actor, selectors.SUGGESTION, "told") else ""
    return {
        "changes": changes(actor, row), "told": told_, "taken": "told" in row.taken,
        "decides": may and row.customer_id is not None and admitted(model, reach(actor, model, "change"), [row])[0],
        "decide_url": reverse("reviews.answer", kwargs={"pk": ids.show(row.pk)}),
        "unmatched": row.customer_id is None,
    }  # fmt: skip


def line(request: KedangRequest, row: ReviewLine) -> Mapping[str, object] | None:
    """Return why a meeting goes through a file, with its purchases as they stood."""
    return {"one": told(request.actor, [row])[0]}


def waiting(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return what is open about a customer: suggestions to decide, lines of meetings to work off."""
    rows = selectors.waiting(request.actor, row.pk)
    told_ = [(RECORDS[key].label, title, record_url(RECORDS[key], pk)) for key, pk, title in rows]
    return {"rows": told_} if rows else None


def desk_lines(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the files that the reader has to bring up to date before the meeting."""
    actor = request.actor
    if not actor.may(selectors.LINE, "change") or not selectors.reads(
        actor, selectors.LINE, "meeting", "customer"
    ):
        return None
    rows = selectors.own_lines(request.actor, ON_DESK)
    if not rows:
        return None
    more = "?owner=me&state_key=open&section_key=update"
    return {
        "lines": told(request.actor, rows[:ON_DESK]), "more": len(rows) > ON_DESK, "count": min(len(rows), ON_DESK),
        "all_url": f"{reverse('review-lines.list')}{more}",
    }  # fmt: skip


def desk_suggestions(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the suggestions that wait for the reader."""
    actor = request.actor
    may = actor.may(selectors.SUGGESTION, "change")
    if not may or not selectors.reads(actor, selectors.SUGGESTION, "subject", "reason", "named", "customer"):
        return None
    rows = selectors.to_decide(request.actor, ON_DESK)
    kind = RECORDS[selectors.SUGGESTION]
    told_ = [(row, record_url(kind, row.pk)) for row in rows[:ON_DESK]]
    all_url = f"{reverse('suggestions.list')}?owner=me&state_key=open"
    return {"rows": told_, "more": len(rows) > ON_DESK, "all_url": all_url} if rows else None


def desk_meetings(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's meetings that are prepared: how many files there are to go through."""
    actor = request.actor
    may = actor.may(selectors.MEETING, "create")
    if not may or not selectors.reads(actor, selectors.MEETING, "title", "figures", "kind_key"):
        return None
    rows = selectors.prepared(request.actor)
    kind = RECORDS[selectors.MEETING]
    return {"rows": [(row, record_url(kind, row.pk)) for row in rows]} if rows else None
