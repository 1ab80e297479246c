"""The refused rows of an import as a file: the same columns, and why, so that it can be mended and sent again."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO, BinaryIO

from django.utils.translation import gettext as _

from kedang.engine.exchange.models import ImportProblem, ImportRun
from kedang.engine.exchange.writer import Value, write_table
from kedang.kernel.errors import Problem

RefusedRow = tuple[int, list[str], str]


class Refusals:
    """Refused rows on their way to a file. Those of a run lie in the database, those of a rehearsal here."""

    def __init__(self, store: "IO[str] | None") -> None:
        self._store = store

    @classmethod
    @contextmanager
    def collecting(cls, *, keep: bool) -> Iterator["Refusals"]:
        """Keep refused rows in a file that vanishes, or nowhere."""
        if not keep:
            yield cls(None)
            return
        with tempfile.TemporaryFile("w+", encoding="utf-8") as store:
            yield cls(store)

    def keep(self, rows: Sequence[tuple[int, list[str]]], problems: Sequence[Problem]) -> None:
        """Remember the rows of a refused record of a rehearsal."""
        if self._store is not None:
            self._store.write(json.dumps([rows, reason(problems)], ensure_ascii=False) + "\n")

    def write(self, target: Path, headers: Sequence[str], run: ImportRun | None) -> int:
        """Write the refused rows as .xlsx or, by default, CSV; return how many there are."""
        return write_errors(target, headers, refused_rows(run) if run is not None else self._kept())

    def _kept(self) -> Iterator[RefusedRow]:
        if self._store is not None:
            self._store.seek(0)
            for line in self._store:
                yield from _with_reason(*json.loads(line))


def write_errors(
    target: Path | BinaryIO, headers: Sequence[str], rows: Iterator[RefusedRow], layout: str = ""
) -> int:
    """Write refused rows with two more columns: their number in the file, and why."""
    if not layout:
        layout = "xlsx" if isinstance(target, Path) and target.suffix.lower() == ".xlsx" else "csv"
    width = len(headers)
    table: Iterator[list[Value]] = (
        [*cells[:width], *[""] * (width - len(cells)), row, why] for row, cells, why in rows
    )
    return write_table(target, layout, [*headers, _("Row in the file"), _("Why refused")], table)


def refused_rows(run: ImportRun) -> Iterator[RefusedRow]:
    """Yield number, cells and reason of each refused row of a run, in order."""
    stored = ImportProblem.objects.filter(run=run).order_by("row_no", "pk").iterator(2_000)
    for _row_no, group in groupby(stored, key=lambda problem: problem.row_no):
        problems = list(group)
        source: list[tuple[int, list[str]]] = next(
            (problem.source for problem in problems if problem.source), []
        )
        yield from _with_reason(source, reason([Problem(one.field, one.text, one.code) for one in problems]))


def _with_reason(rows: Sequence[tuple[int, list[str]]], why: str) -> Iterator[RefusedRow]:
    """A document stays together: all its rows are given back, and the first of them says why."""
    for place, (number, cells) in enumerate(rows):
        yield number, cells, "" if place else why


def reason(problems: Sequence[Problem]) -> str:
    """Return the problems of a row in one line."""
    return "; ".join(
        f"{problem.field}: {problem.text}" if problem.field else problem.text for problem in problems
    )
