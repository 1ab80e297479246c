"""Show one masked value to somebody who needs it: with a reason, counted, and written down."""

from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.ledger import looks
from kedang.engine.ledger.models import AccessLog
from kedang.engine.records.access import modes, open_one, text_of
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import UNSTORABLE
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Invalid, LimitReached, NotAllowed, Problem


def reveal(actor: Actor, kind: RecordType, pk: int, name: str, reason: str) -> str:
    """Return the whole value of a masked field and note who looked and why.

    Raise NotVisible when the record is out of reach, NotAllowed without the right to reveal or for a hidden
    field, Invalid without a reason, LimitReached when the day's quota (`reveal_per_day`) is used up.
    """
    row: Any = open_one(actor, kind, pk)
    if name not in kind.fields or modes(actor, kind)[name] is Mode.HIDE:
        raise NotAllowed(_("This field is not for you to see."))
    if not actor.may(kind.key, "reveal"):
        raise NotAllowed(_("Your role does not allow you to see masked values."))
    if not kind.model.objects.visible_to(actor, "reveal").filter(pk=pk).exists():
        raise NotAllowed(_("You may see masked values, but not of this record."))
    if not reason.strip() or UNSTORABLE.search(reason):
        raise Invalid(
            _("Say why you need it."), [Problem("reason", _("This field is required."), "required")]
        )
    with transaction.atomic():
        looks.in_turn(actor)
        quota, used = actor.limit("reveal_per_day"), revealed_today(actor)
        if used >= quota:
            text = _("You have looked at %(used)s masked values today; your role allows %(quota)s.")
            raise LimitReached(text % {"used": used, "quota": quota}, quota=int(quota))
        AccessLog.objects.create(
            at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind="reveal", record=kind.key,
            record_id=pk, field=name, reason=reason.strip()[:300],
        )  # fmt: skip
    spec = kind.fields[name]
    return text_of(spec, row, getattr(row, spec.attname))


def revealed_today(actor: Actor) -> int:
    """Return how many masked values this actor has revealed since midnight in China."""
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.ZONE)
    return AccessLog.objects.filter(user_id=actor.user_id, kind="reveal", at__gte=midnight).count()
