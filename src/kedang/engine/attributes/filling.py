"""Copy the values of an attribute beside the records, a batch at a time, so that lists can be narrowed by it.

What was reached is kept with the filter, so a run that was killed goes on; a batch that is done again only
replaces its own rows. What people save meanwhile is copied by the write door.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from kedang.engine.custom.catalogue import STAMP
from kedang.engine.custom.copies import copy
from kedang.engine.custom.models import CustomFilter
from kedang.engine.identity.stamps import bump, steady_stamps
from kedang.engine.jobs import JobRun, job, queue
from kedang.engine.jobs.models import Job
from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Actor

KIND = "attributes.fill"
BATCH = 500
PAUSE = 0.02  # between two batches others may write (ruling 8)


def begin(actor: Actor, found: CustomFilter) -> Job:
    """Queue the copying; a second call for the same filter is harmless."""
    return queue(actor, KIND, {"filter_id": found.pk})


@job(KIND, label=gettext_lazy("Gather values for a filter"))
def run(run: JobRun, *, filter_id: int) -> dict[str, Any]:
    """Copy what is stored under one filter."""
    return {"records": fill(filter_id, run.report)}


def fill(filter_id: int, report: Callable[[int], None] = lambda done: None) -> int:
    """Copy what is stored under one filter, from where it stopped; return how many records were looked at."""
    found = CustomFilter.objects.filter(pk=filter_id).first()
    if found is None or found.ready:
        return found.done if found else 0
    rows = RECORDS[found.record].model.objects.unscoped(because="values copied for a filter by an attribute")
    rows = rows.order_by("pk").only("pk", "custom")
    while True:
        with transaction.atomic(), steady_stamps():
            batch = list(rows.filter(pk__gt=found.reached).select_for_update(of=("self",))[:BATCH])
            holding = [row for row in batch if found.key in row.custom]
            if holding:
                copy(found.record, holding, {found.key: found.pk})
            found.reached = batch[-1].pk if batch else found.reached
            found.done += len(batch)
            found.ready = len(batch) < BATCH
            found.save()
            if found.ready:
                bump(STAMP)
        report(found.done)
        if found.ready:
            return found.done
        time.sleep(PAUSE)
