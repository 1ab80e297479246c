"""From a user to an Actor: roles, lines and shares become spans over record types."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kedang.engine.identity.absences import Absence, looked_after
from kedang.engine.identity.models import (
    FieldRight,
    Membership,
    Pool,
    RecordShare,
    RoleGrant,
    RoleLimit,
    StandIn,
    Unit,
    User,
)
from kedang.engine.identity.models import Role as RoleRow
from kedang.engine.identity.stamps import Remembered
from kedang.engine.scope.composed import Composed, columns
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Grant, Line, Mode, Share, Span


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One stored grant of a role."""

    record: str
    action: str
    span: Span
    line: Line
    units: frozenset[int]


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """All that a role says, read once."""

    key: str
    grants: tuple[GrantLine, ...]
    rights: Mapping[str, Mode]
    limits: Mapping[str, Decimal]
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """What a set of roles comes to for everybody with the same homes. Nobody changes it.

    `known` remembers what was worked out from it; every such actor has the same one.
    """

    grants: dict[str, Grant]
    modes: dict[str, Mode]
    silent: frozenset[str]
    limits: dict[str, Decimal]
    needs_factor: bool
    known: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Directory:
    """The unit tree, roles, pools and absences: small, shared by all, kept until one of them changes."""

    roles: Mapping[int, RoleFacts]
    paths: Mapping[int, str]
    names: Mapping[int, str]
    pools: Mapping[int, frozenset[int]]
    absences: tuple[Absence, ...]
    resolved: dict[tuple[Hashable, ...], Rights] = field(default_factory=dict, compare=False)

    def below(self, unit_id: int | None) -> frozenset[int]:
        """Return a unit and all units under it."""
        if unit_id is None or unit_id not in self.paths:
            return frozenset()
        start = self.paths[unit_id]
        return frozenset(other for other, path in self.paths.items() if path.startswith(start))

    def above(self, unit_id: int | None) -> frozenset[int]:
        """Return a unit and all units above it."""
        if unit_id is None or unit_id not in self.paths:
            return frozenset()
        return frozenset(int(part) for part in self.paths[unit_id].split("/") if part)

    def roles_with(self, record: str, *verbs: str, of_others: bool = False) -> frozenset[int]:
        """Return the roles that give all these verbs on a record type; `of_others`: over more than one's own."""
        wanted, nothing = set(verbs), {Span.NONE, Span.OWN, Span.FOLLOW} if of_others else {Span.NONE}
        return frozenset(
            pk
            for pk, role in self.roles.items()
            if wanted
            <= {row.action for row in role.grants if row.record == record and row.span not in nothing}
        )

    def pools_of(self, unit_id: int | None) -> frozenset[int]:
        """Return the pools that serve a unit, directly or through a unit above it."""
        above = self.above(unit_id)
        return frozenset(pool for pool, units in self.pools.items() if units & above)


def _read_directory() -> Directory:
    roles = _read_roles()
    pools: dict[int, set[int]] = defaultdict(set)
    for pool_id, unit_id in Pool.units.through.objects.values_list("pool_id", "unit_id"):
        pools[pool_id].add(unit_id)
    units = list(Unit.objects.values_list("pk", "path", "name"))
    paths = {pk: path for pk, path, _name in units}
    names = {pk: name for pk, _path, name in units}
    served = {pool: frozenset(units) for pool, units in pools.items()}
    return Directory(roles, paths, names, served, _read_absences())


def _read_roles() -> dict[int, RoleFacts]:
    """Read what the roles say as plain values: thousands of grants as objects cost a quarter of a page each time."""
    custom = defaultdict(set)
    for grant_id, unit_id in RoleGrant.units.through.objects.values_list("rolegrant_id", "unit_id"):
        custom[grant_id].add(unit_id)
    grants: dict[int, list[GrantLine]] = defaultdict(list)
    for pk, role, record, action, span, line in RoleGrant.objects.order_by("pk").values_list(
        "pk", "role_id", "record", "action", "span", "line"
    ):
        grants[role].append(GrantLine(record, action, Span(span), Line(line), frozenset(custom.get(pk, ()))))
    rights: dict[int, dict[str, Mode]] = defaultdict(dict)
    for role, record, name, mode in FieldRight.objects.values_list("role_id", "record", "field", "mode"):
        rights[role][f"{record}.{name}"] = Mode(mode)
    limits: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for role, key, value in RoleLimit.objects.values_list("role_id", "key", "value"):
        limits[role][key] = Decimal(value)
    return {
        pk: RoleFacts(key, tuple(grants[pk]), rights[pk], limits[pk], second_factor)
        for pk, key, second_factor in RoleRow.objects.values_list("pk", "key", "second_factor")
    }


