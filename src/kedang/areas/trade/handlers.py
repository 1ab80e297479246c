"""What follows an order or a receipt elsewhere."""

from kedang.areas.pool.services import judge_again
from kedang.areas.trade.models import Order, Receipt
from kedang.engine.calendar.table import workdays
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on


@on("trade.order.saved")
def ordered(event: OutboxEvent) -> None:
    """Let the pool judge the customers of these orders anew."""
    rows = Order.objects.unscoped(because="the customers of orders, for the rule of a pool")
    pks = rows.filter(pk__in=event.payload["ids"]).values_list("customer", flat=True)
    judge_again(sorted(set(pks)), workdays())


@on("trade.receipt.saved")
def paid(event: OutboxEvent) -> None:
    """Let the pool judge the customers of these receipts anew."""
    rows = Receipt.objects.unscoped(because="the customers of receipts, for the rule of a pool")
    pks = rows.filter(pk__in=event.payload["ids"]).values_list("customer", flat=True)
    judge_again(sorted(set(pks)), workdays())
