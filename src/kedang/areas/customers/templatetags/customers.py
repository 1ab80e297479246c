"""Small signs of the key-person map."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
MOST = 5


@register.simple_tag
def dots(influence: int) -> SafeString:
    """Draw influence as five dots, filled up to its value."""
    return format_html_join(
        "", '<circle class="{}" cx="{}" cy="4" r="3.5"/>',
        (("m-v n" if at < influence else "m-t", 4 + 10 * at) for at in range(MOST)),
    )  # fmt: skip


@register.simple_tag
def closeness(now: int, wanted: int | None) -> SafeString:
    """Draw closeness on its scale, with a tick where it ought to be."""
    tick = format_html('<path class="tick" d="M{} 0v8"/>', _at(wanted)) if wanted else ""
    return format_html(
        '<rect class="m-v" y="3" width="{}" height="2"/><circle class="m-v" cx="{}" cy="4" r="4"/>{}',
        (now - 1) * 16, _at(now), tick,
    )  # fmt: skip


def _at(value: int) -> int:
    return 4 + (value - 1) * 14
