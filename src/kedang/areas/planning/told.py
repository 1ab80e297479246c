"""Figures, targets and findings as their reader sees them: each with the list of its records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from kedang.areas.planning import analysis, rules, selectors
from kedang.areas.planning.models import MonthTarget
from kedang.areas.planning.rules import CALLS, CUSTOMERS, NEW, PROSPECTS, Figure
from kedang.areas.planning.selectors import Done
from kedang.engine.calendar.table import workdays
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids, regions
from kedang.kernel.actor import Actor
from kedang.kits.web import formats
from kedang.kits.web.pages import record_url


@dataclass(frozen=True, slots=True)
class Told:
    """A figure against its minimum: what it is called, how much of it there is, and where its records are."""

    label: str
    figure: Figure
    url: str
    note: str = ""

    @property
    def percent(self) -> int:
        """How far it is, at most the whole."""
        return min(100, self.figure.done * 100 // self.figure.quota) if self.figure.quota else 100


def names() -> dict[str, str]:
    """Return what the quotas are called."""
    return {
        CALLS: _("Calls today"), CUSTOMERS: _("Customers visited this week"),
        NEW: _("New customers this month"), PROSPECTS: _("Potential customers added this month"),
    }  # fmt: skip


def figures(person: Any, done: Done, quota: Mapping[str, int], day: date) -> list[Told]:
    """Return the four figures that have quotas."""
    counted = {
        CALLS: done.calls_day,
        CUSTOMERS: done.customers_week,
        NEW: done.new,
        PROSPECTS: done.prospects,
    }
    span, called = selectors.spans(day), names()
    urls = {
        CALLS: visits_url(person.pk, selectors.CALL, *span["day"]),
        CUSTOMERS: visits_url(person.pk, "visit", *span["week"]),
        NEW: new_url(person.pk, *span["month"]), PROSPECTS: prospects_url(person.pk, *span["month"]),
    }  # fmt: skip
    notes = {CUSTOMERS: _("%(count)s visits in all") % {"count": done.visits_week}}
    return [
        Told(called[name], Figure(name, counted[name], quota[name]), urls[name], notes.get(name, ""))
        for name in rules.MEASURES
    ]


def by_span(person: Any, done: Done, day: date) -> list[dict[str, Any]]:
    """Return what was done on a day, in its week and in its month, each count with the list of its records."""
    calendar = workdays()
    labels = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
    rows = []
    for name, (first, last) in selectors.spans(day).items():
        made, met = getattr(done, f"visits_{name}"), getattr(done, f"customers_{name}")
        days = calendar.count(first, last)
        rows.append({
            "label": labels[name], "first": first, "last": last, "visits": made, "customers": met,
            "calls": getattr(done, f"calls_{name}"), "each": rules.average(made, met),
            "a_day": rules.average(made, days),
            "visits_url": visits_url(person.pk, "visit", first, last),
            "calls_url": visits_url(person.pk, selectors.CALL, first, last),
        })  # fmt: skip
    return rows


def visits_url(user_id: int, way: str, first: date, last: date) -> str:
    """Return the list of the visits or calls that somebody made on some days."""
    asked = {"made_by": ids.show(user_id), "state_key": "done", "kind_key": way, "done_on_from": first.isoformat(),
             "done_on_to": last.isoformat()}  # fmt: skip
    return f"{reverse('visits.list')}?{urlencode(asked)}"


def new_url(user_id: int, first: date, last: date) -> str:
    """Return the list of the customers that are new in some days: since then, or filed then without such a day."""
    span = (first.isoformat(), last.isoformat())
    asked = [("owner", ids.show(user_id)), *(("status_key.not", key) for key in selectors.prospect_keys()),
             ("any1.since_from", span[0]), ("any1.since_to", span[1]), ("any1.all1.since.empty", "1"),
             ("any1.all1.created_at_from", span[0]), ("any1.all1.created_at_to", span[1])]  # fmt: skip
    return f"{reverse('customers.list')}?{urlencode(asked)}"


def prospects_url(user_id: int, first: date, last: date) -> str:
    """Return the list of the potential customers that were filed in some days."""
    asked = [("owner", ids.show(user_id)), *(("status_key", key) for key in selectors.prospect_keys()),
             ("created_at_from", first.isoformat()), ("created_at_to", last.isoformat())]  # fmt: skip
    return f"{reverse('customers.list')}?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class TargetTold:
    """What a month asks of one person, as it is shown: each level with its files and visits."""

    row: MonthTarget
    levels: list[tuple[str, int, int]]


def target(row: MonthTarget) -> TargetTold:
    """Return an announced month with the levels by their names; levels without files are left out."""
    label = active().label
    return TargetTold(row, [(label("level", key) or _("no level"), files, each)
                            for key, (files, each) in row.levels.items() if files])  # fmt: skip


def trips(actor: Actor, day: date) -> list[dict[str, Any]]:
    """Return the reader's next visits with who lies near, each with the form that plans a visit on the same day."""
    kind, may = RECORDS[selectors.CUSTOMER], actor.may(selectors.VISITS, "create")
    found = []
    for row, home, around in selectors.on_the_way(actor, day):
        rows = []
        for one, far in around:
            asked = {"customer": ids.show(one.customer.pk), "planned_on": row.planned_on.isoformat()}
            rows.append({
                "one": one, "url": record_url(kind, one.customer.pk),
                "region": regions.name_of(one.customer.region_code), "far": far,
                "plan_url": f"{reverse('visits.create')}?{urlencode(asked)}" if may else "",
            })  # fmt: skip
        found.append(
            {"row": row, "home": home, "url": record_url(RECORDS[selectors.VISITS], row.pk), "rows": rows}
        )
    return found


def gaps(actor: Actor, rows: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
    """Return key accounts with what is missing of their decision maker, in words."""
    said = {
        analysis.NOBODY: _("No contact of the decision layer"),
        analysis.NO_PHONE: _("Decision maker without phone or WeChat"),
        analysis.NOT_MET: _("Decision maker never met"),
    }
    kind = RECORDS[selectors.CUSTOMER]
    return [
        {"row": row, "why": said[why], "url": record_url(kind, row.pk),
         "people_url": f"{record_url(kind, row.pk)}/people", "level": active().label("level", row.level_key)}
        for row, why in rows
    ]  # fmt: skip


def weak(found: Sequence[rules.Weak], day: date) -> list[dict[str, Any]]:
    """Return weak regions in words, with the files of each and the visits or orders that were counted."""
    first = analysis.since(day)
    rows = []
    for one in found:
        files = f"{reverse('customers.list')}?{urlencode({'region_code': one.region.code})}"
        if one.why == rules.SELDOM:
            said = _("%(visited)s of %(files)s files visited (%(own)s%%), elsewhere %(others)s%%")
            text = said % {"visited": one.region.visited, "files": one.region.files, "own": int(one.own * 100),
                           "others": int(one.others * 100)}  # fmt: skip
        else:
            said = _("%(own)s bought per file, elsewhere %(others)s")
            text = said % {
                "own": formats.amount(_whole(one.own)),
                "others": formats.amount(_whole(one.others)),
            }
        name = regions.name_of(one.region.code)
        rows.append(
            {
                "name": name,
                "files": one.region.files,
                "text": text,
                "why": one.why,
                "url": files,
                "since": first,
            }
        )
    return rows


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1))


def months(around: date) -> tuple[date, date]:
    """Return the first days of the months before and after one."""
    return rules.first_of(rules.first_of(around) - timedelta(days=1)), rules.next_month(around)
