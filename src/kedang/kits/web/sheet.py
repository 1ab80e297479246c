"""A file on paper: what its reader may see, on A4, with who printed it and when. The browser makes a PDF of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.ledger import looks
from kedang.engine.records.access import Shown, modes, open_one, shown, visible_fields
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kits.web import formats
from kedang.kits.web.pages import HTML_LANGUAGE, pk_of, record_url, signed_in

MOST_ROWS = 30
COLUMNS = 6


@dataclass(frozen=True, slots=True)
class PrintPanel:
    """A titled group of values on paper."""

    title: Any
    facts: Sequence[tuple[Any, str, bool]]


@dataclass(frozen=True, slots=True)
class PrintTable:
    """Related records on paper: heads, rows, and whether there are more than stand here."""

    title: Any
    heads: Sequence[Any]
    rows: Sequence[Sequence[str]]
    more: bool


@require_GET
@signed_in
def sheet(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show one record as a page to print; that it was printed is written down."""
    actor = request.actor
    row = open_one(actor, kind, pk_of(pk))
    looks.note(actor, "print", kind.key, row.pk)
    subtitle = kind.subtitle and modes(actor, kind)[kind.subtitle] is not Mode.HIDE
    context = {
        "kind": kind, "row": row, "number": shown(actor, kind, row, kind.subtitle).text if subtitle else "",
        "owner": row.owner, "panels": _panels(actor, kind, row), "back": record_url(kind, row.pk), "by": request.user,
        "tables": [*_lines(actor, kind, row), *_tables(actor, kind, row)],
        "at": f"{said(clock.now())} {formats.local(clock.now()):%H:%M}",
        "company": getattr(settings, "KEDANG_COMPANY", ""), "actor": actor,
        "html_language": HTML_LANGUAGE.get(getattr(request, "LANGUAGE_CODE", ""), "zh-Hans"),
    }  # fmt: skip
    return render(request, "web/sheet.html", context)


def said(value: date | datetime) -> str:
    """Return a day in full as paper has it: 2026年11月25日."""
    on = formats.local(value).date() if isinstance(value, datetime) else value
    if not formats.chinese():
        return on.isoformat()
    return f"{on.year}年{on.month}月{on.day}日"


def printed(value: Shown) -> str:
    """Return a value as paper has it: days and amounts in full."""
    if value.masked or value.value in (None, ""):
        return value.text
    match value.spec.kind:
        case "date":
            return said(value.value)
        case "datetime":
            return f"{said(value.value)} {formats.local(value.value):%H:%M}"
        case "money":
            return _("%(amount)s yuan") % {"amount": formats.exact(value.value)}
        case "number" | "integer":
            return formats.plain_number(value.value)
    return value.text


def _panels(actor: Actor, kind: RecordType, row: Any) -> list[PrintPanel]:
    found = []
    for panel in kind.panels:
        values = [shown(actor, kind, row, spec.name) for spec in visible_fields(actor, kind, panel.fields)]
        facts = [(one.spec.label, printed(one), one.spec.kind == "longtext") for one in values if one.text]
        if facts:
            found.append(PrintPanel(panel.title, facts))
    return found


def _lines(actor: Actor, kind: RecordType, row: Any) -> list[PrintTable]:
    if kind.lines is None:
        return []
    specs = [kind.lines.specs[name] for name in kind.lines.fields if name != kind.lines.order_by]
    rows = kind.lines.model.objects.visible_to(actor).filter(**{kind.lines.parent: row.pk})
    related = [spec.name for spec in specs if spec.points_at]
    drawn = []
    for line in rows.select_related(*related).order_by(kind.lines.order_by)[:500]:
        values = [(spec, getattr(line, spec.attname)) for spec in specs]
        drawn.append([
            "" if value is None else str(getattr(line, spec.name)) if spec.points_at
            else formats.exact(value) if spec.kind == "money"
            else formats.plain_number(value) if spec.kind in ("number", "integer") else str(value)
            for spec, value in values
        ])  # fmt: skip
    return [PrintTable(kind.lines.label, [spec.label for spec in specs], drawn, more=False)] if drawn else []


def _tables(actor: Actor, kind: RecordType, row: Any) -> list[PrintTable]:
    found = []
    for link in kind.related:
        other = RECORDS.get(link.record)
        if other is None or not actor.may(other.key, "view"):
            continue
        names = [name for name in dict.fromkeys((other.title, *other.columns)) if name != link.via]
        specs = visible_fields(actor, other, names)[:COLUMNS]
        rows = other.model.objects.visible_to(actor).filter(**{link.via: row.pk})
        needed = other.needs_select(tuple(spec.name for spec in specs))
        newest = list(rows.select_related(*needed, link.via).order_by("-pk")[: MOST_ROWS + 1])
        drawn = [
            [printed(shown(actor, other, one, spec.name)) for spec in specs] for one in newest[:MOST_ROWS]
        ]
        if drawn:
            heads = [spec.label for spec in specs]
            found.append(PrintTable(other.label_plural, heads, drawn, len(newest) > MOST_ROWS))
    return found
