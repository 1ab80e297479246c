"""The list of any record type, the quick look beside it, and what is done to several rows at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.records.access import Shown, askable, modes, shown, visible_fields
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Mode
from kedang.kits.web import asking as asks
from kedang.kits.web import bulk, cells, filters, looks, views
from kedang.kits.web.pages import query_with, show, signed_in, url_of
from kedang.kits.web.rows import Asked, Page, asked, narrowed, page_of

DENSITY_COOKIE = "kedang_rows"
BY_SOUND = "_sort"
ON_PHONE = frozenset({"text", "choice", "record"})
NUM = ' class="num"'
NO = ' class="no"'
SELECT = '<td class="cb"><input type="checkbox" name="id" value="{}" form="bulk" aria-label="{}"></td>'
CARD = (
    '<li><a href="{}"><span class="row"><b class="cut">{}</b>{}</span><span class="push">{}</span>'
    '<span class="ln cut">{}</span><span>{}</span></a></li>'
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the list shows it: a table's row on a wide screen, a card on the phone.

    Both are drawn here: fifty rows of eleven cells through a template cost half of the page's time.
    """

    table_row: SafeString
    card: SafeString


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of the list."""

    key: str
    label: str
    url: str
    current: bool


@require_GET
@signed_in
def page(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Show the rows an address asks for."""
    if not request.actor.may(kind.key, "view"):
        return show(request, "web/list_closed.html", kind=kind, status=403, crumbs=[(kind.label_plural, "")])
    asking = asked(request.actor, kind, request.GET, views.names(request.actor, kind))
    found = page_of(kind, narrowed(request.actor, kind, asking), asking, kind.columns)
    columns = _columns(request, kind, asking, found)
    base = reverse(f"{kind.plural}.list")
    bulk_doors = bulk.offered(request.actor, kind, asking.tab == "held")
    rows = [_row(request, kind, row, columns, base, select=bool(bulk_doors)) for row in found.rows]
    box = asks.tree(request, kind, asking.tree)
    if not box.parts and (blank := asks.blank(request, kind)):
        box.parts.append(blank)
    return show(
        request, "web/list.html", kind=kind, asking=asking, page=found, columns=columns, rows=rows,
        tabs=_tabs(request, kind, asking), chips=filters.chips(request, asking),
        quick=filters.quick(request, kind, asking), box=box,
        sorts=_sorts(request, kind, asking), dense=request.COOKIES.get(DENSITY_COOKIE, "dense") == "dense",
        next_url=_page_url(request, "after", found.next), previous_url=_page_url(request, "before", found.previous),
        clear_url="?" + query_with(request, drop=(*asking.params, "q", "after", "before")),
        kept=[(key, value) for key in ("q", "tab", "sort", "size") if (value := request.GET.get(key))],
        clear_q="?" + query_with(request, drop=("q", "after", "before")), crumbs=[(kind.label_plural, "")],
        bulk=bulk_doors, rail=True, query=request.GET.urlencode(), **_doors(request, kind),
    )  # fmt: skip


