"""The day's tidying of files."""

from django.utils.translation import gettext_lazy as _

from kedang.engine.files.checking import purge
from kedang.engine.jobs import JobRun, job, schedule

TIDY = "files.tidy"


@job(TIDY, label=_("Delete removed files"))
def tidy(run: JobRun) -> dict[str, int]:
    """Delete files whose hold is over."""
    return {"deleted": purge()}


schedule("files.tidy", TIDY, "daily 03:40")
