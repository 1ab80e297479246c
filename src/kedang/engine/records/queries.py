"""What may be asked of a list: declared filters, declared sorts, search, and pages by key instead of by number.

Every surface that lists records asks here, so that none has its own idea of what may be asked. A page ends at a
mark: the sort value and the id of a row, signed, so that a mark that was made up is refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import UNSTORABLE, read
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery

RANGES = frozenset({"date", "datetime", "money", "number", "integer"})
ENDS = ("from", "to")
NOBODY = "none"
ME = "me"
MAX_VALUES = 50
MAX_VALUE = 200
MAX_QUERY = 100
MAX_WORDS = 5
MAX_MARK = 1_000


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of rows. Without a name it is that of their making; rows without a value always stand last."""

    name: str = ""
    falling: bool = True

    def __str__(self) -> str:
        return f"-{self.name}" if self.name and self.falling else self.name


@dataclass(frozen=True, slots=True)
class Mark:
    """The edge of a page: the sort value and id of its row, and the row's place in the list where one counts."""

    value: Any
    pk: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one page, in the order of the list, and whether more lie beyond in the direction that was read."""

    rows: list[Any]
    more: bool


def sort_of(actor: Actor, kind: RecordType, text: str) -> Sort:
    """Return the order that `text` names (`-changed_at` falls); raise BadQuery for one that is not offered."""
    if not text:
        return Sort()
    name = text.removeprefix("-")
    if name not in kind.sorts or not askable(actor, kind, name):
        raise BadQuery(_("This list cannot be sorted like that."))
    return Sort(name, falling=text.startswith("-"))


def filter_of(actor: Actor, kind: RecordType, name: str) -> tuple[FieldSpec, str]:
    """Return the field and the end of a range ("from", "to" or "") that a parameter names.

    Raise BadQuery for a filter that is not declared or whose field this actor may not read.
    """
    base, found = name, ""
    for end in ENDS:
        stem = name.removesuffix(f"_{end}")
        if stem != name and stem in kind.filters and kind.fields[stem].kind in RANGES:
            base, found = stem, end
    if base not in kind.filters or not askable(actor, kind, base):
        raise BadQuery(_("This list has no filter of that name."))
    return kind.fields[base], found


def filter_names(kind: RecordType) -> list[str]:
    """Return the names of all parameters that filter this type, ends of ranges included."""
    found = []
    for name in kind.filters:
        found.append(name)
        if kind.fields[name].kind in RANGES:
            found += [f"{name}_{end}" for end in ENDS]
    return found


def filtered(
    actor: Actor, kind: RecordType, rows: QuerySet[Any], asked: Mapping[str, Sequence[str]]
) -> QuerySet[Any]:
    """Return rows narrowed by every filter asked for; raise BadQuery for what cannot be asked."""
    for name, values in asked.items():
        spec, end = filter_of(actor, kind, name)
        if len(values) > MAX_VALUES or any(len(value) > MAX_VALUE for value in values):
            raise BadQuery(_("Too many values for “%(name)s”.") % {"name": spec.label})
        try:
            rows = rows.filter(condition(actor, spec, end, values))
        except (ValueError, ValidationError, OverflowError) as error:
            raise BadQuery(
                _("“%(name)s” cannot be filtered by that value.") % {"name": spec.label}
            ) from error
    return rows


def condition(actor: Actor, spec: FieldSpec, end: str, values: Sequence[str]) -> Q:
    """Return the condition of one filter; several values of one field are joined by OR.

    Raise ValueError for a value that the field cannot hold.
    """
    if end:
        return _range(spec, end, values[0])
    whole = Q()
    for value in values:
        whole |= _equal(actor, spec, value)
    return whole


def searched(actor: Actor, kind: RecordType, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrow rows to those that hold every word of a text in a field the actor may ask about."""
    if len(text) > MAX_QUERY or UNSTORABLE.search(text):
        raise BadQuery(_("This search is too long or holds characters that nobody types."))
    fields = [name for name in kind.search if askable(actor, kind, name)]
    for word in text.split()[:MAX_WORDS]:
        hit = Q(pk__in=[])
        for name in fields:
            hit |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(hit)
    return rows


def ordered(kind: RecordType, rows: QuerySet[Any], sort: Sort) -> QuerySet[Any]:
    """Return rows in an order, from the first to the last."""
    return rows.order_by(*_order(kind, sort, backwards=False))


