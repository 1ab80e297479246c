"""Runs of a value model and what they found for each customer."""

from decimal import Decimal
from typing import ClassVar

from django.db import models

from kedang.engine.columns import IdField, MoneyField
from kedang.insight.rules import Method, Thresholds


class RfmRun(models.Model):
    """One computation of RFM on one day, with all it takes to repeat it.

    Thresholds are texts because they are exact to nine places and SQLite has no decimals. Only one run per
    day is current: a run becomes current when its last score is stored, and the one before it goes.
    """

    id = IdField()
    as_of = models.DateField()
    method = models.CharField(max_length=10, choices=[(method.value, method.value) for method in Method])
    recency = models.CharField(max_length=40)
    frequency = models.CharField(max_length=40)
    monetary = models.CharField(max_length=40)
    orders = models.BigIntegerField(default=0)
    scored = models.BigIntegerField(default=0)
    never_bought = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    copied_to = models.DateTimeField()
    computed_at = models.DateTimeField()
    current = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["RfmRun"]] = models.Manager()

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["as_of"], condition=models.Q(current=True), name="rfm_one_run_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"RFM {self.as_of}"

    @property
    def thresholds(self) -> Thresholds:
        """Return the lines this run was sorted by."""
        return Thresholds(
            Decimal(self.recency), Decimal(self.frequency), Decimal(self.monetary), Method(self.method)
        )


class RfmScore(models.Model):
    """What one run says of one customer. Read it through `selectors`: it is seen by who sees the customer."""

    run = models.ForeignKey(RfmRun, models.CASCADE, related_name="scores")
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    type = models.CharField(max_length=20)
    near = models.BooleanField()
    often = models.BooleanField()
    high = models.BooleanField()
    last_on = models.DateField()
    recency = models.IntegerField()
    frequency = models.IntegerField()
    monetary = MoneyField()

    objects: ClassVar[models.Manager["RfmScore"]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "run"], name="rfm_one_score_a_run")]
        indexes = [models.Index(fields=["run", "type", "-monetary", "customer"], name="rfm_by_money")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.type}"
