"""Bring an installation to the version of the code: backup, migrate, verify; back to before when anything fails."""

import json
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from kedang.engine.records.verify import verify
from kedang.kernel.errors import KedangError
from kedang.project import home, prepared
from kedang.project.operations import backup, lock, restore
from kedang.project.prepare import install_general

MARK = "upgrading.json"
Say = Callable[[str], None]


class UpgradeFailed(KedangError):
    """The upgrade did not go through; the text says why and that everything is as before."""

    code = "upgrade"


def missing() -> list[str]:
    """Return the migrations that the database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def upgrade(say: Say) -> tuple[Path, list[str]]:
    """Upgrade; return the backup from before and what was migrated. Raise UpgradeFailed, with everything as before."""
    begin_again(say)
    with lock.alone():
        steps = missing()
        say(_("Backing up …"))
        kept = backup.make(backup.folder())
        _mark(kept)
    try:
        with lock.alone():
            say(_("Bringing the tables up to date: %(count)s steps …") % {"count": len(steps)})
            migrate()
            say(_("Verifying …"))
            check()
    except Exception as error:
        say(_("That failed; going back …"))
        go_back(kept)
        text = _(
            "The upgrade failed; the data is as it was before. Go on with the version from before. The reason: %(why)s"
        )
        raise UpgradeFailed(text % {"why": error}, backup=str(kept)) from error
    _mark(None)
    prepared.forget()
    return kept, steps


def migrate() -> None:
    """Run the migrations that are missing."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    install_general()


def check() -> None:
    """Verify the history; raise UpgradeFailed with the first faults."""
    verdict = verify()
    if not verdict.whole:
        raise UpgradeFailed("; ".join(verdict.faults[:3]))


def begin_again(say: Say) -> None:
    """Go back to before an upgrade that was killed in the middle."""
    mark = home.path() / MARK
    if mark.exists():
        say(_("An upgrade was cut short here; going back to before it …"))
        go_back(Path(json.loads(mark.read_text(encoding="utf-8"))["backup"]))


def go_back(kept: Path) -> None:
    """Put the data from before an upgrade back, and forget that it had begun."""
    connections.close_all()
    restore.restore(kept, check=False)
    _mark(None)


def _mark(kept: Path | None) -> None:
    mark = home.path() / MARK
    if kept is None:
        mark.unlink(missing_ok=True)
    else:
        mark.write_text(json.dumps({"backup": str(kept)}), encoding="utf-8")
