"""The index itself: FTS5 beside a table in SQLite, a GIN index over a tsvector in PostgreSQL. One interface."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from kedang.engine.search.models import SearchDocument
from kedang.engine.search.terms import Node, to_fts5, to_tsquery

IN_POSTGRES = "SELECT id FROM engine_searchdocument WHERE kind = %s AND tokens @@ %s::tsquery"
NARROW_IN_POSTGRES = (
    "WITH hit AS MATERIALIZED (SELECT id FROM engine_searchdocument WHERE kind = %s AND tokens @@ %s::tsquery) "
    "SELECT id FROM hit WHERE id < %s ORDER BY id DESC LIMIT %s"
)
# Of a word that it does not know PostgreSQL believes that a hundredth of the documents hold it, and that the newest 21
# will soon be met by walking back over the key: at a million that took 5 s where there were none. So the index is asked
# for a few first, in any order, which answers for every rare word; only where there are as many is the order asked for,
# with a plan for PLANNED of them: by the index for what is less common, by walking for what is in every other document.
# No more are fetched than the last limit says, as long as nothing sorts them.
FEW, PLANNED = 2_000, 5_000
FEW_PAGES = 8  # a list, which asks for a thousand, is spared the second question more often
NEWEST_IN_POSTGRES = f"""
    WITH few AS MATERIALIZED ({IN_POSTGRES} AND id < %s LIMIT %s), newest AS MATERIALIZED (
        {IN_POSTGRES} AND id < %s AND (SELECT count(*) FROM few) = %s ORDER BY id DESC LIMIT %s)
    (SELECT id FROM few WHERE (SELECT count(*) FROM few) < %s ORDER BY id DESC LIMIT %s)
    UNION ALL (SELECT id FROM newest LIMIT %s)
"""  # noqa: S608  our own texts
IN_SQLITE = "SELECT rowid AS id FROM engine_search WHERE engine_search MATCH %s"
PUT_IN_POSTGRES = """
    INSERT INTO engine_searchdocument AS old (id, kind, tokens) VALUES (%s, %s, array_to_tsvector(%s::text[]))
    ON CONFLICT (id) DO UPDATE SET tokens = EXCLUDED.tokens, kind = EXCLUDED.kind
    WHERE old.tokens <> EXCLUDED.tokens
"""
PUT_IN_SQLITE = "INSERT OR REPLACE INTO engine_searchdocument (id, kind, tokens) VALUES (%s, %s, %s)"
LIST_IN_SQLITE = "INSERT INTO engine_search (rowid, tokens) VALUES (%s, %s)"
UNLIST_IN_SQLITE = "INSERT INTO engine_search (engine_search, rowid, tokens) VALUES ('delete', %s, %s)"
CHUNK = 200
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Document:
    """The tokens of one record."""

    pk: int
    kind: str
    tokens: frozenset[str]

    @property
    def line(self) -> str:
        """The tokens in one order, parted by blanks."""
        return " ".join(sorted(self.tokens))


@dataclass(frozen=True, slots=True)
class Question:
    """What to find among the records of one type, newest first, and how many at most.

    `below` leaves out records with this id and above. `narrow` says that a reach bounds the hits: PostgreSQL then
    reads its index instead of guessing that the newest records will do.
    """

    kind: str
    node: Node
    limit: int
    narrow: bool = False
    below: int | None = None


def put(documents: Sequence[Document]) -> int:
    """Store documents in place of older ones, inside the caller's transaction; return how many differed."""
    if not documents:
        return 0
    return _put_in_postgres(documents) if _postgres() else _put_in_sqlite(documents)


def remove(pks: Iterable[int]) -> None:
    """Forget records, inside the caller's transaction."""
    wanted = list(pks)
    if not _postgres():
        for stored in _stored(wanted).items():
            _unlist([stored])
    for start in range(0, len(wanted), CHUNK):
        SearchDocument.objects.filter(pk__in=wanted[start : start + CHUNK]).delete()


def find(questions: Sequence[Question]) -> list[list[int]]:
    """Return the ids that answer each question, newest first: one statement for all of them."""
    if not questions:
        return []
    parts, values = [], []
    for place, question in enumerate(questions):
        statement, given = _select(question)
        parts.append(f"SELECT {place}, id FROM ({statement}) AS found_{place}")  # noqa: S608  two fixed texts
        values += given
    answers: list[list[int]] = [[] for _question in questions]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for place, pk in cursor.fetchall():
            answers[place].append(pk)
    return [sorted(found, reverse=True) for found in answers]


def holding(kind: str, node: Node) -> RawSQL:
    """Return a subquery of the ids of every record that answers, for a list that is narrowed otherwise too."""
    if _postgres():
        return RawSQL(IN_POSTGRES, (kind, to_tsquery(node)))  # noqa: S611  a fixed text; values are bound
    return RawSQL(IN_SQLITE, (to_fts5(node),))  # noqa: S611


def _select(question: Question) -> tuple[str, list[Any]]:
    below = question.below if question.below is not None else MAX_ID
    if _postgres():
        values = [question.kind, to_tsquery(question.node), below]
        if question.narrow:
            return NARROW_IN_POSTGRES, [*values, question.limit]
        most = question.limit
        few, planned = max(FEW, FEW_PAGES * most), max(PLANNED, most)
        return NEWEST_IN_POSTGRES, [*values, few, *values, few, planned, few, most, most]
    values = [to_fts5(question.node), below, question.limit]
    return f"{IN_SQLITE} AND rowid < %s ORDER BY rowid DESC LIMIT %s", values


def _postgres() -> bool:
    return connection.vendor == "postgresql"


def _put_in_postgres(documents: Sequence[Document]) -> int:
    with connection.cursor() as cursor:
        cursor.executemany(PUT_IN_POSTGRES, [(one.pk, one.kind, sorted(one.tokens)) for one in documents])
        return max(0, int(cursor.rowcount))


def _put_in_sqlite(documents: Sequence[Document]) -> int:
    stored = _stored([one.pk for one in documents])
    differing = [one for one in documents if stored.get(one.pk) != one.line]
    _unlist([(one.pk, stored[one.pk]) for one in differing if one.pk in stored])
    rows = [(one.pk, one.kind, one.line) for one in differing]
    with connection.cursor() as cursor:
        cursor.executemany(PUT_IN_SQLITE, rows)
        cursor.executemany(LIST_IN_SQLITE, [(pk, line) for pk, _kind, line in rows])
    return len(differing)


def _stored(pks: Sequence[int]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(pks), CHUNK):
        rows = SearchDocument.objects.filter(pk__in=pks[start : start + CHUNK])
        found.update(rows.values_list("pk", "tokens"))
    return found


def _unlist(stored: Sequence[tuple[int, str]]) -> None:
    """Take documents out of FTS5, which wants to be told what they held."""
    with connection.cursor() as cursor:
        cursor.executemany(UNLIST_IN_SQLITE, stored)
