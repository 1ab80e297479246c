"""Lists in the order of a custom attribute, over the copies of its values beside the records.

A page walks the index of the copies and loads its rows by their ids, so that it costs the same on the first page and
the last. Records without a value stand last and have no copy; they are read by themselves where the values end.
"""

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy

from kedang.engine.custom.copies import exactly
from kedang.engine.custom.models import CustomValue
from kedang.engine.records.fields import FieldSpec

COLUMNS = {"text": "sound", "date": "text"}


def value_of(spec: FieldSpec, row: Any) -> Any:
    """Return what a row is sorted by; None where it holds nothing."""
    value = getattr(row, spec.name)
    return None if value in (None, "") else exactly(spec.kind, value)[_column(spec)]


def order(spec: FieldSpec, *, falling: bool) -> OrderBy:
    """Return the order of whole rows, for whoever reads all of them."""
    mine = CustomValue.objects.filter(filter_id=spec.filter_id, record_id=OuterRef("pk"))
    return OrderBy(Subquery(mine.values(_column(spec))[:1]), descending=falling, nulls_last=True)


def page(
    spec: FieldSpec, rows: QuerySet[Any], wanted: int, edge: Any, *, falling: bool, backwards: bool
) -> list[Any]:
    """Return `wanted` rows past an edge (with its `value` and `pk`), in the direction that is read."""
    parts = [_blank, _valued] if backwards else [_valued, _blank]
    if edge is not None and (edge.value is None) != backwards:
        del parts[0]  # the edge lies in the part that is read last
    down = falling != backwards
    pks: list[int] = []
    for part in parts:
        if len(pks) < wanted:
            pks += part(spec, rows, edge, down)[: wanted - len(pks)]
    found = {row.pk: row for row in rows.filter(pk__in=pks)}
    return [found[pk] for pk in pks if pk in found]


def _valued(spec: FieldSpec, rows: QuerySet[Any], edge: Any, down: bool) -> Any:
    column, later = _column(spec), "lt" if down else "gt"
    copies = CustomValue.objects.filter(
        filter_id=spec.filter_id, record_id__in=rows.order_by().values("pk"), **{f"{column}__isnull": False}
    )
    if edge is not None and edge.value is not None:
        same = Q(**{column: edge.value, f"record_id__{later}": edge.pk})
        copies = copies.filter(
            Q(**{f"{column}__{later}e": edge.value}), Q(**{f"{column}__{later}": edge.value}) | same
        )
    sign = "-" if down else ""
    return copies.order_by(f"{sign}{column}", f"{sign}record_id").values_list("record_id", flat=True)


def _blank(spec: FieldSpec, rows: QuerySet[Any], edge: Any, down: bool) -> Any:
    copies = CustomValue.objects.filter(filter_id=spec.filter_id, **{f"{_column(spec)}__isnull": False})
    rest = rows.exclude(pk__in=copies.values("record_id"))
    if edge is not None and edge.value is None:
        rest = rest.filter(**{f"pk__{'lt' if down else 'gt'}": edge.pk})
    return rest.order_by("-pk" if down else "pk").values_list("pk", flat=True)


def _column(spec: FieldSpec) -> str:
    return COLUMNS.get(spec.kind, "number")
