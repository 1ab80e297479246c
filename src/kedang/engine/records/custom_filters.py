"""Conditions on custom attributes, over the copies of their values beside the records."""

from typing import Any

from django.db.models import Q

from kedang.engine.custom.copies import exactly
from kedang.engine.custom.models import CustomValue
from kedang.engine.records.fields import FieldSpec


def asks(spec: FieldSpec, lookup: str, value: Any) -> Q:
    """Return the condition that an attribute compares so with a value of its kind."""
    if lookup == "in":
        return _within(_rows(spec).filter(text__in=[str(one) for one in value]))
    one = value[0] if isinstance(value, list) else value
    column, stored = next(iter(exactly(spec.kind, one).items()))
    return _within(_rows(spec).filter(**{f"{column}__{lookup}": stored}))


def empty(spec: FieldSpec) -> Q:
    """Return the condition that an attribute has no value."""
    return ~_within(_rows(spec))


def _within(rows: Any) -> Q:
    return Q(pk__in=rows.values("record_id"))


def _rows(spec: FieldSpec) -> Any:
    return CustomValue.objects.filter(filter_id=spec.filter_id)
