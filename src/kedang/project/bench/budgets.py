"""Every scenario at one size, against its budget: `kedang bench budgets --size 100000`, `ONLY="list|desk"` for some."""

import os
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from django.db import connection

from kedang.project import prepare
from kedang.project.bench._company import SEED, build
from kedang.project.bench._measure import machine
from kedang.project.bench._scenarios import SCENARIOS, Stage

DEFAULT_SIZE = 10_000
MODULES = ("_pages", "_changes", "_work")


def run(size: int) -> dict[str, Any]:
    """Fill an empty database with `size` customers, measure, and say what is within its budget."""
    size = size or DEFAULT_SIZE
    for name in MODULES:
        import_module(f"kedang.project.bench.{name}")
    prepare.migrate()
    prepare.collect_static()
    began = time.perf_counter()
    company = build(size)
    filled = time.perf_counter() - began
    _settle()
    only = os.environ.get("ONLY", "").split("|")
    shown: dict[str, str] = {}
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for scenario in SCENARIOS:
            if any(word in scenario.name for word in only):
                found = scenario.measure(Stage(company, Path(folder)))
                shown[scenario.name] = scenario.shown(found)
                missed += scenario.missed(found)
    return {
        "machine": machine(), "database": connection.vendor, "customers": size, "orders": company.orders, "seed": SEED,
        "filled": f"{round((size + company.orders) / filled):,} rows/s, {round(filled):,} s",
        "shown": shown, "missed": missed, "within": not missed,
    }  # fmt: skip


def _settle() -> None:
    """Let the planner know what was filled, as the database's own upkeep does soon after an import."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    connection.close()
