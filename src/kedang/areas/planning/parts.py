"""What this area adds to pages: what a month asks and remedies that are due on the desk, the looks of a line."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kedang.areas.planning import rules, selectors
from kedang.areas.planning.models import ANSWERED, MET, OPEN, UNMET
from kedang.areas.planning.rules import CALLS, CUSTOMERS
from kedang.areas.planning.told import target
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kits.web import desk, looks, menu
from kedang.kits.web.pages import record_url

ON_DESK = 5


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    desk.contribute("work", "planning/desk_team.html", team_today, order=13)
    desk.contribute("side", "planning/desk_remedies.html", remedies, order=4)
    desk.contribute("side", "planning/desk_target.html", announced, order=6)
    looks.describe(
        selectors.LINE, "state_key", tones={OPEN: "acc", MET: "good", UNMET: "crit", ANSWERED: "mid"}
    )
    menu.register(menu.Entry(_("Plan and figures"), "plan", "target", "desk", 8, may=selectors.sees_figures))


def remedies(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's sales lines that were not met and ask for a remedy."""
    if not selectors.sees_lines(request.actor):
        return None
    rows = selectors.demanded(request.actor, ON_DESK)
    if not rows:
        return None
    today, kind = clock.today(), RECORDS[selectors.LINE]
    told = [
        {"row": row, "url": record_url(kind, row.pk), "answer_url": f"{record_url(kind, row.pk)}/do/answer",
         "late": max(0, (today - row.remedy_due_on).days) if row.remedy_due_on else 0}
        for row in rows[:ON_DESK]
    ]  # fmt: skip
    all_url = f"{reverse('sales-lines.list')}?owner=me&state_key={UNMET}"
    return {"rows": told, "more": len(rows) > ON_DESK, "all_url": all_url}


def team_today(request: KedangRequest) -> Mapping[str, object] | None:
    """Return where the people whom the reader leads stand today: four queries."""
    if not selectors.leads(request.actor):
        return None
    rows = selectors.team_today(request.actor, clock.today(), ON_DESK)
    told = [
        {"one": one, "url": reverse("plan.of", kwargs={"pk": ids.show(one.person.pk)}),
         "calls_asked": one.quota[CALLS], "customers_asked": one.quota[CUSTOMERS]}
        for one in rows[:ON_DESK]
    ]  # fmt: skip
    return {"rows": told, "more": len(rows) > ON_DESK} if rows else None


def announced(request: KedangRequest) -> Mapping[str, object] | None:
    """Return what was announced to the reader for this month and the next: one query."""
    if not selectors.sees_figures(request.actor):
        return None
    today = clock.today()
    rows = selectors.announced(request.actor.user_id or 0, (rules.first_of(today), rules.next_month(today)))
    return {"targets": [target(row) for row in rows]} if rows else None
