"""One row of a list as HTML: a table's row on a wide screen, a card on the phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kedang.engine.records.access import Shown, shown
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kits.web import cells, filters, looks

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


def row_of(
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
            edit = f' data-edit="{name}"' if column.editable and not values[name].masked else ""
            inner = conditional_escape(drawn[name])
            placed.append(mark_safe(f"<td{place}{by}{edit}>{inner}</td>"))  # noqa: S308  escaped here
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
    return format_html(_("{}, {}"), words[0], words[1]) if len(words) > 1 else next(iter(words), "")


def _mark(kind: RecordType, values: Any) -> SafeString | str:
    """Return the first state of a row: what a phone has room for."""
    for name in kind.pills:
        value = values.get(name)
        if value is not None and value.value not in (None, "", False):
            return looks.in_list(looks.look_of(kind, kind.fields[name]), str(value.value), value.text)
    return ""
