"""What happens to rules and warnings on their way through the write door, and what may be done with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kedang.areas.customers import selectors as customers
from kedang.areas.engagement.models import Task
from kedang.areas.warnings import facts, rules, selectors
from kedang.areas.warnings.models import (
    CLOSED,
    EVENT,
    FALSE,
    INVESTIGATING,
    MEASURE,
    OPEN,
    STILL_OPEN,
    Rule,
    Warning,
)
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.generic import copied, new_record
from kedang.engine.actions.handing import give
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.calendar.table import workdays
from kedang.engine.identity.models import Unit, User
from kedang.engine.notices import tell
from kedang.engine.packs.active import active, said
from kedang.engine.records.types import RECORDS, record_of
from kedang.engine.scope.doors import writing
from kedang.kernel import clock, expr, text
from kedang.kernel.actor import Actor, Grant
from kedang.kernel.errors import Invalid, NotAllowed, PackError, Problem, RuleBroken
from kedang.kernel.ids import new_ids
from kedang.kits.web import formats
from kedang.kits.web.pages import record_url

ALL = Grant(everything=True)
RUNNER = Actor(
    "Kedang",
    grants={
        f"{selectors.KEY}:{verb}": ALL for verb in ("view", "create", "change")
    } | {f"{selectors.RULE}:{verb}": ALL for verb in ("view", "create", "change")}
    | {f"{selectors.CUSTOMER}:{verb}": ALL for verb in ("view", "change")},
)  # fmt: skip
FOUND, SEEN, ESCALATED = "warnings.warning.found", "warnings.warning.seen", "warnings.warning.escalated"
RECOUNTED = "warnings.warning.recount"
GIVEN = ("customer", "rule", "reason", "happened_on")
MAX_REASON = 500
MOST_AT_ONCE = 200
MAX_NOTE = 2000


# -- rules


def check_rules(work: Work, drafts: list[Draft]) -> None:
    """A condition can be read, asks for what there is, and compares like with like; an event needs none."""
    known = selectors.known()
    for draft in drafts:
        rule: Any = draft.record
        if draft.alters("name"):
            rule.name = text.tidy(rule.name)
        for name in ("when", "red_when"):
            if getattr(rule, name) and draft.alters(name, "kind_key"):
                _check_condition(draft, name, known)
        if rule.kind_key == EVENT and (rule.when or rule.red_when):
            draft.refuse("when", _("An event is reported by people; it has no condition."))
        if rule.kind_key != EVENT and not rule.when and draft.alters("when", "kind_key"):
            draft.refuse("when", _("Say when it warns, for example: overdue_days > 0"), "required")
        if draft.alters("says") and (unknown := sorted(rules.named_in(rule.says) - known.keys())):
            told = _("There is no field or figure of that name: %(names)s")
            draft.refuse("says", told % {"names": _(", ").join(unknown)})


def _check_condition(draft: Draft, name: str, known: Mapping[str, expr.Kind]) -> None:
    try:
        node = expr.parse(getattr(draft.record, name))
        asked = {test.name for test in expr.tests(node)}
        if unknown := sorted(asked - known.keys()):
            told = _("There is no field or figure of that name: %(names)s") % {"names": _(", ").join(unknown)}
            draft.refuse(name, told)
            return
        expr.check(node, known)
    except PackError as error:
        draft.refuse(name, _("This condition cannot be read: %(why)s") % {"why": error.text})


def seed() -> int:
    """File the rules of the packs in force that are not filed yet; return how many. Rules people changed stay."""
    unit = Unit.objects.filter(parent=None).order_by("pk").first()
    if unit is None:
        return 0
    known = set(
        Rule.objects.unscoped(because="which rules of the packs are filed")
        .exclude(pack_key="")
        .values_list("pack_key", flat=True)
    )
    language = settings.LANGUAGE_CODE
    fresh = [one for one in active().pack.warning_rule if one.key not in known and not one.retired]
    records = []
    work = Work(RUNNER, f"{selectors.RULE}.seed", "create", releases=True)
    for one in fresh:
        rule: Any = new_record(work, RECORDS[selectors.RULE])
        rule.unit_id, rule.pack_key = unit.pk, one.key
        rule.name, rule.says = said(one.label, language), said(one.says, language) if one.says else ""
        rule.task = said(one.task, language) if one.task else ""
        rule.kind_key, rule.level_key, rule.when, rule.red_when = (
            one.kind,
            one.level,
            one.when or "",
            one.red_when or "",
        )
        rule.days, rule.quiet_days, rule.in_use = one.days, one.quiet_days, one.in_use
        records.append(rule)
    _store(work, [Draft(RECORDS[selectors.RULE], rule, {}) for rule in records])
    return len(records)


# -- warnings as they are filed and found


def tidy_warnings(work: Work, drafts: list[Draft]) -> None:
    """What people report is an event, of a rule for events; what a run found is not theirs to rewrite."""
    if work.actor is RUNNER:
        return
    wanted = {draft.record.rule_id for draft in drafts if draft.alters("rule")} - {None}  # type: ignore[attr-defined]
    known = (
        {rule.pk: rule for rule in Rule.objects.visible_to(work.actor).filter(pk__in=wanted)}
        if wanted
        else {}
    )
    about = {draft.record.customer_id for draft in drafts if draft.creating} - {None}  # type: ignore[attr-defined]
    homes = customers.homes(work.actor, about, "change")
    for draft in drafts:
        row: Any = draft.record
        if draft.creating:
            _reported(draft, known.get(row.rule_id), homes.get(row.customer_id), work.actor.user_id)
        elif draft.was("figures") and draft.alters(*GIVEN):
            draft.refuse(
                "", _("A rule found this with its figures; note what you know under investigation."), "locked"
            )
        elif draft.alters("customer", "rule"):
            draft.refuse("", _("A warning stays with its customer and its rule."), "locked")
        elif row.state_key not in STILL_OPEN and draft.alters("reason", "happened_on"):
            draft.refuse("", _("This warning is closed."), "locked")


def _reported(
    draft: Draft, rule: Rule | None, home: tuple[int | None, int] | None, reporter: int | None
) -> None:
    row: Any = draft.record
    today = clock.today()
    if rule is None:
        return  # the door says so
    if rule.kind_key != EVENT or not rule.in_use:
        draft.refuse(
            "rule", _("Choose an event: theft, accident and the like. Other warnings come from figures.")
        )
        return
    if row.happened_on is not None and row.happened_on > today:
        draft.refuse("happened_on", _("This day is still to come."))
    if home is not None:
        row.unit_id = home[1]
        if row.owner_id == reporter:
            row.owner_id = home[0] or reporter  # whose customer it is deals with it
    row.title, row.level_key = rule.name, rule.level_key
    row.found_on = row.seen_on = row.as_of = today
    row.due_on = workdays().add(today, rule.days)
    row.state_key, row.open_key = OPEN, f"{rule.pk}:{row.customer_id}"


def refuse_repeats(work: Work, drafts: list[Draft]) -> None:
    """An event that is reported already is joined to its open warning, not filed twice."""
    if work.actor is RUNNER:
        return
    keys = {draft.record.open_key for draft in drafts if draft.creating} - {None}  # type: ignore[attr-defined]
    rows = Warning.objects.unscoped(because="whether the same event is reported already").filter(
        open_key__in=keys
    )
    taken = set(rows.values_list("open_key", flat=True)) if keys else set()
    for draft in drafts:
        if draft.creating and draft.record.open_key in taken:  # type: ignore[attr-defined]
            told = _("This is reported already and still open. Open it there and choose “Seen again”.")
            draft.refuse("rule", told, "taken")


def tell_owners(work: Work, drafts: list[Draft]) -> None:
    """Whoever has to deal with a reported event hears of it."""
    if work.actor is RUNNER:
        return
    for draft in drafts:
        row: Any = draft.record
        if draft.creating and row.owner_id not in (None, work.actor.user_id):
            tell([row.owner_id], gettext_lazy("A new warning for you"), _page(row), "warning",
                 about=(selectors.KEY, row.pk))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found at one customer by one rule."""

    rule: Rule
    customer_id: int
    owner_id: int | None
    unit_id: int
    level: str
    row: Mapping[str, Any]
    before: int | None = None


