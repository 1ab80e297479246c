"""Backups as jobs: one that an administrator asked for, one every night."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kedang.engine.administration.company import company
from kedang.engine.jobs import JobRun, job, schedule
from kedang.project.operations import backup

KIND, NIGHTLY = "operations.backup", "operations.nightly"


@job(KIND, label=_("Backup"))
def back_up(run: JobRun) -> dict[str, Any]:
    """Write a backup where backups go; what was written before a kill is not written again."""
    if "file" not in run.state:
        file = backup.noted(run.actor, backup.make(backup.folder(), report=run.report))
        run.keep(file=file.name)
        backup.keep_newest(file.parent, company().backup_keep)
    return {"file": run.state["file"]}


@job(NIGHTLY, label=_("Nightly backup"))
def back_up_tonight(run: JobRun) -> dict[str, Any]:
    """Write tonight's backup where the company wants one."""
    if "file" not in run.state:
        made = backup.nightly(report=run.report)
        run.keep(file=made.name if made else "")
    return {"file": run.state["file"]}


schedule(NIGHTLY, NIGHTLY, "daily 02:30")
