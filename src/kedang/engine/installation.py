"""Install packs: plan first, then store the layers and bring the roles they define into the identity tables."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count

from kedang.engine.identity.models import FieldRight, Membership, Role, RoleGrant, RoleLimit
from kedang.engine.identity.stamps import bump
from kedang.engine.overlay import PREFIX
from kedang.engine.packs.active import active
from kedang.engine.packs.models import InstalledPack
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.actor import Mode
from kedang.kernel.errors import PackError
from kedang.packs.loader import library, resolve
from kedang.packs.merge import in_order
from kedang.packs.plan import Plan, carry, plan
from kedang.packs.schema import EVERY_FIELD, Pack
from kedang.packs.schema import FieldRight as PackRight
from kedang.packs.schema import Role as PackRole

OWN_LAYER = "installed"


def planned(keys: Sequence[str]) -> Plan:
    """Return what installing these packs would change, counted over the records there are."""
    return plan(_installed(), resolve(keys), _usage())


def install(keys: Sequence[str], *, by: str = "") -> Plan:
    """Install packs and all that they extend; raise PackError when something in use would be lost.

    Installing the same packs again changes nothing.
    """
    wanted = resolve(keys)
    installed = _installed()
    steps = plan(installed, wanted, _usage())
    if not steps.possible:
        stuck = ", ".join(f"{block.kind} {block.key} ({block.records})" for block in steps.blocked)
        raise PackError(f"in use and without an heir: {stuck}", blocked=stuck)
    content = carry(installed, wanted)
    with transaction.atomic():
        InstalledPack.objects.filter(key=OWN_LAYER).delete()
        InstalledPack.objects.create(
            key=OWN_LAYER,
            content=content.model_dump(mode="json"),
            installed_at=clock.now(),
            installed_by=by[:80],
        )
        for role in content.role:
            _store_role(role, content)
        bump("packs")
        bump("identity")
    return steps


def shipped(keys: Iterable[str]) -> list[str]:
    """Return the keys of the named packs and those that they extend, the extended first."""
    return [pack.key for pack in in_order(keys, library())]


def _installed() -> Pack | None:
    return active().pack if InstalledPack.objects.exists() else None


def _usage() -> Counter[tuple[str, str]]:
    """Count the records that hold each choice of the packs, so that none is taken from under them."""
    counts: Counter[tuple[str, str]] = Counter()
    for role, users in Counter(Membership.objects.values_list("role__key", flat=True)).items():
        counts["role", role] += users
    for kind in RECORDS.values():
        for name, listed in kind.choices.items():
            rows = kind.model.objects.unscoped(because="how many records use a choice of a pack")
            held = Counter(dict(rows.values_list(name).annotate(n=Count("pk")).order_by()))
            for key, found in held.items():
                if key:
                    entry = (
                        (listed, key)
                        if listed in ("customer_type", "level")
                        else ("choice", f"{listed}.{key}")
                    )
                    counts[entry] += found
    return counts


def _store_role(role: PackRole, pack: Pack) -> None:
    row, _new = Role.objects.update_or_create(
        key=role.key, defaults={"label": role.label.model_dump(exclude_none=True), "pack": pack.key}
    )
    if row.edited and not role.retired:
        return
    row.grants.all().delete()
    row.rights.exclude(
        field__startswith=PREFIX
    ).delete()  # those were given with an administrator's attribute
    row.limits.all().delete()
    if role.retired:
        return
    RoleGrant.objects.bulk_create(
        RoleGrant(role=row, record=grant.record, action=action, span=grant.span.value, line=grant.line.value)
        for grant in role.grants
        for action in grant.actions
    )
    FieldRight.objects.bulk_create(
        FieldRight(role=row, record=record, field=field, mode=mode.value)
        for (record, field), mode in _rights(role.field_rights).items()
    )
    RoleLimit.objects.bulk_create(
        RoleLimit(role=row, key=key, value=value) for key, value in role.limits.amounts().items()
    )


def _rights(rights: Iterable[PackRight]) -> dict[tuple[str, str], Mode]:
    """Spell out `*`: every guarded field of the record that has no line of its own."""
    stated = {(right.record, right.field): right.level for right in rights}
    found = {name: mode for name, mode in stated.items() if name[1] != EVERY_FIELD}
    for (record, field), mode in stated.items():
        if field == EVERY_FIELD and record in RECORDS:
            for guarded in RECORDS[record].guards:
                found.setdefault((record, guarded), mode)
    return found
