"""Parse one foreign file in a process that may die: `python -m kedang.engine.exchange.child OPTIONS`.

The file is standard input, already open; OPTIONS is JSON. Standard output carries frames, each a length
of four bytes and JSON: first what the file is, then batches of rows, then the end or a refusal. Nothing
is unpickled and no path is opened by name, so a hostile file gains nothing but the end of this process.
"""

import json
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from kedang.engine.exchange import delimited, limits, workbook
from kedang.engine.exchange.limits import Refused

Row = list[Any]
FIGURE_MARKS = str.maketrans("", "", ".,-+/:¥$%")


def main() -> int:
    """Send the table of standard input to standard output; return the exit status."""
    options = json.loads(sys.argv[1])
    confine()
    try:
        source = workbook.read if delimited.is_zip(0) else delimited.read
        head, rows = source(0, options)
        headers, first, above, rows = headings(rows, head["width"], options)
        send({"open": head | {"headers": headers, "first": first, "rows": head["rows"] - above}})
        send_rows(rows, int(options.get("after", 0)), int(options.get("most", 0)))
        send({"end": True})
    except Refused as refused:
        send({"refused": refused.code, "row": refused.row, "detail": refused.detail})
    except MemoryError:
        send({"refused": "memory", "row": 0, "detail": ""})
    return 0


def confine() -> None:
    """Bound the memory and the processor time of this process."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_DATA, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS knows the limit on address space but refuses to set it; the others still hold there.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def send(frame: dict[str, Any]) -> None:
    """Write one frame."""
    body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()


def send_rows(rows: Iterator[Row], after: int, most: int) -> None:
    """Send rows whose number is above `after`, at most `most` of them (0: all), in bounded batches."""
    batch: list[Row] = []
    size = sent = 0
    for row in rows:
        if row[0] <= after:
            continue
        batch.append(row)
        size += sum(map(len, row[1]))
        sent += 1
        if len(batch) >= limits.BATCH_ROWS or size >= limits.BATCH_CHARACTERS or sent == most:
            send({"rows": batch})
            batch, size = [], 0
            if sent == most:
                return
    if batch:
        send({"rows": batch})


def headings(
    rows: Iterator[Row], width: int, options: dict[str, Any]
) -> tuple[list[str], int, int, Iterator[Row]]:
    """Return the names of the columns, the first row of data, how many rows stand above, and the rest."""
    skip = int(options.get("skip_rows", 0))
    above = 0
    top: Row | None = None
    for row in rows:
        if row[0] > skip:
            top = row
            break
        above += 1
    if top is None:
        raise Refused("empty")
    named = options.get("header")
    if named is None:
        named = not options.get("names") and not any(looks_like_figure(cell) for cell in top[1])
    if named:
        return unique_names(top[1], width), top[0] + 1, above + 1, rows
    return unique_names(options.get("names") or [], width), top[0], above, chain([top], rows)


def looks_like_figure(cell: str) -> bool:
    """Say whether a cell is a number or a date, as a heading never is."""
    bare = cell.strip().translate(FIGURE_MARKS)
    return bool(bare) and bare.isdigit()


def unique_names(cells: list[str], width: int) -> list[str]:
    """Return one name for each column: "#3" for one without, "phone (2)" for one that repeats."""
    names: list[str] = []
    for place in range(max(width, len(cells))):
        name = " ".join(cells[place].split()) if place < len(cells) else ""
        name = name or f"#{place + 1}"
        repeat, base = 1, name
        while name in names:
            repeat += 1
            name = f"{base} ({repeat})"
        names.append(name)
    return names


if __name__ == "__main__":
    sys.exit(main())
