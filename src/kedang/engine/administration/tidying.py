"""What nobody asks for any more is deleted each night, after the time for which the company keeps it."""

import time
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from kedang.engine.administration.company import company
from kedang.engine.jobs import JobRun, job, schedule
from kedang.engine.jobs.models import Job
from kedang.engine.notices.models import Notice
from kedang.kernel import clock

KIND = "engine.tidy"
BATCH = 500
PAUSE = 0.02  # between two batches others may write (ruling 8)


@job(KIND, label=gettext_lazy("Clear old jobs and notices away"))
def tidy(run: JobRun) -> dict[str, Any]:
    """Delete jobs that ended and notices that were read long ago; a notice nobody read stays."""
    kept, now = company(), clock.now()
    old_jobs = Job.objects.filter(ended_at__lt=now - timedelta(days=kept.keep_jobs_days)).exclude(
        pk=run.job.pk
    )
    old_notices = Notice.objects.filter(read_at__lt=now - timedelta(days=kept.keep_notices_days))
    jobs = _clear(run, old_jobs, 0)
    return {"jobs": jobs, "notices": _clear(run, old_notices, jobs)}


def _clear(run: JobRun, rows: Any, before: int) -> int:
    """Delete rows a batch at a time; a kill loses nothing, since the rest is found again."""
    done = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            rows.model.objects.filter(pk__in=pks).delete()
        done += len(pks)
        run.report(before + done)
        time.sleep(PAUSE)
    return done


schedule(KIND, KIND, "daily 03:50")
