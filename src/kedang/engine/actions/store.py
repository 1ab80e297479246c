"""Write drafts with their history, timeline and outbox: a few statements for any number of rows."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kedang.engine.actions import bulk
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.numbers import Numbers, Serials, numbers_of
from kedang.engine.custom import copies
from kedang.engine.ledger import chain
from kedang.engine.ledger.models import HistoryEntry, OutboxEvent, TimelineEntry
from kedang.engine.records.types import RecordType
from kedang.engine.search import keep
from kedang.kernel import clock, ids
from kedang.kernel.errors import Conflict

if TYPE_CHECKING:
    from kedang.engine.actions.work import Work

ENTRY = (
    "id", "record", "record_id", "seq", "at", "actor_id", "actor_name", "acting_for", "signer_id", "signer_name",
    "action", "reason", "run_id", "changes", "digest", "seal_id",
)  # fmt: skip
NOTE = (
    "id", "subject", "subject_id", "history_id", "at", "kind", "record", "record_id", "actor_name", "answers_id",
)  # fmt: skip
SEQ, DIGEST = ENTRY.index("seq"), ENTRY.index("digest")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What storing drafts writes beside them, worked out for these serials: values of the columns ENTRY and NOTE."""

    numbers: Numbers | None
    serials: Serials
    at: datetime
    entries: list[tuple[Any, ...]]
    notes: list[tuple[Any, ...]]


def foretell(work: "Work", kind: RecordType, drafts: list[Draft]) -> Sheet:
    """Work out what storing drafts will write, while the database is not locked; others may take the serials first."""
    numbers = numbers_of(kind, drafts)
    return _sheet(work, kind, drafts, numbers, numbers.expected() if numbers else {})


def run(work: "Work", kind: RecordType, drafts: list[Draft], foretold: Sheet | None = None) -> None:
    """Store drafts that were checked, inside the transaction. Raise Conflict when a record changed under our hands."""
    for hook in kind.on_store:
        hook(work, drafts)
    numbers = foretold.numbers if foretold else numbers_of(kind, drafts)
    serials = numbers.take() if numbers else {}
    holds = foretold is not None and foretold.serials == serials
    sheet = foretold if foretold and holds else _sheet(work, kind, drafts, numbers, serials)
    _stamp(drafts, sheet)
    new = [draft for draft in drafts if draft.creating]
    if new:
        bulk.insert(kind.model, [draft.record for draft in new])
    _update(kind, [draft for draft in drafts if not draft.creating])
    if numbers:
        numbers.remember()
    _store_lines(kind, drafts)
    copies.keep(kind.key, [draft.record for draft in drafts if "custom" in draft.changed])
    bulk.insert_values(HistoryEntry, ENTRY, sheet.entries)
    bulk.insert_values(TimelineEntry, NOTE, sheet.notes)
    keep.stored(kind, drafts, importing=work.run_id is not None)
    OutboxEvent.objects.create(
        at=sheet.at, type=f"{kind.key}.saved", depth=work.depth,
        payload={"action": work.action, "ids": [draft.record.pk for draft in drafts]},
    )  # fmt: skip


def _sheet(
    work: "Work", kind: RecordType, drafts: list[Draft], numbers: Numbers | None, serials: Serials
) -> Sheet:
    if numbers:
        numbers.put(serials)
    now = clock.now()
    entries = _entries(work, kind, drafts, now)
    return Sheet(
        numbers, serials, now, entries, _notes(work, kind, drafts, [entry[0] for entry in entries], now)
    )


def _stamp(drafts: list[Draft], sheet: Sheet) -> None:
    """Give each record the version and the head of its entry."""
    for draft, entry in zip(drafts, sheet.entries, strict=True):
        record = draft.record
        record.version, record.head, record.changed_at = entry[SEQ], entry[DIGEST], sheet.at
        if draft.creating:
            record.created_at = sheet.at


def _entries(work: "Work", kind: RecordType, drafts: list[Draft], now: datetime) -> list[tuple[Any, ...]]:
    """Return the history entry of each record's next version, as the values of the columns ENTRY."""
    # The head of an entry is one JSON list; all but its second and third part is the same for all of one owner.
    begin, tails = f"[{chain.canonical(kind.key)},", {}
    salts = chain.salts()
    found = []
    for pk, draft in zip(ids.new_ids(len(drafts)), drafts, strict=True):
        record, version = draft.record, draft.record.version + 1
        whom = _for_whom(work, record)
        if whom not in tails:
            who = _who(work, whom)
            tails[whom] = (who, f",{chain.canonical([chain.moment(now), *who])[1:]}")
        who, end = tails[whom]
        stated = (
            draft.stated | chain.stated(draft.late, salts)
            if draft.stated
            else chain.stated(draft.told(), salts)
        )
        changes, covered = chain.written(stated)
        digest = chain.bound(record.head, f"{begin}{record.pk},{version}{end}", covered)
        found.append((pk, kind.key, record.pk, version, now, *who, work.run_id, changes, digest, None))
    return found


