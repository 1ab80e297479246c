"""What requests do when something else happens."""

from kedang.areas.personal import services
from kedang.engine.calendar.table import CHANGED
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on


@on(CHANGED)
def recount(event: OutboxEvent) -> None:
    """Move the day of open requests that was brought forward to a working day of these years."""
    services.recount(event.payload["years"])
