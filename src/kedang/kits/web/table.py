"""The rows of a list as HTML: a table's row on a wide screen, a card on the phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kedang.engine.records.access import Shown, shown, shown_each
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.trees import TREES
from kedang.kits.web import cells, filters, looks

ON_PHONE = frozenset({"text", "choice", "record"})
LOOKS_LIKE_ITS_VALUE = frozenset(
    {"user", "unit", "choice", "date", "boolean", "country", "record", "text", *TREES}
)
DATES = ("date", "datetime")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the list shows it: a table's row on a wide screen, a card on the phone."""

    table_row: SafeString
    card: SafeString


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: what its reader sees of it, how it looks, and as a cell of the table."""

    value: Shown
    drawn: SafeString | str
    placed: str


@dataclass(frozen=True, slots=True)
class Place:
    """One column of the page, and what was drawn in it so far: `kept` by value, where a cell hangs on nothing else."""

    column: cells.Column
    classes: str
    kept: dict[Any, Cell] | None
    own: bool = False
    on_phone: bool = False


class Drawer:
    """Draws the rows of one page, in Python: fifty rows of eleven cells through a template cost half of the page's
    time, and drawing fifty times the same owner and the same level most of what was left.
    """

    def __init__(
        self, request: KedangRequest, kind: RecordType, columns: Sequence[cells.Column], base: str, *, select: bool
    ) -> None:  # fmt: skip
        self._actor, self._kind, self._base = request.actor, kind, base
        self._places = {column.spec.name: _place(kind, column) for column in columns}
        self._money = [name for name, one in self._places.items() if one.column.spec.kind == "money"]
        self._date = next((name for name, one in self._places.items() if one.column.spec.kind in DATES), "")
        self._words = [name for name, one in self._places.items() if one.on_phone]
        self._each = [name for name, one in self._places.items() if one.kept is None]
        self._choose = _("Choose %(name)s") if select else ""
        self._two = _("{}, {}")

    def row(self, row: Any) -> Row:
        """Return one row; raise NotAllowed where a column is hidden from the reader."""
        shown_id = ids.show(row.pk)
        url, title = f"{self._base}/{shown_id}", str(row)
        values = shown_each(self._actor, self._kind, row, self._each)
        found: dict[str, Cell] = {}
        for name, place in self._places.items():
            if name == self._kind.title:
                linked = f'<a class="plain b" data-open href="{url}">{cells.clipped(title, 26)}</a>'
                found[name] = Cell(values[name], "", f"<td>{linked}</td>")
            elif place.kept is None:
                found[name] = self._draw(place, row, values[name])
            else:
                found[name] = self._kept(place, place.kept, row)
        box = ""
        if self._choose:
            label = escape(self._choose % {"name": title})
            ticked = f'<input type="checkbox" name="id" value="{shown_id}" form="bulk" aria-label="{label}">'
            box = f'<td class="cb">{ticked}</td>'
        placed = "".join([cell.placed for cell in found.values()])
        return Row(
            SafeString(f'<tr data-id="{shown_id}" data-peek="{url}/peek">{box}{placed}</tr>'),
            SafeString(f'<li><a href="{url}">{self._card(title, found)}</a></li>'),
        )

    def _kept(self, place: Place, kept: dict[Any, Cell], row: Any) -> Cell:
        """Return a cell that hangs on its value alone."""
        spec = place.column.spec
        value = getattr(row, spec.attname)
        if value not in kept:
            kept[value] = self._draw(place, row, shown(self._actor, self._kind, row, spec.name))
        return kept[value]

    def _draw(self, place: Place, row: Any, value: Shown) -> Cell:
        column = place.column
        drawn = cells.in_row(self._kind, value, column, self._actor, row)
        by = filters.by_this(value) if column.filtered else ""
        edit = f' data-edit="{column.spec.name}"' if column.editable and not value.masked else ""
        return Cell(value, drawn, f"<td{place.classes}{by}{edit}>{_safe(drawn)}</td>")

    def _card(self, title: str, found: Mapping[str, Cell]) -> str:
        """Return what a phone has room for: the title with its state, a date, two words and a figure or the owner."""
        corner = found[self._date] if self._date else None
        words = [self._word(found[name]) for name in self._words if self._says(found[name])][:2]
        if not words and self._kind.subtitle in found:
            words = [found[self._kind.subtitle].value.text]
        told = [_safe(word) for word in words]
        money = next((found[name] for name in reversed(self._money) if found[name].value.text), None)
        owner = found.get("owner")
        figure = cells.short_money(money.value) if money else owner.drawn if owner else ""
        return (
            f'<span class="row"><b class="cut">{escape(title)}</b>{_safe(self._mark(found))}</span>'
            f'<span class="push">{_safe(corner.drawn) if corner and corner.drawn is not cells.NIL else ""}</span>'
            f'<span class="ln cut">{self._two.format(*told) if len(told) > 1 else "".join(told)}</span>'
            f"<span>{_safe(figure)}</span>"
        )

    def _says(self, cell: Cell) -> bool:
        return not cell.value.masked and (bool(cell.value.text) or self._places[cell.value.spec.name].own)

    def _word(self, cell: Cell) -> SafeString | str:
        """Return a value without a link: a card is one link already."""
        return cell.drawn if self._places[cell.value.spec.name].own else cell.value.text

    def _mark(self, found: Mapping[str, Cell]) -> SafeString | str:
        """Return the first state of a row."""
        for name in self._kind.pills:
            value = found[name].value if name in found else None
            if value is not None and value.value not in (None, "", False):
                look = looks.look_of(self._kind, value.spec)
                return looks.in_list(look, str(value.value), value.text)
        return ""


def _place(kind: RecordType, column: cells.Column) -> Place:
    name, spec = column.spec.name, column.spec
    own, another_each_time = (kind.key, name) in cells.DRAWN, name in (kind.title, kind.subtitle)
    by_value = (
        spec.kind in LOOKS_LIKE_ITS_VALUE
        and not own
        and not another_each_time
        and name not in kind.pool_masks
    )
    return Place(
        column,
        ' class="num"' if column.right else ' class="no"' if name == kind.subtitle else "",
        {} if by_value else None,
        own=own,
        on_phone=_on_phone(kind, column),
    )


def _on_phone(kind: RecordType, column: cells.Column) -> bool:
    """Say whether a column may stand in the second line of a card: words, not figures, states or dates."""
    name, spec = column.spec.name, column.spec
    if name in (kind.title, "owner", *kind.pills) or spec.kind not in ON_PHONE:
        return False
    return name != kind.subtitle or spec.kind == "record"


def _safe(text: SafeString | str) -> str:
    """Return HTML as it is and anything else escaped."""
    return text if isinstance(text, SafeString) else escape(str(text))