def store_found(
    found: Sequence[Found], joined: Sequence[tuple[int, Found, rules.Step]], cleared: Sequence[int], as_of: date,
) -> list[Warning]:  # fmt: skip
    """Store what a run found: new warnings, repeats joined to the open ones, and those that no longer hold, the latter
    two by their ids; one that was closed since is left alone.

    Return those that were opened or became worse. Called within nothing: each call is one transaction.
    """
    kind = RECORDS[selectors.KEY]
    opening = Work(RUNNER, FOUND, "create", releases=True)
    seeing = Work(RUNNER, SEEN, "change", releases=True)
    blank = new_record(opening, kind)
    drafts, seen, told = [], [], []
    for pk, one in zip(new_ids(len(found)), found, strict=True):
        warning: Any = copied(blank, pk)
        warning.owner_id, warning.unit_id, warning.customer_id = one.owner_id, one.unit_id, one.customer_id
        warning.rule_id, warning.title, warning.level_key = one.rule.pk, one.rule.name, one.level
        warning.found_on = warning.seen_on = warning.as_of = as_of
        warning.due_on = workdays().add(as_of, one.rule.days)
        warning.open_key, warning.before_id = f"{one.rule.pk}:{one.customer_id}", one.before
        _say(warning, one)
        drafts.append(Draft(kind, warning, {}))
    open_ones = selectors.still_open([*(pk for pk, _one, _what in joined), *cleared])
    for pk, one, what in joined:
        if (warning := open_ones.get(pk)) is None:
            continue
        seeing.hold(warning)
        warning.times, warning.seen_on, warning.as_of, warning.cleared_on = (
            warning.times + 1,
            as_of,
            as_of,
            None,
        )
        if what is rules.Step.WORSEN:
            warning.level_key = one.level
            told.append(warning)
        _say(warning, one)
        seen.append(seeing.draft(warning))
    for pk in cleared:
        if (warning := open_ones.get(pk)) is None:
            continue
        seeing.hold(warning)
        warning.cleared_on = as_of
        seen.append(seeing.draft(warning))
    with transaction.atomic():
        stored = _store(opening, drafts)
        _store(seeing, seen)
    return [*stored, *told]


