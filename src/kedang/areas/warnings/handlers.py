"""What warnings do when something else happens."""

from kedang.areas.warnings import services
from kedang.engine.calendar.table import CHANGED
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on


@on("engine.unit.saved")
def seed(_event: OutboxEvent) -> None:
    """File the rules of the packs as soon as there is a company to file them for."""
    services.seed()


@on(CHANGED)
def recount(event: OutboxEvent) -> None:
    """Move the day of open warnings that was counted in working days of these years."""
    services.recount(event.payload["years"])
