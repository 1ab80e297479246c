"""Start and stop the processes of one installation: prepare once, then web and worker under one supervisor.

Only the standard library is loaded here, so the supervisor itself stays small.
"""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from kedang.kernel.errors import KedangError
from kedang.project import home, prepared
from kedang.project.operations import lock, switch

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
START_SECONDS = 60
STOP_SECONDS = 10
UPGRADING = "upgrading.json"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    host: str
    port: int
    demo: bool = False
    web_processes: int = 1
    threads: int = 4
    tls: bool = False
    names: tuple[str, ...] = ()


class ServeError(KedangError):
    """Serving cannot start or has stopped by itself."""

    code = "serve"


def serve(wish: Wish) -> str:
    """Prepare the home, run web and worker until Ctrl-C or a stop signal, and return the last words."""
    demo = check_demo(wish)
    _check_port(wish.host, wish.port)
    with lock.shared():
        switch.finish()
        if (home.path() / UPGRADING).exists():
            raise ServeError("An upgrade was cut short in this home. Run: kedang upgrade")
        if not prepared.is_current():
            _prepare(demo)
        if wish.tls:
            _certify(wish)
        return Supervisor(wish, demo).run()


def check_demo(wish: Wish) -> bool:
    """Say whether this home is to be a demo; refuse it where it could meet real work or the network."""
    marked = home.is_demo()
    if wish.demo and not marked:
        if os.environ.get("DATABASE_URL"):
            raise ServeError("A demo lives in its own home folder: leave DATABASE_URL unset.")
        if not home.is_fresh():
            raise ServeError(f"{home.path()} holds a company already; KEDANG_HOME= names another folder.")
    if (marked or wish.demo) and wish.host not in LOOPBACK:
        raise ServeError(f"A demo has published sign-ins, so it serves 127.0.0.1 only, not {wish.host}.")
    return marked or wish.demo


class Supervisor:
    """Holds the children: when one ends, or a stop is asked for, all end."""

    def __init__(self, wish: Wish, demo: bool) -> None:
        self.wish = wish
        self.demo = demo
        self.stopping = False
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> str:
        """Start, announce, wait, stop."""
        signal.signal(signal.SIGINT, self._ask_stop)
        signal.signal(signal.SIGTERM, self._ask_stop)
        self.children["web"] = subprocess.Popen(self._web())
        try:
            # the worker waits its turn: whoever started this waits for the pages
            if self._answers():
                self.children["worker"] = subprocess.Popen(worker_command())
                announce(self.wish, self.demo)
            ended = self._wait()
        finally:
            self._stop()
        if ended and not self.stopping:
            raise ServeError(f"The {ended} process ended by itself; everything was stopped.")
        return "Kedang has stopped."

    def _web(self) -> list[str]:
        return [
            *(sys.executable, "-m", "granian", "kedang.project.wsgi:application", "--interface", "wsgi"),
            *("--host", self.wish.host, "--port", str(self.wish.port), "--http", "1", "--no-ws"),
            *("--workers", str(self.wish.web_processes), "--blocking-threads", str(self.wish.threads)),
            *("--blocking-threads-idle-timeout", "600", "--workers-kill-timeout", "5"),
            *("--log-level", "warning"),
            *(_certificate() if self.wish.tls else ()),
        ]

    def _ask_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _answers(self) -> bool:
        address = f"{_address(self.wish)}/healthz"
        trust = ssl.create_default_context(cafile=str(_tls() / "ca.pem")) if self.wish.tls else None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and not self.stopping and not self._ended():
            try:
                with urllib.request.urlopen(address, timeout=2, context=trust):  # noqa: S310  our own address
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        return False

    def _ended(self) -> str:
        return next((name for name, child in self.children.items() if child.poll() is not None), "")

    def _wait(self) -> str:
        while not self.stopping:
            if ended := self._ended():
                return ended
            time.sleep(0.25)
        return ""

    def _stop(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def worker_command() -> list[str]:
    """Return the command of the background process; it ends when its supervisor is gone."""
    return [sys.executable, "-m", "kedang.project.cli", "worker", "--parent", str(os.getpid())]


def announce(wish: Wish, demo: bool) -> None:
    """Print where Kedang answers and, in a demo, how to sign in."""
    lines = ["", f"Kedang is ready: {_address(wish)}/", f"Data folder: {home.path()}"]
    if wish.tls:
        lines.append(f"Browsers and phones trust it once they trust {_tls() / 'ca.pem'} (docs/admin/tls.md).")
    if not demo and _waits_for_first_start(wish):
        lines += ["", f"First start, to set up the company: {_address(wish)}/start?code={home.start_code()}"]
    if demo:
        lines += ["", "Demo sign-ins (this server answers 127.0.0.1 only):"]
        lines += [_sign_in_line(one) for one in home.demo_sign_ins()]
    sys.stdout.write("\n".join([*lines, "", "Ctrl-C stops everything.", ""]))
    sys.stdout.flush()


def _sign_in_line(one: dict[str, str]) -> str:
    return f"  {one.get('username', ''):<14} {one.get('password', ''):<18} {one.get('role', '')}"


def _address(wish: Wish) -> str:
    host = "127.0.0.1" if wish.host in {"0.0.0.0", "localhost"} else wish.host  # noqa: S104  compared, not bound
    scheme = "https" if wish.tls else "http"
    return f"{scheme}://[{host}]:{wish.port}" if ":" in host else f"{scheme}://{host}:{wish.port}"


def _tls() -> Path:
    return home.path() / "tls"


def _certificate() -> tuple[str, ...]:
    folder = _tls()
    return ("--ssl-certificate", str(folder / "server.pem"), "--ssl-keyfile", str(folder / "server-key.pem"))


def _certify(wish: Wish) -> None:
    """Make the certificate, and let the children know that cookies go over HTTPS alone and under which names."""
    done = subprocess.run(
        [sys.executable, "-m", "kedang.project.tls", *wish.names], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ServeError(f"The certificate could not be made: {done.stderr.strip().splitlines()[-1]}")
    os.environ.setdefault("KEDANG_HTTPS", "1")
    os.environ.setdefault("KEDANG_OWN_TLS", "1")
    named = [f"[{name}]" if ":" in name else name for name in done.stdout.split()]
    os.environ.setdefault("ALLOWED_HOSTS", ",".join(named))


def _waits_for_first_start(wish: Wish) -> bool:
    trust = ssl.create_default_context(cafile=str(_tls() / "ca.pem")) if wish.tls else None
    try:
        with urllib.request.urlopen(f"{_address(wish)}/start", timeout=5, context=trust):  # noqa: S310  our own address
            return True
    except (urllib.error.URLError, OSError):
        return False


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = f"Cannot listen on {host}:{port}: {error.strerror}. PORT= names another port."
            raise ServeError(why) from error


def _prepare(demo: bool) -> None:
    words: Sequence[str] = ["--demo"] if demo else []
    done = subprocess.run([sys.executable, "-m", "kedang.project.prepare", *words], check=False)
    if done.returncode:
        raise ServeError("Preparing the data folder failed; the reason stands above.")
