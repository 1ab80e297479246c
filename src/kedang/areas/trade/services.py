"""What happens to orders and receipts on their way through the write door."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kedang.areas.customers.models import Customer
from kedang.areas.trade import rules
from kedang.areas.trade.models import Order
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.work import Work
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes
from kedang.engine.records.types import record_of
from kedang.kernel import money
from kedang.kernel.actor import Mode

FROZEN = ("customer", "ordered_on", "currency", "rate", "amount")


def _keeps_amounts(work: Work) -> bool:
    """Say whether an actor sets what an order comes to; finance sets only when it is due."""
    return modes(work.actor, record_of(Order))["amount"] is Mode.OPEN


def total_orders(work: Work, drafts: list[Draft]) -> None:
    """Work out line amounts, the total and the base amount; an order in force changes only by its status."""
    for draft in drafts:
        order: Any = draft.record
        if not _currency(draft):
            continue
        if draft.lines is not None and draft.lines_changed and not _keeps_amounts(work):
            draft.refuse("lines", _("Your role does not change what an order comes to."), "not_settable")
        if not draft.creating and not rules.is_open(_kind(draft.was("status_key"))):
            if _touched(draft):
                draft.refuse("", _("This order is in force; its contents can no longer change."), "locked")
            if rules.is_open(_kind(order.status_key)):
                draft.refuse(
                    "status_key", _("An order that was in force does not become open again."), "locked"
                )
        if draft.lines is not None:
            _number_lines(draft)
            if draft.lines:
                order.amount = rules.document_amount(line.get("amount") for line in draft.lines)
        if order.amount is None:
            draft.refuse("amount", _("An order needs lines or an amount."), "required")
        else:
            order.base_amount = money.in_base(order.amount, order.rate)
        if order.due_on is not None and order.ordered_on is not None and order.due_on < order.ordered_on:
            draft.refuse("due_on", _("Payment is due before the day of the order."))
    _take_units(drafts)


def total_receipts(work: Work, drafts: list[Draft]) -> None:
    """Work out the base amount; the order paid for is the customer's own."""
    orders = {draft.record.order_id for draft in drafts if draft.alters("order")} - {None}  # type: ignore[attr-defined]
    payers = dict(Order.objects.visible_to(work.actor).filter(pk__in=orders).values_list("pk", "customer_id"))
    for draft in drafts:
        receipt: Any = draft.record
        if _currency(draft) and receipt.amount is not None:
            receipt.base_amount = money.in_base(receipt.amount, receipt.rate)
        if receipt.order_id in payers and payers[receipt.order_id] != receipt.customer_id:
            draft.refuse("order", _("This order is another customer's."), "other_customer")
    _take_units(drafts)


def _kind(status: str) -> str | None:
    found = active().choice("order_status", status)
    return found.kind if found else None


def _touched(draft: Draft) -> bool:
    return draft.lines_changed or any(draft.alters(name) for name in FROZEN)


def _currency(draft: Draft) -> bool:
    record: Any = draft.record
    record.currency = (record.currency or money.BASE).upper()
    record.rate = record.rate if record.rate is not None else Decimal(1)
    if record.currency not in money.CURRENCIES:
        draft.refuse("currency", _("This currency is not known here."), "choice")
        return False
    if record.currency == money.BASE and record.rate != 1:
        draft.refuse("rate", _("The base currency has the rate 1."), "rate")
        return False
    if record.rate <= 0:
        draft.refuse("rate", _("A rate is more than zero."), "rate")
        return False
    return True


def _number_lines(draft: Draft) -> None:
    for place, line in enumerate(draft.lines or [], 1):
        line["line_no"] = line.get("line_no") or place
        quantity, price = line.get("quantity"), line.get("price")
        if line.get("amount") is None and quantity is not None and price is not None:
            line["amount"] = rules.line_amount(quantity, price, draft.record.currency)  # type: ignore[attr-defined]


def _take_units(drafts: list[Draft]) -> None:
    """A document belongs to its customer's unit."""
    new = [draft for draft in drafts if draft.creating]
    wanted = {draft.record.customer_id for draft in new} - {None}  # type: ignore[attr-defined]
    if not wanted:
        return
    rows = Customer.objects.unscoped(because="the unit a document belongs to").filter(pk__in=wanted)
    units = dict(rows.values_list("pk", "unit_id"))
    for draft in new:
        draft.record.unit_id = units.get(draft.record.customer_id, draft.record.unit_id)  # type: ignore[attr-defined]
