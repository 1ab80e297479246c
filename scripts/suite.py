"""Run the tests: on PostgreSQL what touches the database, on SQLite everything; name what could not run."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parents[1]
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

    def add(self, code: int, last_lines: str) -> None:
        """Count one run of pytest by its closing line."""
        self.bad |= code not in {0, NO_TESTS}
        for number, word in COUNT.findall(last_lines):
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
    with postgres.running() as url:
        if url is None:
            missing(tally, "tests on PostgreSQL (apt-get install postgresql)", on_ci)
        else:
            print("== on PostgreSQL", flush=True)
            chosen = ["-m", "postgres or both", *words]
            pytest(tally, chosen, {"KEDANG_TEST_DB": "postgres", "DATABASE_URL": url})
    if not any(shutil.which(name) for name in BROWSERS):
        missing(tally, "tests in a browser (apt-get install chromium)", on_ci)
    print("== on SQLite", flush=True)
    pytest(tally, words, {"KEDANG_TEST_DB": "sqlite"})
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


def pytest(tally: Tally, words: list[str], extra: dict[str, str]) -> None:
    """Run pytest in two processes, pass its output on and count it."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-ra", *words]
    env = os.environ | extra
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # dozens of processes would compile the same sources
    closing = ""
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if COUNT.search(line):
                closing = line
    tally.add(run.returncode, closing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
