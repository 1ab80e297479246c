"""Replies to lines of a timeline: by whoever may change what the line tells of, for everybody who sees the line.

A reply lies in the history of that record, so it is proved, masked and erased with it.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions.work import Work
from kedang.engine.ledger.models import TimelineEntry
from kedang.engine.notices import tell
from kedang.engine.records.timeline import REPLY, Moment, moments, with_replies
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.doors import writing
from kedang.engine.scope.reach import reach
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotVisible, Problem, RuleBroken

LONGEST = 500
MOST = 30  # under one line


def line_of(actor: Actor, kind: RecordType, row: Any, entry_id: int) -> Moment:
    """Return a line of an opened record's timeline, with its replies; raise NotVisible for one that is not seen."""
    entry = (
        TimelineEntry.objects.filter(pk=entry_id, subject=kind.key, subject_id=row.pk, answers=None)
        .select_related("history")
        .first()
    )
    found = with_replies(moments(actor, [entry], {(kind.key, row.pk): row})) if entry is not None else []
    if not found:
        raise NotVisible(_("There is no such line."))
    return found[0]


def answerable(actor: Actor, row: Any, found: list[Moment]) -> set[int]:
    """Return the ids of those lines of an opened record that the actor may reply to.

    What hangs on the record is asked about together with it, so that a page of lines costs no query of its own.
    """
    allowed: set[int] = set()
    for key in {moment.kind.key for moment in found}:
        kind = RECORDS[key]
        if actor.may(key, "change"):
            lines = [moment for moment in found if moment.kind.key == key]
            span = reach(actor, kind.model, "change")
            within = admitted(kind.model, span, [moment.record for moment in lines], opened=row)
            allowed |= {moment.entry.pk for moment, yes in zip(lines, within, strict=True) if yes}
    return allowed


def reply(actor: Actor, kind: RecordType, row: Any, entry_id: int, text: str, url: str) -> None:
    """Reply to a line of an opened record's timeline; tell those who wrote there and whose it is to look at `url`.

    Raise NotVisible, NotAllowed, Invalid with what is wrong, or RuleBroken when there are enough.
    """
    text = _checked(text)
    with transaction.atomic():
        line = line_of(actor, kind, row, entry_id)
        name = f"{line.kind.key}.reply"
        with writing(name):
            work = Work(actor, name)
            record = work.load(line.kind.model, line.record.pk)
            earlier = TimelineEntry.objects.filter(answers=entry_id, answers__isnull=False)
            written = [one.history for one in earlier.select_related("history")]  # once the record is locked
            if len(written) >= MOST:
                words = _(
                    "At most %(most)s replies stand under a line; write a task or a visit for what is next."
                )
                raise RuleBroken(words % {"most": MOST})
            work.note(record, REPLY, None, text, answers=entry_id)
            people = [past.actor_id for past in (line.entry.history, *written) if past is not None]
            told = {*people, line.record.owner_id} - {actor.user_id}
            said = gettext_lazy("There is a reply on a timeline")
            tell(filter(None, told), said, url, "reply", about=(line.kind.key, record.pk))


def _checked(text: str) -> str:
    text = "\n".join(part.rstrip() for part in text.strip().splitlines())
    if not text:
        raise Invalid(_("Write a reply."), [Problem("text", _("Write a reply."), "required")])
    if len(text) > LONGEST or UNSTORABLE.search(text):
        words = _("At most %(most)s characters.") % {"most": LONGEST}
        raise Invalid(words, [Problem("text", words, "too_long")])
    return text