@require_GET
@signed_in
def count(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Count the rows of a view to the last one, since somebody asked."""
    asking = asked(request.actor, kind, request.GET, views.names(request.actor, kind))
    total = narrowed(request.actor, kind, asking).order_by().count()
    return show(request, "web/list.html", "counted", total=total)


def _tabs(request: KedangRequest, kind: RecordType, asking: Asked) -> list[Tab]:
    names = views.built_in(request.actor, kind)
    drop = ("after", "before", "tab")
    return [
        Tab(
            key,
            label,
            "?" + query_with(request, drop=drop, tab="" if key == "all" else key),
            key == asking.tab,
        )
        for key, label in names.items()
    ]


def _columns(request: KedangRequest, kind: RecordType, asking: Asked, found: Page) -> list[cells.Column]:
    allowed = modes(request.actor, kind)
    columns = []
    for spec in visible_fields(request.actor, kind, kind.columns):
        column = cells.Column(
            spec, filtered=spec.name in kind.filters and askable(request.actor, kind, spec.name)
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
        columns.append(column)
    return columns


def sort_of(kind: RecordType, name: str) -> str:
    """Return what a column is sorted by: itself, or the column that holds its pinyin, where that is declared."""
    return next((by for by in (f"{name}{BY_SOUND}", name) if by in kind.sorts), "")


def _row(
    request: KedangRequest,
    kind: RecordType,
    row: Any,
    columns: Sequence[cells.Column],
    base: str,
    *,
    select: bool,
) -> Row:
    shown_id = ids.show(row.pk)
    url = f"{base}/{shown_id}"
    values = {c.spec.name: shown(request.actor, kind, row, c.spec.name) for c in columns}
    drawn = {c.spec.name: cells.in_row(kind, values[c.spec.name], c, request.actor, row) for c in columns}
    title = str(row)
    placed = [format_html(SELECT, shown_id, _("Choose %(name)s") % {"name": title})] if select else []
    for column in columns:
        name = column.spec.name
        if name == kind.title:
            placed.append(
                format_html(
                    '<td><a class="plain b" data-open href="{}">{}</a></td>', url, cells.clipped(title, 26)
                )
            )
        else:
            place = NUM if column.right else NO if name == kind.subtitle else ""
            by = filters.by_this(values[name]) if column.filtered else ""
            placed.append(mark_safe(f"<td{place}{by}>{conditional_escape(drawn[name])}</td>"))  # noqa: S308  escaped here
    texts = [name for name in drawn if _on_phone(kind, values[name], name)]
    money = [name for name in drawn if values[name].spec.kind == "money" and values[name].text]
    dates = [name for name in drawn if values[name].spec.kind in ("date", "datetime")][:1]
    corner = drawn[dates[0]] if dates and values[dates[0]].text else ""
    second = drawn.get("owner", "")
    words = [_word(kind, values[name], drawn[name]) for name in texts]
    if not words and kind.subtitle in values:
        words = [values[kind.subtitle].text]
    figure = cells.short_money(values[money[-1]]) if money else second
    return Row(
        mark_safe(f'<tr data-id="{shown_id}" data-peek="{url}/peek">{"".join(placed)}</tr>'),  # noqa: S308
        format_html(CARD, url, title, _mark(kind, values), corner, _two(words), figure),
    )


def _on_phone(kind: RecordType, value: Shown, name: str) -> bool:
    """Say whether a value may stand in the second line of a card: words, not figures, states or dates."""
    if name in (kind.title, "owner", *kind.pills) or value.masked or value.spec.kind not in ON_PHONE:
        return False
    if name == kind.subtitle and value.spec.kind != "record":
        return False
    return bool(value.text) or (kind.key, name) in cells.DRAWN


def _word(kind: RecordType, value: Shown, drawn: SafeString | str) -> SafeString | str:
    """Return a value without a link: a card is one link already."""
    return drawn if (kind.key, value.spec.name) in cells.DRAWN else value.text


def _two(words: Sequence[SafeString | str]) -> SafeString | str:
    return format_html(_("{}, {}"), words[0], words[1]) if len(words) > 1 else "".join(words)


def _mark(kind: RecordType, values: Any) -> SafeString | str:
    """Return the first state of a row: what a phone has room for."""
    for name in kind.pills:
        value = values.get(name)
        if value is not None and value.value not in (None, "", False):
            return looks.in_list(looks.look_of(kind, kind.fields[name]), str(value.value), value.text)
    return ""


def _sorts(request: KedangRequest, kind: RecordType, asking: Asked) -> list[Tab]:
    found = [
        Tab(
            "",
            _("Newest first"),
            "?" + query_with(request, drop=("sort", "after", "before")),
            not asking.sort.name,
        )
    ]
    for name in kind.sorts:
        if askable(request.actor, kind, name):
            label = str(kind.fields.get(name.removesuffix(BY_SOUND), kind.fields[name]).label)
            for sign, arrow in (("", "↑"), ("-", "↓")):
                url = "?" + query_with(request, drop=("after", "before"), sort=f"{sign}{name}")
                found.append(
                    Tab(f"{sign}{name}", f"{label} {arrow}", url, str(asking.sort) == f"{sign}{name}")
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
