"""Fill the tables of a benchmark: through the hooks and the store of the write door, without its checks.

A generator makes only what is sound, and a million rows that are each asked for uniqueness would take an hour.
Indexes are taken away while rows go in and built again afterwards, which is three times as fast.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection, transaction

from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.generic import copied, new_record
from kedang.engine.actions.work import Work
from kedang.engine.identity.stamps import steady_stamps
from kedang.engine.records.types import RecordType
from kedang.engine.scope.doors import writing
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Actor
from kedang.kernel.garbage import fewer_collections
from kedang.kernel.ids import new_ids

BATCH = 2_000


def fill(actor: Actor, kind: RecordType, rows: Iterable[Mapping[str, Any]]) -> int:
    """Store rows given as {column: value}, with `lines` where they have some; return how many."""
    stored = 0
    waiting = iter(rows)
    with fewer_collections(), steady_stamps():
        while batch := list(islice(waiting, BATCH)):
            work = Work(actor, f"{kind.key}.import", "create")
            blank = new_record(work, kind)
            drafts = [
                _draft(kind, copied(blank, pk), row)
                for pk, row in zip(new_ids(len(batch)), batch, strict=True)
            ]
            for hook in kind.prepare:
                hook(work, drafts)
            if refused := next((draft.problems for draft in drafts if draft.problems), None):
                raise AssertionError(f"the generator made a row that is refused: {refused}")
            for draft in drafts:
                draft.compare()
            with transaction.atomic(), writing("bench.fill"):
                work.store(drafts)
            stored += len(drafts)
    return stored


def _draft(kind: RecordType, record: ScopedModel, row: Mapping[str, Any]) -> Draft:
    record.__dict__.update((name, value) for name, value in row.items() if name != "lines")
    return Draft(kind, record, {}, row.get("lines"))


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Take the indexes of tables away and build them again at the end; those of constraints stay."""
    with connection.cursor() as cursor:
        found = [made for table in tables for made in _indexes(cursor, table)]
        for name, _statement in found:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    with connection.cursor() as cursor:
        for _name, statement in found:
            cursor.execute(statement)


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = %s::regclass "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)",
            [table],
        )
    else:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL",
            [table],
        )
    return [(str(name), str(statement)) for name, statement in cursor.fetchall()]