def _store(work: Work, drafts: list[Draft]) -> list[Any]:
    """Check and store drafts under their action; one that somebody else filed meanwhile is left out."""
    if not drafts:
        return []
    work.check(drafts)
    sound = [draft for draft in drafts if not draft.problems]
    for draft in drafts:
        if any(problem.code != "taken" for problem in draft.problems):
            raise Invalid(_("Some fields need another look."), draft.problems)
    with transaction.atomic(), writing(work.action):
        work.store(sound)
    return [draft.record for draft in sound]


def _say(warning: Any, one: Found) -> None:
    """Keep the figures that the rule saw, and put the reason into words; guarded figures are not in the words."""
    names = _named(one.rule.when, one.rule.red_when, one.rule.says)
    values = {name: one.row[name] for name in names if one.row.get(name) not in (None, "")}
    warning.figures = {name: selectors.figure_text(value) for name, value in values.items()}
    open_ones = {name: value for name, value in values.items() if not selectors.guarded_by(name)}
    with translation.override(settings.LANGUAGE_CODE):
        warning.reason = in_words(one.rule.says, open_ones)[:MAX_REASON] or one.rule.name


@cache
def _named(when: str, red_when: str, says: str) -> list[str]:
    return sorted(rules.names_in(when, red_when) | rules.named_in(says))


def in_words(says: str, values: Mapping[str, Any]) -> str:
    """Return a reason with its figures as people read them, in the language that is active. Nothing overdue is not
    worth a clause: an amount of zero is left out.
    """
    money = {name for name, one in facts.figures().items() if one.unit == "money"}
    told = {name: value for name, value in values.items() if name not in money or Decimal(value)}
    return rules.composed(says, {name: worded(name, value) for name, value in told.items()})


