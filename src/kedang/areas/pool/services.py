"""Move customers into pools and out of them, through the write door."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers.models import Customer
from kedang.areas.pool import facts, rules, selectors
from kedang.areas.pool.models import (
    ASSIGNED,
    CLAIMED,
    FELL,
    GIVEN_BACK,
    RETURNED,
    Forecast,
    Move,
    Proposal,
    Run,
    Shelter,
)
from kedang.engine.actions import bulk
from kedang.engine.actions.handing import give
from kedang.engine.actions.perform import perform
from kedang.engine.actions.registry import ActionSpec, Input, action, add
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import Pool, User
from kedang.engine.jobs.queueing import SYSTEM, queue
from kedang.engine.packs.active import active
from kedang.engine.scope.doors import writing
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, LimitReached, NotAllowed, Problem, RuleBroken
from kedang.kernel.ids import new_ids
from kedang.packs.schema import PoolFall, PoolRule

CLAIM, RETURN, BACK = "customers.customer.claim", "customers.customer.to_pool", "customers.customer.give_back"
FALL, UNDO = "customers.customer.fall", "customers.customer.pool_undo"
FORESEEN = "pool.forecast"
KEEP, RELEASE = "customers.customer.keep_out", "customers.customer.end_keep_out"
RUN, BACK_JOB = "pool.run", "pool.undo"
OWN = frozenset({CLAIM, RETURN, BACK, FALL, UNDO})  # these note their own moves

facts.contribute_shield(rules.APPROVAL, selectors.waiting)


def owned(customer: Any) -> bool:
    """Say whether somebody looks after a customer."""
    return customer.owner_id is not None


def pooled(customer: Any) -> bool:
    """Say whether a customer lies in a pool."""
    return customer.owner_id is None and customer.pool_id is not None


def why_text(after: str, since: date, days: int, *, never: bool) -> str:
    """Return why a customer falls, in the reader's language."""
    if never:
        text = {
            rules.FOLLOW_UP: _("never followed up since it was taken on, %(day)s (rule: %(days)s days)"),
            rules.ORDER: _("no order since it was taken on, %(day)s (rule: %(days)s days)"),
        }
    else:
        text = {
            rules.FOLLOW_UP: _("no follow-up since %(day)s (rule: %(days)s days)"),
            rules.ORDER: _("no order since %(day)s (rule: %(days)s days)"),
            rules.CONTRACT_END: _("the last contract ended on %(day)s (rule: %(days)s days)"),
        }
    return text.get(after, "") % {"day": since.isoformat(), "days": days}


def keeps_text(after: str) -> str:
    """Return what would keep a customer."""
    return {
        rules.FOLLOW_UP: _("A follow-up keeps it: finish a task for it."),
        rules.ORDER: _("An order keeps it."),
        rules.CONTRACT_END: _("A new contract keeps it."),
    }.get(after, "")


def shield_text(name: str) -> str:
    """Return what keeps a customer out of the pool, in words."""
    return {
        rules.CONTRACT: _("won, and its contract is in force"), rules.OPPORTUNITY: _("an opportunity is open"),
        rules.LOCKED: _("a manager keeps it out"), rules.KEY_ACCOUNT: _("it is a key account"),
        rules.APPROVAL: _("a request waits for an answer"), rules.RECEIVABLE: _("money is still owed"),
        rules.SEALED: _("it is sealed"), rules.HELD: _("it is on hold"),
    }.get(name, name)  # fmt: skip


def said(verdict: rules.Verdict) -> str:
    """Return a verdict in words."""
    return why_text(verdict.after, verdict.since, verdict.days, never=verdict.never)


