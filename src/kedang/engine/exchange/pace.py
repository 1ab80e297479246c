"""Keep a long batch polite: the database's lock is held shortly and given up long enough for people's saves.

Measured (ruling 8): with back-to-back batches a save waited 20 s; with the lock held at most 200 ms and a
gap of 120 ms none waited over 130 ms. Only SQLite has one lock for all writers.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

HOLD_SECONDS = 0.2
AIM_SECONDS = 0.13
GAP_SECONDS = 0.12
FEWEST, MOST = 50, 1_000


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Look for garbage less often: a batch makes many objects, and all of them go by themselves (12 % of the time)."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def tell_planner(*models: Any) -> None:
    """Let the database count again what it knows of tables that grew: SQLite never does so by itself, PostgreSQL
    within minutes, and until then it may take the wrong index. Only columns of indexes are counted.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
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


@dataclass(slots=True)
class Pace:
    """How many rows go into the next batch, from how long the last one held the lock."""

    rows: int = 100
    longest: float = 0.0
    _began: float = 0.0
    _freed: float = 0.0

    @contextmanager
    def watching(self, count: int) -> Iterator[None]:
        """Wait for the gap before the batch begins to write, and measure how long it holds the lock."""
        if connection.vendor != "sqlite":
            self.rows = MOST
            yield
            return
        self._began = 0.0
        with connection.execute_wrapper(self._before):
            yield
        self._freed = time.monotonic()
        if self._began:
            self._adapt(count, self._freed - self._began)

    def _before(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("BEGIN"):
            time.sleep(max(0.0, GAP_SECONDS - (time.monotonic() - self._freed)))
            result = execute(sql, params, many, context)
            self._began = time.monotonic()
            return result
        return execute(sql, params, many, context)

    def _adapt(self, count: int, held: float) -> None:
        self.longest = max(self.longest, held)
        fitting = int(count * AIM_SECONDS / max(held, 0.001))
        # Grow slowly, for the next rows may be heavier; shrink at once.
        self.rows = max(FEWEST, min(MOST, fitting, int(self.rows * 1.5)))
