"""Marks of the map in words and in the system of the tiles under it, and the stops of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kedang.areas.customers.selectors import spot_of
from kedang.areas.engagement import rules as visiting
from kedang.areas.engagement import selectors as engagement
from kedang.areas.engagement.models import PLANNED
from kedang.areas.engagement.rules import Stop
from kedang.areas.maps import rules, selectors
from kedang.areas.maps.rules import FILES, SALES, VISITS, Window
from kedang.areas.maps.selectors import CUSTOMER, VISIT_KEY, Region
from kedang.engine.administration.company import company
from kedang.engine.records.access import modes, shown
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids, places, regions
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.places import GCJ02, WGS84, Point
from kedang.kits.web import formats, looks
from kedang.kits.web.pages import record_url

MOST_STOPS = 40
# some hundred metres between the systems, so that nothing at the edge is lost
EDGE = 0.02


def system() -> str:
    """Return the system of coordinates that the map is drawn in: that of the company's tiles, else WGS-84."""
    return GCJ02 if company().tiles_url and company().tiles_shifted else WGS84


def at(point: Point) -> list[float]:
    """Return where a point is drawn."""
    drawn = places.moved(point, system())
    return [round(drawn.latitude, 6), round(drawn.longitude, 6)]


def widened(window: Window) -> Window:
    """Return a window of the map in WGS-84, a little wider."""
    low = places.moved(Point(window.south, window.west, system()), WGS84)
    high = places.moved(Point(window.north, window.east, system()), WGS84)
    return Window(
        low.latitude - EDGE, low.longitude - EDGE, high.latitude + EDGE, high.longitude + EDGE, window.zoom
    )


def figure(measure: str, value: Any) -> str:
    """Return what a mark stands for, in words: 12 files, 168.6万, 3 visits."""
    if measure == SALES:
        return formats.amount(value)
    if measure == VISITS:
        return ngettext("%(count)s visit", "%(count)s visits", int(value)) % {"count": int(value)}
    return ngettext("%(count)s customer", "%(count)s customers", int(value)) % {"count": int(value)}


def value_of(one: Region, measure: str) -> Any:
    """Return what a region comes to by a measure."""
    return one.sales if measure == SALES else one.visits if measure == VISITS else one.files


def label_of(code: str) -> str:
    """Return a region's name as people say it, with its city where it is a district."""
    found = regions.path(code)
    if not found:
        return _("No region entered")
    return regions.short(found[-1].name) if len(found) < 3 else regions.short(found[-2].name) + found[-1].name


def marks(
    actor: Actor, rows: QuerySet[Any], window: Window, measure: str, day: date, kept: Sequence[tuple[str, str]]
) -> dict[str, Any]:  # fmt: skip
    """Return what the map draws in a window: regions from afar; from near customers, and who is only about here.

    `kept` is the address of the list, so that a mark leads to the customers behind it.
    """
    inside = widened(window)
    digits = rules.digits_at(window.zoom)
    found: dict[str, Any] = {"regions": [], "points": [], "about": []}
    if digits != rules.DISTRICT:
        wanted = [] if measure == FILES else [measure]
        every = selectors.by_region(actor, rows, digits, day, wanted)
        if not rules.draws_points(window.zoom, sum(one.files for one in every)):
            found["regions"] = _regions(every, inside, measure)
            return found | {"said": _said_of_regions(every, measure)}
    points, count = selectors.points_in(actor, rows, inside)
    found["points"] = _points(actor, points, measure, day)
    around = selectors.about(actor, rows, inside)
    found["about"] = [_about(spot, some, kept) for spot, some in around.items()]
    loose = sum(files for some in around.values() for _code, files in some)
    return found | {"said": _said_of_points(len(points), count, loose)}


def _regions(every: Sequence[Region], window: Window, measure: str) -> list[dict[str, Any]]:
    most = max((float(value_of(one, measure) or 0) for one in every), default=0)
    size = _unit(every)
    found = []
    for one in every:
        spot = places.centre(one.code)
        if spot is not None and selectors.holds(window, spot):
            value = value_of(one, measure)
            found.append({
                "at": at(spot), "name": label_of(one.code), "text": figure(measure, value),
                "short": _whole(value, size) if measure == SALES else formats.plain_number(int(value)),
                "across": rules.across(float(value or 0), most),
            })  # fmt: skip
    return found


