"""Build every document: for a new declaration, after a restore, or when asked. A kill loses a group at most."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.db import connection, transaction

from kedang.engine.identity.stamps import steady_stamps
from kedang.engine.records.types import RecordType
from kedang.engine.search import index
from kedang.engine.search.codes import code
from kedang.engine.search.documents import documents_of, searchable
from kedang.engine.search.keep import GROUP
from kedang.engine.search.models import SearchBuild, SearchDocument

VERSION = 1  # rises when tokens are made in another way
GAP_SECONDS = 0.12


@dataclass(frozen=True, slots=True)
class Standing:
    """How the documents of one record type stand."""

    kind: RecordType
    records: int
    documents: int
    built: bool

    @property
    def missing(self) -> int:
        """How many records cannot be found."""
        return max(0, self.records - self.documents)


def declared(kind: RecordType) -> int:
    """Return a number that changes with whatever decides the documents of a type."""
    facts = (
        VERSION,
        kind.key,
        sorted(kind.search.items()),
        sorted(kind.pool_masks),
        kind.follows,
        kind.model.needs,
    )
    return crc32(repr(facts).encode())


def standing() -> list[Standing]:
    """Return how the documents of each type stand: counts of everything, so for commands only."""
    built = dict(SearchBuild.objects.filter(done=True).values_list("record", "declared"))
    with steady_stamps():
        return [
            Standing(
                kind,
                kind.model.objects.unscoped(because="documents of the search").count(),
                SearchDocument.objects.filter(kind=code(kind.key)).count(),
                built.get(kind.key) == declared(kind),
            )
            for kind in searchable()
        ]


def start_again() -> None:
    """Let every document be built anew; those that stand serve until then."""
    SearchBuild.objects.all().delete()


def rebuild_some(
    seconds: float = 2.0, told: Callable[[str, int], Any] | None = None, *, alone: bool = False
) -> int:
    """Go on building where the last call stopped, for about so long; return 0 when nothing was left to do.

    Whoever is `alone` with the database leaves no pauses in which people save.
    """
    built, until = 0, time.monotonic() + seconds
    known = {row.record: row for row in SearchBuild.objects.all()}
    with steady_stamps():  # the attributes that administrators made are part of what is declared
        wanted = {kind.key: declared(kind) for kind in searchable()}
    for kind in searchable():
        row = known.get(kind.key)
        while row is None or row.declared != wanted[kind.key] or not row.done:
            with steady_stamps():
                wanted[kind.key] = declared(kind)
                row, count = _group(kind, row)
            built += max(count, 1)  # a type without records is work done too
            if told is not None:
                told(kind.key, count)
            if time.monotonic() > until:
                return built
            if connection.vendor == "sqlite" and count == GROUP and not alone:
                time.sleep(GAP_SECONDS)  # people save meanwhile (ruling 8)
    return built


def _group(kind: RecordType, row: SearchBuild | None) -> tuple[SearchBuild, int]:
    """Build the next group of one type and note it in the same transaction."""
    with transaction.atomic():
        if row is None or row.declared != declared(kind):
            row = SearchBuild(record=kind.key, declared=declared(kind))
            row.save()
        opened = kind.model.objects.unscoped(because="documents of the search").filter(pk__gt=row.last_id)
        found = list(opened.order_by("pk").select_for_update(of=("self",))[:GROUP])
        end = found[-1].pk if len(found) == GROUP else None
        _forget_gone(kind, row.last_id, end, {one.pk for one in found})
        index.put(documents_of(kind, found))
        row.last_id, row.done = end or row.last_id, end is None
        row.save()
    return row, len(found)


def _forget_gone(kind: RecordType, after: int, end: int | None, there: set[int]) -> None:
    rows = SearchDocument.objects.filter(kind=code(kind.key), pk__gt=after)
    if end is not None:
        rows = rows.filter(pk__lte=end)
    index.remove(set(rows.values_list("pk", flat=True)) - there)
