"""The index itself: FTS5 beside a table in SQLite, a GIN index over a tsvector in PostgreSQL. One interface."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from kedang.engine.search.counted import Counted, counted
from kedang.engine.search.models import SearchDocument
from kedang.engine.search.terms import Node, every, some, to_fts5, to_tsquery

# A token begins with the code of a field of one type, so the type is not asked for besides: PostgreSQL would make a map
# of the million records of a type to hold it against the hits.
IN_POSTGRES = "SELECT id FROM engine_searchdocument WHERE tokens @@ %s::tsquery"
# Within a reach each way into it is asked for by itself: held against many tokens at once, each document costs as much
# time as there are tokens.
NARROW_IN_POSTGRES = """
    WITH hit AS MATERIALIZED (SELECT id FROM engine_searchdocument WHERE {ways})
    SELECT id FROM hit WHERE id < %s ORDER BY id DESC LIMIT %s
"""
# A word of many documents is held against the reach place by place, 700,000 of them in 20 ms, and all that are found
# are read. For a word that more than a MANY part of all hold, the newest in reach are tested first: the index over the
# reach and the key give them, and `coalesce` keeps the word out of the index. `OR` keeps the key from being walked.
MANY, RECENT = 0.05, 0.01
NEAR_IN_POSTGRES = """
    WITH near AS MATERIALIZED (
        SELECT id FROM engine_searchdocument
        WHERE ({ways}) AND ((id < %s AND id >= %s) OR id = 0) AND coalesce(tokens @@ %s::tsquery, false)
        ORDER BY id DESC LIMIT %s),
    hit AS MATERIALIZED (
        SELECT id FROM engine_searchdocument WHERE ({ways}) AND (SELECT count(*) FROM near) < %s)
    (SELECT id FROM near) UNION (SELECT id FROM hit WHERE id < %s ORDER BY id DESC LIMIT %s)
"""
# Nothing that PostgreSQL does by itself is quick for every word. Walking back over the key meets a common word at once
# and takes seconds to learn that nobody has a word; the index answers for a rare word at once, but lists every document
# of a common one before it gives the first; and of which kind a word is, it can only guess. So we look: where the
# newest PROBED documents hold the word nearly as often as it takes, the newest WALKED mostly hold enough. Else FEW are
# taken from the index in any order, which are all there are of most words. `hit` is planned as if all were wanted and
# read no further than `few` asks, so that no guess has the whole table read for a few rows. UNKNOWN leaves the rest to
# a second statement.
PROBED, WALKED, FEW = 100, 1_500, 2_000
FEW_EACH = 4  # of a list, which asks for a thousand, more
UNKNOWN = 0
# Ordered by kind as well, only the index over both answers: nothing is walked past that is of other kinds. Behind
# `coalesce` nobody estimates how many hold a word, which takes longer than to find a rare one.
LAST_IN_POSTGRES = """(
    SELECT kind, id, tokens FROM engine_searchdocument WHERE (kind, id) < (%s, %s) ORDER BY kind DESC, id DESC LIMIT %s
) AS last WHERE kind = %s AND coalesce(tokens @@ %s::tsquery, false)"""
FEW_IN_POSTGRES = f"""
    WITH probe AS MATERIALIZED (SELECT id FROM {LAST_IN_POSTGRES} LIMIT %s),
    near AS MATERIALIZED (
        SELECT id FROM {LAST_IN_POSTGRES} AND (SELECT count(*) FROM probe) = %s LIMIT %s),
    recent AS MATERIALIZED (
        {IN_POSTGRES} AND ((id < %s AND id >= %s) OR id = {UNKNOWN}) AND (SELECT count(*) FROM near) < %s),
    hit AS MATERIALIZED ({IN_POSTGRES} AND id < %s),
    few AS MATERIALIZED (
        SELECT id FROM hit
        LIMIT (SELECT CASE WHEN count(*) < %s THEN %s ELSE %s END
            FROM (SELECT id FROM near UNION SELECT id FROM recent) AS found))
    (SELECT id FROM near) UNION (SELECT id FROM recent ORDER BY id DESC LIMIT %s)
    UNION (SELECT id FROM few ORDER BY id DESC LIMIT %s)
    UNION ALL (SELECT {UNKNOWN} WHERE (SELECT count(*) FROM few) = %s)
