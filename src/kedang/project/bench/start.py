"""Starting: a first start that builds the demo, a second one, and the memory of all processes when idle.

Budgets: 90 s (with installing, which `make run` does before), 5 s, 300 MB for web and worker.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FIRST_SECONDS, SECOND_SECONDS, IDLE_MB = 90, 5, 300
SETTLE_SECONDS = 5


def run(size: int) -> Mapping[str, Any]:
    """Start a demo twice in a temporary home; `size` has no meaning here."""
    with tempfile.TemporaryDirectory(prefix="kedang-bench-") as folder:
        first, _memory = _start(Path(folder) / "home", settle=0)
        second, memory = _start(Path(folder) / "home", settle=SETTLE_SECONDS)
    within = first <= FIRST_SECONDS and second <= SECOND_SECONDS and memory <= IDLE_MB
    return {
        "first_start_s": round(first, 1),
        "second_start_s": round(second, 1),
        "idle_memory_mb": round(memory),
        "budget": {
            "first_start_s": FIRST_SECONDS,
            "second_start_s": SECOND_SECONDS,
            "idle_memory_mb": IDLE_MB,
        },
        "within": within,
    }


def _start(home: Path, settle: float) -> tuple[float, float]:
    port = _free_port()
    env = os.environ | {"KEDANG_HOME": str(home), "PORT": str(port)}
    env.pop("DATABASE_URL", None)
    began = time.monotonic()
    command = [sys.executable, "-m", "kedang.project.cli", "serve", "--demo"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if server.poll() is not None:
                raise RuntimeError("the server ended before it answered")
            time.sleep(0.05)
        seconds = time.monotonic() - began
        time.sleep(settle)
        return seconds, _memory_of(server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _memory_of(pid: int) -> float:
    """Return the memory of a process and all under it in MB; pages that several share count for each by part."""
    total = 0.0
    for process in [pid, *_under(pid)]:
        rollup = Path(f"/proc/{process}/smaps_rollup")
        lines = rollup.read_text(encoding="ascii").splitlines() if rollup.exists() else []
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total


def _under(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [int(word) for word in children.read_text(encoding="ascii").split()] if children.exists() else []
    return [*direct, *(lower for child in direct for lower in _under(child))]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
