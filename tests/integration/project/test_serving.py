"""The real processes: one command starts web and worker, Ctrl-C or the end of one stops all."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """Return a home that is ready, so that each start is a second start."""
    folder = tmp_path_factory.mktemp("served") / "home"
    run = [sys.executable, "-m", "kedang.project.cli", "migrate"]
    subprocess.run(run, env=environment(folder), check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
def served(migrated):
    """Yield a running server and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "kedang.project.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command, env=environment(migrated), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(20)


def test_one_command_serves_and_ctrl_c_stops_everything(served):
    server, address = served
    wait_for(f"{address}/readyz", server)
    worker_of(server)
    children = children_of(server.pid)
    assert len(children) >= 2
    server.send_signal(signal.SIGINT)
    said, _ = server.communicate(timeout=20)
    assert server.returncode == 0
    assert f"{address}/" in said
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_when_the_worker_dies_the_whole_command_ends_and_says_so(served):
    server, address = served
    wait_for(f"{address}/healthz", server)
    worker = worker_of(server)
    os.kill(worker, signal.SIGKILL)
    said, _ = server.communicate(timeout=20)
    assert server.returncode == 1
    assert "worker process ended by itself" in said


def test_a_worker_ends_when_its_supervisor_is_gone(served):
    server, address = served
    wait_for(f"{address}/healthz", server)
    worker = worker_of(server)
    children = children_of(server.pid)
    server.kill()
    until = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    for child in children:
        if Path(f"/proc/{child}").exists():
            os.kill(child, signal.SIGTERM)
    assert not Path(f"/proc/{worker}").exists()


def environment(home):
    env = os.environ | {"KEDANG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kedang.project.settings"}
    for name in ("DATABASE_URL", "SECRET_KEY", "PYTEST_XDIST_WORKER"):
        env.pop(name, None)
    return env


def wait_for(address, server):
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(
        f"no answer from {address}: {server.stdout.read() if server.poll() is not None else 'too slow'}"
    )


def worker_of(server):
    """Return the worker's process; it starts when the web answers."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if found := [child for child in children_of(server.pid) if "worker" in words_of(child)]:
            return found[0]
        time.sleep(0.1)
    pytest.fail("no worker was started")


def children_of(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def words_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
