"""Which rows a list shows: declared filters, declared sorts, search, and pages by key instead of by number."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import read
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery
from kedang.kits.web.brought import BROUGHT, Brought

SIZES = (20, 50, 100)
COUNTED = 1_000
RESERVED = frozenset({"q", "tab", "sort", "size", "after", "before", "format"})
RANGES = frozenset({"date", "datetime", "money", "number", "integer"})
MAX_VALUES = 50
MAX_QUERY = 100
NOBODY = "none"
ME = "me"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for, checked."""

    q: str = ""
    tab: str = "all"
    sort: str = ""
    size: int = 50
    after: str = ""
    before: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def narrowed(self) -> bool:
        """Whether something hides rows that would otherwise be here."""
        return bool(self.filters or self.q)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, where it lies, and how to reach the pages around it."""

    rows: list[Any]
    first: int
    count: int
    more_than_counted: bool
    next: str
    previous: str

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return self.first + len(self.rows) - 1


def asked(actor: Actor, kind: RecordType, query: QueryDict, tabs: frozenset[str]) -> Asked:
    """Return what an address asks for; raise BadQuery for anything the list does not declare."""
    filters: dict[str, tuple[str, ...]] = {}
    for name in query:
        if name in RESERVED:
            continue
        values = tuple(value for value in query.getlist(name) if value.strip())
        spec, _end = filter_of(actor, kind, name)
        if len(values) > MAX_VALUES:
            raise BadQuery(_("Too many values for “%(name)s”.") % {"name": spec.label})
        if values:
            filters[name] = values
    size = query.get("size", "50")
    tab = query.get("tab", "all") or "all"
    if tab not in tabs:
        raise BadQuery(_("There is no such view."))
    if size not in {str(one) for one in SIZES}:
        raise BadQuery(_("A page holds 20, 50 or 100 rows."))
    sort = query.get("sort", "")
    if sort and (
        sort.removeprefix("-") not in kind.sorts or not askable(actor, kind, sort.removeprefix("-"))
    ):
        raise BadQuery(_("This list cannot be sorted like that."))
    return Asked(
        q=query.get("q", "").strip()[:MAX_QUERY], tab=tab, sort=sort, size=int(size),
        after=query.get("after", ""), before=query.get("before", ""), filters=filters,
    )  # fmt: skip


def filter_of(actor: Actor, kind: RecordType, name: str) -> tuple[FieldSpec, str]:
    """Return the field and the end of a range that a parameter names; raise BadQuery for an unknown one."""
    brought = BROUGHT.get((kind.key, name))
    if brought is not None and brought.may(actor):
        return brought, ""
    for end in ("from", "to"):
        base = name.removesuffix(f"_{end}")
        if base != name and base in kind.filters and kind.fields[base].kind in RANGES:
            name, found = base, end
            break
    else:
        found = ""
    if name not in kind.filters or not askable(actor, kind, name):
        raise BadQuery(_("This list has no filter of that name."))
    return kind.fields[name], found


def narrowed(actor: Actor, kind: RecordType, asking: Asked, verb: str = "view") -> QuerySet[Any]:
    """Return the rows within the actor's reach for `verb` that an address asks for, in no order yet."""
    rows: QuerySet[Any] = kind.model.objects.visible_to(actor, verb, archived=asking.tab == "held")
    if asking.tab == "mine":
        rows = rows.filter(owner=actor.user_id)
    for name, values in asking.filters.items():
        spec, end = filter_of(actor, kind, name)
        rows = rows.filter(condition(actor, spec, end, values))
    return searched(actor, kind, rows, asking.q)


def condition(actor: Actor, spec: FieldSpec, end: str, values: tuple[str, ...]) -> Q:
    """Return the condition of one filter; several values of one field are joined by OR."""
    if isinstance(spec, Brought):
        return spec.meaning(actor, values)
    try:
        if end:
            return _range(spec, end, values[0])
        whole = Q()
        for value in values:
            whole |= _equal(actor, spec, value)
    except (ValueError, ValidationError, OverflowError) as error:
        raise BadQuery(_("“%(name)s” cannot be filtered by that value.") % {"name": spec.label}) from error
    return whole


def _equal(actor: Actor, spec: FieldSpec, value: str) -> Q:
    if value == NOBODY:
        return Q(**{f"{spec.name}__isnull": True}) if spec.model_field.null else Q(**{spec.attname: ""})
    if spec.kind == "user" and value == ME:
        return Q(**{spec.attname: actor.user_id})
    if spec.kind in ("date", "datetime"):
        return _range(spec, "from", value) & _range(spec, "to", value)
    return Q(**{spec.attname: read(spec, value)})


