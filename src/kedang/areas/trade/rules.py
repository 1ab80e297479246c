"""The arithmetic of documents. Pure."""

from collections.abc import Iterable
from decimal import Decimal

from kedang.kernel import money


def line_amount(quantity: Decimal, price: Decimal, currency: str) -> Decimal:
    """Return quantity × price in the currency's minor unit, half-up."""
    return money.quantize(quantity * price, currency)


def document_amount(amounts: Iterable[Decimal | None]) -> Decimal:
    """Return the total of a document: the sum of its lines, never rounded again."""
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def is_open(kind: str | None) -> bool:
    """Say whether a document of this kind of status may still change: what is in force, done or void may not."""
    return kind in (None, "draft", "pending", "refused")


def counts(kind: str | None) -> bool:
    """Say whether a document of this kind of status is a purchase: it is in force or done."""
    return kind in ("in_force", "done")
