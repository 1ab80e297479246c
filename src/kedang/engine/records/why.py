"""Why somebody can see a record, in words: the question every colleague asks of a system like this."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kedang.engine.identity.models import RecordShare, Role
from kedang.engine.packs.active import said
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach, record_key
from kedang.kernel.actor import Actor, Span
from kedang.packs.words import Text


def reasons(actor: Actor, kind: RecordType, row: Any) -> list[str]:
    """Return every reason for which this actor sees this row, or an empty list when it is not visible."""
    if not admitted(kind.model, reach(actor, kind.model, "view"), [row])[0]:
        return []
    found = []
    if row.owner_id is not None and row.owner_id == actor.user_id:
        found.append(_("It is yours: you are its owner."))
    elif row.owner_id in actor.stands_in:
        found.append(_("Its owner, %(owner)s, is away, and you stand in.") % {"owner": row.owner})
    grant = actor.grant(kind.key, "view")
    if grant is not None and not kind.follows:
        found += [text for role, span in grant.sources if (text := _by_role(role, span, row, grant.units))]
    for share in actor.shares.get(kind.key, ()):
        if share.record_id == row.pk:
            found.append(_shared(share.reason, share.until))
    if kind.model.pooled and row.pool_id in actor.pools:
        found.append(_("It is in the pool “%(pool)s”, which serves your unit.") % {"pool": row.pool})
    if kind.follows:
        parent = getattr(row, kind.follows)
        above = reasons(actor, RECORDS[record_key(type(parent))], parent) if parent is not None else []
        found += [
            _("It belongs to %(parent)s: %(reason)s") % {"parent": parent, "reason": text} for text in above
        ]
    for key in kind.model.needs:
        if key != kind.follows and (needed := getattr(row, key)) is not None:
            found.append(_("And you see %(name)s, which it names.") % {"name": needed})
    return found


def _by_role(role: str, span: Span, row: Any, units: frozenset[int]) -> str:
    match span:
        case Span.ALL:
            return _("Your role “%(role)s” sees all of them.") % {"role": _called(role)}
        case Span.UNIT | Span.BELOW | Span.CUSTOM if row.unit_id in units:
            return _("Your role “%(role)s” sees those of %(unit)s.") % {
                "role": _called(role),
                "unit": row.unit,
            }
    return ""


def _called(key: str) -> str:
    """Return what a role is called in the reader's language."""
    label = Role.objects.filter(key=key).values_list("label", flat=True).first()
    return said(Text.model_validate(label), get_language() or "zh-hans") if label else key


def _shared(reason: str, until: str) -> str:
    if until:
        return _("It was opened to you until %(until)s. Reason: %(reason)s") % {
            "until": until[:10],
            "reason": reason,
        }
    return _("You work on it together with its owner.")


def others(kind: RecordType, row: Any) -> list[RecordShare]:
    """Return those to whom this one record was opened."""
    return list(RecordShare.objects.filter(record=kind.key, record_id=row.pk).select_related("user"))
