"""Read the timeline of a record and the history of its fields, as far as the actor may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kedang.engine.ledger.models import HistoryEntry, TimelineEntry
from kedang.engine.records.access import covers_pool, mask, modes, text_of, whole_of
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.composed import Composed, Shape, by_key, columns, in_lots
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Actor, Mode

PAGE = 20
ROUNDS = 10
FILES = "files"  # what an attachment notes in the history of its record
REPLY = "reply"  # what a reply to a line notes there
Seen = dict[tuple[str, int], Any]
Known = dict[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change as an actor may see it."""

    spec: FieldSpec | None
    label: Any
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wrote under a line."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline: what happened, to which record, how the record stands now, what was said to it."""

    entry: TimelineEntry
    kind: RecordType
    record: Any
    changes: list[Change] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


def timeline(
    actor: Actor,
    kind: RecordType,
    pk: int,
    *,
    kinds: Iterable[str] = (),
    before: tuple[datetime, int] | None = None,
    opened: Any = None,
) -> list[Moment]:
    """Return the newest moments of a record that the actor already opened, PAGE + 1 at most.

    What hangs on the record is shown only as far as the actor sees it by itself. `opened` is the record, where it is
    at hand.
    """
    allowed = tuple(key for key in RECORDS if actor.may(key, "view"))
    wanted = [f"{name}.{verb}" for name in kinds for verb in ("created", "changed")]
    found: list[Moment] = []
    for _round in range(ROUNDS):
        if before is None and not wanted:
            entries = _newest_of(allowed)(kind.key, pk)
        else:
            entries = list(_newest(_lines(kind.key, pk, allowed, wanted, before)))
        found += moments(actor, entries, {(kind.key, pk): opened} if opened is not None else {})
        if len(entries) <= PAGE or len(found) > PAGE:
            break
        before = (entries[-1].at, entries[-1].pk)  # what the actor does not see made room for more
    return found[: PAGE + 1]


def _lines(
    subject: str, pk: int, allowed: Sequence[str], wanted: Sequence[str] = (),
    before: tuple[datetime, int] | None = None,
) -> QuerySet[TimelineEntry]:  # fmt: skip
    rows = TimelineEntry.objects.filter(subject=subject, subject_id=pk, answers=None, record__in=allowed)
    if wanted:
        rows = rows.filter(kind__in=wanted)
    return rows if before is None else _before(rows, *before)


def _newest(rows: QuerySet[TimelineEntry]) -> QuerySet[TimelineEntry]:
    return rows.select_related("history").order_by("-at", "-pk")[: PAGE + 1]


@lru_cache(maxsize=200)
def _newest_of(allowed: tuple[str, ...]) -> Composed[TimelineEntry]:
    """Return the question for the newest lines of a record that whoever may view these types begins with."""
    return Composed(
        lambda subject, pk: _newest(_lines(subject, pk, allowed)),
        *columns(TimelineEntry, "subject", "subject_id"),
    )


def with_replies(found: list[Moment]) -> list[Moment]:
    """Put under lines that the actor sees what was replied to them, the oldest first: one query for all."""
    under: dict[int | None, list[Reply]] = defaultdict(list)
    lines = in_lots([moment.entry.pk for moment in found])
    for one in (reply for lot in lines for reply in _replies_to(*lot)):
        change = one.history.changes.get(REPLY) if one.history is not None else None
        if isinstance(change, list):  # what was erased has a digest in its place
            under[one.answers_id].append(Reply(one.at, one.actor_name, str(change[1])))
    return [replace(moment, replies=under[moment.entry.pk]) for moment in found]


_replies_to: Composed[TimelineEntry] = Composed(
    lambda *lines: (
        TimelineEntry.objects.filter(answers__in=lines, answers__isnull=False)
        .select_related("history")
        .order_by("at", "pk")
    ),
    *columns(TimelineEntry, "answers"),
    many=True,
)


def _before(rows: QuerySet[TimelineEntry], at: datetime, pk: int) -> QuerySet[TimelineEntry]:
    return rows.filter(at__lte=at).exclude(at=at, pk__gte=pk)


