"""Reach, asked of rows in memory: the write door decides without a query for each row."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from kedang.engine.scope.reach import Reach, follows_of


def admitted(model: type[models.Model], span: Reach, rows: Iterable[Any]) -> list[bool]:
    """Say for each row, as its columns stand, whether it is within `span`: one query a parent type at most."""
    rows = list(rows)
    if span.everything:
        return [True] * len(rows)
    inside = [_within(span, row) for row in rows]
    follows = follows_of(model)
    if not follows or span.parent is None or all(inside):
        return inside
    rest = [row for row, yes in zip(rows, inside, strict=True) if not yes]
    parents = _parents_within(model, span, rest)
    return [yes or getattr(row, f"{follows}_id") in parents for row, yes in zip(rows, inside, strict=True)]


def _within(span: Reach, row: Any) -> bool:
    return (
        row.owner_id in span.owners
        or row.unit_id in span.units
        or row.pk in span.shared
        or (bool(span.pools) and getattr(row, "pool_id", None) in span.pools)
        or (span.announced is not None and _announced(span.announced, row))
    )


def _announced(units: frozenset[int], row: Any) -> bool:
    audience = getattr(row, "audience", "")
    return audience == "everyone" or (audience == "unit" and row.unit_id in units)


def _parents_within(model: type[models.Model], span: Reach, rows: list[Any]) -> frozenset[int]:
    follows = follows_of(model)
    parent: Any = model._meta.get_field(follows).related_model
    wanted = {getattr(row, f"{follows}_id") for row in rows} - {None}
    assert span.parent is not None
    opened = parent.objects.unscoped(because="the reach of a parent, applied here").filter(
        span.parent.q(parent)
    )
    return frozenset(opened.filter(pk__in=wanted).values_list("pk", flat=True))
