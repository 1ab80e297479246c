"""One row of a list as HTML: a table's row on a wide screen, a card on the phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kedang.engine.records.access import Shown, shown_each
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kits.web import cells, filters, looks

ON_PHONE = frozenset({"text", "choice", "record"})
NUM = ' class="num"'
NO = ' class="no"'


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the list shows it: a table's row on a wide screen, a card on the phone.

    Both are drawn here: fifty rows of eleven cells through a template cost half of the page's time, and through
    `format_html`, which asks of each text whether it is a lazy one, a tenth.
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
    values = shown_each(request.actor, kind, row, [c.spec.name for c in columns])
    drawn = {c.spec.name: cells.in_row(kind, values[c.spec.name], c, request.actor, row) for c in columns}
    title = str(row)
    placed = []
    if select:
        label = _safe(_("Choose %(name)s") % {"name": title})
        placed.append(
            f'<td class="cb"><input type="checkbox" name="id" value="{shown_id}" form="bulk" aria-label="{label}"></td>'
        )
    for column in columns:
        name = column.spec.name
        if name == kind.title:
            placed.append(
                f'<td><a class="plain b" data-open href="{url}">{cells.clipped(title, 26)}</a></td>'
            )
        else:
            place = NUM if column.right else NO if name == kind.subtitle else ""
            by = filters.by_this(values[name]) if column.filtered else ""
            edit = f' data-edit="{name}"' if column.editable and not values[name].masked else ""
            placed.append(f"<td{place}{by}{edit}>{_safe(drawn[name])}</td>")
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
        SafeString(f'<tr data-id="{shown_id}" data-peek="{url}/peek">{"".join(placed)}</tr>'),
        SafeString(
            f'<li><a href="{url}"><span class="row"><b class="cut">{_safe(title)}</b>'
            f'{_safe(_mark(kind, values))}</span><span class="push">{_safe(corner)}</span>'
            f'<span class="ln cut">{_safe(_two(words))}</span>'
            f"<span>{_safe(figure)}</span></a></li>"
        ),
    )


def _safe(text: SafeString | str) -> str:
    """Return HTML as it is and anything else escaped."""
    return text if isinstance(text, SafeString) else escape(str(text))


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
