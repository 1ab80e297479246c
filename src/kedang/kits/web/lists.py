"""The list of any record type, the quick look beside it, and what is done to several rows at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.actions.inputs import settable
from kedang.engine.records.access import askable, modes, visible_fields
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Mode
from kedang.kits.web import asking as asks
from kedang.kits.web import bulk, cells, columns, filters, inline, sights, table, views
from kedang.kits.web.pages import query_with, show, signed_in, url_of
from kedang.kits.web.rows import Asked, Page, asked, narrowed, page_of

DENSITY_COOKIE = "kedang_rows"
SORT_COOKIE = "kedang_sort_"
KEPT = ("q", "tab", "sort", "size", "view", "columns", "rows")
BY_SOUND = "_sort"


@require_GET
@signed_in
def page(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Show the rows an address asks for."""
    if not request.actor.may(kind.key, "view"):
        return show(request, "web/list_closed.html", kind=kind, status=403, crumbs=[(kind.label_plural, "")])
    kept = views.saved(request, kind)
    if entrance := views.entrance(request, kind, kept):
        return HttpResponseRedirect(entrance)
    query = _with_usual_sort(request, kind)
    asking = asked(request.actor, kind, query, views.names(request.actor, kind))
    names = columns.chosen(request, kind, kept.habit)
    found = page_of(request.actor, kind, asking, names)
    cells.look_at(kind, request.actor, found.rows, names)
    shown_columns = _columns(request, kind, asking, found, names)
    base = reverse(f"{kind.plural}.list")
    bulk_doors = bulk.offered(request.actor, kind, asking.tab == "held")
    drawer = table.Drawer(request, kind, shown_columns, base, select=bool(bulk_doors))
    drawn = [drawer.row(row) for row in found.rows]
    tabs, more_tabs = views.tabs(request, kind, asking, kept)
    dense = request.GET.get("rows") or request.COOKIES.get(DENSITY_COOKIE, "dense")
    return show(
        request, "web/list.html", kind=kind, asking=asking, page=found, columns=shown_columns,
        rows=SafeString("".join([row.table_row for row in drawn])),
        cards=SafeString("".join([row.card for row in drawn])),
        tabs=tabs, more_tabs=more_tabs, saved=kept, roles=views.roles(request.actor) if kept.current else [],
        view_id=ids.show(kept.current.pk) if kept.current else "",
        column_names=",".join(names),
        widths=columns.widths(kept.habit, names, before=1 if bulk_doors else 0), chips=filters.chips(request, asking),
        quick=filters.quick(request, kind, asking), editor=asks.editor(request, kind, asking.tree),
        sorts=_sorts(request, kind, asking), dense=dense == "dense",
        next_url=_page_url(request, "after", found.next), previous_url=_page_url(request, "before", found.previous),
        clear_url="?" + query_with(request, drop=(*asking.params, "q", "after", "before")),
        kept=[(key, value) for key in KEPT if (value := request.GET.get(key))],
        clear_q="?" + query_with(request, drop=("q", "after", "before")), crumbs=[(kind.label_plural, "")],
        bulk=bulk_doors, bulk_key=" ".join([kind.key, *(one.name for one in bulk_doors)]),
        rail=True, query=query.urlencode(), **_doors(request, kind),
        sights=sights.links(request.actor, kind.key, query_with(request, drop=sights.OF_LISTS)),
    )  # fmt: skip


def _with_usual_sort(request: KedangRequest, kind: RecordType) -> QueryDict:
    """Return the query of the address; where it names no order, with the one its reader chose last or the usual one."""
    usual = request.COOKIES.get(f"{SORT_COOKIE}{kind.plural}", kind.usual_sort)
    name = usual.removeprefix("-")
    if not usual or "sort" in request.GET or "view" in request.GET or name not in kind.sorts:
        return request.GET
    if not askable(request.actor, kind, name):
        return request.GET
    query = request.GET.copy()
    query["sort"] = usual
    return query


@require_GET
@signed_in
def count(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Count the rows of a view to the last one, since somebody asked."""
    asking = asked(request.actor, kind, request.GET, views.names(request.actor, kind))
    total = narrowed(request.actor, kind, asking).order_by().count()
    return show(request, "web/list.html", "counted", total=total)


def _columns(
    request: KedangRequest, kind: RecordType, asking: Asked, found: Page, names: Sequence[str]
) -> list[cells.Column]:  # fmt: skip
    allowed = modes(request.actor, kind)
    made = []
    may = settable(request.actor, kind, creating=False) if request.actor.may(kind.key, "change") else set()
    for spec in visible_fields(request.actor, kind, names):
        column = cells.Column(
            spec,
            filtered=spec.name in kind.filters and askable(request.actor, kind, spec.name),
            editable=spec.name in may and inline.editable(kind, spec) and asking.tab != "held",
        )
        if spec.kind == "money" and allowed[spec.name] is not Mode.MASK:
            size, unit = cells.money_unit(found.rows, spec)
            column = replace(column, size=size, unit=unit)
        by = sort_of(kind, spec.name)
        if by and askable(request.actor, kind, by):
            now = {by: "ascending", f"-{by}": "descending"}.get(str(asking.sort), "")
            upward = spec.kind not in ("money", "number", "integer", "date", "datetime")
            turned = f"-{by}" if now == "ascending" or (not now and not upward) else by
            url = "?" + query_with(request, drop=("after", "before"), sort=turned)
            column = replace(column, sort=url, sorted=now)
        made.append(column)
    return made


def sort_of(kind: RecordType, name: str) -> str:
    """Return what a column is sorted by: itself, or the column that holds its pinyin, where that is declared."""
    return next((by for by in (f"{name}{BY_SOUND}", name) if by in kind.sorts), "")


def _sorts(request: KedangRequest, kind: RecordType, asking: Asked) -> list[views.Tab]:
    found = [
        views.Tab(
            "",
            _("Newest first"),
            "?" + "&".join(filter(None, (query_with(request, drop=("sort", "after", "before")), "sort="))),
            not asking.sort.name,
        )
    ]
    for name in kind.sorts:
        if askable(request.actor, kind, name):
            plain = name if kind.fields[name].custom else name.removesuffix(BY_SOUND)
            label = str(kind.fields.get(plain, kind.fields[name]).label)
            for sign, arrow in (("", "↑"), ("-", "↓")):
                url = "?" + query_with(request, drop=("after", "before"), sort=f"{sign}{name}")
                found.append(
                    views.Tab(f"{sign}{name}", f"{label} {arrow}", url, str(asking.sort) == f"{sign}{name}")
                )
    return found


def _page_url(request: KedangRequest, end: str, cursor: str) -> str:
    return "?" + query_with(request, drop=("after", "before"), **{end: cursor}) if cursor else ""


def _doors(request: KedangRequest, kind: RecordType) -> dict[str, Any]:
    """Return the addresses that lead on from a list, each only for who may follow it."""
    may = request.actor.may
    return {
        "create_url": url_of(f"{kind.plural}.create")
        if kind.creatable and kind.form and may(kind.key, "create")
        else "",
        "import_url": url_of("import.start", plural=kind.plural) if may(kind.key, "import") else "",
        "export_url": url_of(f"{kind.plural}.export") if may(kind.key, "export") else "",
        "people_url": url_of("pick.user"),
    }
