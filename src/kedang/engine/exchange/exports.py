"""Take rows out: what the actor may export, shown as the actor may see it, counted and written down.

Hidden fields are no columns, masked ones are masked, and each export is in the log with its number of rows
before the first of them leaves. The file has the ID of each record, so it can be imported again and changes
nothing. A document is repeated for each of its lines: CSV has no second sheet, and one table can be sorted and
summed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from kedang.engine.custom.storage import loaded
from kedang.engine.exchange.guess import ID_HEADER, line_heading
from kedang.engine.exchange.references import chunks, naming_fields
from kedang.engine.exchange.writer import Value, csv_chunks, write_table
from kedang.engine.ledger import looks
from kedang.engine.ledger.models import AccessLog
from kedang.engine.packs.active import active
from kedang.engine.records.access import mask, modes, text_of
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.lines import lines_of
from kedang.engine.records.types import RECORDS, Lines, RecordType
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import LimitReached, NotAllowed

CHUNK = 2_000
LINES_CHUNK = 500
LABELS_KEPT = 20_000
NUMBERS = frozenset({"integer", "number", "money", "date", "datetime", "boolean"})


@dataclass(frozen=True, slots=True)
class Export:
    """Rows on their way out: the headings, how many rows there are, and the rows themselves, once."""

    headers: tuple[str, ...]
    count: int
    rows: Iterator[list[Value]]

    def write(self, target: Path | BinaryIO, layout: str) -> int:
        """Write the rows as "csv" or "xlsx" and return their number."""
        return write_table(target, layout, self.headers, self.rows)

    def stream_csv(self) -> Iterator[bytes]:
        """Yield the rows as a CSV file, in pieces."""
        return csv_chunks(self.headers, self.rows)


def export_rows(
    actor: Actor, kind: RecordType, *, fields: Sequence[str] | None = None, rows: QuerySet[Any] | None = None,
    order: Sequence[Any] = ("pk",), reason: str = "",
) -> Export:  # fmt: skip
    """Return the rows of a type that this actor may export, noted in the log of looks.

    `fields` are the columns (by default all that the actor sees), `rows` a list that was narrowed before, such
    as by its filters; the reach of exporting is applied to it again. `order` names columns. Raises NotAllowed
    without the right to export and LimitReached when the day's rows (`export_rows`) would not suffice.
    """
    if not actor.may(kind.key, "export"):
        raise NotAllowed(_("Your role does not allow you to export these records."))
    allowed = kind.model.objects.visible_to(actor).visible_to(actor, "export")
    if rows is not None:
        allowed = allowed.filter(pk__in=rows.order_by().values("pk"))
    specs = exportable(actor, kind, fields)
    with transaction.atomic():
        count = allowed.count()
        _account(actor, kind, count, reason)
    headers = [ID_HEADER, *(str(spec.label) for spec in specs)]
    documents = _values(actor, kind, specs, allowed.order_by(*order))
    if kind.lines is None:
        return Export(tuple(headers), count, (cells for _pk, cells in documents))
    headers += [line_heading(kind.lines, spec) for spec in kind.lines.specs.values()]
    return Export(tuple(headers), count, _with_lines(kind, kind.lines, documents))


def exportable(actor: Actor, kind: RecordType, fields: Sequence[str] | None = None) -> list[FieldSpec]:
    """Return the fields that an export of this actor may hold: those asked for, less the hidden ones."""
    shown = dict.fromkeys((*kind.columns, *(name for panel in kind.panels for name in panel.fields)))
    allowed = modes(actor, kind)
    names = [name for name in (fields or (*shown, "unit")) if name in kind.fields]
    return [kind.fields[name] for name in dict.fromkeys(names) if allowed[name] is not Mode.HIDE]


def exported_today(actor: Actor) -> int:
    """Return how many rows this actor has exported since midnight in China."""
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.ZONE)
    mine = AccessLog.objects.filter(user_id=actor.user_id, kind="export", at__gte=midnight)
    return mine.aggregate(total=Sum("rows"))["total"] or 0


def _account(actor: Actor, kind: RecordType, count: int, reason: str) -> None:
    """Note the export, or refuse it: what leaves is written down before it leaves."""
    looks.in_turn(actor)
    quota, used = int(actor.limit("export_rows")), exported_today(actor)
    if used + count > quota:
        text = _(
            "This export has %(count)s rows; your role allows %(quota)s a day and you have taken %(used)s."
        )
        raise LimitReached(
            text % {"count": count, "quota": quota, "used": used}, limit="export_rows", quota=quota
        )
    AccessLog.objects.create(
        at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind="export", record=kind.key, rows=count,
        reason=reason[:300],
    )  # fmt: skip


def _with_lines(
    kind: RecordType, lines: Lines, documents: Iterator[tuple[int, list[Value]]]
) -> Iterator[list[Value]]:
    """Yield a row for each line of a document, which is repeated before it; one without lines has one row.

    What a line points at is shown by what names it in an import, such as the number of a product.
    """
    specs = list(lines.specs.values())
    names: dict[str, dict[int, str]] = {spec.points_at: {} for spec in specs if spec.points_at}
    while chunk := list(islice(documents, LINES_CHUNK)):
        found = lines_of(kind, [pk for pk, _cells in chunk])
        for spec in specs:
            if spec.points_at:
                _learn_names(
                    spec, names[spec.points_at], (line[spec.attname] for of in found.values() for line in of)
                )
        for pk, cells in chunk:
            for line in found[pk]:
                shown = ((spec, line[spec.attname]) for spec in specs)
                yield cells + [
                    names[spec.points_at].get(one) if spec.points_at else one for spec, one in shown
                ]
            if not found[pk]:
                yield cells + [None] * len(specs)


def _learn_names(spec: FieldSpec, known: dict[int, str], wanted: Iterable[int | None]) -> None:
    missing = sorted({pk for pk in wanted if pk is not None and pk not in known})
    name = naming_fields(RECORDS[spec.points_at])[0]
    rows = spec.model_field.related_model.objects.unscoped(because="labels of what exported rows point at")
    for part in chunks(missing):
        known |= dict(rows.filter(pk__in=part).values_list("pk", name))


def _values(
    actor: Actor, kind: RecordType, specs: list[FieldSpec], rows: Any
) -> Iterator[tuple[int, list[Value]]]:
    """Yield the id and the cells of each row. Columns, not records, are read: that is five times as fast."""
    needed = list(dict.fromkeys(("pk", *(_column_of(spec) for spec in specs), *_pool_columns(kind))))
    places = {name: place for place, name in enumerate(needed)}
    labels = _Labels()
    allowed = modes(actor, kind)
    owner, pool = (places[name] for name in _pool_columns(kind)) if kind.pool_masks else (0, None)
    grant = actor.grant(_pooled_type(kind), "view")
    sees_pool = bool(grant and grant.everything)
    cells = [(places[_column_of(spec)], _cell(spec, allowed[spec.name], labels)) for spec in specs]
    in_pool = [
        (places[_column_of(spec)], _masking(spec) if spec.name in kind.pool_masks else cell)
        for spec, (_place, cell) in zip(specs, cells, strict=True)
    ]
    stream = iter(rows.values_list(*needed).iterator(chunk_size=CHUNK))
    while chunk := list(islice(stream, CHUNK)):
        for spec in specs:
            if spec.points_at and allowed[spec.name] >= Mode.READ:
                labels.learn(spec, {_held(spec, row[places[_column_of(spec)]]) for row in chunk})
        for row in chunk:
            pooled = not sees_pool and pool is not None and row[pool] is not None and row[owner] is None
            shown = [cell(row[place]) for place, cell in (in_pool if pooled else cells)]
            yield row[0], [ids.show(row[0]), *shown]


def _pool_columns(kind: RecordType) -> tuple[str, ...]:
    """Return where the owner and the pool of a row stand: its own, or those of the record it hangs on."""
    above = f"{kind.follows}__" if kind.follows else ""
    return (f"{above}owner_id", f"{above}pool_id") if kind.pool_masks else ()


def _pooled_type(kind: RecordType) -> str:
    return kind.fields[kind.follows].points_at if kind.follows else kind.key


def _column_of(spec: FieldSpec) -> str:
    return "custom" if spec.custom else spec.attname


def _held(spec: FieldSpec, value: Any) -> Any:
    """Return the value of a field, out of the column of all custom attributes where it lies there."""
    return loaded(spec.kind, value.get(spec.custom)) if spec.custom else value


def _cell(spec: FieldSpec, mode: Mode, labels: "_Labels") -> Callable[[Any], Value]:
    drawn = _drawn(spec, mode, labels)
    return (lambda value: drawn(_held(spec, value))) if spec.custom else drawn


def _drawn(spec: FieldSpec, mode: Mode, labels: "_Labels") -> Callable[[Any], Value]:
    if mode is Mode.MASK:
        return _masking(spec)
    if spec.points_at:
        known = labels.of(spec)
        return lambda value: None if value is None else known.get(value, "")
    if spec.choice_list and spec.kind != "choices":
        said = active().labels(spec.choice_list)
        return lambda value: said.get(value, value)
    if spec.kind in NUMBERS:
        return lambda value: value
    return lambda value: text_of(spec, None, value)


def _masking(spec: FieldSpec) -> Callable[[Any], Value]:
    return lambda value: None if value in (None, "") else mask(spec, value)


class _Labels:
    """What the records that rows point at are called. A visible row may show that, and no other field."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, str]] = {}

    def of(self, spec: FieldSpec) -> dict[int, str]:
        """Return the labels known for the target of a field; it fills as rows are learned."""
        return self._known.setdefault(spec.points_at, {})

    def learn(self, spec: FieldSpec, wanted: set[int | None]) -> None:
        """Look up the labels of the records that are not known yet, in one query."""
        known = self.of(spec)
        if len(known) > LABELS_KEPT:
            known.clear()
        missing = [pk for pk in wanted if pk is not None and pk not in known]
        if not missing:
            return
        target: Any = spec.model_field.related_model
        if issubclass(target, ScopedModel):
            rows = target.objects.unscoped(because="labels of what exported rows point at")
        else:
            rows = target.objects.all()
        for start in range(0, len(missing), 900):
            known |= {row.pk: str(row) for row in rows.filter(pk__in=missing[start : start + 900])}
