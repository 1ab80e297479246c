"""What conditions are called: operators and days as people read them."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kedang.engine.records import days
from kedang.engine.records.conditions import DAYS, RANGES
from kedang.engine.records.fields import FieldSpec

DAY_WORDS: dict[str, Any] = {
    "today": gettext_lazy("today"), "yesterday": gettext_lazy("yesterday"), "tomorrow": gettext_lazy("tomorrow"),
    "overdue": gettext_lazy("overdue"), "this-week": gettext_lazy("this week"), "last-week": gettext_lazy("last week"),
    "next-week": gettext_lazy("next week"), "this-month": gettext_lazy("this month"),
    "last-month": gettext_lazy("last month"), "next-month": gettext_lazy("next month"),
    "this-quarter": gettext_lazy("this quarter"), "this-year": gettext_lazy("this year"),
    "last-year": gettext_lazy("last year"),
}  # fmt: skip
OFFERED = (
    "overdue", "today", "tomorrow", "this-week", "next-week", "last-7-days", "last-30-days", "last-90-days",
    "next-7-days", "next-30-days", "this-month", "last-month", "this-quarter", "this-year", "last-year",
)  # fmt: skip
EDGES = ("today", "7-days-ago", "30-days-ago", "90-days-ago", "in-7-days", "in-30-days")


def operator(spec: FieldSpec, name: str) -> str:
    """Return an operator in words, as it stands between the field and the value."""
    match name:
        case "not":
            return _("is none of") if spec.choice_list or spec.points_at else _("is not")
        case "has":
            return _("contains")
        case "starts":
            return _("begins with")
        case "empty":
            return _("is filled in")
        case "before":
            return _("is before")
        case "after":
            return _("is after")
        case "range":
            return _("lies between")
    if spec.choice_list or spec.points_at:
        return _("is one of")
    if spec.kind == "region":
        return _("lies in")
    return _("is") if spec.kind not in RANGES or spec.kind in DAYS else _("equals")


def day(text: str) -> str:
    """Return a day or a span of days in words; a date stays a date."""
    if text in DAY_WORDS:
        return str(DAY_WORDS[text])
    found = days.COUNTED.fullmatch(text)
    if found is None:
        return text
    return _counted(found)


def _counted(found: re.Match[str]) -> str:
    count = int(found[str(found.lastgroup)])
    match found.lastgroup:
        case "last":
            text = ngettext("the last %(count)s day", "the last %(count)s days", count)
        case "next":
            text = ngettext("the next %(count)s day", "the next %(count)s days", count)
        case "ago":
            text = ngettext("%(count)s day ago", "%(count)s days ago", count)
        case _other:
            text = ngettext("in %(count)s day", "in %(count)s days", count)
    return text % {"count": count}


def offered(edges: bool) -> list[tuple[str, str]]:
    """Return the words for days that an editor offers: spans, or single days for before and after."""
    return [(word, day(word)) for word in (EDGES if edges else OFFERED)]
