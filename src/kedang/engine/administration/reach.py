"""What roles and people may do, read from their rows for the rules of administration."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kedang.engine.administration import rules
from kedang.engine.identity.models import FieldRight, Membership, Role, RoleGrant, RoleLimit
from kedang.engine.packs.active import said
from kedang.kernel.actor import Actor
from kedang.kernel.errors import RuleBroken
from kedang.packs.words import Text


def label(role: Role) -> str:
    """Return what a role is called in the reader's language."""
    return said(Text(**role.label), get_language() or "zh-hans") if role.label.get("zh_hans") else role.key


def rights_of(role_ids: list[int]) -> dict[int, rules.Rights]:
    """Return everything that each role says: four queries for any number of roles."""
    spans: dict[int, dict[Any, str]] = defaultdict(dict)
    units: dict[int, dict[Any, frozenset[int]]] = defaultdict(dict)
    modes: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    limits: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for grant in RoleGrant.objects.filter(role__in=role_ids).prefetch_related("units"):
        key = (grant.record, grant.action, grant.line)
        spans[grant.role_id][key] = grant.span
        if grant.span == "custom":
            units[grant.role_id][key] = frozenset(unit.pk for unit in grant.units.all())
    for right in FieldRight.objects.filter(role__in=role_ids):
        modes[right.role_id][right.record, right.field] = right.mode
    for limit in RoleLimit.objects.filter(role__in=role_ids):
        limits[limit.role_id][limit.key] = Decimal(limit.value)
    return {pk: rules.Rights(spans[pk], units[pk], modes[pk], limits[pk]) for pk in role_ids}


def rights_of_person(user_id: int | None) -> rules.Rights:
    """Return what all roles of a person give together."""
    mine = list(Membership.objects.filter(user=user_id).values_list("role_id", flat=True))
    return rules.merged(rights_of(mine).values())


def beyond(actor: Actor, role: Role) -> list[tuple[str, str]]:
    """Return what a role gives that the actor does not have."""
    return rules.wider(rights_of_person(actor.user_id), rights_of([role.pk])[role.pk])


def keep_somebody_in() -> None:
    """Raise RuleBroken when nobody is left who can let people in and give them rights."""
    rows = Membership.objects.filter(user__is_active=True).values_list("user_id", "role_id")
    roles: dict[int, list[int]] = defaultdict(list)
    for user, role in rows:
        roles[user].append(role)
    rights = rights_of(sorted({role for held in roles.values() for role in held}))
    if not any(rules.merged(rights[role] for role in held).administers for held in roles.values()):
        raise RuleBroken(
            _(
                "Nobody would be left who can administer people and roles. Give somebody else that right first."
            )
        )
