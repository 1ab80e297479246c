"""What the team adds to pages: the account of a handover, and for whom the reader stands in."""

from collections.abc import Mapping
from typing import Any

from kedang.areas.team.models import DONE, RUNNING, Handover
from kedang.areas.team.rules import Count, whole
from kedang.engine.identity.models import StandIn, User
from kedang.engine.jobs.models import Job
from kedang.engine.jobs.queueing import job_url
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kits.web import desk, looks, zones
from kedang.kits.web.pages import record_url

KEY = record_key(Handover)


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    zones.contribute(KEY, "line", "team/account.html", account, order=10)
    desk.contribute("side", "team/standing_in.html", standing_in, order=5)
    looks.describe(KEY, "state_key", tones={RUNNING: "acc", DONE: "good"})


def account(request: KedangRequest, row: Handover) -> Mapping[str, object] | None:
    """Return what there was, what was handed over and what stayed, by record type."""
    counts = {key: Count(**count) for key, count in row.counts.items() if key in RECORDS}
    job = (
        Job.objects.filter(subject=KEY, subject_id=row.pk, user=request.actor.user_id).order_by("-pk").first()
    )
    return {
        "rows": [(RECORDS[key].label_plural, count) for key, count in counts.items()],
        "sums": whole(counts),
        "stayed": [_stayed(request, *one) for one in row.stayed],
        "planned": row.state_key not in (RUNNING, DONE),
        "done": row.state_key == DONE,
        "job_url": job_url(job) if job else "",
    }


def _stayed(request: KedangRequest, key: str, pk: int, why: str) -> tuple[Any, str, str]:
    kind = RECORDS[key]
    row = kind.model.objects.visible_to(request.actor).filter(pk=pk).first()
    return (row or kind.label, record_url(kind, pk) if row is not None else "", why)


def standing_in(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the absent colleagues whose records the reader looks after today, and until when."""
    if not request.actor.stands_in:
        return None
    today = clock.today()
    rows = StandIn.objects.unscoped(because="who the reader stands in for").filter(
        deputy=request.actor.user_id,
        starts_on__lte=today,
        ends_on__gte=today,
        archived_at=None,
        ended_on=None,
    )
    names = dict(User.objects.filter(pk__in=request.actor.stands_in).values_list("pk", "name"))
    return {
        "people": [
            (names.get(row.owner_id, ""), row.owner_id, row.ends_on) for row in rows.order_by("ends_on")
        ]
    }
