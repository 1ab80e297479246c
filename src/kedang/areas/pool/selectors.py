"""Which pool takes a customer, what its rule is, and what is known of the customers it is about."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Max, TextField
from django.db.models.functions import Cast

from kedang.areas.customers.models import Customer
from kedang.areas.pool import facts, rules
from kedang.areas.pool.models import CLAIMED, INTO, OUT, Move, Proposal, Run, Shelter
from kedang.engine.approvals.models import PENDING, Approval
from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import Pool, Unit, User
from kedang.engine.packs.active import active
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.packs.schema import PoolRule
from kedang.packs.words import Text

KEY = record_key(Customer)
CHUNK = 10_000
AHEAD = timedelta(days=rules.AHEAD_DAYS)
NO_RULE = PoolRule(key="none", label=Text(zh_hans="无", en="None"))


@dataclass(frozen=True, slots=True)
class Served:
    """A pool with the units it serves and the rule in force."""

    pk: int
    name: str
    units: frozenset[int]
    rule: PoolRule


@dataclass(frozen=True, slots=True)
class Judged:
    """A customer with what its pool's rule says of it."""

    pk: int
    owner: int
    pool: Served
    verdict: rules.Verdict


@dataclass(frozen=True, slots=True)
class Compared:
    """A customer with what is said of it now, and what another rule would say; None where none is about it."""

    pk: int
    now: rules.Verdict | None
    then: rules.Verdict | None


def usual_rule() -> PoolRule:
    """Return the rule of the installed packs, which holds for every pool that has none of its own."""
    return next((rule for rule in active().pack.pool_rule if not rule.retired), NO_RULE)


def rule_of(pool: Pool) -> PoolRule:
    """Return the rule that a pool goes by: its own, else that of the packs."""
    return _read(pool.rule, usual_rule())


def proposed(proposal: Proposal) -> PoolRule:
    """Return the rule that was proposed; one that says nothing is that of the packs."""
    return _read(proposal.rule, usual_rule())


def _read(content: Any, usual: PoolRule) -> PoolRule:
    return usual if content is None else PoolRule.model_validate(content)


def bases(usual: PoolRule) -> set[str]:
    """Return what a line may count from: what areas know of, and what the pack's rule counts from anyway."""
    return {basis for basis, sources in facts.LAST.items() if sources} | {fall.after for fall in usual.falls}


def pools() -> list[Served]:
    """Return every pool with its units and its rule, by name: two queries."""
    usual = usual_rule()
    units: dict[int, set[int]] = {}
    for pool, unit in Pool.units.through.objects.values_list("pool", "unit"):
        units.setdefault(pool, set()).add(unit)
    return [
        Served(pk, name, frozenset(units.get(pk, ())), _read(rule, usual))
        for pk, name, rule in Pool.objects.order_by("name", "pk").values_list("pk", "name", "rule")
    ]


def by_unit(served: Sequence[Served] | None = None) -> dict[int, list[Served]]:
    """Return for each unit the pools that serve it, the nearest department's first."""
    served = pools() if served is None else served
    found: dict[int, list[Served]] = {}
    for unit, path in Unit.objects.values_list("pk", "path"):
        above = [int(part) for part in path.split("/") if part]
        depth = {pk: place for place, pk in enumerate(above)}
        ranked = sorted(
            ((-max(depth[one] for one in pool.units & depth.keys()), place, pool)
             for place, pool in enumerate(served) if pool.units & depth.keys()),
            key=lambda one: one[:2],
        )  # fmt: skip
        if ranked:
            found[unit] = [pool for _depth, _place, pool in ranked]
    return found


def judged(as_of: date, *, after: int = 0, pks: Sequence[int] = ()) -> Iterator[tuple[int, list[Judged]]]:
    """Judge all owned customers that could fall by 30 days after a day, CHUNK at once, in the order of their ids.

    Yield the last id looked at and those that a rule concerns, also where something keeps them out. A chunk asks as
    many queries as there are sources of facts, whatever its size.
    """
    units = by_unit()
    for last, known in _known(as_of, [units], units.keys(), after, pks):
        told = []
        for one in known:
            found = _verdict(units.get(one.unit, ()), one.file)
            if found is not None:
                told.append(Judged(one.pk, one.owner, *found))
        yield last, told


