"""The map of customers under the conditions of their list, and the route of a day."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kedang.areas.engagement import selectors as engagement
from kedang.areas.maps import rules, selectors, told
from kedang.areas.maps.rules import FILES, MEASURES, SALES, VISITS, Window
from kedang.areas.maps.selectors import CUSTOMER, VISIT_KEY
from kedang.engine.actions.perform import perform
from kedang.engine.administration.company import company
from kedang.engine.administration.rules import tiles_origin
from kedang.engine.identity.models import User
from kedang.engine.records.access import open_one, visible_fields
from kedang.engine.records.conditions import Condition
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids, places
from kedang.kernel.errors import BadQuery, NotAllowed
from kedang.kits.web import asking as asks
from kedang.kits.web import cells, filters, looks, sights, views
from kedang.kits.web.pages import leave, pk_of, record_url, show, signed_in
from kedang.kits.web.rows import Asked, asked, narrowed

SHOW = "show"
EDGES = ("south", "west", "north", "east")
MOST_PEOPLE = 50
KEPT = ("q", "tab", SHOW)
STATES = ("level_key", "status_key")
FACTS = (*STATES, "owner", "phone", "address")


@require_GET
@signed_in
def customers(request: KedangRequest) -> HttpResponse:
    """Show the customers that the address asks for on a map, with a table of their regions beside it."""
    actor, kind = request.actor, RECORDS[CUSTOMER]
    _only_with_map(request)
    measure, asking = _measure(request), _asked(request)
    rows, day = narrowed(actor, kind, asking), clock.today()
    inside = _region(asking)
    digits = rules.below(inside)
    offered = selectors.measures(actor)
    every = selectors.by_region(actor, rows, digits, day, offered)
    kept = _kept(request)
    words = {FILES: _("Customers"), SALES: _("Sales of 12 months"), VISITS: _("Visits of 12 months")}
    plain = [pair for pair in kept if pair[0] != SHOW]
    files = sum(one.files for one in every)
    spots = [told.at(spot) for one in every if (spot := places.centre(one.code)) is not None]
    return _drawn(
        request, "maps/customers.html", kind=kind, asking=asking, measure=measure, day=day, files=files,
        measures=[(key, words[key], f"?{urlencode([*plain, (SHOW, key)])}") for key in offered],
        lines=told.lines(every, kept, deepest=digits == rules.DISTRICT), sees_sales=SALES in offered,
        sees_visits=VISITS in offered, inside=told.label_of(inside) if inside else "",
        out_url=_out(inside, kept), chips=filters.chips(request, asking), quick=filters.quick(request, kind, asking),
        editor=asks.editor(request, kind, asking.tree),
        kept=[(key, value) for key in KEPT if (value := request.GET.get(key))],
        clear_url="?" + urlencode([pair for pair in kept if pair[0] in KEPT]),
        conditions_url=reverse("customers.list"),
        list_url=reverse("customers.list") + (f"?{urlencode(plain)}" if plain else ""), spots=spots,
        tiers=_tiers(request), data_url=f"{reverse('maps.data')}?{urlencode(kept)}", rail=True,
        crumbs=[(kind.label_plural, reverse("customers.list")), (_("Map"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def data(request: KedangRequest) -> HttpResponse:
    """Return what the map draws in a window, as JSON."""
    _only_with_map(request)
    window, measure = _window(request.GET), _measure(request)
    rows = narrowed(request.actor, RECORDS[CUSTOMER], _asked(request))
    kept = [pair for pair in _kept(request) if pair[0] != SHOW]
    found = told.marks(request.actor, rows, window, measure, clock.today(), kept)
    return JsonResponse(found, headers={"Cache-Control": "private, no-store"})


@require_GET
@signed_in
def card(request: KedangRequest, pk: str) -> HttpResponse:
    """Show a customer of the map in a few facts."""
    _only_with_map(request)
    actor, kind = request.actor, RECORDS[CUSTOMER]
    row: Any = open_one(actor, kind, pk_of(pk))
    day = clock.today()
    seen = [spec.name for spec in visible_fields(actor, kind, FACTS)]
    facts = cells.facts(actor, kind, row, [name for name in seen if name not in STATES], False)
    url = record_url(kind, row.pk)
    return show(
        request, "maps/card.html", "card", row=row, url=url, facts=facts, day=day,
        pills=cells.pills(actor, kind, row, [name for name in seen if name in STATES]),
        last=selectors.last_visit(actor, row.pk),
        owed=selectors.owed(actor, row, day), sees_visits=engagement.sees_visits(actor),
        plan_url=_plan(request, pk, day), crumbs=[(kind.label_plural, reverse("customers.list")), (str(row), url)],
    )  # fmt: skip


@require_GET
@signed_in
def route(request: KedangRequest) -> HttpResponse:
    """Show the reader's visits of a day on the map in their order, with a shorter one where there is one; or those of
    a colleague, for who may read where others checked in.
    """
    _only_with_visits(request)
    actor, day = request.actor, _day(request.GET.get("on", ""))
    others = engagement.out_on(actor, day, MOST_PEOPLE) if engagement.sees_places(actor) else []
    who = request.GET.get("who", "")
    whose = pk_of(who) if who else actor.user_id
    if whose != actor.user_id and not engagement.sees_places(actor):
        raise NotAllowed(_("Your role does not allow this."))
    if who and all(one.pk != whose for one in others):
        others += User.objects.filter(pk=whose)
    found = told.route(actor, day, whose)
    kept = f"&who={who}" if who else ""
    points = [
        {"at": one.point, "no": one.no, "name": one.name or one.row.purpose, "exact": one.exact, "done": one.done}
        for one in found.halts if one.point is not None
    ]  # fmt: skip
    checked = [
        {
            "at": one.checked.point, "home": one.point if one.exact else None, "no": one.no,
            "name": f"{one.no}. {one.name or one.row.purpose}", "text": told.check_in_words(one.checked),
        }
        for one in found.halts if one.checked is not None
    ]  # fmt: skip
    url = reverse("maps.route")
    return _drawn(
        request, "maps/route.html", route=found, day=day, points=points, checked=checked,
        saved=round(found.km - found.shorter_km, 1), earlier=f"{url}?on={(day - timedelta(days=1)).isoformat()}{kept}",
        later=f"{url}?on={(day + timedelta(days=1)).isoformat()}{kept}", today=clock.today(), route_url=url,
        may_order=whose == actor.user_id and actor.may(VISIT_KEY, "change"), who=who,
        people=[(ids.show(one.pk), one.name) for one in others if one.pk != actor.user_id],
        crumbs=[(_("Agenda"), f"{reverse('agenda')}?view=day&on={day.isoformat()}"), (_("Route of the day"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def order(request: KedangRequest) -> HttpResponse:
    """Take over the shorter order of a day, or go back to that of the clock."""
    _only_with_visits(request)
    day = _day(request.POST.get("on", ""))
    found = told.route(request.actor, day)
    back = f"{reverse('maps.route')}?on={day.isoformat()}"
    if request.POST.get("by") == "clock":
        turns: list[tuple[int, int | None]] = [
            (one.row.pk, None) for one in found.halts if not one.done and one.row.turn is not None
        ]
    else:
        turns = [(one.row.pk, no) for no, one in enumerate(found.shorter, 1)]
    with transaction.atomic():
        for pk, turn in turns:
            perform(request.actor, f"{VISIT_KEY}.set_turn", pk, {} if turn is None else {"turn": turn})
    return leave(request, back, _("The order of the day is changed.") if turns else "")


def _drawn(request: KedangRequest, template: str, **context: Any) -> HttpResponse:
    """Show a page with a map; the company's tile server, and only it, may be asked for pictures by this page."""
    own = company()
    origin = tiles_origin(own.tiles_url)
    if origin:
        request.csp_images = origin
    return show(
        request,
        template,
        tiles=own.tiles_url if origin else "",
        credit=own.tiles_credit if origin else "",
        **context,
    )


