"""The lines of a document, as they are stored and as the history tells them."""

from collections.abc import Iterable
from typing import Any

from kedang.engine.ledger.chain import plain
from kedang.engine.records.types import RecordType


def lines_of(kind: RecordType, pks: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the stored lines of documents, by the document's id."""
    lines = kind.lines
    assert lines is not None
    found: dict[int, list[dict[str, Any]]] = {pk: [] for pk in pks}
    attnames = [lines.specs[name].attname for name in lines.fields]
    rows = lines.model.objects.unscoped(because="lines of documents loaded within reach")
    rows = rows.filter(**{f"{lines.parent}__in": list(found)}).order_by(lines.parent, lines.order_by)
    for parent, *values in rows.values_list(f"{lines.parent}_id", *attnames):
        found[parent].append(dict(zip(attnames, values, strict=True)))
    return found


def plain_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of a document as plain values for the history."""
    return [{name: plain(value) for name, value in sorted(line.items())} for line in lines]
