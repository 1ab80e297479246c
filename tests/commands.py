"""Commands of Kedang as processes of their own that do not import everything anew.

`Command` asks one process, which has imported the whole of Kedang and set Django up, to fork itself. What it forks is
a process like any other: it reads its settings from its own environment, ends with its own exit code, and can be
killed at any moment. `tests/integration/project/test_serving.py` starts the real thing.
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.db import connections
from django.utils.functional import empty

# what commands load on their way; all else comes with Kedang
LIBRARIES = """
    PIL.ImageDraw argon2 babel.dates chinese_calendar django.contrib.staticfiles.finders django.core.mail
    django.core.management django.db.migrations.executor lunar_python opencc phonenumbers psycopg pypdfium2
    python_calamine smtplib sqlite3 statistics stdnum.cn tarfile tomllib
""".split()  # noqa: SIM905  a list of words
# nobody's settings: they are read anew in each command
NOBODYS = {
    "DATABASE_URL": "sqlite:///:memory:",
    "DJANGO_SETTINGS_MODULE": "kedang.project.settings",
    "SECRET_KEY": "nobody's",
}
SIZE = 4  # bytes of a number that goes between the processes


class Command:
    """One command at work: `kedang WORDS`, with what is typed into it."""

    def __init__(self, *words: str, env: Mapping[str, str], typed: str = "") -> None:
        self.returncode: int | None = None
        self._out, self._err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115  open until it is read
        self._end, end = os.pipe()
        with tempfile.TemporaryFile() as given:
            given.write(typed.encode())
            given.seek(0)
            wish = json.dumps([words, dict(env), str(Path.cwd())]).encode()
            files = [given.fileno(), self._out.fileno(), self._err.fileno(), end]
            socket.send_fds(forge(), [len(wish).to_bytes(SIZE, "big")], files)
            forge().sendall(wish)
            self.pid = int.from_bytes(_bytes(forge(), SIZE), "big")
        os.close(end)

    def poll(self, patience: float = 0) -> int | None:
        """Return how the command ended, less than 0 for a signal, or None while it is at work."""
        if self.returncode is None and select.select([self._end], [], [], patience)[0]:
            self.returncode = int.from_bytes(os.read(self._end, SIZE), "big", signed=True)
            os.close(self._end)
        return self.returncode

    def wait(self, patience: float = 120) -> int:
        """Wait for the end; a command that takes too long is killed and raises TimeoutError."""
        if (code := self.poll(patience)) is None:
            self.kill()
            raise TimeoutError(f"more than {patience} s: {self.said()}")
        return code

    def kill(self) -> int:
        """Kill it with -9, where it is still at work, and return how it ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def answered(self) -> str:
        """Return what it wrote to its output."""
        self._out.seek(0)
        return self._out.read().decode()

    def said(self) -> str:
        """Return what it wrote to its error output."""
        self._err.seek(0)
        return self._err.read().decode()


@cache
def forge() -> socket.socket:
    """Start the process that forks commands; it ends with this one."""
    ours, theirs = socket.socketpair()
    env = os.environ | NOBODYS
    with theirs:
        end = theirs.fileno()
        process = subprocess.Popen([sys.executable, __file__, str(end)], env=env, pass_fds=[end])
    atexit.register(process.wait)
    atexit.register(ours.close)  # the last that is registered runs first
    return ours


def _bytes(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = line.recv(count - len(found))
        if not more:
            raise EOFError("the process that forks commands is gone")
        found += more
    return found


def main(line: socket.socket) -> int:
    """Set up what every command needs, then fork one for each wish until nobody is left to wish."""
    for name in LIBRARIES:
        import_module(name)
    django.setup()
    import_module("kedang.project.urls")
    from kedang.project import cli

    gc.collect()
    gc.freeze()
    ends: dict[int, int] = {}

    def reap(*_: object) -> None:
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                code = os.waitstatus_to_exitcode(found[1])
                end = ends.pop(found[0])
                with suppress(BrokenPipeError):
                    os.write(end, code.to_bytes(SIZE, "big", signed=True))
                os.close(end)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever wishes decides when all is over
    signal.signal(signal.SIGCHLD, reap)
    while True:
        head, files, _flags, _address = socket.recv_fds(line, SIZE, 4)
        if not head:
            return 0
        words, env, folder = json.loads(_bytes(line, int.from_bytes(head, "big")))
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            for place, file in enumerate(files[:3]):
                os.dup2(file, place)
            for file in (*files, *ends.values()):
                os.close(file)
            line.close()
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(env)
            sys.argv = ["kedang", *words]
            _read_settings_anew()
            return cli.main(words)
        ends[child] = files[3]
        for file in files[:3]:
            os.close(file)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        line.sendall(child.to_bytes(SIZE, "big"))


def _read_settings_anew() -> None:
    """Forget what was read from the environment: settings, and the databases named there. No more was read."""
    sys.modules.pop(NOBODYS["DJANGO_SETTINGS_MODULE"])
    settings.__dict__.clear()
    settings._wrapped = empty
    for database in connections.all(initialized_only=True):
        del connections[database.alias]
    connections._settings = None
    del connections.settings


if __name__ == "__main__":
    sys.exit(main(socket.socket(fileno=int(sys.argv[1]))))
