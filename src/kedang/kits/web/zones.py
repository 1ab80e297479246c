"""What areas add to the page of a record: parts under named points, and buttons of its header.

Points: `meta` (after the pills of the header), `next` (the line below the header), `facts` (left zone),
`line` (above the timeline), `side` (right zone, fetched once the page stands), `peek` (the quick look beside a list).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from kedang.engine.request import KedangRequest

POINTS = ("meta", "next", "facts", "line", "side", "peek")
Context = Callable[[KedangRequest, Any], Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a record's page that another area fills; no context means nothing to say."""

    record: str
    point: str
    template: str
    context: Context
    order: int = 100


@dataclass(frozen=True, slots=True)
class Act:
    """A button that leads from a record to a page of another area, or to a telephone; the first of a page leads it."""

    label: Any
    icon: str
    url: str


Acting = Callable[[KedangRequest, Any], Act | None]

ZONES: dict[tuple[str, str], list[Zone]] = defaultdict(list)
ACTS: dict[str, list[tuple[int, Acting]]] = defaultdict(list)


def contribute(record: str, point: str, template: str, context: Context, *, order: int = 100) -> Zone:
    """Add a part to the page of a record type; an unknown point fails at start."""
    if point not in POINTS:
        raise ValueError(f"{record}: no point {point!r} on a record page, only {', '.join(POINTS)}")
    zone = Zone(record, point, template, context, order)
    ZONES[record, point] = sorted([*ZONES[record, point], zone], key=lambda one: one.order)
    return zone


def lead(record: str, acting: Acting, *, order: int = 100) -> None:
    """Let the header of a record type and its quick look begin with a button, where `acting` returns one."""
    ACTS[record] = sorted([*ACTS[record], (order, acting)], key=lambda one: one[0])


def acts(request: KedangRequest, record: str, row: Any) -> list[Act]:
    """Return the buttons with which the header of this record begins; a record in the archive hold has none."""
    if row.archived_at is not None:
        return []
    return [act for _order, acting in ACTS.get(record, ()) if (act := acting(request, row)) is not None]


def speaks(record: str, point: str) -> bool:
    """Say whether an area adds to this point at all."""
    return bool(ZONES.get((record, point)))


def rendered(request: KedangRequest, record: str, point: str, row: Any) -> list[SafeString]:
    """Return the parts that have something to say about this row."""
    parts = []
    for zone in ZONES.get((record, point), ()):
        context = zone.context(request, row)
        if context is not None:
            html = render_to_string(zone.template, {"row": row, **context}, request=request)
            parts.append(mark_safe(html))  # noqa: S308  a template of ours rendered it, with escaping on
    return parts
