"""Which columns a list shows, in which order and width: kept for each person, and in the views they save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.records.access import visible_fields
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.views.models import ListHabit
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery, NotVisible
from kedang.kits.web import views
from kedang.kits.web.pages import absent_text, leave, signed_in

MOST = 30
NARROWEST, WIDEST = 48, 800
NOT_SHOWN = frozenset({"json", "longtext"})
WIDTH = (
    ".tbl.list-t :is(th, td):nth-child({}) {{ min-width: {}px; max-width: {}px; overflow: hidden; "
    "text-overflow: ellipsis; }}"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One column that may be shown, and whether it is."""

    name: str
    label: Any
    shown: bool


def possible(actor: Actor, kind: RecordType) -> list[FieldSpec]:
    """Return the fields that this reader may have as columns: those of the list, then those of the page."""
    told = [name for panel in (*kind.panels, *kind.form) for name in panel.fields]
    names = dict.fromkeys((kind.title, *kind.columns, *told, "owner", "unit", "created_at", "changed_at"))
    return [
        spec for spec in visible_fields(actor, kind, [name for name in names if name in kind.fields])
        if spec.kind not in NOT_SHOWN
    ]  # fmt: skip


def chosen(request: KedangRequest, kind: RecordType, habit: ListHabit) -> tuple[str, ...]:
    """Return the columns to show: those the address names, else those of the reader, else those of the type.

    Raise BadQuery for a column in the address that there is not, or that is hidden from its reader.
    """
    allowed = {spec.name for spec in possible(request.actor, kind)}
    if asked := request.GET.get("columns", ""):
        names = list(dict.fromkeys(asked.split(",")))
        if len(names) > MOST or not allowed.issuperset(names):
            raise BadQuery(_("This list has no such column."))
        return _titled(kind, names)
    kept = [name for name in habit.columns if name in allowed]
    return _titled(kind, kept or [name for name in kind.columns if name in allowed])


def _titled(kind: RecordType, names: Sequence[str]) -> tuple[str, ...]:
    """The title is always there: it is what opens a record."""
    return tuple(names) if kind.title in names else (kind.title, *names)


def choices(actor: Actor, kind: RecordType, shown: Sequence[str]) -> list[Choice]:
    """Return what the chooser offers: the columns shown, in their order, then the others."""
    specs = {spec.name: spec for spec in possible(actor, kind)}
    names = [*(name for name in shown if name in specs), *(name for name in specs if name not in shown)]
    return [Choice(name, specs[name].label, name in shown) for name in names]


def widths(habit: ListHabit, shown: Sequence[str], *, before: int) -> SafeString:
    """Return the widths somebody gave to columns as a style sheet; `before` columns stand in front of them."""
    rows = [
        (place + before + 1, habit.widths[name]) for place, name in enumerate(shown) if name in habit.widths
    ]
    return format_html_join("\n", WIDTH, ((place, width, width) for place, width in rows))


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Show the chooser of columns, which a list fetches when it is opened, or keep what was chosen."""
    if not request.actor.may(kind.key, "view"):
        raise NotVisible(absent_text())
    habit = views.habit_of(request.actor, kind)
    if request.method == "POST":
        return _keep(request, kind, habit)
    names = chosen(request, kind, habit)
    return render(
        request, "web/parts/columns.html",
        {"column_choices": choices(request.actor, kind, names), "habit": habit, "query": request.GET.urlencode()},
    )  # fmt: skip


def _keep(request: KedangRequest, kind: RecordType, habit: ListHabit) -> HttpResponse:
    """Keep columns, their order, one width, or whether the first one stays; the list is shown again."""
    allowed = {spec.name for spec in possible(request.actor, kind)}
    match request.POST.get("do", ""):
        case "columns":
            names = [name for name in dict.fromkeys(request.POST.getlist("column")) if name in allowed][:MOST]
            habit.columns = [] if tuple(names) == kind.columns else names
            habit.frozen = request.POST.get("frozen") == "1"
        case "usual":
            habit.columns, habit.widths, habit.frozen = [], {}, True
        case "width":
            habit.widths = _with_width(habit.widths, request, allowed)
        case _other:
            raise NotVisible(absent_text())
    habit.save()
    if request.POST["do"] == "width":
        return HttpResponse(status=204)
    query = QueryDict(request.POST.get("back", "")[:4_000], mutable=True)
    query.pop("columns", None)
    if "view" in query and habit.columns:
        query["columns"] = ",".join(habit.columns)
    return leave(request, f"{reverse(f'{kind.plural}.list')}?{query.urlencode()}")


def _with_width(kept: Mapping[str, int], request: KedangRequest, allowed: set[str]) -> dict[str, int]:
    name, text = request.POST.get("column", ""), request.POST.get("width", "")
    if name not in allowed or not text.isdecimal() or len(text) > 4:
        raise BadQuery(_("This list has no such column."))
    width = max(NARROWEST, min(WIDEST, int(text)))
    return {key: value for key, value in kept.items() if key in allowed} | {name: width}
