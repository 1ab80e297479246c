"""What sales tasks do when something else happens."""

from kedang.areas.planning import services
from kedang.engine.calendar.table import CHANGED
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on


@on(CHANGED)
def recount(event: OutboxEvent) -> None:
    """Move the day until which remedies are asked for that was counted in working days of these years."""
    services.recount(event.payload["years"])
