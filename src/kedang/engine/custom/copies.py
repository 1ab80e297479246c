"""Values of attributes copied into rows of their own, so that lists are narrowed by them on every database.

A value in JSON cannot be found by an index that both databases keep through a migration, so the values of up to
MOST attributes of a type are copied. The write door keeps the copies; a job makes them for what is stored.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kedang.engine.custom.catalogue import custom_fields
from kedang.engine.custom.models import CustomFilter, CustomValue
from kedang.engine.custom.storage import loaded
from kedang.engine.overlay import PREFIX
from kedang.kernel.text import sort_key

MOST = 20
STEP = Decimal(10) ** 6
NUMBERS = frozenset({"number", "integer", "money"})
CUT = 200
LARGEST = 2**63 - 1


def exactly(kind: str, value: Any) -> dict[str, Any]:
    """Return the columns that hold one value of a kind, the one that is compared first."""
    if kind in NUMBERS:
        return {"number": _whole(Decimal(value))}
    if kind == "text":
        return {"text": _text(kind, value), "sound": sort_key(str(value))}
    return {"text": _text(kind, value)}


def _whole(value: Decimal) -> int:
    """Return a number in the smallest step that is compared, within what the column holds."""
    scaled = int((value * STEP).quantize(Decimal(1), ROUND_HALF_UP))
    return max(-LARGEST, min(LARGEST, scaled))


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "date":
        return str(value.isoformat())
    return str(value)[:CUT]


def keep(record: str, rows: Sequence[Any]) -> None:
    """Bring the copied values of records up to what was just stored: inside the transaction of the write door.

    Attributes that a job is still copying are kept too, so that it ends with nothing missing.
    """
    if not rows:
        return
    wanted = dict(CustomFilter.objects.filter(record=record).values_list("key", "pk"))
    if wanted:
        copy(record, rows, wanted)


def copy(record: str, rows: Sequence[Any], filters: dict[str, int]) -> None:
    """Replace the copied values of these records under these filters ({key: id})."""
    CustomValue.objects.filter(
        record_id__in=[row.pk for row in rows], filter_id__in=filters.values()
    ).delete()
    known = custom_fields(record).attributes
    found = [
        CustomValue(filter_id=filters[key], record_id=row.pk, **columns)
        for key, one in ((key, known.get(f"{PREFIX}{key}")) for key in filters)
        if one is not None
        for row in rows
        for columns in _copied(one.kind, loaded(one.kind, row.custom.get(key)))
    ]
    CustomValue.objects.bulk_create(found, batch_size=500)


def _copied(kind: str, value: Any) -> Iterator[dict[str, Any]]:
    for one in value if isinstance(value, list) else [value]:
        if one not in (None, ""):
            yield exactly(kind, one)
