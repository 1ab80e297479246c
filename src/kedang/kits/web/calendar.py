"""The working-day calendar, for administrators: days off, weekends that are worked, and whether a year is out."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kedang.engine.calendar import table
from kedang.engine.calendar.models import CalendarDay, CalendarYear
from kedang.engine.jobs.queueing import runs_system
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kernel.errors import BadQuery, Invalid, NotAllowed
from kedang.kits.web.pages import leave, show, signed_in
from kedang.kits.web.tabs import frame


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row with one name: a holiday, or one worked weekend day."""

    first: date
    last: date
    working: bool
    name: str

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show one year."""
    return _shown(request, _year(request.GET.get("year", str(clock.today().year))))


@require_POST
@signed_in
def put(request: KedangRequest) -> HttpResponse:
    """Enter days off or worked days."""
    _only_administrators(request)
    try:
        first = _day(request.POST.get("first", ""))
        last = _day(request.POST.get("last", "") or request.POST.get("first", ""))
        working = request.POST.get("kind") == "worked"
        table.put(first, last, working=working, name=request.POST.get("name", ""))
    except Invalid as error:
        return _shown(request, _year(request.POST.get("year", "")), error=error.text, status=422)
    return leave(request, _url(first.year), _("The calendar is changed; due dates follow."))


@require_POST
@signed_in
def take_out(request: KedangRequest) -> HttpResponse:
    """Let a run of days go by the weekday again."""
    _only_administrators(request)
    first, last = _day(request.POST.get("first", "")), _day(request.POST.get("last", ""))
    if not 0 <= (last - first).days <= 31:
        raise Invalid(_("Give a first and a last day, at most 31 days, the last not before the first."))
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        table.take_out(date.fromordinal(ordinal))
    return leave(request, _url(first.year), _("The calendar is changed; due dates follow."))


@require_POST
@signed_in
def publish(request: KedangRequest) -> HttpResponse:
    """Say that a year's notice is out and entered, or that it is not."""
    _only_administrators(request)
    year, out = _year(request.POST.get("year", "")), request.POST.get("published") == "1"
    table.publish(year, published=out)
    return leave(
        request,
        _url(year),
        _("Published: due dates of that year are counted anew.") if out else _("Provisional."),
    )


def _shown(request: KedangRequest, year: int, *, error: str = "", status: int = 200) -> HttpResponse:
    _only_administrators(request)
    known = dict(CalendarYear.objects.values_list("year", "published"))
    today = clock.today().year
    near = range(today - 2, max(today + 1, *known, year) + 1) if known else range(today - 2, today + 2)
    published = known.get(year, False)
    count = table.workdays().count(date(year, 1, 1), date(year, 12, 31))
    return show(
        request, "web/settings/calendar.html", status=status, year=year, years=near, published=published, count=count,
        runs=_runs(table.days_of(year)), error=error, typed=request.POST, **frame(request, "calendar"),
    )  # fmt: skip


def _runs(days: list[CalendarDay]) -> list[Run]:
    found: list[Run] = []
    for one in days:
        last = found[-1] if found else None
        if last and (one.day - last.last).days == 1 and (last.working, last.name) == (one.working, one.name):
            found[-1] = Run(last.first, one.day, last.working, last.name)
        else:
            found.append(Run(one.day, one.day, one.working, one.name))
    return found


def _only_administrators(request: KedangRequest) -> None:
    if not runs_system(request.actor):
        raise NotAllowed(_("Only administrators look here."))


def _url(year: int) -> str:
    return f"{reverse('settings.calendar')}?year={year}"


def _year(text: str) -> int:
    if not (
        text.isascii() and text.isdecimal() and len(text) == 4 and table.FIRST <= int(text) <= table.LAST
    ):
        raise BadQuery(
            _("The calendar holds the years %(first)s to %(last)s.")
            % {"first": table.FIRST, "last": table.LAST}
        )
    return int(text)


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("“%(text)s” is not a day.") % {"text": text[:20]}) from error
