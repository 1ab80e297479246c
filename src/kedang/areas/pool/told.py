"""Customers about to fall, fallen or in a pool, as their reader is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _
from pydantic import ValidationError

from kedang.areas.customers.models import Customer
from kedang.areas.pool import facts, rules, selectors, services
from kedang.areas.pool.models import FELL, Move, Run
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery
from kedang.kits.web.pages import record_url
from kedang.packs.schema import PoolFall, PoolRule

KEY = selectors.KEY


@dataclass(frozen=True, slots=True)
class Falling:
    """A customer that falls soon, as its reader sees it: when, why, and what would keep it."""

    key: int
    row: Any
    url: str
    on: date
    left: int
    why: str
    keeps: str
    judged_on: date


def has_pool(actor: Actor) -> bool:
    """Say whether an actor has to do with pools: may claim, or assign."""
    return actor.may(KEY, "view") and (actor.may(KEY, "claim") or actor.may(KEY, "assign"))


def may_run(actor: Actor) -> bool:
    """Say whether an actor may let every neglected customer fall: who may assign all of them."""
    grant = actor.grant(KEY, "assign")
    return grant is not None and grant.everything


def why_of(move: Move | None) -> str:
    """Return why a customer came into the pool, in the reader's language; what a person wrote stays as it is."""
    if move is None:
        return ""
    if move.why:
        why = move.why
        return services.why_text(
            why["after"], date.fromisoformat(why["since"]), why["days"], never=why["never"]
        )
    return move.reason


def forecasts(actor: Actor, *, everyone: bool) -> Any:
    """Return the customers that fall soon, the first first: the actor's own, or all they may assign. One query.

    A forecast goes when its customer changes hands, so it names the owner: its index says which of 20,000 come first.
    """
    if everyone:
        rows = Customer.objects.visible_to(actor, "assign").filter(pool_forecasts__isnull=False)
    else:
        rows = Customer.objects.own_of(actor).filter(pool_forecasts__owner=actor.user_id)
    rows = rows.select_related("owner")
    rows = rows.annotate(
        key=F("pool_forecasts__pk"), on=F("pool_forecasts__on"), after_what=F("pool_forecasts__after"),
        since_day=F("pool_forecasts__since"), days=F("pool_forecasts__days"),
        never=F("pool_forecasts__never"), judged_on=F("pool_forecasts__judged_on"),
    )  # fmt: skip
    return rows.order_by("on", "key")


def after(rows: Any, day: str, key: int) -> Any:
    """Return what follows a row of the list of forecasts."""
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise BadQuery(_("This page does not exist any more; begin with the first.")) from error
    return rows.filter(Q(on__gt=on) | Q(on=on, key__gt=key))


def forecast_told(row: Any) -> Falling:
    """Return one row of `forecasts` in words."""
    why = services.why_text(row.after_what, row.since_day, row.days, never=row.never)
    on = max(row.on, clock.today())
    left = (on - clock.today()).days
    return Falling(
        row.key, row, record_url(RECORDS[KEY], row.pk), on, left, why, services.keeps_text(row.after_what),
        row.judged_on,
    )  # fmt: skip


def moves_of(actor: Actor, run: Run) -> Any:
    """Return the customers that a run let fall, as far as the actor sees them, in the order they fell. One query."""
    rows = Customer.objects.visible_to(actor).filter(pool_moves__run=run, pool_moves__kind=FELL)
    rows = rows.select_related("owner").annotate(
        move=F("pool_moves__pk"), before=F("pool_moves__user__name"), why=F("pool_moves__reason"),
        fell_to=F("pool_moves__pool"),
    )  # fmt: skip
    return rows.order_by("move")


# -- the rule in words


def rule_words(rule: PoolRule) -> list[str]:
    """Return what a rule says, sentence by sentence."""
    said = [fall_words(fall) for fall in rule.falls] or [_("Nobody falls into this pool by a rule.")]
    kept = [services.shield_text(name) for name in keeping(rule)]
    if rule.keep_levels:
        levels = _listed("level", rule.keep_levels)
        kept.append(_("its level is %(levels)s") % {"levels": levels})
    if kept:
        said.append(_("A customer stays while %(reasons)s.") % {"reasons": _(", or ").join(kept)})
    if rule.falls and rule.warn_days:
        days = _(", ").join(map(str, rule.warn_days))
        said.append(
            _("Its owner is told %(days)s working days ahead, the last time the leader too.") % {"days": days}
        )
    return said + claim_words(rule)


