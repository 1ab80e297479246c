"""Reach, asked of rows in memory: the write door decides without a query for each row."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from kedang.engine.scope.reach import Reach, follows_of


def admitted(
    model: type[models.Model], span: Reach, rows: Iterable[Any], *, opened: Any = None
) -> list[bool]:
    """Say for each row, as its columns stand, whether it is within `span`: one query for each reach it names.

    What rows point at is not asked for where all of them point at `opened`, a record that is at hand.
    """
    rows = list(rows)
    seen = _Pointed(model, span, rows, opened)
    return [
        _by_parts(model, span, row, seen)
        and all(
            (pk := getattr(row, f"{need.key}_id")) is None or pk in seen(need.key, need.span)
            for need in span.needs
        )
        for row in rows
    ]


def _by_parts(model: type[models.Model], span: Reach, row: Any, seen: "_Pointed") -> bool:
    if span.everything or _within(span, row):
        return True
    follows = follows_of(model)
    return (
        bool(follows)
        and span.parent is not None
        and getattr(row, f"{follows}_id") in seen(follows, span.parent)
    )


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


class _Pointed:
    """Which of what the keys of some rows point at is within a reach; keys that ask alike are asked together."""

    def __init__(self, model: type[models.Model], span: Reach, rows: list[Any], opened: Any) -> None:
        self.model, self.rows, self.at_hand = model, rows, opened
        self.asked = [(need.key, need.span) for need in span.needs]
        if (follows := follows_of(model)) and span.parent is not None:
            self.asked.append((follows, span.parent))
        self.found: dict[tuple[Any, Reach], frozenset[int]] = {}

    def __call__(self, key: str, span: Reach) -> frozenset[int]:
        """Return the ids that a key points at and that are within a reach."""
        target: Any = self.model._meta.get_field(key).related_model
        if (target, span) not in self.found:
            keys = [
                name for name, other in self.asked
                if other == span and self.model._meta.get_field(name).related_model is target
            ]  # fmt: skip
            wanted = {getattr(row, f"{name}_id") for row in self.rows for name in keys} - {None}
            if isinstance(self.at_hand, target) and wanted <= {self.at_hand.pk}:
                pks = wanted if admitted(target, span, [self.at_hand])[0] else ()
            else:
                opened = target.objects.unscoped(because="the reach of a parent, applied here")
                pks = (
                    opened.filter(span.q(target), pk__in=wanted).values_list("pk", flat=True)
                    if wanted
                    else ()
                )
            self.found[target, span] = frozenset(pks)
        return self.found[target, span]
