"""Saves, an import with people saving beside it, an export, and RFM of all."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.exchange.exports import export_rows
from kedang.engine.identity.actors import actor_of
from kedang.engine.records.types import RECORDS
from kedang.insight.runs import run_rfm
from kedang.project.bench._company import AS_OF, CUSTOMER, SEED
from kedang.project.bench._measure import Alongside, Timing, timed, timing
from kedang.project.bench._scenarios import TIMES, Figures, Stage, scenario
from kedang.project.demo.rows import write_rows

MOST_IMPORTED = 100_000
EXPORTED = 100_000
LOOKED_EVERY = 0.5  # seconds; looking takes the kernel 10 ms, beside two processes that need both processors
TWENTY = (
    "number", "name", "short_name", "type_key", "level_key", "status_key", "owner", "unit", "credit_code",
    "legal_person", "phone", "email", "country", "region_code", "city", "address", "since", "industry_key",
    "credit_limit", "next_step",
)  # fmt: skip


@scenario("save", p95_ms=50)
def save(stage: Stage) -> Timing:
    """One field of one file, through the write door."""
    return timed(_save(stage, "save"), TIMES)


@scenario(
    "import XLSX", at_least={"rows/s": 2_000},
    at_most={"save p95 ms": 300, "longest lock ms": 200, "peak MB": 500, "failed saves": 0},
)  # fmt: skip
def bring_in(stage: Stage) -> Figures:
    """A file of customers with every check on, by the command that people type, in a process of its own whose memory is
    measured, while another process saves ten times a second.
    """
    rows = min(stage.company.customers, MOST_IMPORTED)
    sheet = stage.folder / "customers.xlsx"
    write_rows(sheet, rows, as_of=AS_OF, seed=SEED + 1, start=10_000_000)
    act = _save(stage, "during")
    with Alongside(act, 0.1) as saves:
        done, peak = _command("--as", "admin", "--json", "import", "customers", str(sheet))
    if done["created"] != rows:
        raise AssertionError(f"not every row came in: {done}")
    beside = timing(saves.found)
    return {
        "rows": rows, "rows/s": round(rows / done["seconds"]), "save p50 ms": beside.p50, "save p95 ms": beside.p95,
        "longest lock ms": done["longest_hold_ms"], "peak MB": round(peak / 1024), "failed saves": len(saves.failures),
    }  # fmt: skip


def _command(*words: str) -> tuple[dict[str, Any], int]:
    """Run a command of ours; return its answer, and the most memory that it and what it started held at once, in kB."""
    peak = 0
    with subprocess.Popen(
        [sys.executable, "-m", "kedang.project.cli", *words], stdout=subprocess.PIPE
    ) as process:
        while process.poll() is None:
            peak = max(peak, _memory_of(process.pid))
            time.sleep(LOOKED_EVERY)
        assert process.stdout is not None
        said = process.stdout.read()
    if process.returncode:
        raise AssertionError(f"{words[-2]} ended with {process.returncode}: {said[-500:]!r}")
    return json.loads(said), peak


def _memory_of(pid: int) -> int:
    """Return the memory of a running program and its children now, in kB; what they share counts once."""
    found = 0
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace").splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        found += sum(_memory_of(int(child)) for child in children)
    return found


@scenario("export XLSX, 20 columns", at_least={"rows/s": 10_000})
def take_out(stage: Stage) -> Figures:
    """Up to 100,000 customers; the budget is ten seconds for all of them."""
    admin, kind = stage.company.admin, RECORDS[CUSTOMER]
    some = kind.model.objects.visible_to(admin).order_by("pk")
    last = some.values_list("pk", flat=True)[: min(stage.company.customers, EXPORTED)]
    rows = some.filter(pk__lte=max(last))
    began = time.perf_counter()
    out = stage.folder / "out.xlsx"
    count = export_rows(admin, kind, fields=TWENTY, rows=rows).write(out, "xlsx")
    seconds = time.perf_counter() - began
    return {
        "rows": count,
        "s": round(seconds, 1),
        "rows/s": round(count / seconds),
        "MB": round(out.stat().st_size / 1e6, 1),
    }


@scenario("RFM of all")
def score(stage: Stage) -> Figures:
    """The copy for analytics, made anew, and every customer scored."""
    began = time.perf_counter()
    scored = run_rfm(AS_OF)
    return {"customers": scored.scored, "s": round(time.perf_counter() - began, 1)}


def _save(stage: Stage, mark: str) -> Callable[[int], Any]:
    actor = actor_of(stage.company.rep)
    mine = list(Customer.objects.visible_to(actor, "change").values_list("pk", flat=True)[:TIMES])
    return lambda n: perform(
        actor,
        f"{CUSTOMER}.update",
        mine[n % len(mine)],
        {"next_step": f"{mark} {n} {time.perf_counter_ns()}"},
    )