def worded(name: str, value: Any) -> str:
    """Return one figure or field of a customer in words: 94.2万元, 52 days, 13.27%."""
    figure = facts.figures().get(name)
    unit = figure.unit if figure is not None else RECORDS[selectors.CUSTOMER].fields[name].kind
    match unit:
        case "money":
            return _("%(amount)s yuan") % {"amount": formats.amount(Decimal(value))}
        case "percent":
            return f"{formats.plain_number(Decimal(value))}%"
        case "times":
            return _("%(figure)s times") % {"figure": formats.plain_number(Decimal(value))}
        case "days":
            number = Decimal(value)
            return ngettext("%(figure)s day", "%(figure)s days", int(number)) % {
                "figure": formats.plain_number(number)
            }
        case "choice":
            return active().label(RECORDS[selectors.CUSTOMER].fields[name].choice_list, str(value))
        case "date":
            return value if isinstance(value, str) else value.isoformat()
        case "boolean":
            return _("yes") if value else _("no")
    return formats.plain_number(Decimal(value)) if unit in ("count", "number", "integer") else str(value)


SIGNS = {
    expr.Op.EQ: "=", expr.Op.NE: "≠", expr.Op.LT: "<", expr.Op.LE: "≤", expr.Op.GT: ">", expr.Op.GE: "≥",
}  # fmt: skip


def condition(when: str) -> str:
    """Return a condition as people read it, figures and fields by their labels: 最长逾期 > 60天 且 等级：钻石、金.

    What cannot be read, or names an attribute that is gone, is returned as it is written.
    """
    try:
        node = expr.parse(when)
        expr.check(node, selectors.known())
    except PackError:
        return when
    return _worded(node)


def _worded(node: expr.Node) -> str:
    match node:
        case expr.Compare(name, op, value):
            return f"{selectors.label_of(name)} {SIGNS[op]} {worded(name, value)}"
        case expr.Among(name, op, values):
            listed = _(", ").join(worded(name, one) for one in values)
            told = _("%(name)s: %(values)s") if op is expr.Op.IN else _("%(name)s: not %(values)s")
            return told % {"name": selectors.label_of(name), "values": listed}
        case expr.Missing(name):
            return _("%(name)s: no data") % {"name": selectors.label_of(name)}
        case expr.Not(expr.Missing(name)):
            return _("%(name)s: known") % {"name": selectors.label_of(name)}
        case expr.Not(expr.Compare(name, expr.Op.EQ, value)):
            return f"{selectors.label_of(name)} ≠ {worded(name, value)}"
        case expr.Not(part):
            return _("not (%(condition)s)") % {"condition": _worded(part)}
        case expr.All(parts):
            return _(" and ").join(map(_in_brackets, parts))
        case expr.Either(parts):
            return _(" or ").join(map(_in_brackets, parts))


def _in_brackets(part: expr.Node) -> str:
    text = _worded(part)
    return _("(%(condition)s)") % {"condition": text} if isinstance(part, expr.All | expr.Either) else text


# -- what people do with a warning


def _is_open(row: Any) -> bool:
    return row.state_key in STILL_OPEN


def _is_fresh(row: Any) -> bool:
    return bool(row.state_key == OPEN)


def _is_event(row: Any) -> bool:
    return _is_open(row) and not row.figures


def _wants_cause(row: Any) -> bool:
    return row.state_key == INVESTIGATING and not row.cause_key


def _has_cause(row: Any) -> bool:
    return _is_open(row) and bool(row.cause_key)


def _wants_measure(row: Any) -> bool:
    return bool(row.state_key == INVESTIGATING and row.cause_key)


def _wants_result(row: Any) -> bool:
    return bool(row.state_key == MEASURE)


def _only_open(warning: Warning) -> None:
    if warning.state_key not in STILL_OPEN:
        raise RuleBroken(_("This warning is closed."))


@action(
    "warnings.warning.take", record=Warning, label=gettext_lazy("Take it on"), icon="check", offered=_is_fresh,
    leads=_is_fresh,
)  # fmt: skip
def take(work: Work, warning: Warning) -> None:
    """Take a warning on: it is looked into from now. A warning of nobody becomes one's own."""
    if warning.state_key != OPEN:
        raise RuleBroken(_("This warning is taken on already."))
    warning.state_key, warning.taken_on = INVESTIGATING, clock.today()
    if warning.owner_id is None:
        warning.owner_id = work.actor.user_id
    if warning.rule.task and warning.owner_id is not None:
        _make_task(work, warning, warning.rule.task, warning.owner_id, warning.due_on)
    work.save(warning)