def _who(work: "Work", whom: int | None) -> tuple[Any, ...]:
    """Return the columns that say who did it, for whom, who signed, what and why."""
    signer = work.signer
    return (
        work.actor.user_id, work.actor.name, whom, signer.user_id if signer else None,
        signer.name if signer else "", work.action, work.reason[:300],
    )  # fmt: skip


def _for_whom(work: "Work", record: Any) -> int | None:
    """Whoever stands in for an absent colleague acts for them; else whom the actor acts for."""
    owner: int | None = record.owner_id
    return owner if owner in work.actor.stands_in else work.actor.acting_for


def _update(kind: RecordType, drafts: list[Draft]) -> None:
    groups: dict[tuple[str, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[tuple(sorted(draft.changed))].append(draft)
    for names, group in groups.items():
        columns = [_field_of(kind, attname).name for attname in names]
        columns += ["version", "head", "changed_at"]
        if len(group) == 1:
            _update_one(kind, group[0], columns)
        else:
            _update_many(kind, group, columns)


def _field_of(kind: RecordType, attname: str) -> Any:
    return next(f for f in kind.model._meta.concrete_fields if f.attname == attname)


def _opened(kind: RecordType) -> Any:
    return kind.model.objects.unscoped(because="rows that the write door loaded within reach")


def _update_one(kind: RecordType, draft: Draft, columns: list[str]) -> None:
    record = draft.record
    values = {name: getattr(record, kind.model._meta.get_field(name).attname) for name in columns}  # type: ignore[union-attr]
    hit = _opened(kind).filter(pk=record.pk, version=record.version - 1).update(**values)
    if hit != 1:
        raise Conflict(_("Somebody else has just changed this record."))


def _update_many(kind: RecordType, group: list[Draft], columns: list[str]) -> None:
    wanted = {draft.record.pk: draft.record.version - 1 for draft in group}
    rows = _opened(kind).filter(pk__in=wanted).select_for_update()
    stored = dict(rows.values_list("pk", "version"))
    if stored != wanted:
        raise Conflict(_("Somebody else has just changed this record."))
    fields = [kind.model._meta.get_field(name) for name in columns]
    bulk.update(kind.model, [draft.record for draft in group], fields)


def _store_lines(kind: RecordType, drafts: list[Draft]) -> None:
    lines = kind.lines
    changed = [draft for draft in drafts if draft.lines_changed]
    if lines is None or not changed:
        return
    stale = [draft.record.pk for draft in changed if draft.lines_before]
    opened = lines.model.objects.unscoped(because="lines of documents loaded within reach")
    if stale:
        opened.filter(**{f"{lines.parent}__in": stale}).delete()
    given = [(draft.record.pk, line) for draft in changed for line in draft.lines or []]
    columns: list[Any] = [f for f in lines.model._meta.concrete_fields if f.name not in ("id", lines.parent)]
    rows = [
        (pk, parent, *[line[f.attname] if f.attname in line else f.get_default() for f in columns])
        for pk, (parent, line) in zip(ids.new_ids(len(given)), given, strict=True)
    ]
    bulk.insert_values(lines.model, ("id", f"{lines.parent}_id", *(f.attname for f in columns)), rows)


def _notes(
    work: "Work", kind: RecordType, drafts: list[Draft], entries: list[int], now: datetime
) -> list[tuple[Any, ...]]:
    """Return the line of the timeline for each entry, as the values of the columns NOTE."""
    if not kind.timeline:
        return []
    subject_key, subject_of = _subject(kind)
    created, changed = f"{kind.timeline}.created", f"{kind.timeline}.changed"
    return [
        (
            pk, subject_key, getattr(draft.record, subject_of), entry,
            _moment(kind, draft, now) if draft.creating else now, created if draft.creating else changed,
            kind.key, draft.record.pk, work.actor.name, draft.answers,
        )
        for pk, draft, entry in zip(ids.new_ids(len(drafts)), drafts, entries, strict=True)
        if getattr(draft.record, subject_of) is not None
    ]  # fmt: skip


def _subject(kind: RecordType) -> tuple[str, str]:
    if not kind.follows:
        return kind.key, "pk"
    column: Any = kind.model._meta.get_field(kind.follows)
    return f"{column.related_model._meta.app_label}.{column.related_model._meta.model_name}", column.attname


def _moment(kind: RecordType, draft: Draft, now: datetime) -> datetime:
    """The day a thing happened, where the record says so, else the moment it was filed."""
    day = getattr(draft.record, kind.timeline_at) if kind.timeline_at else None
    if isinstance(day, datetime):
        return day
    if isinstance(day, date) and day != now.astimezone(clock.ZONE).date():
        return datetime.combine(day, time(12), tzinfo=clock.ZONE)
    return now
