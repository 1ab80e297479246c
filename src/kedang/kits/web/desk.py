"""The desk: what to do next. Areas contribute cards under named points.

Points: `next` (the one next thing; the first that speaks wins), `work` (groups of things to do), `side` (why; fetched
once the desk stands).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.calendar.table import workdays
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kits.web import formats
from kedang.kits.web.pages import show, signed_in

POINTS = ("next", "work", "side")
Context = Callable[[KedangRequest], Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the desk; no context means it has nothing to say to this reader."""

    point: str
    template: str
    context: Context
    order: int = 100


CARDS: list[Card] = []


def contribute(point: str, template: str, context: Context, *, order: int = 100) -> Card:
    """Add a card to the desk; an unknown point fails at start."""
    if point not in POINTS:
        raise ValueError(f"no point {point!r} on the desk, only {', '.join(POINTS)}")
    card = Card(point, template, context, order)
    CARDS.append(card)
    CARDS.sort(key=lambda one: one.order)
    return card


def _rendered(request: KedangRequest, point: str, *, most: int = 100) -> list[SafeString]:
    parts: list[SafeString] = []
    for card in CARDS:
        if card.point != point or len(parts) == most:
            continue
        context = card.context(request)
        if context is not None:
            html = render_to_string(card.template, dict(context), request=request)
            parts.append(mark_safe(html))  # noqa: S308  a template of ours rendered it, with escaping on
    return parts


def _lunar() -> str:
    # the almanac is loaded by the first page that shows it
    return str(import_string("kedang.kernel.lunar.said_of")(clock.today()))


@require_GET
@signed_in
def desk(request: KedangRequest) -> HttpResponse:
    """Show what to do next and why."""
    starts = [
        record
        for record in sorted(RECORDS.values(), key=lambda one: one.order)
        if record.nav and record.creatable and request.actor.may(record.key, "create")
    ]
    return show(
        request,
        "web/desk.html",
        crumbs=[(_("Desk"), "")],
        today=clock.today(),
        month=workdays().in_month(clock.today()),
        lunar=_lunar() if formats.chinese() else "",
        first=_rendered(request, "next", most=1),
        work=_rendered(request, "work"),
        starts=starts,
    )


@require_GET
@signed_in
def beside(request: KedangRequest) -> HttpResponse:
    """Show what stands beside the work; the desk fetches it once it stands."""
    return show(
        request,
        "web/beside.html",
        "zones",
        heading=_("Beside the work"),
        parts=_rendered(request, "side"),
        crumbs=[(_("Desk"), reverse("desk"))],
    )
