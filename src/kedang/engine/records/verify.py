"""Prove that the history is whole: every value, every entry, every chain, every seal; or name what is not."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kedang.engine.ledger import chain
from kedang.engine.ledger.models import HistoryEntry, Seal
from kedang.engine.records.types import RECORDS, RecordType

MOST_FAULTS = 100


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
    heads = _check_chains(verdict)
    for kind in RECORDS.values():
        _check_heads(kind, heads, verdict)
    for key, pk in heads:
        if key in RECORDS:
            verdict.fault(f"{key} {pk}: has a history but is not there")
    _check_seals(verdict)
    if digest:
        verdict.digest = business_digest()
    return verdict


def _check_chains(verdict: Verdict) -> dict[tuple[str, int], tuple[int, str]]:
    heads: dict[tuple[str, int], tuple[int, str]] = {}
    rows = HistoryEntry.objects.order_by("record", "record_id", "seq")
    for entry in rows.iterator(chunk_size=2_000):
        verdict.entries += 1
        key = (entry.record, entry.record_id)
        last, previous = heads.get(key, (0, ""))
        where = f"{entry.record} {entry.record_id}, entry {entry.seq}"
        if entry.seq != last + 1:
            verdict.fault(f"{where}: entry {last + 1} is missing")
        if entry.digest != chain.entry_digest(previous, chain.head_of(entry), entry.changes):
            verdict.fault(f"{where}: was changed after it was written")
        heads[key] = (entry.seq, entry.digest)
    return heads


def _check_heads(kind: RecordType, heads: dict[tuple[str, int], tuple[int, str]], verdict: Verdict) -> None:
    rows = kind.model.objects.unscoped(because="verification of the whole history")
    seen = 0
    for pk, version, head in rows.values_list("pk", "version", "head").iterator(chunk_size=5_000):
        seen += 1
        if heads.pop((kind.key, pk), None) != (version, head):
            verdict.fault(f"{kind.key} {pk}: its history does not end where the record stands")
    verdict.records += seen


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
            key = "number" if any(f.name == "number" for f in target._meta.fields) else ""
            key = key or ("username" if any(f.name == "username" for f in target._meta.fields) else "name")
            found[column.name] = dict(manager.values_list("pk", key))
    return found


def _acts(kind: RecordType) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    rows = HistoryEntry.objects.filter(record=kind.key).order_by("record_id", "seq")
    for pk, action, changes in rows.values_list("record_id", "action", "changes").iterator(chunk_size=5_000):
        found.setdefault(pk, []).append([action, sorted(changes)])
    return found
