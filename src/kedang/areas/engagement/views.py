"""The agenda: one's own tasks and visits by day, week and month; and the feed that calendar programs read."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from kedang.areas.engagement import feeds, rules, selectors
from kedang.areas.engagement.told import Told, in_order, told, told_visits
from kedang.engine.actions.perform import perform
from kedang.engine.calendar.table import workdays
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kernel.errors import BadQuery, NotAllowed, NotVisible
from kedang.kits.web import formats
from kedang.kits.web.pages import absent_text, leave, pk_of, show, signed_in, url_of

MOST = {"day": 200, "week": 400, "month": 800}
LATE = 20
IN_CELL = 3
MIN_YEAR, MAX_YEAR = 2000, 2100
FEED_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a week or a month, with its tasks and visits."""

    on: date
    today: bool
    outside: bool
    mark: str
    lunar: str
    tasks: list[Told]

    @property
    def routed(self) -> bool:
        """Whether its visits stand in the order that was accepted for its route."""
        return any(one.turn is not None for one in self.tasks)

    @property
    def few(self) -> list[Told]:
        """As many as a cell of a month holds."""
        return self.tasks[:IN_CELL]

    @property
    def more(self) -> int:
        """How many a cell leaves out."""
        return max(0, len(self.tasks) - IN_CELL)


@require_GET
@signed_in
def agenda(request: KedangRequest) -> HttpResponse:
    """Show the reader's tasks and visits of a day, a week or a month."""
    return _shown(request)


@require_POST
@signed_in
def done(request: KedangRequest, pk: str) -> HttpResponse:
    """Note a task as done, and go back to where that was said."""
    task = perform(request.actor, f"{selectors.KEY}.done", pk_of(pk)).record
    return leave(request, _back(request), _("Done: %(title)s") % {"title": task})


@require_POST
@signed_in
def subscribe(request: KedangRequest) -> HttpResponse:
    """Give the reader a new secret address; it is shown this once."""
    _only_with_tasks(request)
    secret = feeds.give(request.actor.user_id or 0)
    address = request.build_absolute_uri(reverse("agenda.feed", kwargs={"secret": secret}))
    answer = _shown(request, address=address)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@signed_in
def unsubscribe(request: KedangRequest) -> HttpResponse:
    """End the reader's secret address."""
    feeds.revoke(request.actor.user_id or 0)
    return leave(
        request, reverse("agenda"), _("The address is ended; calendar programs get nothing from it any more.")
    )


@login_not_required
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Give a calendar program the tasks of whose secret address this is."""
    user = feeds.reader_of(secret)
    if user is None:
        raise NotVisible(absent_text())
    with override(user.language):
        text = feeds.file_for(user, request.build_absolute_uri("/").rstrip("/"), _("Kedang tasks"))
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'inline; filename="kedang.ics"'}
    return HttpResponse(text, content_type=FEED_TYPE, headers=headers)


def _shown(request: KedangRequest, *, address: str = "") -> HttpResponse:
    _only_with_tasks(request)
    view = request.GET.get("view", "day")
    if view not in MOST:
        raise BadQuery(_("There is no such view."))
    on = _day(request.GET.get("on", ""))
    today = clock.today()
    days = {"day": [on], "week": rules.week_of(on)}.get(view) or [
        day for week in rules.month_of(on) for day in week
    ]
    actor, now = request.actor, view == "day" and on == today
    rows = selectors.between(actor, days[0], days[-1], MOST[view])
    late = selectors.late(actor, today, LATE) if now else []
    tasks = told(actor, [*late, *rows])
    late_ones, ones = tasks[: len(late)], tasks[len(late) :]
    if selectors.sees_visits(actor):
        visits = selectors.visits_between(actor, days[0], days[-1], MOST[view])
        missed = selectors.visits_late(actor, today, LATE) if now else []
        both = told_visits(actor, [*missed, *visits])
        late_ones, ones = [*late_ones, *both[: len(missed)]], [*ones, *both[len(missed) :]]
    by_day: dict[date, list[Told]] = defaultdict(list)
    for one in ones:
        by_day[one.row.due_on].append(one)
    late_ones.sort(key=lambda one: (one.row.due_on, not one.open, one.row.due_time))
    drawn = [_drawn(day, on, in_order(by_day[day]), month=view == "month") for day in days]
    own = feeds.feed_of(request.actor.user_id or 0)
    return show(
        request, "engagement/agenda.html", view=view, on=on, today=today, late=late_ones[:LATE],
        more_late=len(late_ones) > LATE, days=drawn, weeks=[drawn[n : n + 7] for n in range(0, len(drawn), 7)],
        weekdays=formats.weekdays(), cut=len(ones) > MOST[view], title=_title(view, on, days),
        tabs=[(key, label, _url(key, on)) for key, label in _tabs()], earlier=_url(view, _step(view, on, -1)),
        later=_url(view, _step(view, on, 1)), now_url=_url(view, today), here=_url(view, on), own=own, address=address,
        route_url=_route(on) if view == "day" and any(one.visit for one in ones) else "",
        crumbs=[(_("Agenda"), "")],
    )  # fmt: skip


def _route(on: date) -> str:
    """Return the way through the visits of a day on the map, which a higher area draws."""
    return f"{url}?on={on.isoformat()}" if (url := url_of("maps.route")) else ""


def _almanac() -> Callable[[date], str]:
    """Return how lunar days are said; the almanac is loaded by the first page that shows it."""
    found: Callable[[date], str] = import_string("kedang.kernel.lunar.said_of")
    return found


def _tabs() -> list[tuple[str, str]]:
    return [("day", _("Day")), ("week", _("Week")), ("month", _("Month"))]


def _drawn(day: date, on: date, tasks: list[Told], *, month: bool) -> Day:
    calendar = workdays()
    usual = day.weekday() < 5
    works = calendar.is_working(day)
    mark = "" if works == usual else (_("worked") if works else _("day off"))
    lunar = (
        import_string("kedang.kernel.lunar.said")(import_string("kedang.kernel.lunar.of")(day))
        if month
        else ""
    )
    return Day(day, day == clock.today(), month and day.month != on.month, mark, lunar, tasks)


def _title(view: str, on: date, days: list[date]) -> str:
    if view == "day":
        return formats.long_day(on)
    if view == "week":
        return f"{formats.day(days[0])} – {formats.day(days[-1])}"
    words: Mapping[str, int] = {"year": on.year, "month": on.month}
    return _("%(year)s-%(month)s") % words


def _step(view: str, on: date, direction: int) -> date:
    if view == "month":
        first = on.replace(day=1)
        stepped = first - timedelta(days=1) if direction < 0 else first + timedelta(days=31)
        return stepped.replace(day=1)
    return on + timedelta(days=direction * (7 if view == "week" else 1))


def _url(view: str, on: date) -> str:
    return f"{reverse('agenda')}?view={view}&on={on.isoformat()}"


def _day(text: str) -> date:
    if not text:
        return clock.today()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(_("“%(text)s” is not a day.") % {"text": text[:20]}) from error
    if not MIN_YEAR <= day.year < MAX_YEAR:
        raise BadQuery(_("This day is too far away."))
    return day


def _back(request: KedangRequest) -> str:
    """Return the page of ours on which the task was ended."""
    asked: Any = request.POST.get("next", "")
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, None)
    return asked if ours else reverse("agenda")


def _only_with_tasks(request: KedangRequest) -> None:
    if not selectors.sees_tasks(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
