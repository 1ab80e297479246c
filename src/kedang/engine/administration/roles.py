"""Roles with what they may do. A change needs a reason, stands in the history and counts at the next request."""

from decimal import Decimal
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions.registry import ActionSpec, add
from kedang.engine.actions.work import Work
from kedang.engine.administration import reach, rules
from kedang.engine.identity.models import FieldRight, Membership, Role, RoleGrant, RoleLimit, Unit, User
from kedang.engine.identity.stamps import bump
from kedang.engine.records.types import ADMINISTERED, RECORDS
from kedang.kernel.actor import Line, Mode, Span
from kedang.kernel.errors import Invalid, NotAllowed, Problem
from kedang.kernel.ids import new_id, show

Grant = tuple[str, str, str]
MOST = 2**53
LIMITS = ("reveal_per_day", "export_rows", "discount_percent", "approval_amount", "claim_per_day")


def _create(work: Work, /, name: str = "", like: str = "", **unknown: Any) -> Role:
    """Add a role of one's own, with the rights of another to begin with."""
    text = str(name).strip()[:60]
    if not text or unknown:
        raise Invalid(
            _("Some fields need another look."), [Problem("name", _("This field is required."), "required")]
        )
    source = Role.objects.filter(key=like).first() if like else None
    role = Role(
        key=f"own-{slugify(text)[:30] or show(new_id())[-6:]}-{show(new_id())[-4:]}",
        label={"zh_hans": text, "en": text},
    )
    role.edited = True
    work.save(role)  # type: ignore[arg-type]
    if source is not None:
        _store(work, role, rules.Rights(), reach.rights_of([source.pk])[source.pk])
    bump("identity")
    return role


def _update(work: Work, role: Role, /, name: str = "", second_factor: Any = None, **unknown: Any) -> None:
    """Rename a role, or ask its people for a second factor."""
    if unknown:
        raise Invalid(_("Some fields need another look."), [Problem("", _("This field cannot be set here."))])
    text = str(name).strip()[:60]
    if text and text != reach.label(role):
        role.label = {**role.label, "zh_hans": text} | ({} if role.pack else {"en": text})
    if second_factor is not None:
        role.second_factor = str(second_factor) in ("1", "True", "true", "on")
    work.save(role)  # type: ignore[arg-type]
    bump("identity")


def _rights(work: Work, role: Role, /, spans: Any = None, modes: Any = None, limits: Any = None) -> None:
    """Set everything a role says at once; what is left out of the three is taken from it."""
    new = read(spans, modes, limits)
    old = reach.rights_of([role.pk])[role.pk]
    mine = Membership.objects.filter(user=work.actor.user_id, role=role).exists()
    if mine and (more := rules.wider(reach.rights_of_person(work.actor.user_id), new)):
        text = _("You have this role, and nobody gives themselves more than they have: %(what)s.")
        raise NotAllowed(text % {"what": _(", ").join(" ".join(one).strip() for one in more[:5])})
    _store(work, role, old, new)
    reach.keep_somebody_in()


def _store(work: Work, role: Role, old: rules.Rights, new: rules.Rights) -> None:
    before, after = told(old), told(new)
    if before == after:
        return
    RoleGrant.objects.filter(role=role).delete()
    FieldRight.objects.filter(role=role).delete()
    RoleLimit.objects.filter(role=role).delete()
    grants = [
        RoleGrant(role=role, record=record, action=action, span=span, line=line)
        for (record, action, line), span in new.spans.items()
    ]
    RoleGrant.objects.bulk_create(grants)
    through = RoleGrant.units.through
    through.objects.bulk_create(
        through(rolegrant_id=row.pk, unit_id=unit)
        for row in grants
        for unit in sorted(new.units.get((row.record, row.action, row.line), ()))
    )
    FieldRight.objects.bulk_create(
        FieldRight(role=role, record=record, field=field, mode=mode)
        for (record, field), mode in new.modes.items()
    )
    RoleLimit.objects.bulk_create(
        RoleLimit(role=role, key=key, value=int(value)) for key, value in new.limits.items()
    )
    Role.objects.filter(pk=role.pk).update(edited=True)
    # the sessions of its people get another id
    for user in User.objects.filter(pk__in=Membership.objects.filter(role=role).values("user")):
        User.objects.filter(pk=user.pk).update(turn=user.turn + 1)
    bump("identity")
    changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    work.note(
        role, "rights",  # type: ignore[arg-type]
        {key: before[key] for key in changed if key in before}, {key: after[key] for key in changed if key in after},
    )  # fmt: skip


def told(rights: rules.Rights) -> dict[str, Any]:
    """Return what a role says as plain values, by one name for each right."""
    found: dict[str, Any] = {}
    for (record, action, line), span in rights.spans.items():
        mark = "" if line == Line.BUSINESS else f"@{line}"
        units = sorted(show(unit) for unit in rights.units.get((record, action, line), ()))
        found[f"{record}:{action}{mark}"] = [span, *units] if units else span
    found |= {f"{record}.{field}": mode for (record, field), mode in rights.modes.items()}
    return found | {f"#{key}": str(value) for key, value in rights.limits.items()}


def read(spans: Any, modes: Any, limits: Any) -> rules.Rights:
    """Read what a surface sent: spans {(record, action, line): (span, units)}, modes {(record, field): mode},
    limits {key: value}. Raise Invalid for what no role can say.
    """
    problems: list[Problem] = []
    known = {**RECORDS, **ADMINISTERED}
    there = set(Unit.objects.values_list("pk", flat=True))
    good: dict[Grant, str] = {}
    units: dict[Grant, frozenset[int]] = {}
    for (record, action, line), (span, chosen) in dict(spans or {}).items():
        key = (record, action, line)
        fine = record in known or record.startswith("engine.")
        if not fine or span not in set(Span) or line not in set(Line) or not str(action).isidentifier():
            problems.append(
                Problem("spans", _("This right does not exist: %(name)s.") % {"name": f"{record}:{action}"})
            )
        elif span != Span.NONE:
            good[key] = span
            if span == Span.CUSTOM:
                units[key] = frozenset(chosen) & there
                if not units[key]:
                    problems.append(Problem("spans", _("Choose the departments for “chosen units”.")))
    fields: dict[tuple[str, str], int] = {}
    for (record, field), mode in dict(modes or {}).items():
        if record not in RECORDS or field not in RECORDS[record].fields or mode not in set(Mode):
            problems.append(
                Problem("modes", _("This field does not exist: %(name)s.") % {"name": f"{record}.{field}"})
            )
        else:
            fields[record, field] = int(mode)
    amounts: dict[str, Decimal] = {}
    for key, value in dict(limits or {}).items():
        try:
            amount = int(str(value).replace(",", ""))
        except ValueError:
            amount = -1
        if not 0 <= amount <= MOST:
            problems.append(Problem(f"limit.{key}", _("Write a whole number, 0 or more.")))
        else:
            amounts[key] = Decimal(amount)
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    return rules.Rights(good, units, fields, amounts)


def _add(name: str, verb: str, label: Any, body: Any, **more: Any) -> None:
    add(ActionSpec(f"engine.role.{name}", Role, verb, label, body, releases=True, form=True, **more))  # type: ignore[arg-type]


_add("create", "create", gettext_lazy("New role"), _create, creates=True)
_add("update", "change", gettext_lazy("Change"), _update)
_add("rights", "change", gettext_lazy("What the role may do"), _rights, asks_reason=True)