def compared(proposal: Proposal, *, after: int = 0) -> Iterator[tuple[int, list[Compared]]]:
    """Judge the customers of a pool by its rule and by a proposed one, chunk by chunk as `judged` does."""
    served = pools()
    rule = proposed(proposal)
    now = by_unit(served)
    then = by_unit([replace(one, rule=rule) if one.pk == proposal.pool_id else one for one in served])
    mine = {unit for unit, some in now.items() if any(one.pk == proposal.pool_id for one in some)}
    for last, known in _known(proposal.as_of, [now, then], mine, after, ()):
        told = []
        for one in known:
            before, behind = (
                _verdict(now.get(one.unit, ()), one.file),
                _verdict(then.get(one.unit, ()), one.file),
            )
            told.append(Compared(one.pk, before[1] if before else None, behind[1] if behind else None))
        yield last, told


@dataclass(frozen=True, slots=True)
class _Known:
    """A customer with what bears on its fall."""

    pk: int
    owner: int
    unit: int
    file: rules.File


def _known(
    as_of: date, every: Sequence[Mapping[int, list[Served]]], units: Collection[int], after: int, pks: Sequence[int]
) -> Iterator[tuple[int, list[_Known]]]:  # fmt: skip
    """Yield chunks of the owned customers of some units that are old enough to fall by one of these rules."""
    days = [
        fall.days for served in every for some in served.values() for pool in some for fall in pool.rule.falls
    ]
    if not days:
        return
    newest = datetime.combine(as_of + AHEAD - timedelta(days=min(days)), time(), tzinfo=clock.ZONE)
    rows: Any = Customer.objects.unscoped(because="who may fall into a pool, judged by its rule").filter(
        owner__isnull=False, pool__isnull=True, archived_at__isnull=True, created_at__lt=newest
    )
    columns = ("pk", "owner", "unit", "type_key", "level_key", "status_key")
    # The moment of filing as text: for a driver, making a million of them costs about what judging a million does.
    rows = rows.order_by("pk").values_list(*columns, Cast("created_at", TextField()))
    while True:
        batch = list((rows.filter(pk__in=pks) if pks else rows).filter(pk__gt=after)[:CHUNK])
        if not batch:
            return
        after = batch[-1][0]
        yield after, _files(as_of, [row for row in batch if row[2] in units], pks)
        if len(batch) < CHUNK:
            return


def _files(as_of: date, batch: list[tuple[Any, ...]], pks: Sequence[int]) -> list[_Known]:
    if not batch:
        return []
    some = facts.Some(batch[0][0], batch[-1][0], tuple(pks))
    tenures, last = acquired(some), facts.last_days(some)
    kept, shelters = facts.shields(some, as_of), sheltered(some)
    nothing: dict[str, date] = {}
    days: dict[int, dict[str, date]] = {}
    for basis, found in last.items():
        for pk, day in found.items():
            days.setdefault(pk, {})[basis] = day
    none, locked = frozenset[str](), frozenset({rules.LOCKED})
    told = []
    for pk, owner, unit, type_key, level, status, created in batch:
        since = tenures.get(pk) or _day(created)
        shields, until = kept.get(pk, none), shelters.get(pk)
        if until is None and pk in shelters:
            shields |= locked
        file = rules.File(type_key, level, status, since, days.get(pk, nothing), shields, until)
        told.append(_Known(pk, owner, unit, file))
    return told


def _day(stored: str) -> date:
    """Return the day here of a moment as the database writes it: with its zone, or in UTC."""
    moment = datetime.fromisoformat(stored)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(clock.ZONE).date()


