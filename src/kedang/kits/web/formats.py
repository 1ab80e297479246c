"""How figures, amounts and dates look on screens: tabular, short, in the reader's language."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from kedang.engine.jobs import SYSTEM
from kedang.kernel import clock

NIL = "—"
WAN = Decimal(10_000)
THOUSAND = Decimal(1_000)
WEEKDAYS = (
    lambda: gettext("Mon"), lambda: gettext("Tue"), lambda: gettext("Wed"), lambda: gettext("Thu"),
    lambda: gettext("Fri"), lambda: gettext("Sat"), lambda: gettext("Sun"),
)  # fmt: skip


def weekdays() -> list[str]:
    """Return the names of the days of a week, Monday first."""
    return [weekday(n) for n in range(7)]


def weekday(number: int) -> str:
    """Return the name of a day of the week; 0 is Monday."""
    names: tuple[Callable[[], str], ...] = WEEKDAYS
    return names[number]()


def chinese() -> bool:
    """Say whether the reader reads Chinese, and so counts in ten thousands."""
    return (get_language() or "zh").startswith("zh")


def plain_number(value: Decimal | int, places: int | None = None) -> str:
    """Return a figure with thousands separators and a true minus sign."""
    if isinstance(value, Decimal):
        if places is None:
            text = f"{value.normalize():,f}"
        else:
            text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"
    else:
        text = f"{value:,}"
    return text.replace("-", "−")


def short_unit() -> tuple[Decimal, str]:
    """Return the size and the name of the unit that amounts are shortened to: 万, or thousands."""
    return (WAN, pgettext("ten thousand", "×10k")) if chinese() else (THOUSAND, "k")


def in_unit(value: Decimal, size: Decimal) -> str:
    """Return an amount counted in `size` with one decimal; a trace is not shown as nothing."""
    scaled = value / size
    if value and abs(scaled) < Decimal("0.05"):
        return f"{'−' if value < 0 else ''}<0.1"
    return plain_number(scaled, 1)


def amount(value: Decimal | None) -> str:
    """Return an amount as screens show it: 168.6万 from ten thousand on, else to the fen when it has any."""
    if value is None:
        return NIL
    size, unit = short_unit()
    if abs(value) >= WAN:
        return f"{in_unit(value, size)}{unit}"
    return exact(value) if value != value.to_integral_value() else plain_number(value, 0)


def exact(value: Decimal | None) -> str:
    """Return an amount in full, as documents show it."""
    return NIL if value is None else plain_number(value, 2)


def money_column(values: list[Decimal | None]) -> tuple[Decimal, str]:
    """Return the unit of a column of amounts: one unit for all, so that figures line up.

    The one in the middle decides: prices of a few hundred stay in yuan, though one of them is large.
    """
    sizes = sorted(abs(value) for value in values if value)
    middle = sizes[len(sizes) // 2] if sizes else Decimal(0)
    return short_unit() if middle >= WAN / 2 else (Decimal(1), pgettext("currency unit", "yuan"))


def person(name: str) -> str:
    """Return who did something, as the reader calls them: what the night did has the name of the product."""
    return gettext("Kedang") if name == SYSTEM.name else name


def local(value: datetime) -> datetime:
    """Return a moment on a wall clock in China."""
    return value.astimezone(clock.ZONE)


def day(value: date | datetime | None) -> str:
    """Return a day: today by its name, else 11-25, with the year only when it differs."""
    if value is None:
        return NIL
    return _named(local(value).date() if isinstance(value, datetime) else value, clock.today())


def _named(on: date, today: date) -> str:
    match (on - today).days:
        case 0:
            return gettext("Today")
        case 1:
            return gettext("Tomorrow")
        case -1:
            return gettext("Yesterday")
    return f"{on:%m-%d}" if on.year == today.year else f"{on:%Y-%m-%d}"


def due(value: date) -> SafeString | None:
    """Mark a day that has passed by how late it is, and make today's stand out; None for a day to come."""
    away = (value - clock.today()).days
    if away < 0:
        text = ngettext("%(count)s day late", "%(count)s days late", -away) % {"count": -away}
        return format_html('<span class="c-crit">{}</span>', text)
    return format_html('<span class="b">{}</span>', day(value)) if away == 0 else None


def moment(value: datetime | None) -> str:
    """Return a moment: with the hour when it is today or yesterday, else the day."""
    if value is None:
        return NIL
    here, today = local(value), clock.today()
    named = _named(here.date(), today)
    if abs((here.date() - today).days) > 1:
        return named
    return f"{named}{'' if chinese() else ' '}{here:%H:%M}"


def day_of_week(value: date | datetime | None) -> str:
    """Return a day with its weekday: 11-16 周一."""
    if value is None:
        return NIL
    on = local(value) if isinstance(value, datetime) else value
    if abs(((on.date() if isinstance(on, datetime) else on) - clock.today()).days) < 2:
        return moment(value) if isinstance(value, datetime) else day(value)
    return f"{moment(value) if isinstance(value, datetime) else day(on)} {WEEKDAYS[on.weekday()]()}"


def full_moment(value: datetime | None) -> str:
    """Return a moment in full, for the history and for tooltips."""
    return NIL if value is None else f"{local(value):%Y-%m-%d %H:%M:%S}"


def long_day(value: date) -> str:
    """Return a day as a heading says it: 11月18日 周三."""
    words = {"month": value.month, "day": value.day, "weekday": WEEKDAYS[value.weekday()]()}
    return gettext("%(weekday)s %(month)s-%(day)s") % words


def month(value: date | datetime) -> str:
    """Return the month a run of events stands under; the year only when it differs."""
    here = local(value) if isinstance(value, datetime) else value
    this_year = here.year == clock.today().year
    if not chinese():
        return date_format(here, "F" if this_year else "F Y")
    words = {"year": here.year, "month": here.month}
    return gettext("Month %(month)s") % words if this_year else gettext("%(year)s-%(month)s") % words


def initial(name: Any) -> str:
    """Return the sign that stands for a person in a small circle."""
    return str(name).strip()[:1].upper()


def dialled(number: str) -> str:
    """Return the address that rings a number up."""
    return "tel:" + "".join(c for c in number if c in "+0123456789")


def no_break(text: str) -> SafeString:
    """Keep an amount or a date on one line. The text must be ours, not a user's."""
    return mark_safe(f'<span class="nowrap">{text}</span>')  # noqa: S308  figures only
