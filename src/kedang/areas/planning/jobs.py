"""By night: the lines of sales tasks whose month is over are closed, and remedies asked for."""

from typing import Any

from django.utils.translation import gettext_lazy

from kedang.areas.planning import rules, services
from kedang.areas.planning.models import OPEN, SalesLine
from kedang.engine.actions.perform import perform
from kedang.engine.jobs import JobRun, job, schedule
from kedang.kernel import clock
from kedang.kernel.errors import KedangError

CLOSE = "planning.close"
STEP = 200


@job(CLOSE, label=gettext_lazy("Close the sales tasks of the month"))
def close_month(run: JobRun) -> dict[str, Any]:
    """Close every open line of a month that is over; one that cannot be closed is passed by.

    A line is closed in a transaction of its own: a run that goes on after a kill finds those that are left.
    """
    first, after, closed, left = rules.first_of(clock.today()), 0, 0, 0
    rows = SalesLine.objects.unscoped(because="lines of sales tasks whose month is over")
    rows = rows.filter(state_key=OPEN, month_on__lt=first, archived_at=None).order_by("pk")
    while pks := list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:STEP]):
        for pk in pks:
            try:
                perform(services.RUNNER, services.CLOSE, pk)
                closed += 1
            except KedangError:
                left += 1
        after = pks[-1]
        run.report(closed)
    return {"closed": closed, "left": left}


schedule("planning.close", CLOSE, "daily 05:30")