def move_down(run: Run, group: Sequence[selectors.Judged], actor: Actor) -> int:
    """Let customers of one pool fall that fall for the same reason; return how many did.

    One transaction: a customer that changed hands since it was judged stays. The reason stands in its history.
    """
    first = group[0]
    reason = _("Falls into the pool “%(pool)s”: %(why)s") % {
        "pool": first.pool.name,
        "why": said(first.verdict),
    }
    work = Work(SYSTEM, FALL, "assign", reason, run_id=run.pk, releases=True)
    owners = {one.pk: one.owner for one in group}
    verdicts = {one.pk: one.verdict for one in group}
    with transaction.atomic(), writing(FALL):
        rows = Customer.objects.unscoped(because="customers that a rule lets fall into a pool")
        found = list(
            rows.filter(pk__in=owners, pool__isnull=True, archived_at__isnull=True).select_for_update(
                of=("self",)
            )
        )
        drafts = []
        for row in found:
            if row.owner_id != owners[row.pk]:
                continue
            work.hold(row)
            row.owner_id, row.pool_id = None, first.pool.pk
            drafts.append(work.draft(row))
        work.check(drafts)
        sound = [draft for draft in drafts if not draft.problems]
        work.store(sound)
        now, today = clock.now(), run.as_of
        Move.objects.bulk_create(
            Move(customer_id=draft.record.pk, kind=FELL, at=now, day=today, pool_id=first.pool.pk,
                 user_id=owners[draft.record.pk], by_id=actor.user_id, run=run, reason=reason[:300],
                 why=_plain(verdicts[draft.record.pk]))
            for draft in sound
        )  # fmt: skip
        Forecast.objects.filter(customer__in=[draft.record.pk for draft in sound]).delete()
    return len(sound)


def _plain(verdict: rules.Verdict) -> dict[str, Any]:
    return {
        "after": verdict.after, "since": verdict.since.isoformat(), "days": verdict.days,
        "on": verdict.on.isoformat(), "never": verdict.never,
    }  # fmt: skip


@action(
    CLAIM,
    record=Customer,
    verb="claim",
    label=gettext_lazy("Claim"),
    releases=True,
    icon="check",
    offered=pooled,
    leads=pooled,
)
def claim(work: Work, customer: Customer) -> None:
    """Take a customer out of the pool for oneself. Raise LimitReached or RuleBroken with the cap in words."""
    if not pooled(customer):
        raise RuleBroken(_("This customer is no longer in the pool: a colleague was faster."))
    me = User.objects.select_for_update().get(
        pk=work.actor.user_id
    )  # two claims of one person count one by one
    today = clock.today()
    pool = next(one for one in selectors.pools() if one.pk == customer.pool_id)
    _check_claim(work.actor, pool, customer, today)
    give(customer, me)
    work.save(customer)
    _note(work, customer, CLAIMED, me.pk, pool.pk, today)


def _check_claim(actor: Actor, pool: selectors.Served, customer: Customer, today: date) -> None:
    last = selectors.entered([customer.pk]).get(customer.pk)
    mine = last is not None and last.user_id == actor.user_id
    refusal = rules.refuse_claim(
        pool.rule,
        rules.Claim(
            selectors.claimed_on(actor.user_id or 0, today), int(actor.limits.get("claim_per_day", 0)),
            last.day if mine and last is not None else None, customer.created_at.astimezone(clock.ZONE).date(),
            selectors.held(actor, pool.rule) if pool.rule.holding_cap else 0,
        ),
        today,
    )  # fmt: skip
    if refusal is None:
        return
    words = {"most": refusal.most, "day": refusal.again_on.isoformat() if refusal.again_on else ""}
    match refusal.cap:
        case "role":
            raise LimitReached(_("Your role may not claim customers from a pool."))
        case "daily":
            text = _(
                "You have claimed %(most)s customers today, as many as you may. Possible again on %(day)s."
            )
            raise LimitReached(text % words)
        case "holding":
            text = _(
                "You hold %(most)s customers of this kind, as many as you may. Possible when you hold fewer."
            )
            raise LimitReached(text % words)
        case "former":
            text = _(
                "This was your own customer; for %(most)s days others come first. Possible again on %(day)s."
            )
        case _:
            text = _("New files are open for claims after %(most)s days. Possible on %(day)s.")
    raise RuleBroken(text % words)


@action(RETURN, record=Customer, verb="change", label=gettext_lazy("Return to the pool"), releases=True,
        asks_reason=True, icon="pool", offered=owned)  # fmt: skip
def to_pool(work: Work, customer: Customer) -> None:
    """Give a customer up: its owner does, or who may assign it, with a reason."""
    if not owned(customer):
        raise RuleBroken(_("This customer lies in the pool already."))
    may_assign = Customer.objects.visible_to(work.actor, "assign").filter(pk=customer.pk)
    if customer.owner_id != work.actor.user_id and not may_assign.exists():
        raise NotAllowed(_("Only the owner or a manager returns a customer to the pool."))
    pool = selectors.pool_for(customer)
    if pool is None:
        raise RuleBroken(_("No pool serves this department yet."))
    before = customer.owner_id
    customer.owner_id, customer.pool_id = None, pool.pk
    work.save(customer)
    _note(work, customer, RETURNED, before, pool.pk, clock.today())
    Forecast.objects.filter(customer=customer.pk).delete()


