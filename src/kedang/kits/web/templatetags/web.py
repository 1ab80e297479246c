"""Filters and tags of our pages."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kedang.kernel import ids
from kedang.kits.web import formats, looks

register = template.Library()
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("day_of_week", formats.day_of_week)
register.filter("full_moment", formats.full_moment)
register.filter("long_day", formats.long_day)
register.filter("initial", formats.initial)


@register.filter
def amount(value: Decimal | int | None) -> str:
    """Show an amount shortened: 168.6万."""
    return formats.amount(Decimal(value) if value is not None else None)


@register.filter
def exact(value: Decimal | int | None) -> str:
    """Show an amount in full."""
    return formats.exact(Decimal(value) if value is not None else None)


@register.filter
def figure(value: Decimal | int | None) -> str:
    """Show a count with thousands separators."""
    return formats.NIL if value is None else formats.plain_number(value)


@register.filter
def iso(value: date | datetime | None) -> str:
    """Show a day or a moment as the time element wants it."""
    return value.isoformat() if value is not None else ""


@register.filter
def show_id(value: int | None) -> str:
    """Show a record's id as links carry it."""
    return ids.show(value) if value is not None else ""


@register.filter
def item(values: Mapping[str, Any], key: str) -> Any:
    """Look a key up in a mapping."""
    return values.get(key)


@register.filter
def is_date(value: str) -> bool:
    """Say whether a value of a condition is a date, not a word for days."""
    return value[:4].isdecimal() and value.count("-") == 2


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw one sign of the sprite; it says nothing to a screen reader, the words beside it do."""
    return _icon(looks.sprite(), name, " i-s" if size == "s" else "")


@lru_cache(maxsize=512)  # a page draws a hundred
def _icon(sprite: str, name: str, extra: str) -> SafeString:
    return format_html('<svg class="i{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', extra, sprite, name)


@register.simple_tag
def avatar(name: Any, mine: bool = False, large: bool = False) -> SafeString:
    """Draw the round sign of a person."""
    classes = f"av{' a' if mine else ''}{' l' if large else ''}"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, formats.initial(name))


@register.simple_tag
def meter(percent: Decimal | int | float, tone: str = "", wide: bool = False) -> SafeString:
    """Draw a small bar of 0 to 100."""
    width = max(0, min(100, round(percent)))
    return format_html(
        '<svg class="meter{}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="m-t" width="100" height="4"/><rect class="m-v {}" width="{}" height="4"/></svg>',
        " w" if wide else "", tone, width,
    )  # fmt: skip
