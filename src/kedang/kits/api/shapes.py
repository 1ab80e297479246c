"""How values are written in JSON: ids as letters, amounts as exact decimals in text, moments in UTC."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from functools import cache
from typing import Any

from django.http import HttpResponse

from kedang.engine.custom.catalogue import custom_fields
from kedang.engine.records.access import modes
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.projection import Projection
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import ids
from kedang.kernel.actor import Actor, Mode

ALWAYS = ("owner", "unit", "pool", "created_at", "changed_at")


@cache
def public_fields(key: str) -> tuple[str, ...]:
    """Return the fields of a type that some surface declares; sort keys and saved calls are nobody's business."""
    kind = RECORDS[key]
    declared = {kind.title, kind.subtitle, *kind.columns, *kind.filters, *kind.form_fields, *ALWAYS}
    declared.update(name for panel in kind.panels for name in panel.fields)
    return tuple(name for name, spec in kind.own_fields.items() if name in declared and spec.kind != "json")


@cache
def references(key: str) -> tuple[str, ...]:
    """Return the public foreign keys of a type."""
    return tuple(name for name in public_fields(key) if RECORDS[key].fields[name].points_at)


def shape_of(spec: FieldSpec) -> Callable[[Any], Any]:
    """Return how values of a field are written."""
    match spec.kind:
        case "record" | "user" | "unit" | "file":
            return ids.show
        case "money" | "number":
            return _exact
        case "date":
            return _day
        case "datetime":
            return moment
    return _same


def moment(value: Any) -> str:
    """Return a moment in UTC: 2026-11-23T04:00:00Z."""
    return str(value.astimezone(UTC).isoformat()).replace("+00:00", "Z")


def _exact(value: Any) -> str:
    return format(value, "f")


def _day(value: Any) -> str:
    return str(value.isoformat())


def _same(value: Any) -> Any:
    return value


class Writer:
    """Writes rows of one type as one actor may see them."""

    def __init__(self, actor: Actor, kind: RecordType) -> None:
        self._custom = {name: one.key for name, one in custom_fields(kind.key).attributes.items()}
        self._project = Projection(actor, kind, (*public_fields(kind.key), *self._custom), shape_of)
        self._labels = [
            (spec.name, spec.attname)
            for spec in self._project.specs
            if spec.points_at and _labelled(actor, spec)
        ]

    def __call__(self, row: Any) -> dict[str, Any]:
        """Return a row as plain values; foreign keys were selected with it."""
        values, masks = self._project(row)
        custom = {key: values.pop(name) for name, key in self._custom.items() if name in values}
        body: dict[str, Any] = {"id": ids.show(row.pk), "version": row.version, **values, "custom": custom}
        body["archived_at"] = moment(row.archived_at) if row.archived_at is not None else None
        labels = {
            name: str(getattr(row, name))
            for name, attname in self._labels
            if getattr(row, attname) is not None and name not in masks
        }
        if labels:
            body["_labels"] = labels
        if masks:
            body["_masked"] = masks
        return body


def _labelled(actor: Actor, spec: FieldSpec) -> bool:
    """Whether the actor may read what names a record of the type pointed at."""
    target = RECORDS.get(spec.points_at)
    return target is None or titled(actor, target)


def titled(actor: Actor, kind: RecordType) -> bool:
    """Say whether the actor may read the field that names records of a type."""
    return modes(actor, kind)[kind.title] >= Mode.READ


def write_lines(kind: RecordType, rows: list[Any]) -> list[dict[str, Any]]:
    """Return the lines of a document, each with the labels of what it points at."""
    assert kind.lines is not None
    plan = [(spec, shape_of(spec)) for spec in kind.lines.specs.values()]
    found = []
    for row in rows:
        line: dict[str, Any] = {}
        labels = {}
        for spec, shape in plan:
            value = getattr(row, spec.attname)
            line[spec.name] = value if value is None or value == "" else shape(value)
            if spec.points_at and value is not None:
                labels[spec.name] = str(getattr(row, spec.name))
        found.append(line | {"_labels": labels})
    return found


def answered(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a JSON answer."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type="application/json", headers=dict(headers or {}))
