"""Numbers that are given once and never again."""

from django.db import models

from kedang.engine.columns import IdField


class NumberSeries(models.Model):
    """The last serial given in one series."""

    key = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)


class IssuedNumber(models.Model):
    """A number that was issued to a record, in force or not: each finds its file for ever."""

    id = IdField()
    record = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    number = models.CharField(max_length=60)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="number_issued_once")]
        indexes = [models.Index(fields=["record", "record_id"])]
