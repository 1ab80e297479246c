"""Customers about to fall, fallen or in a pool, as their reader is told."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from kedang.areas.customers.models import Customer
from kedang.areas.pool import selectors, services
from kedang.areas.pool.models import FELL, Move, Run
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery
from kedang.kits.web.pages import record_url

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
    """Return the customers that fall soon, the first first: the actor's own, or all they may assign. One query."""
    rows = Customer.objects.visible_to(actor, "assign" if everyone else "view")
    if not everyone:
        rows = rows.filter(owner=actor.user_id)
    rows = rows.filter(pool_forecasts__isnull=False).select_related("owner")
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
