"""Measure the budgets on both databases and print them.

SCALE=1000000 adds the largest size; SIZES=100000, DATABASES=postgresql and ONLY=list name what is wanted.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parents[1]
SIZES = [10_000, 100_000]
DATABASES = "sqlite,postgresql"


def main() -> int:
    """Run every size on every database in a process of its own; exit 1 when a budget is missed."""
    scale = int(os.environ.get("SCALE", "0"))
    sizes = [size for size in SIZES if not scale or size < scale] + ([scale] if scale else [])
    if only := os.environ.get("SIZES"):
        sizes = [int(size) for size in only.split(",")]
    databases = os.environ.get("DATABASES", DATABASES).split(",")
    results = []
    for size in sizes:
        if "sqlite" in databases:
            results.append(measure(size, {}))
        if "postgresql" in databases:
            with postgres.running() as url:
                if url is None:
                    print("NOT RUN: PostgreSQL (apt-get install postgresql)")
                else:
                    results.append(measure(size, {"DATABASE_URL": url}))
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
    if not results:
        return "Nothing was measured."
    heads = [f"{result['database']}, {result['customers']:,}" for result in results]
    first = results[0]
    lines = [
        f"Measured on {first['machine']}; seed {first['seed']}. Milliseconds: p50 / p95 (queries).",
        "",
        "| what | " + " | ".join(heads) + " |",
        "| --- |" + " --- |" * len(heads),
    ]
    for name in first["shown"]:
        lines.append(f"| {name} | " + " | ".join(result["shown"][name] for result in results) + " |")
    lines.append("| filling | " + " | ".join(result["filled"] for result in results) + " |")
    missed = [
        f"- {result['database']}, {result['customers']:,}: {text}"
        for result in results
        for text in result["missed"]
    ]
    return "\n".join([*lines, "", *(["Missed budgets:", *missed] if missed else ["All budgets are kept."])])


if __name__ == "__main__":
    sys.exit(main())
