"""What every surface knows about orders and receipts."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.trade import services
from kedang.areas.trade.models import Order, OrderLine, Receipt
from kedang.engine.records.types import Lines, Numbered, Panel, RecordType, Related, register
from kedang.kernel.actor import Mode

OF_CUSTOMER = (
    "客户名称", "单位名称", "单位", "公司名称", "公司", "企业名称", "往来单位", "Company", "Account",
)  # fmt: skip

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
        headings={
            "number": (
                "订单号",
                "单号",
                "单据编号",
                "单据号",
                "销售单号",
                "合同号",
                "Order no",
                "Order number",
            ),
            "customer": OF_CUSTOMER,
            "ordered_on": (
                "日期",
                "订单日期",
                "单据日期",
                "开单日期",
                "销售日期",
                "成交日期",
                "Date",
                "Order date",
            ),
            "due_on": ("到期日", "应收日期", "付款期限", "Due date"),
            "owner": ("业务员", "销售员", "销售", "客户经理", "Sales rep"),
            "amount": (
                "总金额",
                "订单金额",
                "合计",
                "金额合计",
                "价税合计",
                "销售额",
                "Total",
                "Order amount",
            ),
            "currency": ("货币", "币别"),
            "remarks": ("说明", "摘要", "Notes"),
        },
        match=("number",),
        natural=("number",),
        timeline="order",
        timeline_at="ordered_on",
        prepare=(services.total_orders,),
        numbered=Numbered(day="ordered_on"),
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
        headings={
            "number": ("收款单号", "单号", "单据编号", "流水号", "Receipt no"),
            "customer": (*OF_CUSTOMER, "付款方", "付款单位", "Payer"),
            "order": ("订单号", "订单编号", "对应订单", "Order no"),
            "received_on": ("日期", "收款日期", "到账日期", "单据日期", "Date", "Payment date"),
            "amount": ("回款金额", "收款金额", "到账金额", "实收金额", "Paid"),
            "method_key": ("收款方式", "付款方式", "结算方式", "Payment method"),
            "remarks": ("说明", "摘要", "Notes"),
        },
        match=("number",),
        natural=("number",),
        timeline="receipt",
        timeline_at="received_on",
        prepare=(services.total_receipts,),
        numbered=Numbered(day="received_on"),
    )
)