def _range(spec: FieldSpec, end: str, value: str) -> Q:
    lookup = "gte" if end == "from" else "lte"
    if spec.kind != "datetime":
        return Q(**{f"{spec.attname}__{lookup}": read(spec, value)})
    on = date.fromisoformat(value)
    edge = on if end == "from" else on + timedelta(days=1)
    moment = datetime.combine(edge, time(0), tzinfo=clock.ZONE)
    return Q(**{f"{spec.attname}__{'gte' if end == 'from' else 'lt'}": moment})


def searched(actor: Actor, kind: RecordType, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrow rows to those that hold every word of a text in a field the actor may ask about."""
    fields = [name for name in kind.search if askable(actor, kind, name)]
    for word in text.split()[:5]:
        hit = Q(pk__in=[])
        for name in fields:
            hit |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(hit)
    return rows


def page_of(kind: RecordType, rows: QuerySet[Any], asking: Asked, columns: tuple[str, ...]) -> Page:
    """Return one page: a page's worth and one row more, and a count that stops at a thousand."""
    count = rows.order_by()[: COUNTED + 1].count()
    name, falling = asking.sort.removeprefix("-"), asking.sort.startswith("-") or not asking.sort
    backwards = bool(asking.before)
    token = asking.before or asking.after
    place = 0
    if token:
        value, pk, place = _read_cursor(kind, name, token)
        rows = rows.filter(_beyond(name, value, pk, falling=falling != backwards, empty_last=not backwards))
    ordered = rows.order_by(*_order(kind, name, falling=falling != backwards, empty_last=not backwards))
    related = kind.needs_select(columns)
    if related:
        ordered = ordered.select_related(*related)
    found = list(ordered[: asking.size + 1])
    more = len(found) > asking.size
    found = found[: asking.size]
    if backwards:
        found.reverse()
    first = max(1, place - len(found)) if backwards else place + 1
    has_next = more if not backwards else True
    has_previous = more if backwards else bool(asking.after)
    return Page(
        rows=found, first=first, count=min(count, COUNTED), more_than_counted=count > COUNTED,
        next=_cursor(name, found[-1], first + len(found) - 1) if found and has_next else "",
        previous=_cursor(name, found[0], first) if found and has_previous else "",
    )  # fmt: skip


def ordered(kind: RecordType, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """Return rows in the order an address asks for, from the first to the last."""
    name, falling = sort.removeprefix("-"), sort.startswith("-") or not sort
    return rows.order_by(*_order(kind, name, falling=falling, empty_last=True))


def _order(kind: RecordType, name: str, *, falling: bool, empty_last: bool) -> list[Any]:
    last = "-pk" if falling else "pk"
    if not name:
        return [last]
    if not kind.model._meta.get_field(name).null:
        return [f"-{name}" if falling else name, last]
    ends = {"nulls_last": True} if empty_last else {"nulls_first": True}
    return [F(name).desc(**ends) if falling else F(name).asc(**ends), last]


def _beyond(name: str, value: Any, pk: int, *, falling: bool, empty_last: bool) -> Q:
    """Return what lies past one row. Rows without a value stand last, so they stand first when read backwards."""
    later = "lt" if falling else "gt"
    same = Q(**{f"pk__{later}": pk})
    if not name:
        return same
    if value is None:
        ties = Q(**{f"{name}__isnull": True}) & same
        return ties if empty_last else ties | Q(**{f"{name}__isnull": False})
    beyond = Q(**{f"{name}__{later}": value}) | (Q(**{name: value}) & same)
    return beyond | Q(**{f"{name}__isnull": True}) if empty_last else beyond


def _cursor(name: str, row: Any, place: int) -> str:
    value = getattr(row, row._meta.get_field(name).attname) if name else None
    plain = (
        value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
    )
    text = json.dumps([plain, ids.show(row.pk), place], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(kind: RecordType, name: str, token: str) -> tuple[Any, int, int]:
    try:
        plain, shown, place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        value = None
        if name and plain is not None:
            value = kind.fields[name].model_field.to_python(plain) if name in kind.fields else plain
        return value, ids.read(shown), max(0, min(int(place), 10**9))
    except (ValueError, TypeError, KeyError, ValidationError, RecursionError) as error:
        raise BadQuery(_("This page of the list cannot be found any more.")) from error
