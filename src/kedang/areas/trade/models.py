"""Orders with their lines, and receipts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.areas.catalog.models import Product
from kedang.areas.customers.models import Customer
from kedang.engine.columns import MoneyField
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.parts import PartModel


class Order(ScopedModel):
    """A customer's order: what, how much, at what price, in which currency."""

    follows = "customer"

    number = models.CharField(_("Order number"), max_length=40, blank=True)
    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="orders")
    ordered_on = models.DateField(_("Ordered on"))
    due_on = models.DateField(_("Payment due on"), null=True, blank=True)
    status_key = models.CharField(_("Status"), max_length=40, default="draft")
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    rate = models.DecimalField(_("Exchange rate"), max_digits=14, decimal_places=6, default=1)
    amount = MoneyField(_("Amount"), null=True, blank=True)
    base_amount = MoneyField(_("Amount in base currency"), null=True, blank=True, editable=False)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Order")
        indexes = [
            # the nights read the orders of everybody: from the index alone
            models.Index(
                fields=["customer", "-ordered_on", "archived_at", "status_key", "due_on", "base_amount"],
                name="order_customer",
            ),
            models.Index(fields=["-ordered_on", "-id"], name="order_day"),
            models.Index(fields=["changed_at"], name="order_changed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="order_rate_positive"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(PartModel):
    """One line of an order: a product, a quantity with its unit, a price."""

    part_of = "order"

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    line_no = models.PositiveSmallIntegerField(_("Line"))
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("Product"), related_name="+")
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3)
    price = MoneyField(_("Price"), null=True, blank=True)
    amount = MoneyField(_("Amount"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "line_no"], name="order_line_once")]

    def __str__(self) -> str:
        return str(self.line_no)


class Receipt(ScopedModel):
    """Money that came in from a customer, for an order or ahead of one."""

    follows = "customer"

    number = models.CharField(_("Receipt number"), max_length=40, blank=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="receipts"
    )
    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("Order"), null=True, blank=True,
                              related_name="receipts")  # fmt: skip
    received_on = models.DateField(_("Received on"))
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    rate = models.DecimalField(_("Exchange rate"), max_digits=14, decimal_places=6, default=1)
    amount = MoneyField(_("Amount"))
    base_amount = MoneyField(_("Amount in base currency"), null=True, blank=True, editable=False)
    method_key = models.CharField(_("Method"), max_length=40, blank=True)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Receipt")
        indexes = [
            models.Index(
                fields=["customer", "-received_on", "archived_at", "base_amount"], name="receipt_customer"
            ),
            models.Index(fields=["-received_on", "-id"], name="receipt_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="receipt_number_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="receipt_rate_positive"),
        ]

    def __str__(self) -> str:
        return self.number