"""  # noqa: S608  our own texts
# The newest of a word of more than FEW documents mostly stand among those since a moment that is not long ago: both
# indexes are read for these, and few documents. Which moment that is, the bounds say that ANALYZE keeps of the ids; it
# stands in the statement as a value, for of what it has yet to find PostgreSQL guesses badly. `OR` keeps it from
# walking over all since then, which it believes to be cheaper. A word that ANALYZE counted in SOME part of all goes
# this way at once, any other where it proves to have FEW. Only where not enough are newer the order is asked for,
# planned as if PLANNED were wanted and fetched no further than the last limit says.
SOME = 0.002
AMPLE, SPARE, PLANNED = 1.2, 20, 5_000
NEWEST_IN_POSTGRES = f"""
    WITH recent AS MATERIALIZED ({IN_POSTGRES} AND ((id < %s AND id >= %s) OR id = {UNKNOWN})),
    newest AS MATERIALIZED (
        {IN_POSTGRES} AND id < %s AND (SELECT count(*) FROM recent) < %s ORDER BY id DESC LIMIT %s)
    (SELECT id FROM recent ORDER BY id DESC LIMIT %s) UNION ALL (SELECT id FROM newest LIMIT %s)
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

    `within` are the ways into a reach, where one bounds the hits: one of them must hold besides. `below` leaves out
    records with this id and above. `first` says that only so many of the answer need to be the newest, the others may
    be any. `exact` says that whole codes, numbers or addresses are asked for, which are not looked for among the
    newest.
    """

    kind: str
    node: Node
    limit: int
    within: tuple[Node, ...] = ()
    below: int | None = None
    first: int | None = None
    exact: bool = False


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
    """Return the ids that answer each question, newest first: one statement for all of them, and in PostgreSQL more
    where one asks for a word of very many records that is not among the newest.
    """
    known = counted()
    common = [_common(question, known) for question in questions]
    bounds = known.bounds_of({one.kind for one, looks in zip(questions, common, strict=True) if looks})
    given = [bounds[one.kind] if looks else () for one, looks in zip(questions, common, strict=True)]
    answers = _asked(list(map(_select, questions, given)))
    if left := [place for place, found in enumerate(answers) if UNKNOWN in found]:
        bounds = known.bounds_of({questions[place].kind for place in left if not common[place]})
        more = _asked(
            [_select_newest(questions[place], bounds.get(questions[place].kind, ())) for place in left]
        )
        for place, newest in zip(left, more, strict=True):
            answers[place] = (answers[place] | newest) - {UNKNOWN}
    return [
        sorted(found, reverse=True)[: question.limit]
        for found, question in zip(answers, questions, strict=True)
    ]


def _asked(statements: Sequence[tuple[str, list[Any]]]) -> list[set[int]]:
    answers: list[set[int]] = [set() for _statement in statements]
    if not statements:
        return answers
    parts = [
        f"SELECT {place}, id FROM ({statement}) AS found_{place}"  # noqa: S608  two fixed texts
        for place, (statement, _values) in enumerate(statements)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts), [value for _statement, values in statements for value in values]
        )
        for place, pk in cursor.fetchall():
            answers[place].add(pk)
    return answers


def holding(node: Node) -> RawSQL:
    """Return a subquery of the ids of every record that answers, for a list that is narrowed otherwise too."""
    if _postgres():
        return RawSQL(IN_POSTGRES, (to_tsquery(node),))  # noqa: S611  a fixed text; values are bound
    return RawSQL(IN_SQLITE, (to_fts5(node),))  # noqa: S611


def _common(question: Question, known: Counted) -> bool:
    """Say whether a question is about a word that so many hold that the newest are looked for among the newest."""
    if question.exact or (question.first is not None if question.within else question.first == 0):
        return False
    return known.part(question.node) > (MANY if question.within else SOME)


def _select(question: Question, bounds: Sequence[int]) -> tuple[str, list[Any]]:
    below = _below(question)
    if not _postgres():
        node = every([question.node, some(question.within)]) if question.within else question.node
        values = [to_fts5(node), below, question.limit]
        return f"{IN_SQLITE} AND rowid < %s ORDER BY rowid DESC LIMIT %s", values
    kind, asked, most = question.kind, to_tsquery(question.node), question.limit
    if question.within:
        either = " OR ".join(["tokens @@ %s::tsquery"] * len(question.within))
        ways = [to_tsquery(every([question.node, way])) for way in question.within]
        if not bounds:
            return NARROW_IN_POSTGRES.format(ways=either), [*ways, below, most]
        near = [*map(to_tsquery, question.within), below, since(bounds, below, RECENT), asked, most]
        return NEAR_IN_POSTGRES.format(ways=either), [*near, *ways, most, below, most]
    first, few = _first(question), _few(question)
    probed = 0 if question.exact or not first else PROBED
    enough = ceil(first * PROBED / WALKED * 2 / 3)
    return FEW_IN_POSTGRES, [
        *(kind, below, probed, kind, asked, enough), *(kind, below, WALKED, kind, asked, enough, first),
        *(asked, below, _recent(question, bounds), first), *(asked, below),
        *(first, few, most if first < most else 0), first, most, few,
    ]  # fmt: skip


def _select_newest(question: Question, bounds: Sequence[int]) -> tuple[str, list[Any]]:
    """Return what finds the newest of a word of which there are FEW or more."""
    first, values = _first(question), [to_tsquery(question.node), _below(question)]
    return NEWEST_IN_POSTGRES, [
        *values, _recent(question, bounds), *values, first, max(PLANNED, first), first, first,
    ]  # fmt: skip


def _recent(question: Question, bounds: Sequence[int]) -> int:
    """Return the id since which enough documents stand to hold the newest of a word that FEW or more hold."""
    part = min(1.0, (AMPLE * _first(question) + SPARE) / _few(question))
    return since(bounds, _below(question), part)


def _below(question: Question) -> int:
    return MAX_ID if question.below is None else question.below


def _few(question: Question) -> int:
    return max(FEW, FEW_EACH * question.limit)


def _first(question: Question) -> int:
    return question.limit if question.first is None else min(question.first, question.limit)


def since(bounds: Sequence[int], below: int, part: float) -> int:
    """Return the id from which on about this part of the documents stands, before an id that is not asked for.

    `bounds` part their ids into groups of one size. Without any nothing is known, and nothing counts as recent.
    """
    if not bounds:
        return below
    place = bisect_left(bounds, below) - 1 - ceil((len(bounds) - 1) * part)
    return bounds[place] if place > 0 else 0


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
