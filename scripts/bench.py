"""Measure the budgets on both databases and print them: SCALE=1000000 adds the largest size."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parents[1]
SIZES = [10_000, 100_000]


def main() -> int:
    """Run every size on every database in a process of its own; exit 1 when a budget is missed."""
    scale = int(os.environ.get("SCALE", "0"))
    sizes = [size for size in SIZES if not scale or size < scale] + ([scale] if scale else [])
    if only := os.environ.get("SIZES"):
        sizes = [int(size) for size in only.split(",")]
    results = []
    for size in sizes:
        results.append(measure(size, {}))
        with postgres.running() as url:
            if url is None:
                print("NOT RUN: PostgreSQL (apt-get install postgresql)")
            else:
                results.append(measure(size, {"DATABASE_URL": url}))
    results = [result for result in results if result]
    print(table(results))
    return 1 if any(result["missed"] for result in results) else 0


def measure(size: int, extra: dict[str, str]) -> dict:
    """Measure one size in an empty home."""
    with tempfile.TemporaryDirectory(prefix="kedang-bench-") as home:
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        environment |= {"KEDANG_HOME": home, "KEDANG_LOG": "ERROR"} | extra
        command = [str(ROOT / "kedang"), "bench", "budgets", "--size", str(size), "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        print(done.stderr[-3000:], file=sys.stderr)
        raise SystemExit(1)
    answer = json.loads(done.stdout)
    result = answer.get("budgets", answer)
    print(json.dumps(result, ensure_ascii=False), file=sys.stderr, flush=True)
    return result


def table(results: list[dict]) -> str:
    """Return the figures as a Markdown table, a column for each database and size."""
    heads = [f"{result['database']}, {result['customers']:,}" for result in results]
    lines = [
        f"Measured on {results[0]['machine']}; seed {results[0]['seed']}. Milliseconds: p50 / p95 (queries).",
        "",
    ]
    lines += ["| what | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    for name in results[0]["timings"]:
        cells = []
        for result in results:
            found = result["timings"][name]
            queries = f" ({found['queries']})" if found["queries"] is not None else ""
            cells.append(f"{found['p50']} / {found['p95']}{queries}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    rows = {
        "import XLSX, rows/s": lambda r: f"{r['import']['rows_per_s']:,} ({r['import']['rows']:,} rows)",
        "import, longest lock / peak memory": lambda r: (
            f"{r['import']['longest_lock_ms']} ms / {r['import']['peak_mb']} MB"
        ),
        "export XLSX": lambda r: f"{r['export']['rows']:,} rows in {r['export']['seconds']} s",
        "RFM of all": lambda r: f"{r['rfm']['scored']:,} in {r['rfm']['seconds']} s",
        "filling by batches, rows/s": lambda r: f"{r['fill_rows_per_s']:,}",
    }
    lines += [
        f"| {name} | " + " | ".join(show(result) for result in results) + " |" for name, show in rows.items()
    ]
    missed = [
        f"- {result['database']}, {result['customers']:,}: {text}"
        for result in results
        for text in result["missed"]
    ]
    return "\n".join([*lines, "", *(["Missed budgets:", *missed] if missed else ["All budgets are kept."])])


if __name__ == "__main__":
    sys.exit(main())
