"""Read text tables: separated values, and columns split by runs of blanks. Runs in the child process.

Three passes over a bounded file: decode all of it, so that a wrong encoding is known before the first
row is used; count rows, columns and cells against the limits; then send. A row is `[number, cells]`,
its number counted from 1 as a sheet program shows it.
"""

import codecs
import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from kedang.engine.exchange import limits
from kedang.engine.exchange.limits import Refused

CHUNK = 1024 * 1024
SAMPLE_LINES = 100
SAMPLE_CHARACTERS = 256 * 1024
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BM\x00")

Row = list[Any]


def is_zip(fd: int) -> bool:
    """Say whether the file begins as a ZIP archive, which a workbook is."""
    return os.pread(fd, 4, 0) == ZIP


def read(fd: int, options: dict[str, Any]) -> tuple[dict[str, Any], Iterator[Row]]:
    """Return what the table is, and its rows."""
    start = os.pread(fd, 8, 0)
    if start.startswith(OLE):
        raise Refused("old_workbook")
    if start.startswith(BINARY) or options.get("format") == "xlsx":
        raise Refused("format")
    encoding = encoding_of(fd, options.get("encoding") or "")
    sample = _sample(fd, encoding)
    if not sample:
        raise Refused("empty")
    separator = options.get("separator") or ""
    layout = options.get("format") or ("csv" if separator else "")
    if not layout:
        layout, separator = guess_layout(sample)
    elif layout == "csv" and not separator:
        separator = guess_separator(sample)[0] or ","
    if layout == "columns":
        separator = " "
    count, width = _count(fd, encoding, separator)
    head: dict[str, Any] = {
        "format": layout,
        "encoding": encoding.removesuffix("-sig"),
        "separator": separator,
        "width": width,
        "rows": count,
        "sheets": [],
        "sheet": "",
    }
    return head, (row for row in _rows(fd, encoding, separator) if filled(row[1]))


def encoding_of(fd: int, asked: str) -> str:
    """Return the encoding in which the whole file can be read; refuse a file that has none or holds NUL."""
    start = os.pread(fd, 4, 0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif asked:
        candidates = [asked]
    else:
        candidates = ["utf-8", "gb18030"]
    for candidate in candidates:
        if _decodes(fd, candidate):
            return candidate
    raise Refused("encoding", detail=", ".join(name.removesuffix("-sig") for name in candidates))


def _decodes(fd: int, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    offset = 0
    try:
        while chunk := os.pread(fd, CHUNK, offset):
            offset += len(chunk)
            if "\x00" in decoder.decode(chunk):
                raise Refused("nul")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _text(fd: int, encoding: str) -> io.TextIOWrapper:
    os.lseek(fd, 0, os.SEEK_SET)
    return io.TextIOWrapper(io.FileIO(fd, closefd=False), encoding=encoding, newline="")


def _lines(fd: int, encoding: str) -> Iterator[str]:
    text = _text(fd, encoding)
    number = 0
    while line := text.readline(limits.ROW_CHARACTERS + 1):
        number += 1
        if len(line) > limits.ROW_CHARACTERS:
            raise Refused("cell", number)
        yield line


def _sample(fd: int, encoding: str) -> list[str]:
    text = _text(fd, encoding).read(SAMPLE_CHARACTERS)
    lines = text.splitlines()
    if len(text) == SAMPLE_CHARACTERS and len(lines) > 1:
        lines.pop()  # cut in the middle
    return [line for line in lines if line.strip()][:SAMPLE_LINES]


def guess_layout(sample: list[str]) -> tuple[str, str]:
    """Return ("csv", separator) or ("columns", " ") for a sample of lines."""
    separator, agreeing = guess_separator(sample)
    if separator and agreeing >= 0.6:
        return "csv", separator
    widths = {len(line.split()) for line in sample}
    aligned = any("  " in line or line[0] == " " for line in sample)
    if len(widths) == 1 and widths.pop() > 1 and aligned:
        return "columns", " "
    return "csv", separator or ","


def guess_separator(sample: list[str]) -> tuple[str, float]:
    """Return the separator that gives most lines the same number of cells, and the share that agrees."""
    csv.field_size_limit(SAMPLE_CHARACTERS)
    best, best_score = "", (0.0, 0)
    for separator in limits.SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=separator) if row)
        width, lines = widths.most_common(1)[0]
        score = (round(lines / widths.total(), 2), width)
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best, best_score[0]


def _rows(fd: int, encoding: str, separator: str) -> Iterator[Row]:
    lines = _lines(fd, encoding)
    if separator == " ":
        for number, line in enumerate(lines, 1):
            yield [number, line.split()]
        return
    csv.field_size_limit(limits.CELL_BYTES)
    number = 0
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=separator, strict=True), 1):
            yield [number, row]
    except csv.Error as error:
        raise Refused(_meaning(str(error)), number + 1) from error


def _meaning(error: str) -> str:
    if "field larger" in error:
        return "cell"
    return "truncated" if "unexpected end" in error else "quotes"


def _count(fd: int, encoding: str, separator: str) -> tuple[int, int]:
    """Return the number of rows that hold anything and the widest of them; refuse what passes a limit."""
    number = count = width = full = 0
    last: list[str] = []
    for number, last in _rows(fd, encoding, separator):
        if number > limits.ROWS:
            raise Refused("rows", number)
        if len(last) > limits.COLUMNS:
            raise Refused("columns", number)
        # A character takes four bytes at most, so only long cells need to be encoded to be weighed.
        if last and max(map(len, last)) > limits.CELL_BYTES // 4:
            check_cells(last, number)
        if filled(last):
            count += 1
            if len(last) > width:
                width, full = len(last), 0
            full += len(last) == width
    if not count:
        raise Refused("empty")
    # Cut in transfer, perhaps inside a number: the one short row is the last, and its line has no end.
    if 0 < len(last) < width and full == count - 1 and not _ends_with_newline(fd, encoding):
        raise Refused("truncated", number)
    return count, width


def check_cells(cells: list[str], number: int) -> None:
    """Refuse a row with a cell above the limit of bytes."""
    if any(len(cell.encode()) > limits.CELL_BYTES for cell in cells):
        raise Refused("cell", number)


def filled(cells: list[str]) -> bool:
    """Say whether a row holds anything but blanks."""
    return any(map(str.strip, cells))


def _ends_with_newline(fd: int, encoding: str) -> bool:
    unit = 2 if encoding == "utf-16" else 1
    tail = os.pread(fd, unit, max(0, os.fstat(fd).st_size - unit))
    return tail.strip(b"\x00") in (b"\n", b"\r")
