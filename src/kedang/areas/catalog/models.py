"""Products."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.columns import MoneyField
from kedang.engine.scope.models import ScopedModel


class Product(ScopedModel):
    """Something that is sold, with its list price and the floor below which nobody sells alone."""

    number = models.CharField(_("Product number"), max_length=40)
    name = models.CharField(_("Name"), max_length=120)
    spec = models.CharField(_("Specification"), max_length=120, blank=True)
    brand = models.CharField(_("Brand"), max_length=60, blank=True)
    kind = models.CharField(_("Kind"), max_length=60, blank=True)
    unit_key = models.CharField(_("Unit of measure"), max_length=40, blank=True)
    list_price = MoneyField(_("List price"), null=True, blank=True, validators=[MinValueValidator(0)])
    floor_price = MoneyField(_("Floor price"), null=True, blank=True, validators=[MinValueValidator(0)])
    stocked = models.BooleanField(_("Kept in stock"), default=True)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Product")
        indexes = [models.Index(fields=["kind", "-id"], name="product_kind")]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="product_number_once"),
            models.CheckConstraint(
                condition=models.Q(list_price__gte=0), name="product_list_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(floor_price__gte=0), name="product_floor_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.spec}".strip()
