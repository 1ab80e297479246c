"""The long steps of an import as jobs, and the day's tidying."""

from django.utils.translation import gettext_lazy as _

from kedang.engine.exchange import uploads, wizard
from kedang.engine.exchange.models import ImportRun
from kedang.engine.exchange.undo import undo_import
from kedang.engine.jobs import JobRun, job, schedule

REHEARSE, IMPORT, UNDO, TIDY = "exchange.rehearse", "exchange.import", "exchange.undo", "exchange.tidy"


@job(REHEARSE, label=_("Import rehearsal"))
def rehearse(run: JobRun, *, upload_id: int) -> dict[str, int]:
    """Say what each row of an upload would do."""
    return wizard.rehearse(run.actor, upload_id, run.report)


@job(IMPORT, label=_("Import"))
def bring_in(run: JobRun, *, upload_id: int) -> dict[str, int]:
    """Bring the rows of an upload in; after a kill go on after the last whole batch."""
    return wizard.bring_in(run.actor, upload_id, run.report)


@job(UNDO, label=_("Take an import back"))
def undo(run: JobRun, *, run_id: int) -> dict[str, int]:
    """Take an import back; after a kill go on with what is left."""
    if ImportRun.objects.filter(pk=run_id, state=ImportRun.UNDONE).exists():
        return {}
    facts = undo_import(run.actor, run_id, run.report).facts()
    return {name: facts[name] for name in ("archived", "reverted", "left")}


@job(TIDY, label=_("Delete old uploads"))
def tidy(run: JobRun) -> dict[str, int]:
    """Delete uploads and refused rows whose time is over."""
    count = 0
    while gone := uploads.forget_old():
        count += gone
        run.report(count)
    return {"deleted": count}


schedule("exchange.tidy", TIDY, "daily 03:20")
