"""What a maker of pumps and valves sells: families in sizes, spare parts, control cabinets and services."""

from decimal import Decimal
from functools import cache

from kedang.project.demo.dice import words
from kedang.project.demo.rowtypes import ProductRow
from kedang.project.demo.tables import word_lists

FLOOR_SHARE = Decimal("0.82")
_CENT = Decimal("0.01")


@cache
def products() -> tuple[ProductRow, ...]:
    """Return the whole catalogue, always the same."""
    lists = word_lists()["products"]
    sizes = words(lists["sizes"])
    rows: list[ProductRow] = []
    for family in words(lists["families"]):
        name, kind, unit, prefix, price, factor = family.split("|")
        amount = Decimal(price)
        for size in sizes:
            rows.append(_product(f"{prefix}-{size[2:]}", name, size, (unit, kind), amount))
            amount *= Decimal(factor)
    for item in words(lists["single"]):
        name, kind, unit, number, price, stocked = item.split("|")
        row = _product(number, name, number, (unit, kind), Decimal(price))
        rows.append(row | {"stocked": stocked == "1"})
    return tuple(rows)


def _product(number: str, name: str, spec: str, sold: tuple[str, str], amount: Decimal) -> ProductRow:
    unit, kind = sold
    price = amount.quantize(Decimal(10) if amount >= 1000 else Decimal(1)).quantize(_CENT)
    return {
        "number": number,
        "name": name,
        "spec": spec,
        "brand": word_lists()["products"]["brand"],
        "unit_key": unit,
        "kind": kind,
        "list_price": price,
        "floor_price": (price * FLOOR_SHARE).quantize(_CENT),
        "stocked": True,
    }
