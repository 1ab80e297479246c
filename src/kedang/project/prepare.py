"""Make a home ready to serve: tables, the general pack, static files and, in a demo home, the demo company."""

import os
import sys
import time
from collections.abc import Sequence

import django
from django.conf import settings
from django.core.management import call_command

from kedang.kernel.errors import KedangError
from kedang.project import home, prepared

# packages bring static files that none of our pages loads
UNUSED_STATIC = ["django_htmx", "account"]


def main(words: Sequence[str]) -> int:
    """Prepare the home named by KEDANG_HOME; `--demo` makes or keeps a demo of it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kedang.project.settings")
    demo = "--demo" in words
    if demo:
        begin_demo()
    django.setup()
    try:
        migrate()
        collect_static()
        if demo and not home.demo_sign_ins():
            build_demo()
        prepared.remember()
    except KedangError as error:
        sys.stderr.write(f"kedang: {error.text}\n")
        return 1
    return 0


def migrate(verbosity: int = 0) -> None:
    """Bring every table up to date; limits on sign-in need the cache table, people need the general pack."""
    home.make()
    call_command("migrate", interactive=False, verbosity=verbosity)
    call_command("createcachetable", verbosity=verbosity)
    install_general()
    fill_calendar()


def fill_calendar() -> None:
    """Store the years of the working-day calendar that came with this version."""
    from kedang.engine.calendar import table  # noqa: PLC0415  needs Django to be set up

    table.fill()


def install_general() -> None:
    """Install the general pack where no pack is yet: roles, levels and number rules come from it."""
    from kedang.engine.installation import install  # noqa: PLC0415  needs Django to be set up
    from kedang.engine.packs.models import InstalledPack  # noqa: PLC0415

    if not InstalledPack.objects.exists():
        install(["general"], by="kedang migrate")


def collect_static() -> None:
    """Copy static files under hashed names into the home, those that changed since the last time."""
    if settings.DEBUG:
        return
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED_STATIC)


def begin_demo() -> None:
    """Mark a demo before its first row; a build that was cut short is thrown away and starts again."""
    if home.is_demo() and not home.demo_sign_ins():
        for file in home.path().glob("kedang.sqlite3*"):
            file.unlink()
    if not home.is_demo():
        home.mark_demo()


def build_demo() -> None:
    """Build the demo company in this home and keep its sign-ins."""
    from kedang.project.demo import build  # noqa: PLC0415  needs Django to be set up

    began = time.monotonic()
    sys.stdout.write("building the demo company …\n")
    sys.stdout.flush()
    home.mark_demo(build.build())
    sys.stdout.write(f"built in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
