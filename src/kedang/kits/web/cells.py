"""Values as HTML: one function a place, so a list of 50 rows needs no template for each cell."""

import html
from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kedang.engine.records.access import Shown, shown
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kits.web import formats, looks
from kedang.kits.web.pages import record_url

NIL = mark_safe(f'<span class="t3">{formats.NIL}</span>')  # noqa: S308  a dash
RIGHT = frozenset({"money", "number", "integer"})
NUMBERS = frozenset({"money", "number", "integer"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list. Amounts share one unit, named in the head."""

    spec: FieldSpec
    unit: str = ""
    size: Decimal = Decimal(1)
    sort: str = ""
    sorted: str = ""
    filtered: bool = False
    editable: bool = False

    @property
    def right(self) -> bool:
        """Whether figures stand here, which line up on the right."""
        return self.spec.kind in RIGHT


@dataclass(frozen=True, slots=True)
class Fact:
    """One value on a record's page, with its name and what may be done with it."""

    name: str
    label: Any
    html: SafeString | str
    masked: bool = False
    wide: bool = False
    editable: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return self.html is NIL


def money_unit(rows: Sequence[Any], spec: FieldSpec) -> tuple[Decimal, str]:
    """Return the unit that the amounts of a column are counted in."""
    return formats.money_column([getattr(row, spec.attname) for row in rows])


Draw = Callable[[Any, Shown], SafeString | str | None]
Look = Callable[[Actor, Sequence[Any], Collection[str]], None]
DRAWN: dict[tuple[str, str], Draw] = {}
LOOKS: dict[str, Look] = {}


def draw(record: str, name: str, function: Draw) -> None:
    """Let an area say how one field stands in a list; None leaves it to the kind of the field."""
    DRAWN[record, name] = function


def look(record: str, function: Look) -> None:
    """Let an area look once at the rows of a page of a list before they are drawn; it keeps what it finds on them."""
    LOOKS[record] = function


def look_at(kind: RecordType, actor: Actor, rows: Sequence[Any], columns: Collection[str]) -> None:
    """Let the area of a record type look at the rows of a page."""
    if (function := LOOKS.get(kind.key)) is not None:
        function(actor, rows, columns)


def in_row(kind: RecordType, value: Shown, column: Column, actor: Actor, row: Any) -> SafeString | str:
    """Return one value as a row of a list shows it."""
    spec = column.spec
    own = DRAWN.get((kind.key, spec.name))
    if own is not None and not value.masked and (told := own(row, value)) is not None:
        return told
    if value.masked:
        return format_html('<span class="mask" title="{}">{}</span>', _("Hidden until revealed"), value.text)
    if value.value is None or value.value == "":
        return NIL
    match spec.kind:
        case "money":
            return _money_in(value.value, column.size)
        case "date":
            return quiet(formats.day(value.value))
        case "datetime":
            return quiet(formats.moment(value.value))
        case "user":
            return person(value.text, mine=value.value == actor.user_id)
        case "choice":
            return looks.in_list(looks.look_of(kind, spec), str(value.value), value.text)
        case "integer" | "number":
            return formats.plain_number(value.value)
        case "file":
            return to_file(kind, row, value)
        case "record" if (target := RECORDS.get(spec.points_at)) is not None:
            return format_html(
                '<a class="plain" href="{}">{}</a>', record_url(target, value.value), clipped(value.text)
            )
    return clipped(value.text)


def quiet(text: str) -> SafeString:
    """Return a text in the second shade. Fifty rows have a hundred: `format_html` takes ten times as long."""
    return SafeString(f'<span class="t2">{html.escape(text)}</span>')


def clipped(text: str, most: int = 20) -> SafeString:
    """Return a text that is cut with an ellipsis where it is long, and whole in its tooltip."""
    if len(text) <= most:
        return SafeString(html.escape(text))
    return format_html('<span class="clip" title="{}">{}</span>', text, text)


def _money_in(value: Decimal, size: Decimal) -> str:
    return formats.in_unit(value, size) if size > 1 else formats.exact(value)


@lru_cache(maxsize=1_000)
def person(name: str, *, mine: bool = False) -> SafeString:
    """Return a person with the round sign."""
    return format_html(
        '<span class="row"><span class="av{}" aria-hidden="true">{}</span>{}</span>',
        " a" if mine else "", formats.initial(name), name,
    )  # fmt: skip


def in_facts(kind: RecordType, value: Shown, actor: Actor) -> SafeString | str:
    """Return one value as a record's page shows it: in full, with links that work."""
    spec = value.spec
    if value.masked:
        return format_html('<span class="mask">{}</span>', value.text)
    if value.value is None or value.value == "":
        return NIL
    match spec.kind:
        case "money":
            return formats.no_break(
                formats.exact(value.value) if kind.lines or kind.timeline_at else formats.amount(value.value)
            )
        case "date":
            return formats.no_break(formats.day(value.value))
        case "datetime":
            return format_html(
                '<time datetime="{}" title="{}">{}</time>',
                value.value.isoformat(), formats.full_moment(value.value), formats.moment(value.value),
            )  # fmt: skip
        case "user":
            return person(value.text, mine=value.value == actor.user_id)
        case "phone":
            return format_html('<a href="{}">{}</a>', formats.dialled(value.text), value.text)
        case "email":
            return format_html('<a href="mailto:{}">{}</a>', value.text, value.text)
        case "url":
            return link_out(value.text)
        case "record":
            return to_record(spec, value)
        case "choice":
            look = looks.look_of(kind, spec)
            return looks.in_list(look, str(value.value), value.text)
        case "longtext":
            return format_html('<span class="pre-line">{}</span>', value.text)
        case "integer" | "number":
            return formats.plain_number(value.value)
    return value.text


def link_out(text: str) -> SafeString:
    """Return a link to a web address; anything but http and https stays text."""
    if urlsplit(text).scheme not in ("http", "https"):
        return escape(text)
    return format_html('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', text, text)


def to_record(spec: FieldSpec, value: Shown) -> SafeString:
    """Return a link to the record a field points at, where it has a page."""
    target = RECORDS.get(spec.points_at)
    if target is None:
        return escape(value.text)
    return format_html('<a href="{}">{}</a>', record_url(target, value.value), value.text)


def to_file(kind: RecordType, row: Any, value: Shown) -> SafeString:
    """Return a link to a file of a record."""
    url = f"{record_url(kind, row.pk)}/files/{ids.show(value.value)}"
    return format_html('<a class="plain" href="{}">{}</a>', url, clipped(value.text))


def facts(
    actor: Actor,
    kind: RecordType,
    row: Any,
    names: Sequence[str],
    may_reveal: bool,
    may_set: Set[str] = frozenset(),
) -> list[Fact]:
    """Return the named values of a row that this actor may see, as a record's page shows them."""
    found = []
    for name in names:
        value = shown(actor, kind, row, name)
        found.append(
            Fact(
                name,
                value.spec.label,
                to_file(kind, row, value) if _is_file(value) else in_facts(kind, value, actor),
                masked=value.masked and may_reveal,
                wide=value.spec.kind == "longtext",
                editable=name in may_set and not value.masked,
            )
        )
    return found


def _is_file(value: Shown) -> bool:
    return value.spec.kind == "file" and not value.masked and value.value is not None


def pills(actor: Actor, kind: RecordType, row: Any, names: Sequence[str]) -> list[SafeString]:
    """Return the states that stand beside a record's title."""
    found = []
    for name in names:
        value = shown(actor, kind, row, name)
        if value.masked or value.value in (None, "", False):
            continue
        text = str(value.spec.label) if value.value is True else value.text
        found.append(looks.in_head(looks.look_of(kind, kind.fields[name]), str(value.value), text))
    return found


def short_money(value: Shown) -> SafeString:
    """Return an amount with its unit, for a card on the phone."""
    return format_html(
        '<span class="t3">{}</span>', value.text if value.masked else formats.amount(value.value)
    )


def brief(value: Shown) -> SafeString | str:
    """Return a value in the fewest words, for a line beside a record."""
    match value.spec.kind if not value.masked else "":
        case "money":
            return formats.amount(value.value)
        case "date" | "datetime":
            return formats.day(value.value)
    return value.text


def in_line(row: Any, spec: FieldSpec) -> SafeString | str:
    """Return one value of a document's line: amounts in full."""
    value = getattr(row, spec.attname)
    if value is None or value == "":
        return NIL
    if spec.points_at:
        target = RECORDS.get(spec.points_at)
        text = str(getattr(row, spec.name))
        return (
            format_html('<a class="plain" href="{}">{}</a>', record_url(target, value), text)
            if target
            else text
        )
    match spec.kind:
        case "money":
            return formats.exact(value)
        case "number" | "integer":
            return formats.plain_number(value)
        case "date":
            return formats.day(value)
    return str(value)
