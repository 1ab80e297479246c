"""What warnings add to the pages of the kit: their own page, the desk, the page of a customer, the settings."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from kedang.areas.engagement import selectors as tasks
from kedang.areas.engagement.models import Task
from kedang.areas.warnings import rules, selectors, services
from kedang.areas.warnings.models import (
    CLOSED,
    FALSE,
    INVESTIGATING,
    MEASURE,
    OPEN,
    STILL_OPEN,
    Rule,
    Warning,
)
from kedang.engine.records.access import Shown, modes
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor, Mode
from kedang.kits.web import cells, desk, formats, looks, menu, tabs, zones
from kedang.kits.web.pages import record_url, url_of

KEY, RULE = selectors.KEY, selectors.RULE
ON_CUSTOMER = 3
ON_DESK = 6
TONES = {"red": "crit", "amber": "high", "yellow": "mid"}
STATES = {INVESTIGATING: "acc", MEASURE: "acc", CLOSED: "good", FALSE: ""}
TOLD = ("title", "level_key", "state_key", "reason", "due_on", "customer", "rule")


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    zones.contribute(KEY, "next", "warnings/head.html", head, order=10)
    zones.contribute(KEY, "line", "warnings/handling.html", handling, order=10)
    zones.contribute(KEY, "side", "warnings/beside.html", beside, order=10)
    zones.contribute(RULE, "line", "warnings/tally.html", tally, order=10)
    zones.contribute(RULE, "line", "warnings/names.html", names, order=20)
    zones.contribute(selectors.CUSTOMER, "next", "warnings/of_customer.html", of_customer, order=30)
    desk.contribute("side", "warnings/first_three.html", first_three, order=1)
    desk.contribute("side", "warnings/of_team.html", of_team, order=2)
    looks.describe(KEY, "level_key", tones=TONES)
    looks.describe(RULE, "level_key", tones=TONES)
    looks.describe(KEY, "state_key", tones=STATES)
    cells.draw(KEY, "due_on", drawn_day)
    cells.draw(RULE, "when", drawn_condition)
    tabs.register(
        tabs.Tab(
            "warning-rules", gettext_lazy("Warning rules"), "warning-rules.list", "warn", 129, _keeps_rules
        )
    )
    menu.register(
        menu.Entry(gettext_lazy("Warnings"), "warnings.list", "warn", "control", 10, may=selectors.sees)
    )


def _keeps_rules(actor: Actor) -> bool:
    return actor.may(RULE, "change")


def _reads(actor: Actor) -> bool:
    """Say whether a reader may read what a warning says."""
    if not selectors.sees(actor):
        return False
    allowed = modes(actor, RECORDS[KEY])
    return all(allowed[name] >= Mode.READ for name in TOLD)


def head(request: KedangRequest, row: Warning) -> Mapping[str, object] | None:
    """Return how far a warning is, its reason in words as of its day, and what it rests on."""
    actor = request.actor
    if not _reads(actor):
        return None
    today = clock.today()
    left = (row.due_on - today).days if row.due_on and row.state_key in STILL_OPEN else None
    return {
        "steps": _steps(row), "reason": reason(actor, row), "as_of": row.as_of, "left": left,
        "late": -left if left is not None and left < 0 else 0, "found": bool(row.figures),
        "figures": [(selectors.label_of(name), services.worded(name, value)) for name, value in row.figures.items()
                    if selectors.reads(actor, name)],
        "cleared": row.cleared_on if row.state_key in STILL_OPEN else None,
    }  # fmt: skip


def reason(actor: Actor, row: Warning) -> str:
    """Return why it warns: in full for who may read the guarded figures, else as it is stored, without them."""
    guarded = {name for name in row.figures if selectors.guarded_by(name)}
    if not guarded or not all(selectors.reads(actor, name) for name in row.figures):
        return str(row.reason)
    return services.in_words(row.rule.says, {name: _positive(name, value) for name, value in row.figures.items()
                                             if _positive(name, value) is not None}) or str(row.reason)  # fmt: skip


def _positive(name: str, value: Any) -> Any:
    """A limit that is not exceeded is not worth a clause."""
    return None if selectors.guarded_by(name) and Decimal(value) <= 0 else value


def _steps(row: Warning) -> list[tuple[Any, date | None, str]]:
    """Return the steps of the way, each with its day, and whether it is done, the present one, or to come."""
    ended = row.state_key not in STILL_OPEN
    named = [
        (pgettext("step of a warning", "Found"), row.found_on, True),
        (_("Taken on"), row.taken_on, row.taken_on is not None),
        (_("Cause"), None, bool(row.cause_key)),
        (_("Measure"), None, bool(row.measure)),
        (_("False alarm") if row.state_key == FALSE else _("Closed"), row.closed_on, ended),
    ]
    if row.state_key == FALSE:
        named = [one for one in named if one[2]]
    present = next((place for place, one in enumerate(named) if not one[2]), None)
    return [
        (label, day, "done" if done else "now" if place == present else "")
        for place, (label, day, done) in enumerate(named)
    ]


def handling(request: KedangRequest, row: Warning) -> Mapping[str, object] | None:
    """Return cause, measures with their tasks as far as the reader sees them, and the result."""
    actor = request.actor
    allowed = modes(actor, RECORDS[KEY])
    if any(
        allowed[name] < Mode.READ for name in ("cause_key", "investigation", "measure", "result", "state_key")
    ):
        return None
    found: list[Any] = []
    if tasks.sees_tasks(actor):
        rows = Task.objects.visible_to(actor).filter(origin_key=KEY, origin_id=row.pk).select_related("owner")
        found = [
            (task, record_url(RECORDS[tasks.KEY], task.pk)) for task in rows.order_by("due_on", "pk")[:20]
        ]
    spec = RECORDS[KEY].fields["cause_key"]
    return {"tasks": found, "cause": dict(spec.choices()).get(row.cause_key, row.cause_key),
            "open": row.state_key in STILL_OPEN, "fresh": row.state_key == OPEN}  # fmt: skip


def beside(request: KedangRequest, row: Warning) -> Mapping[str, object] | None:
    """Return the rule with how often it was right, and who hears of it when it is late."""
    if not _reads(request.actor):
        return None
    url = record_url(RECORDS[RULE], row.rule_id) if request.actor.may(RULE, "view") else ""
    counts = selectors.tally(row.rule_id)
    return {"rule": row.rule, "url": url, "percent": _share(counts), **counts}


def tally(request: KedangRequest, row: Rule) -> Mapping[str, object] | None:
    """Return how often a rule warned and how often that was a false alarm, for who sees warnings at all."""
    if not selectors.sees(request.actor):
        return None
    counts = selectors.tally(row.pk)
    allowed = modes(request.actor, RECORDS[RULE])
    levels = ((row.level_key, "when"), (rules.RED, "red_when"))
    said = [
        (_level(row, level), services.condition(getattr(row, name))) for level, name in levels
        if getattr(row, name) and allowed[name] >= Mode.READ
    ]  # fmt: skip
    return {**counts, "said": said,
            "percent": _share(counts), "url": f"{url_of('warnings.list')}?rule={ids.show(row.pk)}",
            "false_url": f"{url_of('warnings.list')}?rule={ids.show(row.pk)}&state_key={FALSE}",
            "run": selectors.last_run(whole=True)}  # fmt: skip


def _level(row: Rule, key: str) -> SafeString:
    spec = RECORDS[RULE].fields["level_key"]
    return looks.pill(TONES.get(key, ""), dict(spec.choices()).get(key, key))


def names(request: KedangRequest, row: Rule) -> Mapping[str, object] | None:
    """Return the figures and fields that a condition may ask for, as far as the reader may read them."""
    if not request.actor.may(RULE, "change"):
        return None
    kinds = {"number": _("figure"), "text": _("text"), "date": _("day"), "boolean": _("yes or no")}
    customer = RECORDS[selectors.CUSTOMER]
    inner = {*customer.own_fields} - {
        *customer.columns,
        *customer.form_fields,
    }  # keys that are kept for look-ups
    found = [(name, selectors.label_of(name), kinds[kind.value]) for name, kind in selectors.known().items()
             if kind.value in kinds and name not in inner and selectors.reads(request.actor, name)]  # fmt: skip
    return {"names": found}


def _share(counts: Mapping[str, int]) -> str:
    """Return the share of false alarms; of nothing there is none."""
    raised = counts["raised"]
    return formats.plain_number(Decimal(counts["false"] * 100) / raised, 1) + "%" if raised else formats.NIL


def of_customer(request: KedangRequest, row: Any) -> Mapping[str, object] | None:
    """Return the open warnings of a customer, and the way to report an event."""
    if not _reads(request.actor):
        return None
    rows = selectors.of_customer(request.actor, row.pk, ON_CUSTOMER)
    report = f"{url_of('warnings.create')}?customer={ids.show(row.pk)}"
    may = request.actor.may(KEY, "create") and row.archived_at is None
    if not rows and not may:
        return None
    return {"warnings": [_told(request.actor, one) for one in rows[:ON_CUSTOMER]], "more": len(rows) > ON_CUSTOMER,
            "all_url": f"{url_of('warnings.list')}?customer={ids.show(row.pk)}",
            "report_url": report if may else ""}  # fmt: skip


def first_three(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the three warnings to begin the day with, one a customer."""
    actor = request.actor
    if not _reads(actor):
        return None
    rows = selectors.first_three(actor)
    if not rows:
        return None
    own = rows[0].owner_id == actor.user_id
    named = _names_customers(actor)
    return {
        "warnings": [_told(actor, one) | {"customer": str(one.customer) if named else ""} for one in rows],
        "all_url": url_of("warnings.list") + ("?owner=me" if own else ""),
    }


