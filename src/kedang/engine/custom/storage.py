"""How values of custom attributes lie in the `custom` column: amounts in minor units, days in ISO, ids as numbers.

Nothing lies there for an empty value, so a record that was never asked is like one that was not answered.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from kedang.kernel import money

EMPTY: tuple[Any, ...] = (None, "", [], ())
TEXTS = frozenset({"text", "longtext", "choice"})


def stored(kind: str, value: Any) -> Any:
    """Return a value as JSON holds it; None for an empty one."""
    if value in EMPTY:
        return None
    match kind:
        case "money":
            try:
                return money.to_minor(value)
            except (ValueError, ArithmeticError):
                return format(value, "f")  # kept until the check refuses it in words
        case "number":
            return format(value.normalize(), "f") if value else "0"
        case "date":
            return value.isoformat()
        case "choices":
            return list(value)
    return value


def loaded(kind: str, value: Any) -> Any:
    """Return what JSON holds as a value of its kind: text kinds are never None, as columns of text are not."""
    if value in EMPTY:
        return "" if kind in TEXTS else None
    match kind:
        case "money":
            return money.from_minor(value) if isinstance(value, int) else Decimal(value)
        case "number":
            return Decimal(str(value))
        case "date":
            return date.fromisoformat(value)
    return value


def set_stored(row: Any, key: str, value: Any) -> None:
    """Put a stored value into a row's column. The column as it was loaded is left as it was."""
    rest = {name: kept for name, kept in row.custom.items() if name != key}
    row.custom = rest if value is None else rest | {key: value}
