"""The orders of the CDNOW cohort, as the columns a metric reads."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa

MASTER = Path(__file__).parent / "data" / "cdnow" / "CDNOW_master.txt"


@cache
def purchases() -> tuple[tuple[int, date, int], ...]:
    """Return every purchase: customer number, day, minor units."""
    rows = []
    for line in MASTER.read_text("ascii").splitlines():
        person, day, _, dollars = line.split()
        bought_on = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007  a calendar day has no zone
        rows.append((int(person), bought_on, int(Decimal(dollars) * 100)))
    return tuple(rows)


@cache
def orders() -> pa.Table:
    """Return the purchases as a columnar table of orders."""
    people, days, amounts = zip(*purchases(), strict=True)
    return pa.table({"customer_id": people, "ordered_on": days, "amount": amounts})