def of_team(request: KedangRequest) -> Mapping[str, object] | None:
    """Return how many warnings the people led have open, for who assigns customers of others."""
    actor = request.actor
    if not _reads(actor) or modes(actor, RECORDS[KEY])["owner"] < Mode.READ:
        return None
    if not actor.may(selectors.CUSTOMER, "assign"):
        return None
    found = selectors.of_team(actor, clock.today())
    if not found.people:
        return None
    base = f"{url_of('warnings.list')}?" + "&".join(f"state_key={key}" for key in STILL_OPEN)
    told = [
        {
            "row": one,
            "url": f"{base}&owner={ids.show(one.owner_id)}" if one.owner_id else f"{base}&owner.empty=1",
        }
        for one in found.people[:ON_DESK]
    ]
    return {
        "people": told, "total": found.count, "capped": found.more, "more": len(found.people) - len(told),
        "all_url": base,
    }  # fmt: skip


def _names_customers(actor: Actor) -> bool:
    kind = RECORDS[selectors.CUSTOMER]
    return actor.may(kind.key, "view") and modes(actor, kind)["name"] >= Mode.READ


def _told(actor: Actor, row: Any) -> dict[str, Any]:
    spec = RECORDS[KEY].fields["level_key"]
    left = (row.due_on - clock.today()).days if row.due_on else None
    return {
        "row": row, "url": record_url(RECORDS[KEY], row.pk), "reason": row.reason, "left": left,
        "late": -left if left is not None and left < 0 else 0,
        "pill": looks.pill(TONES.get(row.level_key, ""), dict(spec.choices()).get(row.level_key, row.level_key)),
    }  # fmt: skip


def drawn_condition(row: Rule, value: Shown) -> str | None:
    """Say when a rule warns in words; it is edited as it is written."""
    return services.condition(row.when) if row.when else None


def drawn_day(row: Warning, value: Shown) -> SafeString | None:
    """Mark an open warning that is late or due today."""
    if value.value is None or row.state_key not in STILL_OPEN:
        return None
    return formats.due(value.value)
