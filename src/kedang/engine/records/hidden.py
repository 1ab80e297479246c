"""What may be told of a record that somebody met without seeing it: that it is on file, with whom, and no more.

Such hits tell that a record exists, so they are counted, and a day has so many of them (ruling 28).
"""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from kedang.engine.identity.models import Unit
from kedang.engine.ledger import looks
from kedang.engine.ledger.models import AccessLog
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import LimitReached

HITS_A_DAY = 500
CODE = "on_file"


def told(unit: str) -> str:
    """Return the words for a record on file that its reader may not see."""
    return _("Already on file with %(unit)s. Ask for access.") % {"unit": unit}


def units_of_hidden(actor: Actor, model: type[ScopedModel], pks: Iterable[int]) -> dict[int, str]:
    """Return those of the records that the actor does not see, with the name of the unit that has them."""
    wanted = set(pks)
    for archived in (False, True):
        seen = model.objects.visible_to(actor, archived=archived).filter(pk__in=wanted)
        wanted -= set(seen.values_list("pk", flat=True))
    if not wanted:
        return {}
    rows = model.objects.unscoped(because="the unit of a duplicate that the actor may not see")
    homes: dict[int, Any] = dict(rows.filter(pk__in=wanted).values_list("pk", "unit_id"))
    names = dict(Unit.objects.filter(pk__in=set(homes.values())).values_list("pk", "name"))
    return {pk: names.get(unit, "") for pk, unit in homes.items()}


def count_hits(actor: Actor, record: str, hits: int, reason: str) -> None:
    """Note hits on records that the actor may not see; raise LimitReached when the day has had enough of them."""
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.ZONE)
    with transaction.atomic():
        looks.in_turn(actor)
        mine = AccessLog.objects.filter(user_id=actor.user_id, kind=CODE, at__gte=midnight)
        if (mine.aggregate(total=Sum("rows"))["total"] or 0) + hits > HITS_A_DAY:
            text = _("You have met %(most)s records of others today; go on tomorrow, or ask for access.")
            raise LimitReached(text % {"most": HITS_A_DAY}, limit=CODE)
        AccessLog.objects.create(
            at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind=CODE, record=record, rows=hits,
            reason=reason,
        )  # fmt: skip