def _unit(every: Sequence[Region]) -> Decimal:
    """Return what the sales of all regions are counted in: ten thousands, thousands or yuan, one for all marks."""
    return formats.money_column([one.sales for one in every])[0]


def _whole(value: Decimal, size: Decimal) -> str:
    """Return an amount in whole units; a trace is not shown as nothing."""
    if value and abs(value) < size / 2:
        return f"{'−' if value < 0 else ''}<1"
    return formats.plain_number(value / size, 0)


def _points(actor: Actor, rows: Sequence[Any], measure: str, day: date) -> list[dict[str, Any]]:
    values = selectors.of_customers(actor, [row.pk for row in rows], measure, day)
    most = max(values.values(), default=Decimal(0))
    kind = RECORDS[CUSTOMER]
    levels = modes(actor, kind)["level_key"] >= Mode.READ
    look = looks.look_of(kind, kind.fields["level_key"])
    found = []
    for row in rows:
        spot = spot_of(actor, row)
        if spot is not None:
            value = values.get(row.pk, Decimal(0))
            told = "" if measure == FILES else figure(measure, value)
            found.append({
                "at": at(spot[0]), "name": str(row), "text": told,
                "tier": look.tiers.get(row.level_key, "") if levels else "",
                "across": rules.PLAIN_DOT if measure == FILES else rules.across(
                    float(value), float(most), rules.DOT, rules.BIG_DOT
                ),
                "card": reverse("maps.card", kwargs={"pk": ids.show(row.pk)}),
            })  # fmt: skip
    return found


def _about(spot: Point, some: Sequence[tuple[str, int]], kept: Sequence[tuple[str, str]]) -> dict[str, Any]:
    count = sum(files for _code, files in some)
    told = ngettext("%(count)s customer about here", "%(count)s customers about here", count) % {
        "count": count
    }
    asked = [(key, value) for key, value in kept if key != "region_code"] + [
        ("region_code", code) for code, _n in some
    ]
    return {
        "at": at(spot), "text": told, "short": str(count), "name": label_of(max(some, key=lambda pair: pair[1])[0]),
        "url": f"{reverse('customers.list')}?{urlencode(asked)}",
    }  # fmt: skip


def _said_of_regions(every: Sequence[Region], measure: str) -> str:
    nowhere = sum(one.files for one in every if places.centre(one.code) is None)
    files = sum(one.files for one in every)
    said = _("%(files)s customers by region.") % {"files": formats.plain_number(files)}
    if nowhere:
        said += " " + _("Not drawn: %(count)s without a region.") % {"count": formats.plain_number(nowhere)}
    if measure == SALES:
        shortened = _unit(every) != 1
        said += " " + (
            _("In the marks: sales in thousands.") if shortened else _("In the marks: sales in yuan.")
        )
    return said


def _said_of_points(drawn: int, count: int, loose: int) -> str:
    said = _("Here: %(count)s at their own location, %(about)s about here, by their region.") % {
        "count": formats.plain_number(count), "about": formats.plain_number(loose),
    }  # fmt: skip
    if count > drawn:
        said += " " + _("Drawn: the %(drawn)s filed last; zoom in, or add a condition.") % {"drawn": drawn}
    return said


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table beside the map."""

    name: str
    files: int
    sales: str
    visits: str
    map_url: str
    list_url: str


def lines(every: Sequence[Region], kept: Sequence[tuple[str, str]], *, deepest: bool) -> list[Line]:
    """Return regions as rows of a table, each leading to the map and the list of what lies in it."""
    base = [(key, value) for key, value in kept if key != "region_code"]
    found = []
    for one in every:
        asked = [*base, ("region_code", one.code)] if one.code else [*base, ("region_code.empty", "1")]
        found.append(
            Line(
                label_of(one.code), one.files, "" if one.sales is None else formats.amount(one.sales),
                "" if one.visits is None else formats.plain_number(one.visits),
                "" if deepest or not one.code else f"{reverse('maps.customers')}?{urlencode(asked)}",
                f"{reverse('customers.list')}?{urlencode([pair for pair in asked if pair[0] != 'show'])}",
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The one point at which somebody checked in: when, how exact, and how far from the customer's own location."""

    point: list[float]
    at: datetime
    accuracy: int | None
    metres: int | None


