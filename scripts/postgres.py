"""A PostgreSQL of our own for one test run: in a temporary folder, over a socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "1GB",
    "log_min_messages": "fatal",
}


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL binaries on this machine, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


@contextmanager
def running() -> Iterator[str | None]:
    """Yield the DATABASE_URL of a fresh server, or None where there are no binaries."""
    folder = binaries()
    if folder is not None:
        with _debian(folder) as url:
            yield url
        return
    try:
        import pgserver  # only where the machine has no PostgreSQL  # noqa: PLC0415
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="kedang-pg-") as place:
        server = pgserver.get_server(place, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def _debian(folder: Path) -> Iterator[str]:
    user = _other_user()
    place = Path(tempfile.mkdtemp(prefix="kedang-pg-"))
    if user:
        shutil.chown(place, user)
    data = place / "data"
    as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    quiet = {"stdout": subprocess.DEVNULL, "cwd": place, **as_user}
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    init = ["-D", data, "-U", "kedang", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    try:
        subprocess.run([folder / "initdb", *init], check=True, **quiet)
        start = ["-D", data, "-w", "-l", place / "log", "-o", f"{options} -k {place}", "start"]
        subprocess.run([folder / "pg_ctl", *start], check=True, **quiet)
        try:
            yield f"postgresql://kedang@/postgres?host={place}"
        finally:
            subprocess.run([folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **quiet)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _other_user() -> str | None:
    """Return who runs the server when we are root: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


def main(words: list[str]) -> int:
    """Run a command with DATABASE_URL and KEDANG_TEST_DB naming a fresh server."""
    with running() as url:
        if url is None:
            sys.stderr.write("no PostgreSQL here: apt-get install postgresql\n")
            return 1
        named = {"DATABASE_URL": url, "KEDANG_TEST_DB": "postgres"}
        return subprocess.run(words, check=False, env=os.environ | named).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
