"""Write rows as CSV or XLSX, in constant memory, with nothing in them that a sheet program would run.

Texts are neutralised, headings too; figures are written as figures, so -5 stays a number. A figure of more
than 15 digits and a text longer than a sheet's cell would be cut by the sheet program: the figure is
written as text, the text is refused in XLSX.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from rustpy_xlsxwriter import write_worksheet

from kedang.engine.exchange.formulas import written
from kedang.kernel.clock import ZONE
from kedang.kernel.errors import FileRefused

EXACT_DIGITS = 15
LONGEST_TEXT = 32_767
SHEET_ROWS = 1_048_576
FORMATS = ("csv", "xlsx")

Value = str | int | float | Decimal | bool | dt.date | dt.datetime | None


def write_table(
    target: Path | BinaryIO,
    layout: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    sheet: str = "",
) -> int:
    """Write a table to a path or an open binary file as "csv" or "xlsx"; return the number of rows.

    Rows are pulled one by one, so they may come from a cursor. Times are written as on a clock in China.
    Raises FileRefused for a layout that is none, and for more rows or longer texts than a sheet can hold.
    """
    counted = _Counted(rows)
    if layout == "csv":
        if isinstance(target, Path):
            with target.open("wb") as opened:
                _write_csv(opened, headers, counted)
        else:
            _write_csv(target, headers, counted)
    elif layout == "xlsx":
        _write_xlsx(target, headers, counted, sheet)
    else:
        raise FileRefused(_("A file is written as csv or xlsx."), limit="format")
    return counted.count


def csv_chunks(headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """Yield a CSV file in pieces, for a response that streams."""
    buffer = io.StringIO(newline="")
    sheet = csv.writer(buffer)
    buffer.write("\ufeff")
    sheet.writerow([written(header) for header in headers])
    for number, row in enumerate(rows, 1):
        sheet.writerow([_csv_cell(value) for value in row])
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


class _Counted:
    def __init__(self, rows: Iterable[Sequence[Value]]) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Value]]:
        for row in self.rows:
            self.count += 1
            yield row


def _write_csv(target: BinaryIO, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    for chunk in csv_chunks(headers, rows):
        target.write(chunk)


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return written(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return _local(value).isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _write_xlsx(
    target: Path | BinaryIO, headers: Sequence[str], rows: Iterable[Sequence[Value]], sheet: str
) -> None:
    # The library writes dictionaries: equal headings would merge, and without a row there is no heading.
    keys: list[str] = []
    for header in headers:
        keys.append(_unlike(written(header), keys))

    def records() -> Iterator[dict[str, Any]]:
        number = 1
        for number, row in enumerate(rows, 2):
            if number > SHEET_ROWS:
                raise FileRefused(_("A sheet holds at most 1,048,576 rows; export as CSV."), limit="rows")
            yield {key: _xlsx_cell(value) for key, value in zip(keys, row, strict=True)}
        if number == 1:
            yield dict.fromkeys(keys)

    write_worksheet(
        records(),
        str(target) if isinstance(target, Path) else target,
        sheet or "1",
        freeze_row=1,
        bold_headers=True,
    )


def _unlike(name: str, taken: Sequence[str]) -> str:
    return next(
        fresh for n in range(1, len(taken) + 2) if (fresh := f"{name} ({n})" if n > 1 else name) not in taken
    )


def _xlsx_cell(value: Value) -> Any:
    if isinstance(value, str):
        text = written(value)
        if len(text) > LONGEST_TEXT:
            raise FileRefused(_("A text is longer than a sheet's cell holds; export as CSV."), limit="cell")
        return text or None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | Decimal):
        digits = format(Decimal(value), "f")
        return value if sum(map(str.isdigit, digits)) <= EXACT_DIGITS else digits
    return _local(value) if isinstance(value, dt.datetime) else value


def _local(moment: dt.datetime) -> dt.datetime:
    """Return the time on a clock in China, as a sheet knows it: without a zone and to the second."""
    return moment.astimezone(ZONE).replace(tzinfo=None, microsecond=0)
