"""A value for each field that nothing else on a page could be, and the forms in which it would be told."""

import copy
import re
from datetime import date
from decimal import Decimal
from typing import Any

from generic.visit import Company
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.scope.doors import writing

TELLING = frozenset({"text", "longtext", "phone", "email", "url", "date", "money", "number", "integer"})


def mark_of(kind: RecordType, spec: FieldSpec, turn: int = 0) -> Any:
    """Return a stored value of a field, another one each turn."""
    n = list(kind.fields).index(spec.name) + 50 * turn
    match spec.kind:
        case "phone":
            return f"0108{7100000 + n}"
        case "email":
            return f"zq{n}q@example.com"
        case "url":
            return f"https://zq{n}q.example.com"
        case "date":
            return date(1901 + n % 95, 3, 7)
        case "money":
            return Decimal(8364100 + n * 10) + Decimal("0.57")
        case "number" if spec.model_field is not None and spec.model_field.max_digits < 10:  # degrees
            return Decimal("43.604701") + Decimal(n) / 10_000
        case "number":
            return Decimal(6047) + n
        case "integer":
            return 30_571 + n
    return f"Zq{n}q"[: spec.max_length]


def told(value: Any) -> list[str]:
    """Return the forms in which a value would stand in an answer."""
    match value:
        case date():
            return [str(value.year)]
        case Decimal() if value % 1 and value < 1_000:
            return [f"{value:f}", f"{value.normalize():f}"]
        case Decimal() if value % 1:
            whole = int(value)
            return [str(whole), f"{whole:,}", f"{value:,}"]
        case Decimal() | int():
            return [str(int(value)), f"{int(value):,}"]
    return [str(value)]


def tells(answer: str, texts: list[str]) -> bool:
    """Say whether an answer tells one of the texts; the same digits within an id or a digest tell nothing."""
    return any(
        text in answer and re.search(rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])", answer)
        for text in texts
    )


def markable(kind: RecordType, row: Any) -> list[FieldSpec]:
    """Return the fields whose values can be told apart. What names a record everybody sees who sees the record."""
    column = kind.model._meta.get_field
    bounded = {
        name
        for name in kind.fields
        if any(getattr(v, "limit_value", 0) == 5 for v in column(name).validators)
    }
    return [
        spec
        for name, spec in kind.fields.items()
        if spec.kind in TELLING
        and name not in bounded | {"name_sort", "serial", "rate"}
        and (kind.creatable or name in ("reason", "note"))  # the rest of a request is what is asked
        and not names_it(kind, row, spec)
    ]


def names_it(kind: RecordType, row: Any, spec: FieldSpec) -> bool:
    """Say whether a field is part of what a record is called."""
    twin = copy.copy(row)
    setattr(twin, spec.attname, mark_of(kind, spec))
    return str(twin) != str(row)


def put(company: Company, kind: RecordType, turn: int = 0) -> dict[str, Any]:
    """Store a mark in every markable field of li's record, past the checks that a rule would make; return them."""
    row = company.world.records[kind.key]["li"]
    marks = {spec.name: mark_of(kind, spec, turn) for spec in markable(kind, row)}
    with writing("test"):
        kind.model.objects.unscoped(because="test").filter(pk=row.pk).update(**marks)
    return marks
