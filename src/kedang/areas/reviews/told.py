"""Meetings, lines and suggestions as their reader sees them, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kedang.areas.reviews import rules, selectors
from kedang.areas.reviews.models import LEVEL, OPEN
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes, shown
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.trees import TREES
from kedang.kits.web import formats
from kedang.kits.web.pages import record_url

TRENDS = {
    rules.NO_DATA: gettext_lazy("no data"), rules.STARTED: gettext_lazy("began to buy"),
    rules.RISING: gettext_lazy("rising"), rules.STABLE: gettext_lazy("steady"),
    rules.FALLING: gettext_lazy("falling"),
    rules.STOPPED: gettext_lazy("bought nothing"),
}  # fmt: skip
TONES = {rules.FALLING: "c-high", rules.STOPPED: "c-crit", rules.RISING: "c-good", rules.NO_DATA: "t3"}
FREE = ("stale", "missing", "new")  # reasons that tell of no money


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a meeting as its reader sees it."""

    row: Any
    url: str
    customer_url: str
    reasons: list[str]
    was: str
    proposed: str
    amount: Decimal | None
    before: Decimal | None
    year_ago: Decimal | None
    trend: str
    tone: str
    products: str
    decision: str
    due_on: Any
    may_sign: bool

    @property
    def open(self) -> bool:
        """Whether it is still to be done or decided."""
        return bool(self.row.state_key == OPEN)


def as_of(actor: Actor, meeting: Any) -> Any:
    """Return the day of a meeting's figures as far as an actor may read it."""
    return meeting.as_of if selectors.reads(actor, selectors.MEETING, "as_of") else None


@dataclass(frozen=True, slots=True)
class ClassTold:
    """One level of an analysis; an amount of None is no data."""

    label: str
    figures: Mapping[str, Any]
    amount: Decimal | None
    share: Decimal | None
    before: Decimal | None
    year_ago: Decimal | None
    trend: str
    tone: str
    to_year: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change that is suggested: what the file says now and what it should say, as far as it may be read."""

    name: str
    label: Any
    now: str
    new: str
    hidden: bool
    taken: bool


def said(code: str, data: Mapping[str, Any]) -> str:
    """Return one reason of a line in the reader's language."""
    if code in selectors.SOURCES:
        return selectors.SOURCES[code].said(data)
    match code:
        case "stale":
            days = int(data["days"])
            return ngettext("not refreshed for %(count)s day", "not refreshed for %(count)s days", days) % {
                "count": days
            }
        case "missing":
            fields = RECORDS[selectors.CUSTOMER].fields
            return _("missing: %(fields)s") % {
                "fields": _(", ").join(str(fields[name].label) for name in data["fields"] if name in fields)
            }
        case "falling" | "stopped":
            words = {
                "now": formats.amount(Decimal(data["now"])),
                "then": formats.amount(Decimal(data["then"])),
            }
            return _("bought %(now)s in 90 days, %(then)s in the 90 before") % words
        case "top":
            return _("high value: %(now)s in a year") % {"now": formats.amount(Decimal(data.get("now", "0")))}
        case "new":
            return _("new this month")
        case rules.UP:
            return _("reached the line of %(line)s") % {"line": formats.amount(_amount(data.get("line")))}
        case rules.DOWN:
            return _("two quarters under the line of %(line)s") % {
                "line": formats.amount(_amount(data.get("line")))
            }
    return code


