"""Custom attributes as fields, with columns that are not there but answer what surfaces ask of one."""

from typing import Any

from django.apps import apps
from django.db import models
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kedang.engine.columns import MoneyField
from kedang.engine.custom.catalogue import Attribute
from kedang.engine.packs.active import said
from kedang.engine.records.fields import FieldSpec
from kedang.packs.words import Text

MORE = _("More")
MOST_TEXT = 200
MOST_LONG = 4_000


def custom_spec(one: Attribute, filter_id: int | None = None) -> FieldSpec:
    """Return an attribute as a field; `filter_id` is where lists find its values."""
    column = _column(one)
    listed = one.list_name if one.kind in ("choice", "choices") else ""
    return FieldSpec(
        one.name, _words(one.label), one.kind, column, listed, one.points_at, getattr(column, "max_length", None),
        one.key, _words(one.help) if one.help else "", one.for_types, filter_id,
    )  # fmt: skip


def _column(one: Attribute) -> Any:
    """Return a column that tells surfaces what they ask of one: how long, whether null, what it points at."""
    options: dict[str, Any] = {"blank": True}
    if one.default not in (None, "", ()):
        options["default"] = one.default
    match one.kind:
        case "text" | "choice":
            column: Any = models.CharField(max_length=MOST_TEXT, **options)
        case "longtext":
            column = models.TextField(max_length=MOST_LONG, **options)
        case "money":
            column = MoneyField(null=True, **options)
        case "number":
            column = models.DecimalField(max_digits=20, decimal_places=6, null=True, **options)
        case "integer":
            column = models.BigIntegerField(null=True, **options)
        case "date":
            column = models.DateField(null=True, **options)
        case "boolean":
            column = models.BooleanField(null=True, **options)
        case "choices":
            column = models.JSONField(null=True, **{**options, "default": None})
        case _:
            column = models.BigIntegerField(null=True, **options)
            column.related_model = apps.get_model(one.points_at)
    column.set_attributes_from_name(one.name)
    if one.points_at:
        column.attname = f"{one.name}_id"
    return column


def _said(text: Text) -> str:
    return said(text, get_language() or "zh-hans")


_words = lazy(_said, str)