@action(BACK, record=Customer, verb="assign", label=gettext_lazy("Give back to the former owner"), releases=True,
        icon="swap", offered=pooled)  # fmt: skip
def give_back(work: Work, customer: Customer) -> None:
    """Undo one move: the former owner has the customer again, and the clock starts anew."""
    last = selectors.entered([customer.pk]).get(customer.pk)
    if not pooled(customer) or last is None or last.user_id is None:
        raise RuleBroken(_("Nobody had this customer before it came into the pool; hand it over instead."))
    before = User.objects.filter(pk=last.user_id, is_active=True).first()
    if before is None:
        raise RuleBroken(_("The former owner no longer works here; hand it over to somebody else."))
    pool = customer.pool_id
    give(customer, before)
    work.save(customer)
    _note(work, customer, GIVEN_BACK, before.pk, pool, clock.today(), run=last.run_id)


def take_back(actor: Actor, run: Run, moves: Sequence[Move]) -> int:
    """Give customers that one run let fall back to their owners, in one transaction; return how many went back.

    What was claimed or assigned since, or lies out of the actor's reach, is left, and so is the customer of somebody
    who has left.
    """
    work = Work(actor, UNDO, "assign", _("The run of the pool was taken back"), run_id=run.pk, releases=True)
    fell = {move.customer_id: move for move in moves}
    people = User.objects.filter(pk__in={move.user_id for move in moves}, is_active=True).in_bulk()
    with transaction.atomic(), writing(UNDO):
        rows = list(
            Customer.objects.visible_to(actor, "assign")
            .filter(pk__in=fell, owner__isnull=True)
            .select_for_update(of=("self",))
        )
        newest = selectors.entered([row.pk for row in rows])
        drafts = []
        for row in rows:
            move = fell[row.pk]
            if newest[row.pk].pk != move.pk or row.pool_id != move.pool_id or move.user_id not in people:
                continue
            work.hold(row)
            give(row, people[move.user_id])
            drafts.append(work.draft(row))
        work.check(drafts)
        sound = [draft for draft in drafts if not draft.problems]
        work.store(sound)
        now, today = clock.now(), clock.today()
        Move.objects.bulk_create(
            Move(customer_id=draft.record.pk, kind=GIVEN_BACK, at=now, day=today, pool_id=fell[draft.record.pk].pool_id,
                 user_id=draft.record.owner_id, by_id=actor.user_id, run=run, reason=work.reason)
            for draft in sound
        )  # fmt: skip
    return len(sound)


@action(KEEP, record=Customer, verb="assign", label=gettext_lazy("Keep out of the pool"), asks_reason=True, icon="lock",
        offered=owned,
        inputs={"until": Input(gettext_lazy("Until (empty: without end)"), "date", required=False)})  # fmt: skip
def keep_out(work: Work, customer: Customer, *, until: date | None = None) -> None:
    """Keep a customer out of the pool whatever its rule says; the last day counts."""
    if until is not None and until < clock.today():
        raise Invalid(_("This day has passed."), [Problem("until", _("This day has passed."))])
    Shelter.objects.filter(customer=customer.pk).delete()
    Shelter.objects.create(
        customer=customer, until=until, by_id=work.actor.user_id, at=clock.now(), reason=work.reason[:300]
    )
    Forecast.objects.filter(customer=customer.pk).delete()
    work.note(customer, "kept_out", None, until.isoformat() if until else _("without end"))


@action(
    RELEASE, record=Customer, verb="assign", label=gettext_lazy("No longer keep out of the pool"), quiet=True
)
def end_keep_out(work: Work, customer: Customer) -> None:
    """Let the rule of the pool count for a customer again."""
    rows = Shelter.objects.filter(customer=customer.pk)
    found = rows.first()
    if found is None:
        raise RuleBroken(_("This customer is not kept out of the pool."))
    rows.delete()
    work.note(customer, "kept_out", found.until.isoformat() if found.until else _("without end"), None)


def _note(
    work: Work,
    customer: Customer,
    kind: str,
    user: int | None,
    pool: int | None,
    day: date,
    run: int | None = None,
) -> None:
    Move.objects.create(
        customer=customer, kind=kind, at=clock.now(), day=day, pool_id=pool, user_id=user, by_id=work.actor.user_id,
        run_id=run, reason=work.reason[:300],
    )  # fmt: skip


