"""List, filtered list, page, save, import, export and RFM at one size, against their budgets."""

import platform
import resource
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.exchange.exports import export_rows
from kedang.engine.exchange.imports import run_import
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.records.types import RECORDS
from kedang.insight.runs import run_rfm
from kedang.kernel import ids
from kedang.project import prepare
from kedang.project.bench._company import AS_OF, CUSTOMER, SEED, build
from kedang.project.bench._measure import Alongside, Timing, page, timed, timing
from kedang.project.demo.rows import write_rows

DEFAULT_SIZE = 10_000
TIMES = 200
MOST_IMPORTED = 100_000
BUDGETS_MS = {
    "list, own": 60, "list, all": 60, "filtered list": 60, "sorted list": 60, "found by name": 60,
    "customer page": 100, "save": 50, "save during import": 300,
}  # fmt: skip
IMPORT_ROWS_PER_SECOND = 2_000
MOST_QUERIES = {"list, own": 15, "list, all": 15, "filtered list": 15, "sorted list": 15, "customer page": 25}


def run(size: int) -> dict[str, Any]:
    """Fill an empty database with `size` customers, measure, and say what is within its budget."""
    size = size or DEFAULT_SIZE
    prepare.migrate()
    prepare.collect_static()
    began = time.perf_counter()
    company = build(size)
    filled = time.perf_counter() - began
    _settle()
    timings = _pages(company.rep, company.chief) | {"save": _saves(company.rep)}
    with tempfile.TemporaryDirectory() as folder:
        imported = _import(company.rep, company.admin, min(size, MOST_IMPORTED), Path(folder))
        exported = _export(company.admin, Path(folder))
    timings["save during import"] = imported.pop("saves")
    began = time.perf_counter()
    scored = run_rfm(AS_OF)
    rfm = round(time.perf_counter() - began, 2)
    return {
        "machine": machine(), "database": connection.vendor, "customers": size, "orders": company.orders, "seed": SEED,
        "fill_rows_per_s": round((size + company.orders) / filled),
        "timings": {name: asdict(found) for name, found in timings.items()},
        "import": imported, "export": exported, "rfm": {"seconds": rfm, "scored": scored.scored},
        "missed": missed(timings, imported), "within": not missed(timings, imported),
    }  # fmt: skip


def _settle() -> None:
    """Let the planner know what was filled, as PostgreSQL's own upkeep does within a minute of an import."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    connection.close()


def missed(timings: dict[str, Timing], imported: dict[str, Any]) -> list[str]:
    """Return the budgets that were not kept, with what was measured."""
    found = [
        f"{name}: p95 {timings[name].p95} ms, budget {budget} ms"
        for name, budget in BUDGETS_MS.items()
        if name in timings and not timings[name].within(budget)
    ]
    found += [
        f"{name}: {timings[name].queries} queries, budget {most}"
        for name, most in MOST_QUERIES.items()
        if (timings[name].queries or 0) > most
    ]
    if imported["rows_per_s"] < IMPORT_ROWS_PER_SECOND:
        found.append(f"import: {imported['rows_per_s']} rows/s, budget {IMPORT_ROWS_PER_SECOND}")
    return found


def machine() -> str:
    """Return what this was measured on."""
    return f"{platform.machine()}, Python {platform.python_version()}, {_cores()} cores"


def _cores() -> int:
    return (
        len(Path("/proc/cpuinfo").read_text().split("processor\t:")) - 1
        if Path("/proc/cpuinfo").exists()
        else 0
    )


def _client(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _pages(rep: User, chief: User) -> dict[str, Timing]:
    own, everything = _client(rep), _client(chief)
    rows = Customer.objects.visible_to(actor_of(chief)).order_by("pk")
    some = list(rows.values_list("pk", flat=True)[:TIMES])
    levels, cities = ("gold", "silver", "member"), ("广州", "佛山", "深圳")
    return {
        "list, own": page(own, lambda n: "/customers", TIMES),
        "list, all": page(everything, lambda n: "/customers", TIMES),
        "filtered list": page(
            everything, lambda n: f"/customers?level_key={levels[n % 3]}&city={cities[n % 3]}", TIMES
        ),
        "sorted list": page(everything, lambda n: "/customers?sort=name_sort", TIMES),
        "found by name": page(everything, lambda n: f"/customers?q={('水务', '阀门', '机电')[n % 3]}", TIMES),
        "customer page": page(everything, lambda n: f"/customers/{ids.show(some[n % len(some)])}", TIMES),
    }


def _saves(rep: User) -> Timing:
    actor = actor_of(rep)
    mine = list(Customer.objects.visible_to(actor, "change").values_list("pk", flat=True)[:TIMES])
    return timed(_save(actor, mine, "save"), TIMES)


def _save(actor: Any, pks: list[int], mark: str) -> Any:
    return lambda n: perform(
        actor, f"{CUSTOMER}.update", pks[n % len(pks)], {"next_step": f"{mark} {n} {time.perf_counter_ns()}"}
    )


def _import(rep: User, admin: Any, rows: int, folder: Path) -> dict[str, Any]:
    sheet = folder / "customers.xlsx"
    write_rows(sheet, rows, as_of=AS_OF, seed=SEED + 1, start=10_000_000)
    actor = actor_of(rep)
    mine = list(Customer.objects.visible_to(actor, "change").values_list("pk", flat=True)[:TIMES])
    began = time.perf_counter()
    with Alongside(_save(actor, mine, "during"), 0.1) as saves:
        done = run_import(admin, RECORDS[CUSTOMER], sheet)
    seconds = time.perf_counter() - began
    return {
        "rows": rows, "seconds": round(seconds, 1), "rows_per_s": round(rows / seconds), "counts": done.counts,
        "longest_lock_ms": round(done.longest_hold * 1000), "failed_saves": saves.failures[:3],
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "saves": timing(saves.found),
    }  # fmt: skip


def _export(admin: Any, folder: Path) -> dict[str, Any]:
    began = time.perf_counter()
    out = folder / "out.xlsx"
    rows = export_rows(admin, RECORDS[CUSTOMER]).write(out, "xlsx")
    seconds = time.perf_counter() - began
    return {"rows": rows, "seconds": round(seconds, 1), "mb": round(out.stat().st_size / 1e6, 1)}