def slice_of(
    kind: RecordType,
    rows: QuerySet[Any],
    sort: Sort,
    limit: int,
    *,
    after: Mark | None = None,
    before: Mark | None = None,
) -> Slice:
    """Return `limit` rows past `after`, or those that lead up to `before`: one query, whatever the page."""
    backwards = before is not None
    if edge := before or after:
        rows = rows.filter(_beyond(sort, edge, backwards=backwards))
    found = list(rows.order_by(*_order(kind, sort, backwards=backwards))[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    return Slice(found, more)


def mark_of(kind: RecordType, sort: Sort, row: Any, place: int = 0) -> str:
    """Return the mark of a row as a text for an address; it fits this order of this type only."""
    value = getattr(row, kind.fields[sort.name].attname) if sort.name else None
    if isinstance(value, date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return seal(f"{kind.key} {sort}", [value, ids.show(row.pk), place])


def read_mark(kind: RecordType, sort: Sort, text: str) -> Mark | None:
    """Return what a mark stands for, None for no mark; raise BadQuery when it is not one of ours."""
    if not text:
        return None
    value, shown, place = unseal(f"{kind.key} {sort}", text)
    if sort.name and value is not None:
        value = kind.fields[sort.name].model_field.to_python(value)
    return Mark(value, ids.read(shown), place)


def seal(purpose: str, values: Sequence[Any]) -> str:
    """Return plain values as a signed text for an address, good for this purpose only."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    packed = signing.b64_encode(text.encode()).decode()
    return _signer(purpose).sign(packed).replace(":", ".")


def unseal(purpose: str, text: str) -> list[Any]:
    """Return the values that were sealed for a purpose; raise BadQuery when somebody else made the text."""
    try:
        if len(text) > MAX_MARK:
            raise ValueError("too long for a mark")
        packed = _signer(purpose).unsign(text.replace(".", ":"))
        values: list[Any] = json.loads(signing.b64_decode(packed.encode()))
    except (ValueError, signing.BadSignature) as error:
        raise BadQuery(_("This page of the list cannot be found any more.")) from error
    return values


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(salt=f"kedang.mark {purpose}")


def _equal(actor: Actor, spec: FieldSpec, value: str) -> Q:
    if value == NOBODY:
        return Q(**{f"{spec.name}__isnull": True}) if spec.model_field.null else Q(**{spec.attname: ""})
    if spec.kind == "user" and value == ME:
        return Q(**{spec.attname: actor.user_id})
    if spec.kind in ("date", "datetime"):
        return _range(spec, "from", value) & _range(spec, "to", value)
    if value == "":
        raise ValueError("a filter needs a value")
    return Q(**{spec.attname: read(spec, value)})


def _range(spec: FieldSpec, end: str, value: str) -> Q:
    lookup = "gte" if end == "from" else "lte"
    if spec.kind != "datetime":
        if value == "":
            raise ValueError("a range needs a value")
        return Q(**{f"{spec.attname}__{lookup}": read(spec, value)})
    on = date.fromisoformat(value)
    edge = on if end == "from" else on + timedelta(days=1)
    moment = datetime.combine(edge, time(0), tzinfo=clock.ZONE).astimezone(UTC)
    return Q(**{f"{spec.attname}__{'gte' if end == 'from' else 'lt'}": moment})


def _order(kind: RecordType, sort: Sort, *, backwards: bool) -> list[Any]:
    falling = sort.falling != backwards
    last = "-pk" if falling else "pk"
    if not sort.name:
        return [last]
    if not kind.fields[sort.name].model_field.null:
        return [f"-{sort.name}" if falling else sort.name, last]
    column = F(sort.name)
    ends = {"nulls_first": True} if backwards else {"nulls_last": True}
    return [column.desc(**ends) if falling else column.asc(**ends), last]


def _beyond(sort: Sort, edge: Mark, *, backwards: bool) -> Q:
    """Return what lies past a mark. Rows without a value stand last, so they stand first when read backwards."""
    later = "lt" if sort.falling != backwards else "gt"
    same = Q(**{f"pk__{later}": edge.pk})
    if not sort.name:
        return same
    if edge.value is None:
        ties = Q(**{f"{sort.name}__isnull": True}) & same
        return ties | Q(**{f"{sort.name}__isnull": False}) if backwards else ties
    # The outer bound says nothing new, but with it a database starts at the mark instead of at the first row.
    past = Q(**{f"{sort.name}__{later}e": edge.value}) & (Q(**{f"{sort.name}__{later}": edge.value}) | same)
    return past if backwards else past | Q(**{f"{sort.name}__isnull": True})
