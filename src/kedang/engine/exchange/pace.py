"""Keep a long batch polite: the database's lock is held shortly and given up long enough for people's saves.

Measured (ruling 8): with back-to-back batches a save waited 20 s. Only SQLite has one lock for all writers. Whoever
waits for it looks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50 and 50 ms, then each 100 (sqliteDefaultBusyCallback):
a lock that was held for less than 128 ms is asked for each 25 ms at least, one of less than 228 ms each 50. A gap that
is longer than that lets everybody in who waits.

SQLite moves what was committed from its log into its file within the commit that fills the log: up to 0.7 s at
100,000 customers. Between two batches a thread moves it, while the next batch is read and checked.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from django.db import connection, transaction

AIM_SECONDS = 0.07  # of the 0.2 that are allowed: a slow moment takes twice as long and more
GAPS_SECONDS = ((0.12, 0.03), (0.22, 0.055))  # after a hold of at most the first: a gap of the second
LONGEST_GAP_SECONDS = 0.12
FEWEST, MOST = 50, 1_000
ROUGHLY = 30  # PostgreSQL looks at 300 times as many rows; by itself at 30,000
UNHURRIED = 500  # rows of a batch where one writer does not hold up all others


def tell_planner(*models: Any) -> None:
    """Let the database count again what it knows of tables that grew: SQLite never does so by itself, PostgreSQL
    within minutes, and until then it may take the wrong index. Only columns of indexes are counted, and roughly.
    """
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        else:
            cursor.execute(f"SET LOCAL default_statistics_target = {ROUGHLY}")
        for model in models:
            columns = ", ".join(quote(name) for name in _indexed(model))
            which = f" ({columns})" if connection.vendor == "postgresql" else ""
            cursor.execute(f"ANALYZE {quote(model._meta.db_table)}{which}")


def _indexed(model: Any) -> list[str]:
    meta = model._meta
    named = [
        name.removeprefix("-")
        for index in (*meta.indexes, *meta.constraints)
        for name in getattr(index, "fields", ())
    ]
    alone = [
        column.name
        for column in meta.concrete_fields
        if column.primary_key or column.db_index or column.unique
    ]
    return list(dict.fromkeys(str(meta.get_field(name).column) for name in (*alone, *named)))


def gap_after(held: float) -> float:
    """Return for how many seconds the lock is left to others after it was held for so many."""
    return next((gap for most, gap in GAPS_SECONDS if held <= most), LONGEST_GAP_SECONDS)


@dataclass(slots=True)
class Pace:
    """How many rows go into the next batch, from how long the last one held the lock and when it was given up."""

    rows: int = 100
    longest: float = 0.0
    held: float = 0.0
    freed: float = 0.0
    _began: float = 0.0
    _beside: Thread | None = None

    @contextmanager
    def watching(self, count: int) -> Iterator[None]:
        """Wait for the gap before the batch begins to write, and measure how long it holds the lock."""
        if connection.vendor != "sqlite":
            self.rows = UNHURRIED
            yield
            return
        self._began = 0.0
        with connection.execute_wrapper(self._before):
            yield
        self.freed = time.monotonic()
        if self._began:
            self.held = self.freed - self._began
            self._adapt(count, self.held)
            self._move_log()

    def follow(self, count: int, held: float, freed: float) -> None:
        """Know that another process held the lock for so long, until then, with so many rows."""
        self.held, self.freed = held, freed
        if held:
            self._adapt(count, held)

    def _move_log(self) -> None:
        """Begin to move the log into the file, unless the last time is not over yet."""
        database: Any = connection
        if database.is_in_memory_db() or (self._beside is not None and self._beside.is_alive()):
            return
        self._beside = Thread(
            target=_move_log, args=(Path(connection.settings_dict["NAME"]).absolute().as_uri(),)
        )
        self._beside.start()

    def _before(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("BEGIN"):
            time.sleep(max(0.0, gap_after(self.held) - (time.monotonic() - self.freed)))
            result = execute(sql, params, many, context)
            self._began = time.monotonic()
            return result
        return execute(sql, params, many, context)

    def _adapt(self, count: int, held: float) -> None:
        self.longest = max(self.longest, held)
        fitting = int(count * AIM_SECONDS / max(held, 0.001))
        # Grow slowly, for the next rows may be heavier; shrink at once.
        self.rows = max(FEWEST, min(MOST, fitting, int(self.rows * 1.5)))


def _move_log(file: str) -> None:
    """Move what no reader needs any more. Nobody waits for it, and what is left the next commits move."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{file}?mode=rw", uri=True)) as log:
        log.execute("PRAGMA wal_checkpoint(PASSIVE)")
