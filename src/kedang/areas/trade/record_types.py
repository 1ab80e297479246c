"""What every surface knows about orders and receipts."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.trade import services
from kedang.areas.trade.models import Order, OrderLine, Receipt
from kedang.engine.records.types import Lines, Panel, RecordType, Related, register
from kedang.kernel.actor import Mode

ORDER = register(
    RecordType(
        model=Order,
        plural="orders",
        label=_("Order"),
        label_plural=_("Orders"),
        title="number",
        icon="quote",
        nav="trade",
        order=10,
        subtitle="customer",
        pills=("status_key",),
        columns=("number", "customer", "ordered_on", "status_key", "base_amount", "owner"),
        filters=("customer", "status_key", "owner", "ordered_on", "due_on", "amount"),
        sorts=("ordered_on", "number"),
        usual_sort="-ordered_on",
        search={"number": "code"},
        panels=(
            Panel(
                _("Order"),
                (
                    "number",
                    "customer",
                    "ordered_on",
                    "due_on",
                    "status_key",
                    "currency",
                    "rate",
                    "amount",
                    "base_amount",
                ),
            ),
            Panel(_("Remarks"), ("remarks",)),
        ),
        form=(
            Panel(
                _("Order"),
                ("number", "customer", "ordered_on", "due_on", "status_key", "currency", "rate", "amount"),
            ),
            Panel(_("Remarks"), ("remarks",)),
        ),
        lines=Lines(OrderLine, "order", ("line_no", "product", "quantity", "price", "amount"), _("Lines")),
        required=("customer", "ordered_on", "status_key"),
        choices={"status_key": "order_status"},
        guards={"due_on": Mode.READ},
        related=(Related("trade.receipt", "order"),),
        match=("number",),
        natural=("number",),
        timeline="order",
        timeline_at="ordered_on",
        prepare=(services.total_orders,),
        on_store=(services.number_orders,),
    )
)

RECEIPT = register(
    RecordType(
        model=Receipt,
        plural="receipts",
        label=_("Receipt"),
        label_plural=_("Receipts"),
        title="number",
        icon="money",
        nav="trade",
        order=20,
        subtitle="customer",
        columns=("number", "customer", "received_on", "method_key", "base_amount", "order", "owner"),
        filters=("customer", "method_key", "owner", "received_on", "amount"),
        sorts=("received_on", "number"),
        usual_sort="-received_on",
        search={"number": "code"},
        panels=(
            Panel(
                _("Receipt"),
                (
                    "number",
                    "customer",
                    "order",
                    "received_on",
                    "method_key",
                    "currency",
                    "rate",
                    "amount",
                    "base_amount",
                ),
            ),
            Panel(_("Remarks"), ("remarks",)),
        ),
        form=(
            Panel(
                _("Receipt"),
                ("number", "customer", "order", "received_on", "method_key", "currency", "rate", "amount"),
            ),
            Panel(_("Remarks"), ("remarks",)),
        ),
        required=("customer", "received_on", "amount"),
        choices={"method_key": "receipt_method"},
        match=("number",),
        natural=("number",),
        timeline="receipt",
        timeline_at="received_on",
        prepare=(services.total_receipts,),
        on_store=(services.number_receipts,),
    )
)