def note_other_owner(pks: Sequence[int], owners: dict[int, int], at: Any, by: dict[int, int | None]) -> None:
    """Note that customers got another owner by another way than a claim: the clock starts anew."""
    Move.objects.bulk_create(
        Move(customer_id=pk, kind=ASSIGNED, at=at, day=at.astimezone(clock.ZONE).date(), user_id=owners[pk],
             by_id=by.get(pk)) for pk in pks
    )  # fmt: skip


class Foreseen(NamedTuple):
    """The columns of a forecast but for the warning told: a night has a million of them, too many for objects."""

    id: int
    customer_id: int
    on: date
    owner_id: int
    pool_id: int
    after: str
    since: date
    days: int
    never: bool
    judged_on: date
    stage: int | None


def foresee(judged: Sequence[selectors.Judged], as_of: date, calendar: Any, *, trial: bool) -> list[Foreseen]:
    """Return what is to be kept of judged customers: what falls within 30 days, and in a trial what is due."""
    far = as_of + selectors.AHEAD
    near = [
        one for one in judged
        if not one.verdict.kept and one.verdict.on <= far and (trial or one.verdict.on > as_of)
    ]  # fmt: skip
    return [
        Foreseen(
            pk, one.pk, one.verdict.on, one.owner, one.pool.pk, one.verdict.after, one.verdict.since, one.verdict.days,
            one.verdict.never, as_of, rules.stage(one.verdict.on, as_of, one.pool.rule.warn_days, calendar),
        )
        for pk, one in zip(new_ids(len(near)), near, strict=True)
    ]  # fmt: skip


def judge_again(pks: Sequence[int], calendar: Any) -> None:
    """Judge customers anew that are about to fall, since something was done for them."""
    pks = list(Forecast.objects.filter(customer__in=pks).values_list("customer", flat=True))
    if not pks:
        return
    today = clock.today()
    fresh = [one for _after, some in selectors.judged(today, pks=pks) for one in some]
    with transaction.atomic():
        keep_told(foresee(fresh, today, calendar, trial=True), Forecast.objects.filter(customer__in=pks))


def keep_told(fresh: Sequence[Foreseen], stale: Any) -> None:
    """Put what `foresee` found in the place of older forecasts; a warning that was given for the same day is not given
    again.
    """
    told = {
        (pk, on): stage
        for pk, on, stage in stale.filter(told__isnull=False).values_list("customer", "on", "told")
    }
    stale.delete()
    with writing(FORESEEN):
        rows = [(*one, told.get((one.customer_id, one.on))) for one in fresh]
        bulk.insert_values(Forecast, (*Foreseen._fields, "told"), rows)


# -- the rule itself

SET_RULE, PROPOSE = "engine.pool.rule", "pool.propose"
FIGURES = {
    "claims_per_day": 1_000, "former_owner_days": 3_650, "new_data_days": 365, "holding_cap": 100_000,
}  # fmt: skip
MOST_DAYS, MOST_LINES = 3_650, 12
LISTS = {"types": "customer_type", "levels": "level", "statuses": "customer_status"}


def checked(given: Mapping[str, Any]) -> PoolRule:
    """Return what somebody says of a pool as its rule; raise Invalid with what cannot be meant, field by field."""
    problems: list[Problem] = []
    usual = selectors.usual_rule()
    lines = list(given.get("falls", ()))
    if len(lines) > MOST_LINES:
        problems.append(Problem("falls", _("At most %(most)s lines.") % {"most": MOST_LINES}))
    falls = []
    for place, line in enumerate(lines[:MOST_LINES]):
        name = f"falls.{place}"
        if line.get("after") not in selectors.bases(usual):
            problems.append(Problem(f"{name}.after", _("Choose from what it is counted."), "choice"))
            continue
        days = _whole(line.get("days"), 1, MOST_DAYS, f"{name}.days", problems)
        falls.append(
            PoolFall(after=line["after"], days=days, **_known(line, "", name, problems))
        )  # fmt: skip
    warn = _warnings(given.get("warn_days", ()), problems)
    figures = {name: _whole(given.get(name, 0), 0, most, name, problems) for name, most in FIGURES.items()}
    more = _known(given, "holding_", "", problems) | {
        "keep_levels": _listed(given.get("keep_levels", ()), "level", "keep_levels", problems),
        "keep_opportunity": bool(given.get("keep_opportunity")),
        "keep_receivable": bool(given.get("keep_receivable")),
    }
    for what, value in rules.contradictions(falls, warn) if not problems else ():
        if what == "twice":
            text = _("Two lines count the same for the same customers. Keep one of them.")
            problems.append(Problem(f"falls.{value}.days", text, "unique"))
        else:
            text = _(
                "A warning %(days)s working days ahead comes before the days of the shortest line have begun."
            )
            problems.append(Problem("warn_days", text % {"days": value}))
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    return PoolRule(
        key=usual.key, label=usual.label, falls=tuple(falls), warn_days=tuple(warn), **figures, **more
    )  # fmt: skip