@action(
    "warnings.warning.investigate", record=Warning, label=gettext_lazy("Note the cause"), icon="search",
    offered=_is_open, leads=_wants_cause,
    inputs={"cause": Input(gettext_lazy("Cause"), "choice", choice_list="warning_cause"),
            "found": Input(gettext_lazy("What was found"), "longtext")},
)  # fmt: skip
def investigate(work: Work, warning: Warning, *, cause: str, found: str) -> None:
    """Write down what the inquiry found and why it came to this."""
    _only_open(warning)
    _one_of("cause", "warning_cause", cause)
    if warning.state_key == OPEN:
        warning.state_key, warning.taken_on = INVESTIGATING, clock.today()
    warning.cause_key, warning.investigation = cause, _more(warning.investigation, found, "found")
    if warning.owner_id is None:
        warning.owner_id = work.actor.user_id
    work.save(warning)


@action(
    "warnings.warning.set_measure", record=Warning, label=gettext_lazy("Set a measure"), icon="flag",
    offered=_has_cause, leads=_wants_measure,
    inputs={"measure": Input(gettext_lazy("What to do")),
            "by": Input(gettext_lazy("Who does it"), "user", required=False),
            "due_on": Input(gettext_lazy("Until when"), "date")},
)  # fmt: skip
def set_measure(work: Work, warning: Warning, *, measure: str, due_on: date, by: int | None = None) -> None:
    """Decide what is done, by whom and until when: a task of that person. The cause must be known first."""
    _only_open(warning)
    if not warning.cause_key:
        raise RuleBroken(_("Note the cause first; a measure answers a cause."))
    if due_on < clock.today():
        told = _("Choose a day that is still to come.")
        raise Invalid(told, [Problem("due_on", told)])
    whom = by or work.actor.user_id
    person = User.objects.filter(pk=whom, is_active=True).first()
    if person is None:
        told = _("Choose somebody who still works here.")
        raise Invalid(told, [Problem("by", told)])
    _make_task(work, warning, measure, person.pk, due_on)
    warning.state_key = MEASURE
    line = _("%(measure)s (%(who)s, until %(day)s)") % {
        "measure": measure,
        "who": person,
        "day": due_on.isoformat(),
    }
    warning.measure = _more(warning.measure, line, "measure")
    work.save(warning)


def _make_task(work: Work, warning: Warning, title: str, owner_id: int, due_on: date | None) -> None:
    """File a task for a measure: as the one who sets it, who must be allowed to."""
    if not work.actor.may("engagement.task", "create"):
        raise NotAllowed(_("Your role may not add tasks."))
    filing = Work(
        work.actor, "engagement.task.create", "create", work.reason, depth=work.depth, releases=True
    )
    kind = record_of(Task)
    task: Any = new_record(filing, kind)
    person = User.objects.get(pk=owner_id)
    give(task, person)
    task.title, task.customer_id, task.due_on = text.tidy(title)[:120], warning.customer_id, due_on
    task.origin_key, task.origin_id = selectors.KEY, warning.pk
    filing.save(task)
    if owner_id != work.actor.user_id:
        tell([owner_id], gettext_lazy("A task for you from a warning"), record_url(kind, task.pk), "task",
             about=("engagement.task", task.pk))  # fmt: skip


@action("warnings.warning.close", record=Warning, label=gettext_lazy("Close"), icon="check",
        offered=_wants_result, leads=_wants_result,
        inputs={"result": Input(gettext_lazy("Result"), "longtext")})  # fmt: skip
def close(work: Work, warning: Warning, *, result: str) -> None:
    """Close a warning with what came of it. Cause and measure must be there: nothing is closed unexamined."""
    _only_open(warning)
    if not warning.cause_key or not warning.measure:
        raise RuleBroken(_("Note the cause and set a measure first; or say that it was a false alarm."))
    warning.result = _fitting("result", result)
    _end(work, warning, CLOSED)


@action("warnings.warning.false_alarm", record=Warning, label=gettext_lazy("False alarm"), icon="x", asks_reason=True,
        offered=_is_open)  # fmt: skip
def false_alarm(work: Work, warning: Warning) -> None:
    """Close a warning that was none, with the reason; it counts against its rule."""
    _only_open(warning)
    warning.result = work.reason
    _end(work, warning, FALSE)


