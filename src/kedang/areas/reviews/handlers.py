"""Lines tick themselves when the file they ask for was brought up to date."""

from typing import Any

from django.db import transaction

from kedang.areas.reviews import selectors
from kedang.areas.reviews.models import CLOSED, DONE, OPEN, UPDATE, ReviewLine
from kedang.engine.actions.work import Work
from kedang.engine.jobs import SYSTEM
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on
from kedang.engine.scope.doors import writing
from kedang.kernel import clock

TICK = f"{selectors.LINE}.tick"
REFRESHES = frozenset({"update", "import", "bulk_update", "merge"})


@on(f"{selectors.CUSTOMER}.saved")
def tick(event: OutboxEvent) -> None:
    """Tick the open lines of files that somebody edited; a line filed after the edit stays open."""
    if str(event.payload["action"]).rpartition(".")[2] not in REFRESHES:
        return
    rows = ReviewLine.objects.unscoped(because="lines of meetings whose file was brought up to date")
    found: list[Any] = list(
        rows.filter(
            customer__in=event.payload["ids"], section_key=UPDATE, state_key=OPEN, created_at__lt=event.at,
            archived_at=None,
        ).exclude(meeting__state_key=CLOSED)
    )  # fmt: skip
    if not found:
        return
    work = Work(SYSTEM, TICK, "change", releases=True, depth=event.depth + 1)
    with transaction.atomic(), writing(TICK):
        drafts = []
        for row in found:
            work.hold(row)
            row.state_key, row.done_at = DONE, clock.now()
            drafts.append(work.draft(row))
        work.check(drafts)
        work.store([draft for draft in drafts if not draft.problems])
