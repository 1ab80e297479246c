"""Open a foreign file as a table of text, whatever it is made of, without trusting it.

`open_table` starts the child process that parses, waits for its word on what the file is, and then
hands out batches of at most 1,000 rows. Everything the child refuses becomes `FileRefused`, whose
`limit` names what was passed. Memory here is that of one batch.
"""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

import kedang
from kedang.engine.exchange import limits
from kedang.engine.exchange.formulas import restored
from kedang.kernel.errors import FileRefused


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How to read a file; what is empty is found out."""

    format: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header: bool | None = None
    skip_rows: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file as a sheet program counts, its cells, and cells that lost digits."""

    number: int
    cells: list[str]
    lost: tuple[int, ...] = ()
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a file turned out to be, and its rows."""

    format: str
    encoding: str
    separator: str
    sheet: str
    sheets: tuple[str, ...]
    headers: tuple[str, ...]
    rows: int
    first: int
    batches: Iterator[list[Row]]


@contextmanager
def open_table(
    source: Path | BinaryIO, options: FileOptions | None = None, *, after: int = 0, most: int = 0
) -> Iterator[Table]:
    """Open a file as a table, for the length of a `with`.

    `after` leaves out rows up to that number (to resume), `most` stops after so many (for a preview).
    Raises FileRefused with `limit` when the file cannot be read or passes a limit.
    """
    asked = asdict(options or FileOptions()) | {"after": after, "most": most}
    child = _start(source, asked)
    try:
        head = _frame(child)["open"]
        headers = tuple(restored(name) for name in head["headers"])
        yield Table(
            format=head["format"],
            encoding=head["encoding"],
            separator=head["separator"],
            sheet=head["sheet"],
            sheets=tuple(head["sheets"]),
            headers=headers,
            rows=head["rows"],
            first=head["first"],
            batches=_batches(child, len(headers)),
        )
    finally:
        child.kill()
        child.communicate()


def _start(source: Path | BinaryIO, asked: dict[str, Any]) -> subprocess.Popen[bytes]:
    try:
        content = source.open("rb") if isinstance(source, Path) else source
        size = os.fstat(content.fileno()).st_size
    except OSError as error:
        raise refusal("missing") from error
    try:
        if size > limits.FILE_BYTES:
            raise refusal("size")
        if not size:
            raise refusal("empty")
        # The child gets an open file and nothing else: no secrets in its environment, no other files.
        return subprocess.Popen(
            [sys.executable, "-m", "kedang.engine.exchange.child", json.dumps(asked)],
            stdin=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PYTHONPATH": str(Path(kedang.__file__).parents[1]),
                "PYTHONSAFEPATH": "1",
                "PYTHONUTF8": "1",
            },
        )
    finally:
        if isinstance(source, Path):
            content.close()


def _batches(child: subprocess.Popen[bytes], width: int) -> Iterator[list[Row]]:
    while "rows" in (frame := _frame(child)):
        yield [_row(width, *sent) for sent in frame["rows"]]


def _row(width: int, number: int, cells: list[str], lost: list[int] | None = None) -> Row:
    surplus = len(cells) > width and any(cells[width:])
    if len(cells) < width:
        cells.extend([""] * (width - len(cells)))
    return Row(number, cells, tuple(lost or ()), surplus)


def _frame(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Read one frame; a child that fell silent was stopped by a limit of the system."""
    pipe = child.stdout
    if pipe is None:
        raise refusal("damaged")
    head = pipe.read(4)
    length = struct.unpack(">I", head)[0] if len(head) == 4 else 0
    body = pipe.read(length) if 0 < length <= limits.FRAME_BYTES else b""
    if not body or len(body) < length:
        raise refusal(_cause_of_death(child))
    frame: dict[str, Any] = json.loads(body)
    if "refused" in frame:
        raise refusal(frame["refused"], frame["row"], frame["detail"])
    return frame


def _cause_of_death(child: subprocess.Popen[bytes]) -> str:
    status = child.wait(timeout=10)
    if status == 0 or status > 0:
        return "damaged"
    return "time" if -status in (24, 9) else "memory"


def refusal(code: str, row: int = 0, detail: str = "") -> FileRefused:
    """Return the error for a refusal code: a plain sentence, with the limit named in its data."""
    values = {"row": row, "detail": detail}
    return FileRefused(_texts().get(code, code) % values, limit=code, row=row)


def _texts() -> dict[str, str]:
    return {
        "missing": _("The file cannot be opened."),
        "empty": _("The file holds no rows."),
        "size": _("The file is larger than 100 MB, the limit for one file."),
        "columns": _("Row %(row)s has more than 512 columns, the limit for one file."),
        "rows": _("The file has more than 1,048,576 rows, the limit for one file."),
        "cell": _(
            "A cell in row %(row)s is larger than 64 KiB, the limit for a cell. Is a quotation mark left open?"
        ),
        "unzipped": _("The workbook unpacks to more than 1 GB, the limit for one file."),
        "ratio": _("The workbook unpacks to more than 200 times its size, the limit for one file."),
        "memory": _(
            "Reading the file takes more than 500 MB of memory, the limit. Save it as CSV, or in parts."
        ),
        "time": _(
            "Reading the file takes more than ten minutes of computing, the limit. Divide it into parts."
        ),
        "nul": _(
            "The file holds NUL bytes: it is no text, or UTF-16 without its mark. Save it as CSV UTF-8."
        ),
        "encoding": _("The file is not written in %(detail)s. Save it as CSV UTF-8."),
        "quotes": _("In row %(row)s a quotation mark inside a cell is not doubled."),
        "truncated": _("The file ends in the middle of row %(row)s: part of it is missing."),
        "damaged": _("The workbook is damaged or not complete."),
        "entities": _("The workbook declares a document type or entities, which are never read."),
        "links": _("The workbook is linked to other files. Save a copy with values in place of the links."),
        "old_workbook": _(
            "This is an old .xls workbook, or one with a password. Save it as .xlsx without a password."
        ),
        "format": _(
            "The file is neither a text table nor an .xlsx workbook, or not the one the mapping names."
        ),
        "sheet": _("The workbook has no such sheet. It has: %(detail)s"),
    }
