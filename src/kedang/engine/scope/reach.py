"""Reach: which rows of one record type an actor may touch. Data, so that every engine can render it."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models
from django.db.models import Q

from kedang.kernel.actor import Actor

MAX_SHARED = 2_000
LOOKING = frozenset({"view", "export", "reveal", "pick"})
STANDING_IN = frozenset({"view", "pick", "create", "change", "reveal"})
NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Need:
    """What a key of a row points at must be within `span` too; `follows` is the key by which that follows another."""

    key: str
    span: "Reach"
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows of these owners, in these units or pools, shared by id, or whose parent is within `parent`.

    With `announced` also rows that their audience opens to everyone, or to one of these units. The parts are joined
    by OR; a reach with no part reaches nothing, and `everything` makes the parts irrelevant. `needs` narrow what the
    parts open, joined by AND: with one of them, `everything` is false. A key that points at nothing needs nothing.
    """

    everything: bool = False
    owners: frozenset[int] = field(default=frozenset())
    units: frozenset[int] = field(default=frozenset())
    shared: frozenset[int] = field(default=frozenset())
    pools: frozenset[int] = field(default=frozenset())
    announced: frozenset[int] | None = None
    parent: "Reach | None" = None
    needs: tuple[Need, ...] = ()

    @property
    def all_above(self) -> bool:
        """Whether whatever hangs on anything is reached, but for what a row needs besides."""
        return self.parent is not None and self.parent.everything

    def of(self, one: int, other: int) -> "Reach":
        """Return this reach as somebody else's: where it holds what one person owns, it holds what the other does."""
        return replace(
            self,
            owners=frozenset({other}) if self.owners == {one} else self.owners,
            parent=self.parent.of(one, other) if self.parent is not None else None,
            needs=tuple(replace(need, span=need.span.of(one, other)) for need in self.needs),
        )

    def ways(self, model: type[models.Model]) -> list[Q]:
        """Render each part of a reach along which an index leads: every owner, every pool, and what is shared. Together
        they are the whole; none where rows are reached otherwise too.
        """
        if self != Reach(owners=self.owners, shared=self.shared, pools=self.pools, needs=self.needs):
            return []
        parts = [
            *(Reach(owners=frozenset({one}), needs=self.needs) for one in sorted(self.owners)),
            *(Reach(pools=frozenset({one}), needs=self.needs) for one in sorted(self.pools)),
            *([Reach(shared=self.shared, needs=self.needs)] if self.shared else []),
        ]
        return [part.q(model) for part in parts]

    def of_owner(self, model: type[models.Model], owner: int) -> Q:
        """Render what of this reach one owner has. Where owning is enough nothing else is asked for, so that a database
        starts at the owner.
        """
        if self.everything or owner in self.owners:
            return Reach(owners=frozenset({owner}), needs=self.needs).q(model)
        return Q(owner=owner) & self.q(model)

    def q(self, model: type[models.Model], prefix: str = "") -> Q:
        """Render for the ORM, with `prefix` leading to the record this reach is about."""
        whole = self._any_part(model, prefix)
        for need in self.needs:
            target = model._meta.get_field(need.key).related_model
            within = need.span.q(target, f"{prefix}{need.key}__")  # type: ignore[arg-type]
            if model._meta.get_field(need.key).null:
                within |= Q(**{f"{prefix}{need.key}__isnull": True})
            whole &= within
        return whole

    def _any_part(self, model: type[models.Model], prefix: str) -> Q:
        if self.everything:
            return Q()
        parts = []
        if self.owners:
            parts.append(_one_of(f"{prefix}owner", self.owners))
        if self.units:
            parts.append(Q(**{f"{prefix}unit__in": sorted(self.units)}))
        if self.shared:
            parts.append(Q(**{f"{prefix}pk__in": sorted(self.shared)}))
        if self.pools:
            parts.append(Q(**{f"{prefix}pool__in": sorted(self.pools)}))
        if self.announced is not None:
            for_unit = Q(**{f"{prefix}audience": "unit", f"{prefix}unit__in": sorted(self.announced)})
            parts.append(Q(**{f"{prefix}audience": "everyone"}) | for_unit)
        if self.parent is not None:
            follows = follows_of(model)
            target = model._meta.get_field(follows).related_model
            upward = self.parent.q(target, f"{prefix}{follows}__")  # type: ignore[arg-type]
            if not upward and not stands_alone(model):
                return Q()
            if not upward:
                parts.append(Q(**{f"{prefix}{follows}__isnull": False}))
            elif self.parent != Reach():
                parts.append(upward)
        if not parts:
            return NOTHING
        whole = parts[0]
        for part in parts[1:]:
            whole |= part
        return whole