@dataclass(frozen=True, slots=True)
class Halt:
    """One stop of a day as the page shows it: its place in the order, for whom, how far from the one before."""

    no: int
    row: Any
    url: str
    name: str
    customer_url: str
    address: str
    phone: str
    point: list[float] | None
    exact: bool
    far: float | None
    done: bool
    checked: CheckIn | None

    @property
    def check_in(self) -> str:
        """The check-in in words."""
        return check_in_words(self.checked) if self.checked is not None else ""


@dataclass(frozen=True, slots=True)
class Route:
    """A day's visits in order, how far it is, and a shorter order where there is one."""

    halts: list[Halt]
    km: float
    nowhere: int
    shorter: list[Halt]
    shorter_km: float
    ordered: bool


def route(actor: Actor, day: date, of: int | None = None) -> Route:
    """Return the actor's own visits of a day, or somebody else's: those that were made first, then those planned, in
    their order. Two queries, whatever their number.
    """
    rows = engagement.visits_between(actor, day, day, MOST_STOPS, of)[:MOST_STOPS]
    homes = engagement.names_of(actor, rows)
    spots = {pk: spot_of(actor, home) for pk, home in homes.items()}
    stops, by_pk = [], {row.pk: row for row in rows}
    for row in rows:
        spot = spots.get(row.customer_id)
        stops.append(Stop(row.pk, row.planned_time, row.turn, spot[0] if spot is not None else None))
    made = visiting.in_order([one for one in stops if by_pk[one.pk].state_key != PLANNED])
    ahead = visiting.in_order([one for one in stops if by_pk[one.pk].state_key == PLANNED])
    order = [*made, *ahead]
    better = [*made, *visiting.proposed(ahead)]
    told = _halts(actor, order, by_pk, homes, spots)
    shorter = [] if [one.pk for one in better] == [one.pk for one in order] else better
    return Route(
        told, visiting.way(order), sum(one.point is None for one in order),
        _halts(actor, [one for one in shorter if one not in made], by_pk, homes, spots), visiting.way(better),
        any(one.turn is not None for one in ahead),
    )  # fmt: skip


def _halts(
    actor: Actor, order: Sequence[Stop], rows: Mapping[int, Any], homes: Mapping[int, Any],
    spots: Mapping[int, tuple[Point, bool] | None],
) -> list[Halt]:  # fmt: skip
    found = []
    for no, (stop, far) in enumerate(zip(order, visiting.legs(order), strict=True), 1):
        row = rows[stop.pk]
        home, spot = homes.get(row.customer_id), spots.get(row.customer_id)
        found.append(
            Halt(
                no, row, record_url(RECORDS[VISIT_KEY], row.pk), str(home) if home is not None else "",
                record_url(RECORDS[CUSTOMER], home.pk) if home is not None else "", _text(actor, home, "address"),
                _text(actor, home, "phone"), at(spot[0]) if spot is not None else None, spot is not None and spot[1],
                far, row.state_key != PLANNED, _checked(row, spot),
            )
        )  # fmt: skip
    return found


def _checked(row: Any, spot: tuple[Point, bool] | None) -> CheckIn | None:
    """Return where the visit was checked in. Only who made it, or may read places, is shown a route with it."""
    if not row.place:
        return None
    point = places.read(row.place)
    far = places.km(places.moved(point, WGS84), spot[0]) if spot is not None and spot[1] else None
    return CheckIn(at(point), row.checked_in_at, point.accuracy, None if far is None else round(far * 1000))


def check_in_words(one: CheckIn) -> str:
    """Return when somebody checked in and how far from the customer, as far as that is known."""
    said = _("Checked in %(time)s") % {"time": f"{formats.local(one.at):%H:%M}"}
    if one.metres is not None:
        far = (
            _("%(m)s m") % {"m": one.metres}
            if one.metres < 1000
            else _("%(km)s km") % {"km": f"{one.metres / 1000:.1f}"}
        )
        said += " · " + _("%(far)s from the customer") % {"far": far}
    if one.accuracy is not None:
        said = _("%(said)s (±%(m)s m)") % {"said": said, "m": one.accuracy}
    return said


def _text(actor: Actor, home: Any, name: str) -> str:
    """Return a field of a customer as this reader may see it, or nothing."""
    if home is None or modes(actor, RECORDS[CUSTOMER])[name] < Mode.MASK:
        return ""
    return shown(actor, RECORDS[CUSTOMER], home, name).text
