"""What the pool does when a customer changes hands by another way."""

from kedang.areas.pool import selectors, services
from kedang.areas.pool.models import Forecast
from kedang.engine.calendar.table import workdays
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent
from kedang.engine.ledger.outbox import on

KEY = selectors.KEY


@on(f"{KEY}.saved")
def changed_hands(event: OutboxEvent) -> None:
    """Start the clock anew for customers that got another owner, and judge those anew that were about to fall."""
    pks, action = event.payload["ids"], event.payload["action"]
    if action in services.OWN:
        return
    entries = HistoryEntry.objects.filter(
        record=KEY, record_id__in=pks, at=event.at, action=action, seq__gt=1
    )
    owners: dict[int, int] = {}
    by: dict[int, int | None] = {}
    for pk, changes, actor in entries.values_list("record_id", "changes", "actor_id"):
        change = changes.get("owner_id")
        if isinstance(change, list) and isinstance(change[1], int):
            owners[pk], by[pk] = change[1], actor
    services.note_other_owner(list(owners), owners, event.at, by)
    Forecast.objects.filter(customer__in=list(owners)).delete()
    services.judge_again([pk for pk in pks if pk not in owners], workdays())