def _read_absences() -> tuple[Absence, ...]:
    rows = StandIn.objects.unscoped(because="who stands in for whom, part of everybody's rights")
    return tuple(absence_of(row) for row in rows.filter(archived_at=None, ends_on__gte=clock.today()))


def absence_of(row: StandIn) -> Absence:
    """Return the days on which somebody stands in: whoever is back earlier ends it with the day before."""
    last = row.ends_on if row.ended_on is None else min(row.ends_on, row.ended_on - timedelta(days=1))
    return Absence(row.owner_id or 0, row.deputy_id, row.starts_on, last)


directory: Remembered[Directory] = Remembered("identity", _read_directory)
_roles_of: Composed[int] = Composed(
    lambda user: Membership.objects.filter(user_id=user).values_list("role_id", flat=True),
    *columns(Membership, "user"),
)
_shares_of: Composed[tuple[str, int, str, str, datetime | None]] = Composed(
    lambda user: RecordShare.objects.filter(user_id=user).order_by("-pk").values_list(
        "record", "record_id", "level", "reason", "until"
    ),
    *columns(RecordShare, "user"),
)  # fmt: skip


def actor_of(user: User) -> Actor:
    """Return what a user may do, read fresh: a changed role or a lost job counts at the next request."""
    if not user.is_active:
        return Actor(name=str(user), language=user.language)
    book = directory()
    rights = _rights(user, book)
    return Actor(
        name=str(user),
        user_id=user.pk,
        unit_id=user.unit_id,
        language=user.language,
        grants=rights.grants,
        modes=rights.modes,
        silent=rights.silent,
        limits=rights.limits,
        shares=_shares(user),
        pools=book.pools_of(user.unit_id),
        above=book.above(user.unit_id),
        stands_in=looked_after(book.absences, user.pk, clock.today()),
        needs_factor=rights.needs_factor,
        known=rights.known,
    )


def _rights(user: User, book: Directory) -> Rights:
    """Return what a user's roles come to: which roles is read each time, their sum once for each directory."""
    role_ids = tuple(_roles_of(user.pk))
    known = (role_ids, user.unit_id, user.admin_unit_id)
    if known not in book.resolved:
        roles = [book.roles[pk] for pk in role_ids if pk in book.roles]
        book.resolved[known] = _sum(roles, user, book)
    return book.resolved[known]


def _sum(roles: list[RoleFacts], user: User, book: Directory) -> Rights:
    grants: dict[str, Grant] = {}
    modes: dict[str, Mode] = {}
    limits: dict[str, Decimal] = {}
    silent: set[str] = set()
    for role in roles:
        for row in role.grants:
            if row.span is Span.NONE:
                continue
            key = f"{row.record}:{row.action}"
            fresh = _resolve(row, role.key, user, book)
            grants[key] = grants[key] | fresh if key in grants else fresh
        for name, mode in role.rights.items():
            modes[name] = max(mode, modes.get(name, Mode.HIDE))
        for name, value in role.limits.items():
            limits[name] = max(value, limits.get(name, Decimal(0)))
    for role in roles:  # one that sees the record of a field and says nothing of the field
        sees = {row.record for row in role.grants if row.action == "view" and row.span is not Span.NONE}
        silent |= {name for name in modes if name not in role.rights and name.rpartition(".")[0] in sees}
    return Rights(grants, modes, frozenset(silent), limits, any(role.second_factor for role in roles))


def _resolve(row: GrantLine, role: str, user: User, book: Directory) -> Grant:
    home = user.unit_id if row.line == Line.BUSINESS else user.admin_unit_id
    units: frozenset[int] = frozenset()
    match row.span:
        case Span.UNIT if home is not None:
            units = frozenset({home})
        case Span.BELOW:
            units = book.below(home)
        case Span.CUSTOM:
            units = row.units
    return Grant(
        everything=row.span is Span.ALL,
        own=True,
        follow=row.span is Span.FOLLOW,
        units=units,
        sources=((role, row.span),),
    )


def _shares(user: User) -> dict[str, tuple[Share, ...]]:
    found: dict[str, list[Share]] = defaultdict(list)
    now = clock.now()
    for record, pk, level, reason, until in _shares_of(user.pk):
        if until is None or until > now:
            found[record].append(Share(pk, level, reason, until.isoformat() if until else ""))
    return {record: tuple(shares) for record, shares in found.items()}
