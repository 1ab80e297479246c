"""Prove that the history is whole: every value, every entry, every chain, every seal; or name what is not.

History and records are read side by side in the order of their ids, so that memory does not grow with either.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice, starmap
from operator import attrgetter
from typing import Any, NamedTuple

from kedang.engine.custom.storage import loaded
from kedang.engine.ledger import chain
from kedang.engine.ledger.models import HistoryEntry, Seal
from kedang.engine.records.lines import lines_of, plain_lines
from kedang.engine.records.types import ADMINISTERED, RECORDS, RecordType, record_of
from kedang.engine.records.values import EMPTY

MOST_FAULTS = 100
ERASED = object()
GONE = (".erase", ".seal")  # the last entry of a record that was erased for good, or lies in a seal


class Noted(NamedTuple):
    """What of a history entry is proved."""

    record: str
    record_id: int
    seq: int
    at: datetime
    actor_id: int | None
    actor_name: str
    acting_for: int | None
    signer_id: int | None
    signer_name: str
    action: str
    reason: str
    changes: dict[str, Any]
    digest: str


NOTED = Noted._fields
Entries = list[Noted]


@dataclass(slots=True)
class Verdict:
    """What a verification found. `faults` names each thing that does not fit, up to MOST_FAULTS."""

    records: int = 0
    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)
    digest: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def fault(self, text: str) -> None:
        """Note one thing that does not fit."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)


def verify(*, digest: bool = False) -> Verdict:
    """Check all chains and seals against the stored records; with `digest`, also sum up the business values."""
    verdict = Verdict()
    for kind in (*RECORDS.values(), *ADMINISTERED.values()):
        _check_records(kind, verdict)
    for entries in _records_noted(HistoryEntry.objects.exclude(record__in=[*RECORDS, *ADMINISTERED])):
        _last_noted(entries, verdict)
    _check_seals(verdict)
    if digest:
        verdict.digest = business_digest()
    return verdict


def _check_records(kind: RecordType, verdict: Verdict) -> None:
    """Compare each record of a type with what its history says: the end of its chain, and every column."""
    noted = _records_noted(HistoryEntry.objects.filter(record=kind.key))
    entries = next(noted, None)
    for pk, version, head, values, lines in _stored(kind):
        verdict.records += 1
        while entries is not None and entries[0].record_id < pk:
            entries = _gone(kind, entries, noted, verdict)
        if entries is None or entries[0].record_id != pk:
            if version == 0 and not head and kind.key in ADMINISTERED:
                continue  # set up before any action touched it
            verdict.fault(f"{kind.key} {pk}: its history does not end where the record stands")
            continue
        told = _last_noted(entries, verdict)
        if (entries[-1].seq, entries[-1].digest) != (version, head):
            verdict.fault(f"{kind.key} {pk}: its history does not end where the record stands")
        else:
            _check_values(kind, pk, told, values, lines, verdict)
        entries = next(noted, None)
    while entries is not None:
        entries = _gone(kind, entries, noted, verdict)


def _gone(kind: RecordType, entries: Entries, noted: Iterator[Entries], verdict: Verdict) -> Entries | None:
    _last_noted(entries, verdict)
    if not entries[-1].action.endswith(GONE):
        verdict.fault(f"{kind.key} {entries[0].record_id}: has a history but is not there")
    return next(noted, None)


def _records_noted(rows: Any) -> Iterator[Entries]:
    """Yield the entries of one record after the other."""
    told = rows.order_by("record", "record_id", "seq").values_list(*NOTED)
    found = starmap(Noted, told.iterator(chunk_size=2_000))
    return (list(group) for _key, group in groupby(found, key=attrgetter("record", "record_id")))


def _last_noted(entries: Entries, verdict: Verdict) -> dict[str, Any]:
    """Check the chain of one record; return the last value that was noted of each column."""
    told: dict[str, Any] = {}
    last, previous = 0, ""
    for entry in entries:
        verdict.entries += 1
        where = f"{entry.record} {entry.record_id}, entry {entry.seq}"
        if entry.seq != last + 1:
            verdict.fault(f"{where}: entry {last + 1} is missing")
        if entry.digest != chain.entry_digest(previous, chain.head_of(entry), entry.changes):
            verdict.fault(f"{where}: was changed after it was written")
        for name, change in entry.changes.items():
            told[name] = ERASED if isinstance(change, str) else change[1]
        last, previous = entry.seq, entry.digest
    return told


def _stored(kind: RecordType) -> Iterator[tuple[int, int, str, list[Any], list[dict[str, Any]] | None]]:
    """Yield id, version, head, tracked columns and lines of each record, by rising id."""
    rows = kind.model.objects.unscoped(because="verification of the whole history")
    stream = (
        rows.order_by("pk").values_list("pk", "version", "head", *kind.tracked).iterator(chunk_size=2_000)
    )
    while chunk := list(islice(stream, 500)):
        lines = lines_of(kind, [row[0] for row in chunk]) if kind.lines is not None else {}
        for pk, version, head, *values in chunk:
            yield pk, version, head, values, lines.get(pk)


