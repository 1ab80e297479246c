"""Run the tests: on PostgreSQL what touches the database, on SQLite everything; name what could not run.

Both parts run at once: while one waits for a browser, a server or a killed process, the other works. What the part on
PostgreSQL says is kept back until the other has ended, so that lines do not mix.
"""

import io
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import postgres

ROOT = Path(__file__).resolve().parents[1]
ON_BOTH = ("generic", "security", "property", "api", "insight")
CHOSEN = [
    "tests/integration",
    "-m",
    "postgres or both",
]  # what locks, races and kills may do differently there
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|deselected|xfailed)")
NO_TESTS = 5


@dataclass
class Tally:
    """What the runs came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    bad: bool = False
    not_run: list[str] = field(default_factory=list)

    def add(self, code: int, said: str) -> None:
        """Count one run of pytest by its closing line."""
        self.bad |= code not in {0, NO_TESTS}
        closing = next((line for line in reversed(said.splitlines()) if COUNT.search(line)), "")
        for number, word in COUNT.findall(closing):
            if word == "passed":
                self.passed += int(number)
            elif word in {"failed", "error", "errors"}:
                self.failed += int(number)
            elif word == "skipped":
                self.skipped += int(number)


def main(words: list[str]) -> int:
    """Run both parts; words go on to pytest. Exit 1 when a test failed or, on CI, a part is missing."""
    tally = Tally()
    on_ci = bool(os.environ.get("CI"))
    if not any(shutil.which(name) for name in BROWSERS):
        missing(tally, "tests in a browser (apt-get install chromium)", on_ci)
    with postgres.running() as url, ThreadPoolExecutor(1) as beside:
        folders = [f"tests/{name}" for name in ON_BOTH if any((ROOT / "tests" / name).glob("test_*.py"))]
        if url is None:
            missing(tally, "tests on PostgreSQL (apt-get install postgresql)", on_ci)
            other = []
        else:
            named = {"KEDANG_TEST_DB": "postgres", "DATABASE_URL": url}
            other = [
                beside.submit(pytest, [*part, *words], named, io.StringIO()) for part in (folders, CHOSEN)
            ]
        print("== on SQLite", flush=True)
        tally.add(*pytest(words, {"KEDANG_TEST_DB": "sqlite"}, sys.stdout))
        for part in other:
            code, said = part.result()
            print(f"== on PostgreSQL\n{said}", flush=True)
            tally.add(code, said)
    for part in tally.not_run:
        print(f"NOT RUN: {part}")
    print(f"\n{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.bad or not tally.passed else 0


def missing(tally: Tally, part: str, on_ci: bool) -> None:
    """Remember a part that cannot run; on CI that is a failure."""
    tally.not_run.append(part)
    if on_ci:
        tally.bad = True
        tally.failed += 1


def pytest(words: list[str], extra: dict[str, str], out: TextIO) -> tuple[int, str]:
    """Run pytest in two processes and pass its output on; return its exit code and all that it said."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-ra", *words]
    said = []
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | extra, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            out.write(line)
            out.flush()
            said.append(line)
    return run.returncode, "".join(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
