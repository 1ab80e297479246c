"""Custom attributes (扩展属性): what they are, and a table beside the records by which lists are narrowed."""

from django.db import models

from kedang.engine.columns import IdField
from kedang.kernel.actor import Mode


class CustomAttribute(models.Model):
    """A field that an administrator gave a record type. Its values lie in the `custom` column of the records.

    A retired one is on no surface; its values stay where they are. One of a person says for what (`purpose`), on which
    `basis` of the law and how long (`kept`) it is held.
    """

    id = IdField()
    record = models.CharField(max_length=80)
    key = models.CharField(max_length=40)
    label = models.JSONField(default=dict)
    help = models.JSONField(default=dict, blank=True)
    kind = models.CharField(max_length=12)
    required = models.BooleanField(default=False)
    default = models.JSONField(null=True, blank=True)
    choices = models.JSONField(default=list, blank=True)
    target = models.CharField(max_length=80, blank=True)
    for_types = models.JSONField(default=list, blank=True)
    panel = models.CharField(max_length=80, blank=True)
    place = models.PositiveSmallIntegerField(default=100)
    guard = models.PositiveSmallIntegerField(
        default=Mode.OPEN, choices=[(mode.value, mode.name) for mode in Mode]
    )
    purpose = models.CharField(max_length=200, blank=True)
    basis = models.CharField(max_length=20, blank=True)
    kept = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "key"], name="custom_attribute_once")]


class CustomFilter(models.Model):
    """That lists can be narrowed by an attribute, from the moment its values were copied beside the records."""

    id = IdField()
    record = models.CharField(max_length=80)
    key = models.CharField(max_length=40)
    ready = models.BooleanField(default=False)
    reached = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "key"], name="custom_filter_once")]


class CustomValue(models.Model):
    """One value of a filterable attribute: as text, or as a whole number of the smallest step.

    `sound` is what lists sort a text by: the syllables of its characters.
    """

    filter = models.ForeignKey(CustomFilter, models.CASCADE, related_name="+", db_index=False)
    record_id = models.BigIntegerField()
    text = models.CharField(max_length=200, null=True)
    number = models.BigIntegerField(null=True)
    sound = models.CharField(max_length=64, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["filter", "text", "record_id"], name="custom_value_text"),
            models.Index(fields=["filter", "number", "record_id"], name="custom_value_number"),
            models.Index(fields=["filter", "sound", "record_id"], name="custom_value_sound"),
            models.Index(fields=["record_id"], name="custom_value_record"),
        ]
