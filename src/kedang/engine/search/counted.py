"""What PostgreSQL's ANALYZE counted of the documents. It chooses how to ask, never what is found, so it may be a minute
old.
"""

import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from kedang.engine.search.terms import All, Node, Term

STALE_SECONDS = 60
KEPT = 0.002  # of all documents; a rarer token is quick however it is asked for
LAST = chr(sys.maxunicode)
COUNTED_IN_POSTGRES = """
    WITH known AS (
        SELECT * FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'engine_searchdocument')
    SELECT (SELECT histogram_bounds::text::bigint[] FROM known WHERE attname = 'id'),
        (SELECT most_common_elems::text::text[] FROM known WHERE attname = 'tokens'),
        (SELECT most_common_elem_freqs::float8[] FROM known WHERE attname = 'tokens')
"""
ENDS_IN_POSTGRES = """
    SELECT kind, (SELECT min(id) FROM engine_searchdocument AS one WHERE one.kind = asked.kind),
        (SELECT max(id) FROM engine_searchdocument AS one WHERE one.kind = asked.kind)
    FROM unnest(%s::text[]) AS asked (kind)
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Ids that part those of all documents into groups of one size, and the part of all that holds a common token, in
    the order of the tokens.
    """

    bounds: Sequence[int] = ()
    tokens: Sequence[str] = ()
    parts: Sequence[float] = ()

    def part(self, node: Node) -> float:
        """Return about which part of the documents a question finds, 0 where none of its tokens is common."""
        if isinstance(node, Term):
            place = bisect_left(self.tokens, node.token)
            end = bisect_right(self.tokens, node.token + (LAST if node.begins else ""))
            return max(self.parts[place:end], default=0.0)
        each = [self.part(one) for one in node.parts]
        return (min if isinstance(node, All) else max)(each, default=0.0)

    def bounds_of(self, kinds: Collection[str]) -> dict[str, Sequence[int]]:
        """Return the bounds as far as there are documents of each type, now.

        Where one type was filed after another, the newest of all are none of the first.
        """
        found: dict[str, Sequence[int]] = dict.fromkeys(kinds, ())
        if not kinds or not self.bounds:
            return found
        with connection.cursor() as cursor:
            cursor.execute(ENDS_IN_POSTGRES, [sorted(kinds)])
            for kind, oldest, newest in cursor.fetchall():
                if oldest is not None:
                    between = [bound for bound in self.bounds if oldest < bound < newest]
                    found[kind] = [oldest, *between, newest]
        return found


_kept: dict[str, tuple[float, Counted]] = {}


def counted() -> Counted:
    """Return what was counted last, read once a minute in each process; on SQLite nothing is."""
    if connection.vendor != "postgresql":
        return Counted()
    name, now = str(connection.settings_dict["NAME"]), time.monotonic()
    since, found = _kept.get(name, (0.0, None))
    if found is None or now - since > STALE_SECONDS:
        found = _read()
        _kept[name] = now, found
    return found


def forget() -> None:
    """Forget what was counted: for tests, which fill tables within a minute."""
    _kept.clear()


def _read() -> Counted:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED_IN_POSTGRES)
        bounds, tokens, parts = cursor.fetchone()
    # the last of the parts tell of all tokens together
    common = sorted(pair for pair in zip(tokens or (), parts or (), strict=False) if pair[1] >= KEPT)
    return Counted(bounds or (), [token for token, _part in common], [part for _token, part in common])