def _end(work: Work, warning: Warning, state: str) -> None:
    warning.state_key, warning.closed_on, warning.open_key = state, clock.today(), None
    work.save(warning)


@action("warnings.warning.seen_again", record=Warning, label=gettext_lazy("Seen again"), icon="undo", offered=_is_event,
        inputs={"what": Input(gettext_lazy("What is new"), "longtext")})  # fmt: skip
def seen_again(work: Work, warning: Warning, *, what: str) -> None:
    """Join a repeat to the open report of an event."""
    _only_open(warning)
    warning.times, warning.seen_on = warning.times + 1, clock.today()
    warning.investigation = _more(warning.investigation, what, "what")
    work.save(warning)


@action("warnings.warning.escalate", record=Warning, label=gettext_lazy("Escalate"), icon="arrow", asks_reason=True,
        offered=_is_open)  # fmt: skip
def escalate(work: Work, warning: Warning) -> None:
    """Bring a warning before the leader now, with the reason."""
    _only_open(warning)
    above = selectors.heads().above(warning.unit_id, besides=warning.owner_id)
    if not above:
        raise RuleBroken(_("There is nobody above who could be told."))
    lift(warning, above, clock.today())
    work.save(warning)
    tell(above, gettext_lazy("A warning was brought before you"), _page(warning), "warning",
         about=(selectors.KEY, warning.pk))  # fmt: skip


def lift(warning: Warning, above: Sequence[int], today: date) -> None:
    """Note that a warning was brought before the leader. It is not stored yet."""
    warning.escalated_on, warning.escalated_to_id = today, above[0]


def escalate_late(today: date, most: int) -> tuple[int, int]:
    """Bring warnings that were not dealt with in time before the leaders; return how many there were and were told.

    Those of a unit with nobody above are marked too, so that they are not looked at each night anew.
    """
    book = selectors.heads()
    rows = selectors.late(today, most)
    work = Work(RUNNER, ESCALATED, "change", releases=True)
    drafts, whom = [], []
    for row in rows:
        work.hold(row)
        above = book.above(row.unit_id, besides=row.owner_id)
        row.escalated_on = today
        if above:
            lift(row, above, today)
        whom.append(above)
        drafts.append(work.draft(row))
    count = 0
    with transaction.atomic():
        _store(work, drafts)
        for row, above in zip(rows, whom, strict=True):
            people = [pk for pk in (*above, row.owner_id) if pk is not None]
            count += tell(people, gettext_lazy("A warning was not dealt with in time"), _page(row),
                          "warning", about=(selectors.KEY, row.pk))  # fmt: skip
    return len(rows), count


def recount(years: Sequence[int]) -> int:
    """Count the days anew until which open warnings are to be dealt with, where the calendar of these years has
    changed; return how many moved. What was brought before the leader stays: its day has passed.
    """
    calendar, work, count = workdays(), Work(RUNNER, RECOUNTED, "change", releases=True), 0
    rows = selectors.counted_in(years)
    for first in range(0, len(rows), MOST_AT_ONCE):
        drafts = []
        for row in rows[first : first + MOST_AT_ONCE]:
            due = calendar.add(row.found_on, row.rule.days) if row.found_on else row.due_on
            if due != row.due_on:
                work.hold(row)
                row.due_on = due
                drafts.append(work.draft(row))
        _store(work, drafts)
        count += len(drafts)
    return count


def _page(warning: Warning) -> str:
    return record_url(RECORDS[selectors.KEY], warning.pk)


def _one_of(name: str, listed: str, value: str) -> None:
    if value not in dict(active().choices(listed)):
        told = _("“%(value)s” is not one of the choices.") % {"value": value}
        raise Invalid(told, [Problem(name, told, "choice")])


def _fitting(name: str, value: str) -> str:
    if len(value) > MAX_NOTE:
        told = _("At most %(most)s characters.") % {"most": MAX_NOTE}
        raise Invalid(told, [Problem(name, told, "too_long")])
    return value.strip()


def _more(before: str, fresh: str, name: str) -> str:
    """Add a line to a note that grows."""
    return "\n".join(part for part in (before, _fitting(name, fresh)) if part)
