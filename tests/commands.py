"""Commands of Kedang as processes of their own that do not import everything anew.

`Command` asks one process, which has imported the libraries and the rooms that know no Django, to fork itself. What
it forks is a process like any other: it has its environment, sets Django up from it, ends with its own exit code, and
can be killed at any moment. `tests/integration/project/test_serving.py` starts the real thing.
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
from pkgutil import walk_packages

# what commands load and no setting decides; what needs Django set up each command imports itself
LIBRARIES = """
    PIL.Image PIL.ImageDraw argon2 asgiref.sync asyncio babel.dates chinese_calendar csv
    django.contrib.staticfiles.finders django.core.mail django.core.management django.core.serializers.json
    django.core.validators django.db.migrations.executor django.db.models django.forms django.http
    django.middleware.csrf django.shortcuts django.template.loader django.urls django.utils.translation.trans_real
    django.views.generic lunar_python opencc phonenumbers psycopg pydantic pydantic.json_schema pypdfium2
    python_calamine smtplib sqlite3 statistics stdnum.cn tarfile tomllib zoneinfo
""".split()  # noqa: SIM905  a list of words
ROOMS = ("kedang.kernel", "kedang.packs")
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
    outside = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in outside}
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
    """Import what every command needs, then fork one for each wish until nobody is left to wish."""
    for name in LIBRARIES:
        import_module(name)
    for room in map(import_module, ROOMS):
        for module in walk_packages(room.__path__, f"{room.__name__}."):
            import_module(module.name)
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
            return cli.main(words)
        ends[child] = files[3]
        for file in files[:3]:
            os.close(file)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        line.sendall(child.to_bytes(SIZE, "big"))


if __name__ == "__main__":
    sys.exit(main(socket.socket(fileno=int(sys.argv[1]))))