def record_key(model: type[models.Model]) -> str:
    """Return the stable name of a record type, such as `customers.customer`."""
    return f"{model._meta.app_label}.{model._meta.model_name}"


def follows_of(model: type[models.Model]) -> str:
    """Return the foreign key whose record decides who sees this one, or an empty string."""
    return getattr(model, "follows", "")


def stands_alone(model: type[models.Model]) -> bool:
    """Say whether a record may follow nothing, and then is its owner's alone, whoever sees all of the others."""
    follows = follows_of(model)
    return bool(follows) and bool(model._meta.get_field(follows).null)


def reach(actor: Actor, model: type[models.Model], action: str) -> Reach:
    """Return what `actor` may touch of `model` for `action`.

    What hangs on a customer is reached through the customer (ruling 6) and by its own owner; the grant of
    the type itself opens that way or, with the span `own`, narrows it to the own rows.
    """
    key = record_key(model)
    grant = actor.grant(key, action)
    if grant is None:
        return Reach()
    follows = follows_of(model)
    if follows:
        target = model._meta.get_field(follows).related_model
        needs = _needs(actor, model)
        wider = grant.follow or grant.everything or bool(grant.units)
        upward = reach(actor, target, "view" if action in LOOKING else "change") if wider else None  # type: ignore[arg-type]
        if upward is not None and upward.everything and not stands_alone(model) and not needs:
            return Reach(everything=True)
        return Reach(
            owners=_owners(actor, action), shared=_shared(actor, key, action), parent=upward, needs=needs
        )
    return Reach(
        everything=grant.everything,
        owners=_owners(actor, action) if grant.own or grant.units else frozenset(),
        units=grant.units,
        shared=_shared(actor, key, action),
        pools=actor.pools if getattr(model, "pooled", False) and action in ("view", "claim") else frozenset(),
        announced=actor.above if getattr(model, "announced", False) and action in ("view", "pick") else None,
    )


def _needs(actor: Actor, model: type[models.Model]) -> tuple[Need, ...]:
    """Return what the rows of a model need to have in view; what the actor sees all of is no condition."""
    found = []
    for key in getattr(model, "needs", ()):
        target: Any = model._meta.get_field(key).related_model
        span = reach(actor, target, "view")
        if not span.everything:
            found.append(Need(key, span, follows_of(target)))
    return tuple(found)


def _one_of(name: str, ids: frozenset[int]) -> Q:
    """One id is asked for by equality, which every planner reads best."""
    return Q(**{name: next(iter(ids))}) if len(ids) == 1 else Q(**{f"{name}__in": sorted(ids)})


def _owners(actor: Actor, action: str) -> frozenset[int]:
    """Return whose records count as the actor's own: one's own, and for daily work those of who is away."""
    if actor.user_id is None:
        return frozenset()
    return frozenset({actor.user_id}) | (actor.stands_in if action in STANDING_IN else frozenset())


def _shared(actor: Actor, key: str, action: str) -> frozenset[int]:
    levels = {"view", "change"} if action in LOOKING else {"change"}
    if action not in LOOKING and action != "change":
        return frozenset()
    mine = [share.record_id for share in actor.shares.get(key, ()) if share.level in levels]
    return frozenset(mine[:MAX_SHARED])
