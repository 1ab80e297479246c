"""Lines kept on top of a record's timeline: by whoever may change the record, for everybody who sees the line."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kedang.engine.ledger.models import TimelineEntry, TimelinePin
from kedang.engine.records.timeline import Moment, moments, with_replies
from kedang.engine.records.types import RecordType
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotAllowed, NotVisible, RuleBroken

MOST = 5


def pinned(actor: Actor, kind: RecordType, row: Any) -> list[tuple[TimelinePin, Moment]]:
    """Return the pinned lines of an opened record that the actor sees, the one pinned last first."""
    pins = {
        one.entry_id: one
        for one in _pins(kind, row.pk).select_related("entry__history").order_by("-at", "-pk")
    }
    found = moments(actor, [one.entry for one in pins.values()], {(kind.key, row.pk): row})
    return [(pins[moment.entry.pk], moment) for moment in with_replies(found)]


def pin(actor: Actor, kind: RecordType, pk: int, entry_id: int) -> None:
    """Keep a line on top. Raise NotVisible, NotAllowed, or RuleBroken when there are enough."""
    with transaction.atomic():
        row = _locked(actor, kind, pk)
        entry = TimelineEntry.objects.filter(pk=entry_id, subject=kind.key, subject_id=pk).first()
        if entry is None or not moments(actor, [entry], {(kind.key, pk): row}):
            raise NotVisible(_("There is no such line."))
        if TimelinePin.objects.filter(entry=entry).exists():
            return
        if _pins(kind, pk).count() >= MOST:
            raise RuleBroken(
                _("At most %(most)s lines are kept on top; take one down first.") % {"most": MOST}
            )
        TimelinePin.objects.create(entry=entry, at=clock.now(), by_name=actor.name)


def unpin(actor: Actor, kind: RecordType, pk: int, entry_id: int) -> None:
    """Let a line go back to its place; one that is there already stays."""
    with transaction.atomic():
        _locked(actor, kind, pk)
        _pins(kind, pk).filter(pk=entry_id).delete()


def _pins(kind: RecordType, pk: int) -> Any:
    return TimelinePin.objects.filter(entry__subject=kind.key, entry__subject_id=pk)


def _locked(actor: Actor, kind: RecordType, pk: int) -> Any:
    """Return the record, locked, so that two who pin at once count one after the other."""
    row = kind.model.objects.visible_to(actor, "change").filter(pk=pk).select_for_update(of=("self",)).first()
    if row is not None:
        return row
    if kind.model.objects.visible_to(actor).filter(pk=pk).exists():
        raise NotAllowed(_("You can see this record, but you may not do this to it."))
    raise NotVisible(_("There is no such record, or it is not yours to see."))
