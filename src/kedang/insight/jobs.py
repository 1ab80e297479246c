"""What insight computes by itself: the value of every customer, each night."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.erasing.copies import Gone, cleans
from kedang.engine.jobs import JobRun, job, schedule
from kedang.kernel import clock

RFM = "insight.rfm"


@job(RFM, label=gettext_lazy("Compute RFM"))
def rfm(run: JobRun) -> dict[str, Any]:
    """Score every customer as of today. Doing it again after a kill replaces what the first try left."""
    run.report(0, text=_("Counting orders"))
    # analytics load on first use: they weigh as much as the rest of a process
    done = import_string("kedang.insight.runs.run_rfm")(clock.today())
    text = _("%(count)s customers scored") % {"count": done.scored}
    return {"text": text, "url": f"{reverse('insight.rfm')}?as_of={done.as_of.isoformat()}"}


@cleans
def forget(_gone: Gone) -> None:
    """Write the columnar copy anew after an erasure, so that no file of it holds the rows that went."""
    if (Path(settings.KEDANG_HOME) / "insight").is_dir():
        import_string("kedang.insight.extract.renew")()


schedule("insight.rfm.nightly", RFM, "daily 02:30")