def _check_values(
    kind: RecordType, pk: int, told: Mapping[str, Any], values: list[Any], lines: list[dict[str, Any]] | None,
    verdict: Verdict,
) -> None:  # fmt: skip
    for name, value in zip(kind.tracked, values, strict=True):
        if name not in told and kind.key in ADMINISTERED:
            continue  # as it was set up, before the first action
        if name == "custom":
            _check_custom(kind, pk, told, value, verdict)
        elif name not in kind.silent and not _agree(told.get(name), value):
            verdict.fault(f"{kind.key} {pk}: {name} is not what its history says")
    if lines is not None and not _agree(told.get("lines"), plain_lines(lines)):
        verdict.fault(f"{kind.key} {pk}: its lines are not what its history says")


def _check_custom(
    kind: RecordType, pk: int, told: Mapping[str, Any], stored: Mapping[str, Any], verdict: Verdict
) -> None:
    """Each attribute in force is noted under a name of its own; of a retired one nobody knows the kind."""
    for spec in kind.fields.values():
        if spec.custom:
            value = chain.plain(loaded(spec.kind, stored.get(spec.custom)))
            if not _agree(told.get(spec.told_as), value):
                verdict.fault(f"{kind.key} {pk}: {spec.told_as} is not what its history says")


def _agree(told: Any, value: Any) -> bool:
    """Whether a stored value is the one noted last. An erased value tells nothing; nothing is as good as empty."""
    if told == value or told is ERASED or (told in EMPTY and value in EMPTY):
        return True
    if isinstance(value, datetime) and isinstance(told, str):
        return datetime.fromisoformat(told) == value
    return bool(told == chain.plain(value))


def _check_seals(verdict: Verdict) -> None:
    previous = ""
    for seal in Seal.objects.order_by("pk").iterator():
        digests = list(HistoryEntry.objects.filter(seal=seal).order_by("pk").values_list("digest", flat=True))
        if len(digests) != seal.count or chain.merkle_root(digests) != seal.root:
            verdict.fault(f"seal {seal.pk}: its entries are not those that were sealed")
        if chain.chained(previous, seal.root) != seal.chain:
            verdict.fault(f"seal {seal.pk}: does not follow the seal before it")
        previous = seal.chain
        verdict.seals += 1
    verdict.unsealed = HistoryEntry.objects.filter(seal__isnull=True).count()


def business_digest() -> str:
    """Return a digest of business values, numbers and history without times and ids (ruling 26).

    Two databases that went through the same business agree, whatever was killed and resumed on the way.
    """
    total = 0
    for kind in RECORDS.values():
        for said in _said(kind):
            total += int.from_bytes(hashlib.sha256(said.encode()).digest(), "big")
    return f"{total % (1 << 256):064x}"


def _said(kind: RecordType) -> Iterator[str]:
    """Yield one text for each record: its natural key, its values with foreign keys by name, its acts."""
    names = _names_of_targets(kind)
    acts = _acts(kind)
    rows = kind.model.objects.unscoped(because="a digest of all business values")
    columns = [f for f in kind.model._meta.concrete_fields if f.name not in _TIMES_AND_IDS]
    for pk, *values in rows.values_list("pk", *(f.attname for f in columns)).iterator(chunk_size=5_000):
        facts: list[Any] = [
            names[f.name].get(value, "") if f.is_relation else chain.plain(value)
            for f, value in zip(columns, values, strict=True)
        ]
        yield chain.canonical([kind.key, facts, acts.get(pk, [])])


_TIMES_AND_IDS = frozenset(
    {"id", "head", "created_at", "changed_at", "archived_at", "decided_at", "record_id"}
)


def _names_of_targets(kind: RecordType) -> dict[str, dict[Any, str]]:
    found: dict[str, dict[Any, str]] = {}
    for column in kind.model._meta.concrete_fields:
        if column.is_relation:
            target: Any = column.related_model
            manager = target._base_manager.all()
            columns = {f.name for f in target._meta.fields}
            key = next((one for one in ("number", "username", "name") if one in columns), "")
            key = key or record_of(target).title
            found[column.name] = dict(manager.values_list("pk", key))
    return found


def _acts(kind: RecordType) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    rows = HistoryEntry.objects.filter(record=kind.key).order_by("record_id", "seq")
    for pk, action, changes in rows.values_list("record_id", "action", "changes").iterator(chunk_size=5_000):
        found.setdefault(pk, []).append([action, sorted(changes)])
    return found