def _verdict(served: Sequence[Served], file: rules.File) -> tuple[Served, rules.Verdict] | None:
    """Return the nearest pool whose rule is about a customer, with what it says."""
    for pool in served:
        verdict = rules.judge(pool.rule, file)
        if verdict is not None:
            return pool, verdict
    return None


def acquired(some: facts.Some) -> dict[int, date]:
    """Return on which day the present owner got a customer, where it was not filed for them."""
    rows = (
        Move.objects.filter(some.q(), kind__in=OUT)
        .order_by()
        .values_list("customer")
        .annotate(day=Max("day"))
    )
    return dict(rows)


def sheltered(some: facts.Some) -> dict[int, date | None]:
    """Return the customers that a manager keeps out of the pool, each with the last day; None is without end."""
    return dict(Shelter.objects.filter(some.q()).values_list("customer", "until"))


def waiting(some: facts.Some, as_of: date) -> set[int]:
    """Return the customers about which a request waits for an answer."""
    rows = Approval.objects.unscoped(because="a request that waits keeps a customer out of the pool")
    rows = rows.filter(some.q("record_id"), record=KEY, state=PENDING, archived_at__isnull=True)
    return set(rows.values_list("record_id", flat=True))


def in_force() -> bool:
    """Say whether a person has let customers fall once, so that the nights do it by themselves."""
    return Run.objects.filter(trial=False, started_by__isnull=False).exists()


def pool_for(customer: Any) -> Served | None:
    """Return the pool that a customer goes to when it is given up: the nearest whose rule is about it, else the
    nearest.
    """
    served = by_unit().get(customer.unit_id, [])
    for pool in served:
        about = (customer.type_key, customer.level_key, customer.status_key)
        if any(rules.concerns(fall, *about) for fall in pool.rule.falls):
            return pool
    return served[0] if served else None


def in_pool(actor: Actor) -> Any:
    """Return the customers in pools that an actor sees."""
    return Customer.objects.visible_to(actor).filter(owner__isnull=True, pool__isnull=False)


def entered(pks: Sequence[int]) -> dict[int, Move]:
    """Return how each of these customers last came into a pool, where that is known: one query."""
    newest = (
        Move.objects.filter(customer__in=pks, kind__in=INTO)
        .order_by()
        .values("customer")
        .annotate(newest=Max("pk"))
    )
    rows = Move.objects.filter(pk__in=newest.values("newest")).select_related("user")
    return {row.customer_id: row for row in rows}


def claimed_on(user_id: int, day: date) -> int:
    """Return how many customers somebody claimed on a day."""
    return Move.objects.filter(user=user_id, kind=CLAIMED, day=day).count()


def held(actor: Actor, rule: PoolRule) -> int:
    """Return how many of an actor's customers count towards the holding cap, one more than the cap at most."""
    rows = Customer.objects.own_of(actor)
    for column, wanted in (
        ("type_key", rule.holding_types), ("level_key", rule.holding_levels), ("status_key", rule.holding_statuses),
    ):  # fmt: skip
        if wanted:
            rows = rows.filter(**{f"{column}__in": wanted})
    return len(rows.order_by().values_list("pk", flat=True)[: rule.holding_cap + 1])


def managers(owners: Sequence[int]) -> dict[int, list[int]]:
    """Return for each of these people who may assign their customers: the nearest department's leaders, up the tree."""
    roles = directory().roles_with(KEY, "assign", of_others=True)
    leaders: dict[int, list[int]] = {}
    led = User.objects.filter(is_active=True, unit__isnull=False, membership__role__in=roles)
    for pk, unit in led.order_by("pk").distinct().values_list("pk", "unit"):
        leaders.setdefault(unit, []).append(pk)
    found = {}
    for owner, path in User.objects.filter(pk__in=owners, unit__isnull=False).values_list("pk", "unit__path"):
        for unit in reversed([int(part) for part in path.split("/") if part]):
            others = [pk for pk in leaders.get(unit, ()) if pk != owner]
            if others:
                found[owner] = others
                break
    return found