def _whole(value: Any, least: int, most: int, name: str, problems: list[Problem]) -> int:
    text = str(value).strip()
    if text.isascii() and text.isdecimal() and len(text) < 8 and least <= int(text) <= most:
        return int(text)
    problems.append(
        Problem(name, _("Give a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
    )
    return least


def _warnings(given: Any, problems: list[Problem]) -> list[int]:
    """Read the days of warning, as a list or as people write them: 7, 3, 1."""
    parts = (
        re.split(r"[\s,，、;；]+", given.strip()) if isinstance(given, str) else [str(one) for one in given]
    )
    found = []
    for part in (one for one in parts if one):
        if not (part.isascii() and part.isdecimal() and 1 <= int(part[:6]) <= rules.MOST_WARNING):
            text = _("Give working days from 1 to %(most)s, as in 7, 3, 1.") % {"most": rules.MOST_WARNING}
            problems.append(Problem("warn_days", text))
            return []
        found.append(int(part))
    return sorted(set(found), reverse=True)


def _known(
    given: Mapping[str, Any], prefix: str, name: str, problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    return {
        f"{prefix}{part}": _listed(
            given.get(f"{prefix}{part}", ()),
            listed,
            f"{name}.{part}" if name else f"{prefix}{part}",
            problems,
        )
        for part, listed in LISTS.items()
    }


def _listed(keys: Sequence[str], listed: str, name: str, problems: list[Problem]) -> tuple[str, ...]:
    known = active().labels(listed)
    if unknown := [key for key in keys if key not in known]:
        problems.append(
            Problem(name, _("“%(value)s” is not one of the choices.") % {"value": unknown[0]}, "choice")
        )
    return tuple(dict.fromkeys(key for key in keys if key in known))


def propose(actor: Actor, pool: Pool, given: Mapping[str, Any] | None) -> Proposal:
    """Keep what somebody wants a pool's rule to be, None for that of the pack, and let a job say what it would do.

    Raise Invalid for what cannot be meant, RuleBroken where the pool goes by it already.
    """
    rule = None if given is None else checked(given).model_dump(mode="json")
    if rule == selectors.usual_rule().model_dump(mode="json"):
        rule = None
    if rule == pool.rule:
        raise RuleBroken(_("The pool goes by this rule already."))
    with transaction.atomic():
        Proposal.objects.filter(pool=pool.pk, made_by=actor.user_id).delete()
        made = Proposal.objects.create(
            pool=pool, pool_version=pool.version, rule=rule, as_of=clock.today(),
            made_by=User.objects.get(pk=actor.user_id), made_at=clock.now(),
        )  # fmt: skip
        queue(actor, PROPOSE, {"proposal_id": made.pk})
    return made


def put_in_force(actor: Actor, proposal: Proposal) -> None:
    """Let a pool go by what was proposed, and work out anew who falls when. Raise Conflict where the pool was changed
    since it was tried.
    """
    with transaction.atomic():
        inputs = {"rule": proposal.rule}
        perform(actor, SET_RULE, proposal.pool_id, inputs, version=proposal.pool_version)
        Proposal.objects.filter(pool=proposal.pool_id).delete()
        queue(actor, RUN, {"trial": True})


def _set_rule(work: Work, row: Pool, /, rule: Any = None) -> None:
    """Give a pool a rule of its own, or let it go by that of the pack again."""
    row.rule = None if rule is None else checked(rule).model_dump(mode="json")
    work.save(row)  # type: ignore[arg-type]


add(
    ActionSpec(
        SET_RULE, Pool, "change", gettext_lazy("Rule of the pool"), _set_rule,  # type: ignore[arg-type]
        releases=True, form=True,
    )
)  # fmt: skip
