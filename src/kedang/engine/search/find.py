"""Search for an actor: the question names only fields the actor may read and records within reach.

Callers put the read door around the rows they show all the same: a document may be a moment behind its record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.engine.records.access import modes
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.scope.reach import NOTHING as NO_ROWS
from kedang.engine.scope.reach import Reach, reach
from kedang.engine.search import asking, options
from kedang.engine.search.codes import code
from kedang.engine.search.documents import above, scopes_of
from kedang.engine.search.index import Question, find, holding
from kedang.engine.search.terms import NOTHING, Node, coded, every, some
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import BadQuery

MAX_QUERY = 100
LISTED = 1_000
SPARE = 100  # documents that may be a moment behind their records, so that a page is full all the same


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found of one record type: rows that the actor sees, exact hits first, and whether there are more."""

    kind: RecordType
    rows: list[Any]
    exact: frozenset[int]
    more: bool


def found_by(actor: Actor, kind: RecordType, text: str, *, archived: bool = False) -> Q:
    """Return the condition that a record holds every word of a text, for rows that the read door has opened."""
    return newest_found_by(actor, kind, text, 0, archived=archived)[0]


def newest_found_by(
    actor: Actor,
    kind: RecordType,
    text: str,
    wanted: int,
    *,
    archived: bool = False,
    below: int | None = None,
) -> tuple[Q, bool]:
    """Return a condition as `found_by` does, for whoever shows the newest `wanted` of those below an id only.

    It comes with whether more than a thousand answer: then it leaves only the newest, so that a word of many files is
    answered as quickly as one of few.
    """
    if not text.strip():
        return Q(), False
    if len(text) > MAX_QUERY or UNSTORABLE.search(text):
        raise BadQuery(_("This search is too long or holds characters that nobody types."))
    words, within = _asked(actor, kind, text, held=archived)
    if words == NOTHING:
        return NO_ROWS, False
    first = wanted + SPARE
    asked = Question(code(kind.key), words, LISTED + 1, within, first=0)
    if wanted and below is None:
        asked = replace(asked, first=first)
    found, *older = find(
        [asked] if below is None else [asked, replace(asked, limit=first, first=None, below=below)]
    )
    if len(found) <= LISTED:
        return Q(pk__in=found), False
    if wanted:
        return Q(pk__in=(older or [found])[0][:first]), True
    return Q(pk__in=holding(question(actor, kind, text, held=archived))), False


def hits(actor: Actor, kinds: Sequence[RecordType], text: str, limit: int) -> list[Hits]:
    """Return for each type up to `limit` visible rows, exact hits first, then the newest; empty types are left out.

    The index is asked for all types at once, and one statement opens the rows of each type that has some.
    """
    text = UNSTORABLE.sub("", text)[:MAX_QUERY]
    asked = [(kind.key, one) for kind in kinds for one in questions_of(actor, kind, text, limit)]
    given = find([one for _key, one in asked])
    answers = {(key, one.exact): pks for (key, one), pks in zip(asked, given, strict=True)}
    found = []
    for kind in kinds:
        exact = answers.get((kind.key, True), [])
        ranked = list(dict.fromkeys([*exact, *answers.get((kind.key, False), [])]))
        if ranked and (rows := _opened(actor, kind, ranked)):
            found.append(
                Hits(kind, rows[:limit], frozenset(exact) & {row.pk for row in rows}, len(rows) > limit)
            )
    return found


def questions_of(actor: Actor, kind: RecordType, text: str, limit: int) -> list[Question]:
    """Return what the index is asked for `limit` hits of one type and to learn of one more: exact ones, and all."""
    found = []
    for exact in (True, False):
        words, within = _asked(actor, kind, text, whole=exact)
        if words != NOTHING:
            found.append(Question(code(kind.key), words, limit + 1, within, exact=exact))
    return found


def _opened(actor: Actor, kind: RecordType, ranked: list[int]) -> list[Any]:
    shown = kind.needs_select((kind.subtitle,))
    rows = kind.model.objects.visible_to(actor).filter(pk__in=ranked)
    place = {pk: n for n, pk in enumerate(ranked)}
    whole = [kind.follows] if kind.follows and kind.pool_masks else []
    return sorted(rows.select_related(*{*shown, *whole}), key=lambda row: place[row.pk])


def question(actor: Actor, kind: RecordType, text: str, *, held: bool = False, whole: bool = False) -> Node:
    """Return what this actor asks when typing a text; `whole` asks for exact codes, numbers and addresses only."""
    words, within = _asked(actor, kind, text, held=held, whole=whole)
    return every([words, some(within)]) if within else words


def _asked(
    actor: Actor, kind: RecordType, text: str, *, held: bool = False, whole: bool = False
) -> tuple[Node, tuple[Node, ...]]:
    """Return what the words ask for, and the ways into the reach that bounds it, if one does."""
    words = asking.words_of(text)
    if not words or not kind.search or not actor.may(kind.key, "view"):
        return NOTHING, ()
    span = reach(actor, kind.model, "view")
    within = scopes_of(kind, span, held=held)
    if span == Reach() or NOTHING in within:
        return NOTHING, ()
    return every(_one_word(actor, kind, word, held=held, whole=whole) for word in words), within


def _one_word(actor: Actor, kind: RecordType, word: str, *, held: bool, whole: bool) -> Node:
    found: list[Node] = []
    allowed, sees_pool = modes(actor, kind), _sees_pool(actor, kind)
    for name, give in kind.search.items():
        mode = allowed[name]
        if mode is Mode.HIDE:
            continue
        states = ((False, mode is Mode.MASK), (True, mode is Mode.MASK or not sees_pool))
        for covered, masked in states if name in kind.pool_masks else states[:1]:
            if give == "option":
                node = NOTHING if whole or masked else options.meant(kind.fields[name].choice_list, word)
            else:
                node = (asking.exactly if whole else asking.wanted)(give, word, masked=masked)
            found.append(coded(code(kind.key, name, covered=covered, held=held), node))
    return some(found)


def _sees_pool(actor: Actor, kind: RecordType) -> bool:
    """Say whether this actor reads contact data in a pool; what hangs on a record is as covered as that record."""
    grant = actor.grant((above(kind) or kind).key, "view")
    return bool(grant and grant.everything)
