"""Lists in the order of a custom attribute, over the copies of its values beside the records.

A page walks the index of the copies and loads its rows by their ids, so that it costs the same on the first page and
the last. Records without a value stand last and have no copy; they are read by themselves where the values end.

A choice stands at its place in its list, and places are not stored: a page walks the list from option to option, so
whoever puts the options into another order has put the records into it too.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import OrderBy

from kedang.engine.custom.copies import exactly
from kedang.engine.custom.models import CustomValue
from kedang.engine.packs.active import active
from kedang.engine.records.fields import FieldSpec

COLUMNS = {"text": "sound", "date": "text"}
WIDER = 4  # where few records hold the first options, each question asks for so many times more of them


def value_of(spec: FieldSpec, row: Any) -> Any:
    """Return what a row is sorted by; None where it holds nothing."""
    value = getattr(row, spec.name)
    if spec.kind == "choice":
        return next((place for place, key in enumerate(_listed(spec)) if key == value), None)
    return None if value in (None, "") else exactly(spec.kind, value)[_column(spec)]


def order(spec: FieldSpec, *, falling: bool) -> OrderBy:
    """Return the order of whole rows, for whoever reads all of them."""
    mine: Any = CustomValue.objects.filter(filter_id=spec.filter_id, record_id=OuterRef("pk"))
    column = _column(spec)
    if spec.kind == "choice":
        places = [When(text=key, then=Value(place)) for place, key in enumerate(_listed(spec))]
        mine, column = mine.annotate(place=Case(*places, output_field=IntegerField())), "place"
    return OrderBy(Subquery(mine.values(column)[:1]), descending=falling, nulls_last=True)


def page(
    spec: FieldSpec, rows: QuerySet[Any], wanted: int, edge: Any, *, falling: bool, backwards: bool
) -> list[Any]:
    """Return `wanted` rows past an edge (with its `value` and `pk`), in the direction that is read."""
    filled = _chosen if spec.kind == "choice" else _valued
    parts = [_blank, filled] if backwards else [filled, _blank]
    if edge is not None and (edge.value is None) != backwards:
        del parts[0]  # the edge lies in the part that is read last
    down = falling != backwards
    pks: list[int] = []
    for part in parts:
        if len(pks) < wanted:
            pks += part(spec, rows, edge, down, wanted - len(pks))
    found = {row.pk: row for row in rows.filter(pk__in=pks)}
    return [found[pk] for pk in pks if pk in found]


def _valued(spec: FieldSpec, rows: QuerySet[Any], edge: Any, down: bool, wanted: int) -> Iterable[int]:
    column, later = _column(spec), "lt" if down else "gt"
    copies = _copies(spec, rows).filter(**{f"{column}__isnull": False})
    if edge is not None and edge.value is not None:
        same = Q(**{column: edge.value, f"record_id__{later}": edge.pk})
        copies = copies.filter(
            Q(**{f"{column}__{later}e": edge.value}), Q(**{f"{column}__{later}": edge.value}) | same
        )
    sign = "-" if down else ""
    return copies.order_by(f"{sign}{column}", f"{sign}record_id").values_list("record_id", flat=True)[:wanted]


def _chosen(spec: FieldSpec, rows: QuerySet[Any], edge: Any, down: bool, wanted: int) -> Iterable[int]:
    left = list(enumerate(_listed(spec)))[:: -1 if down else 1]
    copies = _copies(spec, rows)
    pks: list[int] = []
    if edge is not None and edge.value is not None:
        left = [(place, key) for place, key in left if (place <= edge.value if down else place >= edge.value)]
        if left and left[0][0] == edge.value:
            past = copies.filter(**{f"record_id__{'lt' if down else 'gt'}": edge.pk})
            pks, left = _under(past, left[:1], down, wanted), left[1:]
    many = 1
    while left and len(pks) < wanted:
        pks += _under(copies, left[:many], down, wanted - len(pks))
        left, many = left[many:], many * WIDER
    return pks


def _under(copies: QuerySet[Any], options: list[tuple[int, str]], down: bool, wanted: int) -> list[int]:
    """Return records under some options, in the order of the list: each is a walk of its own along the index."""
    sign = "-" if down else ""
    walks = [
        CustomValue.objects.filter(
            pk__in=copies.filter(text=key).order_by(f"{sign}record_id").values("pk")[:wanted]
        ).annotate(place=Value(place)).values_list("place", "record_id")
        for place, key in options
    ]  # fmt: skip
    together = walks[0].union(*walks[1:], all=True) if len(walks) > 1 else walks[0]
    return [pk for _place, pk in together.order_by(f"{sign}place", f"{sign}record_id")[:wanted]]


def _blank(spec: FieldSpec, rows: QuerySet[Any], edge: Any, down: bool, wanted: int) -> Iterable[int]:
    copies = CustomValue.objects.filter(filter_id=spec.filter_id)
    if spec.kind == "choice":
        copies = copies.filter(text__in=_listed(spec))  # what its list does not know any more has no place
    else:
        copies = copies.filter(**{f"{_column(spec)}__isnull": False})
    rest = rows.exclude(pk__in=copies.values("record_id"))
    if edge is not None and edge.value is None:
        rest = rest.filter(**{f"pk__{'lt' if down else 'gt'}": edge.pk})
    return rest.order_by("-pk" if down else "pk").values_list("pk", flat=True)[:wanted]


def _copies(spec: FieldSpec, rows: QuerySet[Any]) -> QuerySet[Any]:
    return CustomValue.objects.filter(filter_id=spec.filter_id, record_id__in=rows.order_by().values("pk"))


def _listed(spec: FieldSpec) -> list[str]:
    """Return the options in the order of their list, retired ones included."""
    return list(active().labels(spec.choice_list))


def _column(spec: FieldSpec) -> str:
    return COLUMNS.get(spec.kind, "number")