def _tiers(request: KedangRequest) -> list[tuple[str, str]]:
    """Return the shapes of levels with their names, for the legend of who may see levels."""
    kind = RECORDS[CUSTOMER]
    if not visible_fields(request.actor, kind, ["level_key"]):
        return []
    spec = kind.fields["level_key"]
    shapes = looks.look_of(kind, spec).tiers
    return [(shapes[value], label) for value, label in spec.choices() if value in shapes]


def _only_with_map(request: KedangRequest) -> None:
    if not selectors.sees_map(request.actor):
        raise NotAllowed(_("Your role does not allow this."))


def _only_with_visits(request: KedangRequest) -> None:
    if not engagement.sees_visits(request.actor):
        raise NotAllowed(_("Your role does not allow this."))


def _asked(request: KedangRequest) -> Asked:
    """Return the conditions of the list that the address holds, without what is the map's own."""
    query = request.GET.copy()
    for name in (SHOW, "zoom", *EDGES, *sights.OF_LISTS):
        query.pop(name, None)
    kind = RECORDS[CUSTOMER]
    return asked(request.actor, kind, query, views.names(request.actor, kind))


def _kept(request: KedangRequest) -> list[tuple[str, str]]:
    """Return the address as pairs, but for what shapes a list and where the map stands."""
    apart = {"zoom", *EDGES, *sights.OF_LISTS}
    return [(key, one) for key, values in request.GET.lists() if key not in apart for one in values if one]


def _measure(request: KedangRequest) -> str:
    measure = request.GET.get(SHOW, FILES)
    if measure not in MEASURES:
        raise BadQuery(_("There is no such view."))
    if measure not in selectors.measures(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
    return measure


def _window(query: QueryDict) -> Window:
    try:
        edges = [float(query.get(name, "")) for name in EDGES]
        zoom = int(query.get("zoom", ""))
    except ValueError as error:
        raise BadQuery(_("This is no window of the map.")) from error
    south, west, north, east = edges
    if not (-90 <= south <= north <= 90 and -180 <= west <= east <= 180 and 0 <= zoom <= 20):
        raise BadQuery(_("This is no window of the map."))
    return Window(south, west, north, east, zoom)


def _region(asking: Asked) -> str:
    """Return the one region that the conditions ask for, whose parts the table then shows."""
    found = [
        part for part in asking.tree.parts
        if isinstance(part, Condition) and part.spec.name == "region_code" and not part.operator
    ]  # fmt: skip
    return found[0].values[0] if len(found) == 1 and len(found[0].values) == 1 else ""


def _out(inside: str, kept: list[tuple[str, str]]) -> str:
    """Return the address of the region around the one that is shown."""
    if not inside:
        return ""
    rest = [pair for pair in kept if pair[0] != "region_code"]
    upper = [code for code in places.holders(inside) if code != inside]
    return "?" + urlencode([*rest, ("region_code", upper[0])] if upper else rest)


def _plan(request: KedangRequest, shown_id: str, day: date) -> str:
    if not request.actor.may(VISIT_KEY, "create"):
        return ""
    return f"{reverse('visits.create')}?{urlencode({'customer': shown_id, 'planned_on': day.isoformat()})}"


def _day(text: str) -> date:
    if not text:
        return clock.today()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(_("“%(text)s” is not a day.") % {"text": text[:20]}) from error
    if not 2000 <= day.year < 2100:
        raise BadQuery(_("This day is too far away."))
    return day