def told(actor: Actor, rows: list[Any]) -> list[Told]:
    """Return lines as an actor sees them: no query, their customers are at hand."""
    kind, customers = RECORDS[selectors.LINE], RECORDS[selectors.CUSTOMER]
    signs = [False] * len(rows)
    proposals = [row for row in rows if row.section_key == LEVEL]
    if proposals and actor.may(kind.key, "approve"):
        upward = reach(actor, customers.model, "change")
        inside = dict(
            zip(
                (row.pk for row in proposals),
                admitted(customers.model, upward, [r.customer for r in proposals]),
                strict=True,
            )
        )
        signs = [inside.get(row.pk, False) for row in rows]
    money = selectors.sees_amounts(actor)
    may_read = {
        name: selectors.reads(actor, kind.key, name) for name in ("figures", "reasons", "decision", "due_on")
    }
    found = []
    for row, may in zip(rows, signs, strict=True):
        figures = row.figures if money and may_read["figures"] else {}
        reasons = row.reasons if may_read["reasons"] else []
        amount, before = _amount(figures.get("amount")), _amount(figures.get("before"))
        moved = rules.trend(amount, before)
        found.append(
            Told(
                row, record_url(kind, row.pk), record_url(customers, row.customer_id),
                [said(code, data) for code, data in reasons if money or code in FREE],
                _level(row.level_from_key), _level(row.level_to_key) if row.level_to_key else "", amount, before,
                _amount(figures.get("year_ago")), str(TRENDS[moved]), TONES.get(moved, ""),
                _(", ").join(figures.get("products", ())), row.decision if may_read["decision"] else "",
                row.due_on if may_read["due_on"] else None, may and row.state_key == OPEN,
            )
        )  # fmt: skip
    return found


def classes(figures: Mapping[str, Any]) -> list[ClassTold]:
    """Return the levels of an analysis in their order, the best first, with shares and trends."""
    stored: Mapping[str, Mapping[str, Any]] = figures.get("classes", {})
    whole: Decimal | None = None
    for one in stored.values():
        whole = rules.plus(whole, _amount(one["amount"]))
    found = []
    for key in _order(stored):
        one = stored[key]
        amount, before, ago = (_amount(one[name]) for name in ("amount", "before", "year_ago"))
        moved = rules.trend(amount, before)
        found.append(
            ClassTold(
                _level(key), one, amount, rules.share(amount, whole), before, ago, str(TRENDS[moved]),
                TONES.get(moved, ""), str(TRENDS[rules.trend(amount, ago)]),
            )
        )  # fmt: skip
    return found


def matrix(figures: Mapping[str, Any]) -> tuple[list[str], list[tuple[str, list[tuple[int, bool]]]]]:
    """Return the levels across and the rows of the movements: files from the level at the start to that now."""
    stored: Mapping[str, Mapping[str, int]] = figures.get("matrix", {})
    keys = _order({*stored, *(to for row in stored.values() for to in row)})
    rows = [(_level(was), [(stored.get(was, {}).get(now, 0), was == now) for now in keys]) for was in keys]
    return [_level(key) for key in keys], rows


def changes(actor: Actor, row: Any) -> list[Change]:
    """Return what a suggestion would change, each field as far as the actor may read it in the file."""
    kind = RECORDS[selectors.CUSTOMER]
    allowed, found = modes(actor, kind), []
    for name, value in row.changes.items():
        if name not in kind.fields:
            continue
        spec, hidden = kind.fields[name], allowed[name] < Mode.READ
        now = (
            shown(actor, kind, row.customer, name).text
            if row.customer_id and allowed[name] > Mode.HIDE
            else ""
        )
        found.append(
            Change(name, spec.label, now, "" if hidden else in_words(spec, value), hidden, name in row.taken)
        )
    return found


def in_words(spec: FieldSpec, value: str) -> str:
    """Return a value as it was typed in a form, in words."""
    if spec.kind == "choices":
        return _(", ").join(active().label(spec.choice_list, one) for one in value.split(",") if one)
    if spec.choice_list and value:
        return active().label(spec.choice_list, value)
    if spec.kind in TREES and value:
        return TREES[spec.kind].name_of(value)
    return value or _("(empty)")


def _order(keys: Any) -> list[str]:
    known = [level.key for level in sorted(active().pack.level, key=lambda one: one.order)]
    return [*(key for key in known if key in keys), *sorted(set(keys) - set(known))]


def _level(key: str) -> str:
    return active().label("level", key) if key else _("no level")


def _amount(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
