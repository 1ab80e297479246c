"""Each night: end the seals whose duty is over, and tell who answers what is due."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from kedang.areas.personal import rules, sealing, selectors
from kedang.engine.jobs import JobRun, job, schedule
from kedang.engine.notices import tell
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kits.web.pages import record_url

NIGHTLY = "personal.nightly"


@job(NIGHTLY, label=_("End seals, tell of requests that are due"))
def nightly(run: JobRun) -> dict[str, Any]:
    """End seals whose duty is over; tell the owner of a request a week before it is due, and when it is late."""
    today, kind, told = clock.today(), RECORDS[selectors.REQUEST], 0
    soon, late = today + timedelta(days=rules.WARN_DAYS), today - timedelta(days=1)
    for day, words in ((soon, _("A personal-data request is due in a week")),
                       (late, _("A personal-data request is late"))):  # fmt: skip
        for row in selectors.due_on(day):
            tell([row.owner_id], words, record_url(kind, row.pk), "lock", about=(kind.key, row.pk))
            told += 1
    return {"ended": sealing.end_due(today), "told": told}


schedule("personal.nightly", NIGHTLY, "daily 06:30")