def fall_words(fall: PoolFall) -> str:
    """Return one line of a rule as a sentence."""
    text = {
        rules.FOLLOW_UP: _("Falls after %(days)s days without a follow-up"),
        rules.ORDER: _("Falls after %(days)s days without an order"),
        rules.CONTRACT_END: _("Falls %(days)s days after its last contract ended"),
    }[fall.after] % {"days": fall.days}
    about = scope_words(fall.types, fall.levels, fall.statuses)
    return (
        _("%(what)s (only %(about)s).") % {"what": text, "about": about}
        if about
        else _("%(what)s.") % {"what": text}
    )


def scope_words(types: Sequence[str], levels: Sequence[str], statuses: Sequence[str]) -> str:
    """Return which customers are meant; nothing where all are."""
    parts = [
        _listed(listed, keys)
        for listed, keys in (("customer_type", types), ("level", levels), ("customer_status", statuses)) if keys
    ]  # fmt: skip
    return _("; ").join(parts)


def claim_words(rule: PoolRule) -> list[str]:
    """Return what a rule says of claims, sentence by sentence."""
    said = []
    if rule.claims_per_day:
        said.append(_("Nobody claims more than %(n)s a day.") % {"n": rule.claims_per_day})
    if rule.former_owner_days:
        said.append(
            _("For %(n)s days the former owner does not claim it back.") % {"n": rule.former_owner_days}
        )
    if rule.new_data_days:
        said.append(_("A new file is open for claims after %(n)s days.") % {"n": rule.new_data_days})
    if rule.holding_cap:
        about = scope_words(rule.holding_types, rule.holding_levels, rule.holding_statuses)
        text = _("Who holds %(n)s customers claims no more.")
        if about:
            text = _("Who holds %(n)s customers (only %(about)s) claims no more.")
        said.append(text % {"n": rule.holding_cap, "about": about})
    return said


def keeping(rule: PoolRule) -> list[str]:
    """Return what else a rule lets keep a customer, where this installation knows of it."""
    found = []
    if rule.keep_opportunity and facts.KEEPING.get(rules.OPPORTUNITY):
        found.append(rules.OPPORTUNITY)
    if rule.keep_receivable and facts.KEEPING.get(rules.RECEIVABLE):
        found.append(rules.RECEIVABLE)
    return found


def _listed(listed: str, keys: Sequence[str]) -> str:
    return _(", ").join(active().label(listed, key) for key in keys)


@dataclass(frozen=True, slots=True)
class Shifted:
    """A customer to which another rule would do something: when it falls now and then, and why."""

    row: Any
    url: str
    now: date | None
    then: date | None
    why: str


def shifted(actor: Actor, entries: Sequence[Mapping[str, Any]]) -> list[Shifted]:
    """Return those of the listed customers that the actor sees, in words. One query."""
    rows = (
        Customer.objects.visible_to(actor)
        .filter(pk__in=[one["pk"] for one in entries])
        .select_related("owner")
    )
    by_pk = {row.pk: row for row in rows}
    return [
        Shifted(
            by_pk[one["pk"]], record_url(RECORDS[KEY], one["pk"]), _day(one["now"]), _day(one["then"]), _shift_why(one)
        )
        for one in entries if one["pk"] in by_pk
    ]  # fmt: skip


def _shift_why(one: Mapping[str, Any]) -> str:
    if not one["concerns"]:
        return _("no line of the rule is about it any more")
    if one["kept"]:
        return _(", ").join(services.shield_text(name) for name in one["kept"])
    return services.why_text(one["after"], date.fromisoformat(one["since"]), one["days"], never=one["never"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def rule_changes(old: Any, new: Any) -> list[tuple[Any, str, str]]:
    """Return a change of a pool's rule for the history of settings: each sentence that went, and each that came."""
    before, after = _said_rule(old), _said_rule(new)
    gone = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    label = _("Rule")
    return [(label, " ".join(gone), " ".join(come))]


def _said_rule(content: Any) -> list[str]:
    if not content:
        return [_("as the pack says")]
    try:
        return rule_words(PoolRule.model_validate(content))
    except ValidationError:
        return [_("a rule that this version cannot read")]


def offered() -> list[tuple[str, str]]:
    """Return what else a rule may let keep a customer, where this installation knows of it, with its name."""
    return [
        (f"keep_{name}", services.shield_text(name))
        for name in (rules.OPPORTUNITY, rules.RECEIVABLE) if facts.KEEPING.get(name)
    ]  # fmt: skip
