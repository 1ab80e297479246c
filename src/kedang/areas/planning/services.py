"""Setting quotas, announcing a month, and what happens to the lines of a sales task until their remedy is given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers import selectors as customers
from kedang.areas.engagement.models import OPEN as TASK_OPEN
from kedang.areas.engagement.models import Task
from kedang.areas.planning import rules, selectors
from kedang.areas.planning.models import (
    ANNOUNCED,
    ANSWERED,
    DRAFT,
    MET,
    OPEN,
    REPLACED,
    UNMET,
    MonthTarget,
    Quota,
    SalesLine,
)
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.generic import new_record
from kedang.engine.actions.handing import give
from kedang.engine.actions.perform import perform
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.calendar.table import workdays
from kedang.engine.identity.models import User
from kedang.engine.notices import tell
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS, record_of
from kedang.engine.scope.doors import writing
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Grant
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, Problem, RuleBroken
from kedang.kits.web.pages import absent_text, record_url, url_of

ALL = Grant(everything=True)
RUNNER = Actor(
    "Kedang",
    grants={f"{selectors.LINE}:{verb}": ALL for verb in ("view", "change")}
    | {f"{selectors.CUSTOMER}:{verb}": ALL for verb in ("view", "change")}
    | {f"engagement.task:{verb}": ALL for verb in ("view", "create")},
)
CLOSE = "planning.salesline.close"
RECOUNTED = "planning.salesline.recount"
MAX_REMEDY = 2_000


# -- quotas


def set_quotas(actor: Actor, unit_id: int, values: Mapping[str, int | None]) -> int:
    """Set quotas of a unit that the actor leads, None to take one back; return how many changed."""
    if not selectors.leads(actor):
        raise NotAllowed(_("Your role does not allow this."))
    if unit_id not in selectors.units_led(actor):
        raise NotVisible(absent_text())
    _check_amounts(values)
    with transaction.atomic():
        known = {measure: row.value for (_unit, measure), row in selectors.set_quotas([unit_id]).items()}
        fresh = [(measure, value) for measure, value in values.items() if known.get(measure) != value]
        now = clock.now()
        Quota.objects.bulk_create(
            Quota(unit_id=unit_id, measure=measure, value=value, set_by_id=actor.user_id, set_at=now)
            for measure, value in fresh
        )
    return len(fresh)


def _check_amounts(values: Mapping[str, int | None]) -> None:
    wrong = _("Give a whole number from 0 to %(most)s.") % {"most": rules.MOST}
    bad = [
        Problem(name, wrong)
        for name, value in values.items()
        if value is not None and not 0 <= value <= rules.MOST
    ]
    if bad:
        raise Invalid(wrong, bad)


# -- the month


def proposed(actor: Actor, people: Sequence[User], month: date) -> list[MonthTarget]:
    """Return what a month asks of each of these people: the draft, else what is announced, else a fresh proposal
    drawn from the files. Nothing is stored.
    """
    pks = [one.pk for one in people]
    known = selectors.targets(pks, month)
    files = selectors.files_by_level(actor, pks)
    quotas = selectors.quotas(one.unit_id for one in people)
    each = selectors.frequencies()
    found = []
    for one in people:
        kept = known.get(one.pk, {})
        row = (
            kept.get(DRAFT)
            or kept.get(ANNOUNCED)
            or _fresh(one, month, files.get(one.pk, {}), each, quotas[one.unit_id])
        )
        found.append(row)
    return found


def fresh(actor: Actor, people: Sequence[User], month: date) -> list[MonthTarget]:
    """Return proposals drawn from the files as they stand, whatever was kept of the month."""
    files = selectors.files_by_level(actor, [one.pk for one in people])
    quotas, each = selectors.quotas(one.unit_id for one in people), selectors.frequencies()
    return [_fresh(one, month, files.get(one.pk, {}), each, quotas[one.unit_id]) for one in people]


def _fresh(
    person: User, month: date, files: Mapping[str, int], each: Mapping[str, int], quota: Mapping[str, int]
) -> MonthTarget:
    row = MonthTarget(
        month=month, user=person, unit_id=person.unit_id, as_of=clock.today(), changed_at=clock.now(),
        calls=quota[rules.CALLS], customers=quota[rules.CUSTOMERS], new=quota[rules.NEW],
        prospects=quota[rules.PROSPECTS], files=sum(files.values()),
    )  # fmt: skip
    reckon(row, {level: files.get(level, 0) for level in each}, each)
    return row


def reckon(row: MonthTarget, files: Mapping[str, int], each: Mapping[str, int]) -> None:
    """Work out what a target comes to from its files and how often each level is visited."""
    days = workdays().count(row.month, rules.last_of(row.month))
    sums = rules.propose(files, each, days)
    row.levels = {level: [files[level], each.get(level, 0)] for level in files}
    row.visits, row.per_day = sums.visits, sums.per_day


def keep(actor: Actor, rows: Sequence[MonthTarget]) -> None:
    """Keep drafts of a month for people whom the actor leads."""
    _only_led(actor, rows)
    now = clock.now()
    with transaction.atomic():
        for row in rows:
            values = {
                name: getattr(row, name)
                for name in ("unit_id", "as_of", "levels", "files", "visits", "per_day", *rules.MEASURES)
            }
            MonthTarget.objects.update_or_create(
                month=row.month, user_id=row.user_id, state=DRAFT,
                defaults=values | {"changed_by_id": actor.user_id, "changed_at": now},
            )  # fmt: skip


def announce(actor: Actor, rows: Sequence[MonthTarget]) -> int:
    """Announce a month (公布) to these people: what was announced before is replaced, and each of them is told."""
    _only_led(actor, rows)
    if not rows:
        return 0
    month, now = rows[0].month, clock.now()
    if month < rules.first_of(clock.today()):
        raise RuleBroken(_("This month is over; announce one that is still to come, or the present one."))
    pks = [row.user_id for row in rows]
    with transaction.atomic():
        keep(actor, rows)
        MonthTarget.objects.filter(user__in=pks, month=month, state=ANNOUNCED).update(state=REPLACED)
        MonthTarget.objects.filter(user__in=pks, month=month, state=DRAFT).update(
            state=ANNOUNCED, announced_at=now
        )
        tell(pks, _told(month), url_of("plan"), "plan")
    return len(pks)


def _told(month: date) -> Callable[[], str]:
    return lambda: _("Your figures for %(month)s are announced") % {"month": f"{month:%Y-%m}"}


def _only_led(actor: Actor, rows: Sequence[MonthTarget]) -> None:
    if not selectors.leads(actor):
        raise NotAllowed(_("Your role does not allow this."))
    led = selectors.units_led(actor)
    if any(row.unit_id not in led for row in rows):
        raise NotVisible(absent_text())


# -- the sales task


def tidy_lines(work: Work, drafts: list[Draft]) -> None:
    """A line is of a whole month, one for each customer, and belongs to whose customer it is; a closed one stays."""
    about = {draft.record.customer_id for draft in drafts if draft.creating} - {None}  # type: ignore[attr-defined]
    homes = customers.homes(work.actor, about)
    taken = _taken(drafts)
    for draft in drafts:
        row: Any = draft.record
        if row.month_on is not None:
            row.month_on = rules.first_of(row.month_on)
            row.title = f"{row.month_on:%Y-%m}"
        if draft.alters("target") and row.target is not None and row.target <= 0:
            draft.refuse("target", _("A sales task is more than nothing."))
        if draft.creating and row.customer_id in homes:
            owner, row.unit_id = homes[row.customer_id]
            if row.owner_id == work.actor.user_id:
                row.owner_id = owner or row.owner_id
        other = taken.get((row.customer_id, row.month_on)) if row.month_on is not None else None
        if draft.alters("customer", "month_on") and other not in (None, row.pk):
            draft.refuse("customer", _("This customer has a line for this month already."), "unique")
        if (
            not draft.creating
            and draft.alters("customer", "month_on", "target")
            and not work.actor.may(selectors.LINE, "create")
        ):
            draft.refuse("", _("Who sets the sales task changes it."), "locked")
        elif (
            not draft.creating
            and draft.was("state_key") != OPEN
            and draft.alters("customer", "month_on", "target")
        ):
            draft.refuse("", _("This month is closed; its sales task stays as it was."), "locked")


def _taken(drafts: list[Draft]) -> dict[tuple[int, date], int]:
    """Return the lines there are of these customers and months, those of this save with them: one query."""
    changed = [draft.record for draft in drafts if draft.alters("customer", "month_on")]
    wanted = {row.customer_id for row in changed} - {None}  # type: ignore[attr-defined]
    months = {rules.first_of(row.month_on) for row in changed if row.month_on is not None}  # type: ignore[attr-defined]
    if not wanted or not months:
        return {}
    rows = SalesLine.objects.unscoped(because="one line of a sales task for a customer and month").filter(
        customer__in=wanted, month_on__in=months, archived_at=None
    )
    found = {
        (customer, month): pk for pk, customer, month in rows.values_list("pk", "customer_id", "month_on")
    }
    for row in changed:
        if row.month_on is not None:  # type: ignore[attr-defined]
            found.setdefault((row.customer_id, rules.first_of(row.month_on)), row.pk)  # type: ignore[attr-defined]
    return found


def over(row: SalesLine) -> bool:
    """Say whether a line is open and the last day of its month has come."""
    return row.state_key == OPEN and clock.today() >= rules.last_of(row.month_on)


@action(
    CLOSE, record=SalesLine, label=gettext_lazy("Close the month"), icon="check", offered=over, leads=over
)
def close(work: Work, row: SalesLine) -> None:
    """Close a line with what was bought in its month; one that is not met asks its owner for a remedy by a day."""
    if row.state_key != OPEN:
        raise RuleBroken(_("This line is closed already."))
    today = clock.today()
    if today < rules.last_of(row.month_on):
        raise RuleBroken(_("This month is not over yet."))
    sums = selectors.bought([row.customer_id], row.month_on)
    row.done_amount, row.closed_on = sums.get(row.customer_id, Decimal(0)), today
    row.state_key = MET if rules.outcome(row.target, row.done_amount) == rules.MET else UNMET
    if row.state_key == UNMET:
        _demand(work, row)
    work.save(row)


def _demand(work: Work, row: SalesLine) -> None:
    """Ask for the remedy: a task of the owner of the line, due in the same working days as the line."""
    days = _remedy_days()
    row.asked_on = clock.today()
    row.remedy_due_on = workdays().add(row.asked_on, days)
    person = User.objects.filter(pk=row.owner_id, is_active=True).first()
    if person is None:
        return
    filing = Work(
        work.actor, "engagement.task.create", "create", work.reason, depth=work.depth, releases=True
    )
    kind = record_of(Task)
    task: Any = new_record(filing, kind)
    give(task, person)
    task.title = _("Sales task of %(month)s not met: give a remedy") % {"month": row.title}
    task.customer_id, task.due_days, task.priority_key = row.customer_id, days, "high"
    task.origin_key, task.origin_id = selectors.LINE, row.pk
    filing.save(task)
    if person.pk != work.actor.user_id:
        tell([person.pk], gettext_lazy("A sales task is not met: a remedy is asked of you"),
             record_url(RECORDS[selectors.LINE], row.pk), "plan", about=(selectors.LINE, row.pk))  # fmt: skip


def wants_remedy(row: SalesLine) -> bool:
    """Say whether a line waits for its remedy."""
    return row.state_key == UNMET


@action("planning.salesline.answer", record=SalesLine, label=gettext_lazy("Give the remedy"), icon="edit",
        offered=wants_remedy, leads=wants_remedy,
        inputs={"remedy": Input(gettext_lazy("What is done so that it is made good"), "longtext")})  # fmt: skip
def answer(work: Work, row: SalesLine, *, remedy: str) -> None:
    """Say what is done about an unmet line; the task that asked for it is done."""
    if row.state_key != UNMET:
        raise RuleBroken(_("No remedy is asked for here."))
    if len(remedy) > MAX_REMEDY:
        told = _("At most %(most)s characters.") % {"most": MAX_REMEDY}
        raise Invalid(told, [Problem("remedy", told)])
    row.state_key, row.remedy, row.answered_on = ANSWERED, remedy.strip(), clock.today()
    work.save(row)
    rows = Task.objects.visible_to(work.actor, "change").filter(
        origin_key=selectors.LINE, origin_id=row.pk, state_key=TASK_OPEN
    )
    for task in rows:
        perform(work.actor, "engagement.task.done", task.pk)


@action("planning.salesline.ask_again", record=SalesLine, verb="assign", label=gettext_lazy("Ask for another remedy"),
        icon="undo", asks_reason=True, offered=lambda row: row.state_key == ANSWERED)  # fmt: skip
def ask_again(work: Work, row: SalesLine) -> None:
    """Send a remedy back: its owner is asked anew, with the reason in the history."""
    if row.state_key != ANSWERED:
        raise RuleBroken(_("No remedy was given here."))
    row.state_key = UNMET
    _demand(work, row)
    work.save(row)


def _remedy_days() -> int:
    return int(str(active().setting("plan.remedy_days")))


def recount(years: Iterable[int]) -> None:
    """Count the days anew until which remedies are asked for, where the calendar of these years has changed.

    The task that asks for a remedy is counted in working days itself and moves with the tasks.
    """
    calendar, days = workdays(), _remedy_days()
    for row in selectors.asked_in(years):
        due = calendar.add(row.asked_on, days)
        if due != row.remedy_due_on:
            work = Work(RUNNER, RECOUNTED, "change", releases=True)
            with transaction.atomic(), writing(work.action):
                work.hold(row)
                row.remedy_due_on = due
                work.save(row)
