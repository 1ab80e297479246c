"""Read one sheet of an XLSX workbook. Runs in the child process.

The archive is unpacked once and thrown away to weigh it honestly (sizes in its directory may lie),
before the parser sees it. Cells become text: dates as ISO, whole numbers without a point. A number of
more than 15 digits is marked: the sheet program kept 15 of them and lost the rest of the code.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import python_calamine as calamine

from kedang.engine.exchange import limits
from kedang.engine.exchange.delimited import check_cells, filled
from kedang.engine.exchange.limits import Refused

CHUNK = 1024 * 1024
LARGEST_EXACT = 10**15
NOT_UNPACKED = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bin", ".vml")

Row = list[Any]


def read(fd: int, options: dict[str, Any]) -> tuple[dict[str, Any], Iterator[Row]]:
    """Return what the table is, and its rows."""
    if options.get("format") in ("csv", "columns"):
        raise Refused("format")
    weigh(fd)
    try:
        book = calamine.CalamineWorkbook.from_path(f"/dev/fd/{fd}")
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == calamine.SheetVisibleEnum.Visible
        ]
        asked = options.get("sheet") or ""
        if not names or (asked and asked not in names):
            raise Refused("sheet", detail=", ".join(names))
        name = asked or names[0]
        sheet = book.get_sheet_by_name(name)
    except calamine.PasswordError as error:
        raise Refused("old_workbook") from error
    except calamine.CalamineError as error:
        raise Refused("damaged") from error
    if sheet.end is None:
        raise Refused("empty")
    height, width = sheet.end[0] + 1, sheet.end[1] + 1
    if height > limits.ROWS:
        raise Refused("rows", height)
    if width > limits.COLUMNS:
        raise Refused("columns", 1)
    count = sum(_holds_anything(row) for row in _rows(sheet))
    if not count:
        raise Refused("empty")
    head = {
        "format": "xlsx",
        "encoding": "",
        "separator": "",
        "width": width,
        "rows": count,
        "sheets": names,
        "sheet": name,
    }
    return head, (row for row in _rows(sheet) if filled(row[1]))


def weigh(fd: int) -> None:
    """Refuse an archive that unpacks to too much, is damaged, is no workbook, or reaches outside itself."""
    packed = io.FileIO(fd, closefd=False)
    size = packed.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(packed) as archive:
            parts = archive.infolist()
            names = {part.filename.lower() for part in parts}
            if len(parts) > limits.ZIP_PARTS:
                raise Refused("unzipped")
            if "xl/workbook.xml" not in names:
                raise Refused("format")
            if any(name.startswith("xl/externallinks/") for name in names):
                raise Refused("links")
            _check_total(sum(part.file_size for part in parts), size)
            total = 0
            for part in parts:
                if not part.filename.lower().endswith(NOT_UNPACKED):
                    total += _unpack(archive, part, total, size)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise Refused("damaged") from error


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo, before: int, packed: int) -> int:
    size = 0
    with archive.open(part) as content:
        while chunk := content.read(CHUNK):
            # A document type stands at the head of a part; entities and outside addresses come with it.
            if size == 0 and b"<!" in chunk[:4096].replace(b"\x00", b"").replace(b"<!--", b""):
                raise Refused("entities")
            size += len(chunk)
            _check_total(before + size, packed)
    return size


def _check_total(total: int, packed: int) -> None:
    if total > limits.UNZIPPED_BYTES:
        raise Refused("unzipped")
    if total > limits.UNZIPPED_RATIO * packed:
        raise Refused("ratio")


def _rows(sheet: calamine.CalamineSheet) -> Iterator[Row]:
    left = sheet.start[1] if sheet.start else 0
    margin = [""] * left  # the parser leaves out empty columns on the left, but no row
    for number, values in enumerate(sheet.iter_rows(), 1):
        lost: list[int] = []
        cells = margin + [
            value if type(value) is str else _shown(value, lost, column)
            for column, value in enumerate(values, left)
        ]
        yield [number, cells, lost] if lost else [number, cells]


def _shown(value: Any, lost: list[int], column: int) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            if abs(value) >= LARGEST_EXACT:
                lost.append(column)
            return number_text(value)
        case dt.datetime():
            at_midnight = value.time() == dt.time()
            return value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds")
    return str(value)


def number_text(value: float) -> str:
    """Return a number as a person sees it in the sheet: 15 significant digits, no exponent, no idle zeros."""
    if value == int(value):
        return str(int(value))
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _holds_anything(row: Row) -> bool:
    if max(map(len, row[1])) > limits.CELL_BYTES // 4:
        check_cells(row[1], row[0])
    return filled(row[1])
