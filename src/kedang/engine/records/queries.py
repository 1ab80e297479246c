"""What may be asked of a list: declared sorts, and pages by key instead of by number.

Every surface that lists records asks here, so that none has its own idea of what may be asked. A page ends at a
mark: the sort value and the id of a row, signed, so that a mark that was made up is refused.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from kedang.engine.custom.catalogue import attach
from kedang.engine.records import custom_sorts
from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery

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
    """Rows of one page, in the order of the list, and whether more lie beyond in the direction that was read.

    `count` says how many there are in all, as far as was asked and where that was learnt on the way.
    """

    rows: list[Any]
    more: bool
    count: int | None = None


def sort_of(actor: Actor, kind: RecordType, text: str) -> Sort:
    """Return the order that `text` names (`-changed_at` falls); raise BadQuery for one that is not offered."""
    if not text:
        return Sort()
    name = text.removeprefix("-")
    if name not in kind.sorts or not askable(actor, kind, name):
        raise BadQuery(_("This list cannot be sorted like that."))
    return Sort(name, falling=text.startswith("-"))


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
    ways: Sequence[QuerySet[Any]] = (),
    opened: QuerySet[Any] | None = None,
    counting: int = 0,
) -> Slice:
    """Return `limit` rows past `after`, or those that lead up to `before`: one query, whatever the page.

    With `ways`, which together are the rows, there is one query for each besides. No index holds what somebody owns,
    was given and may claim: of 20,000 own files and 25 more all would be read and sorted. So the first of each are
    asked for along its index, and then the first of those, by their ids and among `opened` where that is wider than the
    rows; on the first page as many as are `counting`. In the order of a custom attribute there are two queries, and a
    third where its values end.
    """
    backwards = before is not None
    edge = before or after
    count = None
    if spec := _custom(kind, sort):
        found = custom_sorts.page(spec, rows, limit + 1, edge, falling=sort.falling, backwards=backwards)
    else:
        beyond = _beyond(sort, edge, backwards=backwards) if edge else Q()
        order = _order(kind, sort, backwards=backwards)
        if ways:
            far = limit + 1 if edge else max(limit + 1, counting)
            each = [
                list(way.filter(beyond).order_by(*order).values_list("pk", flat=True)[:far]) for way in ways
            ]
            if counting and not edge:
                count = min(counting, len({pk for some in each for pk in some}))
            beyond = Q(pk__in={pk for some in each for pk in some[: limit + 1]})
            rows = rows if opened is None else opened
        found = list(rows.filter(beyond).order_by(*order)[: limit + 1])
    attach(kind.key, found)
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    return Slice(found, more, count)


def mark_of(kind: RecordType, sort: Sort, row: Any, place: int = 0) -> str:
    """Return the mark of a row as a text for an address; it fits this order of this type only."""
    value = getattr(row, kind.fields[sort.name].attname) if sort.name else None
    if spec := _custom(kind, sort):
        value = custom_sorts.value_of(spec, row)
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
    if sort.name and value is not None and not _custom(kind, sort):
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


def _custom(kind: RecordType, sort: Sort) -> FieldSpec | None:
    spec = kind.fields[sort.name] if sort.name else None
    return spec if spec is not None and spec.custom else None


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(salt=f"kedang.mark {purpose}")


def _order(kind: RecordType, sort: Sort, *, backwards: bool) -> list[Any]:
    falling = sort.falling != backwards
    last = "-pk" if falling else "pk"
    if not sort.name:
        return [last]
    if spec := _custom(kind, sort):
        return [custom_sorts.order(spec, falling=falling), last]
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