def moments(actor: Actor, entries: list[TimelineEntry], opened: Seen) -> list[Moment]:
    """Return those of some lines that the actor sees, in their order; `opened` are records that are at hand."""
    seen = opened | _visible(actor, [one for one in entries if (one.record, one.record_id) not in opened])
    found = []
    known: Known = {}
    for entry in entries:
        row = seen.get((entry.record, entry.record_id))
        if row is not None:
            kind = RECORDS[entry.record]
            told = entry.history if entry.kind.endswith(".changed") else None
            covered = covers_pool(actor, kind, row)
            changes = changes_of(actor, kind, told, covered=covered, known=known)
            found.append(Moment(entry, kind, row, changes))
    return found


def _visible(actor: Actor, entries: list[TimelineEntry]) -> Seen:
    """One query a record type, whatever the number of entries."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        wanted.setdefault(entry.record, set()).add(entry.record_id)
    return {
        (key, row.pk): row
        for key, pks in wanted.items()
        for lot in in_lots(pks)
        for row in RECORDS[key].model.objects.asked(
            actor, _by_ids(RECORDS[key].model, whole_of(RECORDS[key])), *lot
        )
    }


@cache
def _by_ids(model: type[ScopedModel], whole: tuple[str, ...]) -> Shape:
    return Shape(
        lambda rows, *pks: (rows.select_related(*whole) if whole else rows).filter(pk__in=pks).order_by(),
        columns(model, "pk"),
        many=True,
    )


def history(
    actor: Actor, kind: RecordType, pk: int, *, before: int | None = None
) -> list[tuple[HistoryEntry, list[Change]]]:
    """Return the newest history entries of a record that the actor already opened, PAGE + 1 at most."""
    entries = _entries_of(kind.key, pk) if before is None else _entries(kind.key, pk).filter(seq__lt=before)
    covered = _covered(actor, kind, pk)
    known: Known = {}
    return [
        (entry, changes_of(actor, kind, entry, covered=covered, known=known)) for entry in entries[: PAGE + 1]
    ]


def _entries(record: str, pk: int) -> QuerySet[HistoryEntry]:
    return HistoryEntry.objects.filter(record=record, record_id=pk).order_by("-seq")


_entries_of: Composed[HistoryEntry] = Composed(
    lambda record, pk: _entries(record, pk)[: PAGE + 1], *columns(HistoryEntry, "record", "record_id")
)


def _covered(actor: Actor, kind: RecordType, pk: int) -> bool:
    """Whether the record lies in a pool now: its past contact data are then as covered as its present ones."""
    if not kind.pool_masks:
        return False
    rows = (
        kind.model.objects.one_of(actor, pk, archived=held, related=whole_of(kind)) for held in (False, True)
    )
    return any(row is not None and covers_pool(actor, kind, row) for row in rows)


def changes_of(
    actor: Actor, kind: RecordType, entry: HistoryEntry | None, *, covered: bool = False,
    known: Known | None = None,
) -> list[Change]:  # fmt: skip
    """Return the changes of an entry without hidden fields and with masks over masked ones.

    `covered` says that the record lies in a pool, so that its contact data are masked too; `known` keeps the
    labels of what was pointed at from one entry to the next.
    """
    if entry is None:
        return []
    allowed = modes(actor, kind)
    known = {} if known is None else known
    by_column = {spec.told_as: spec for spec in kind.fields.values()}
    found = []
    for attname, change in entry.changes.items():
        spec = by_column.get(attname)
        if attname in (FILES, REPLY) and isinstance(change, list):
            label = _("File") if attname == FILES else _("Reply")
            found.append(Change(None, label, *(str(value or "") for value in change[:2])))
        if spec is None or allowed[spec.name] is Mode.HIDE or isinstance(change, str):
            continue
        masked = allowed[spec.name] is Mode.MASK or (covered and spec.name in kind.pool_masks)
        old, new = (_said(actor, spec, value, known, masked=masked) for value in change[:2])
        found.append(Change(spec, spec.label, old, new))
    return found


def _said(actor: Actor, spec: FieldSpec, value: Any, known: Known, *, masked: bool) -> str:
    if value in (None, ""):
        return ""
    if masked:
        return mask(spec, value)
    if spec.points_at:
        if (spec.points_at, value) not in known:
            target: Any = spec.model_field.related_model
            scoped = issubclass(target, ScopedModel)
            row = target.objects.one_of(actor, value) if scoped else next(iter(by_key(target)(value)), None)
            known[spec.points_at, value] = str(row or _("not yours to see"))
        return known[spec.points_at, value]
    return text_of(spec, None, value)
