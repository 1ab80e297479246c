"""From records to documents: what each field gives, who reaches the record, what a pool covers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps

from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.reach import Reach
from kedang.engine.search.codes import SCOPE, code, short
from kedang.engine.search.index import Document
from kedang.engine.search.terms import NOTHING, Node, Term, every, some
from kedang.engine.search.tokens import tokens_of

OWNER, UNIT, POOL, RECORD = "oupr"
NEEDED, NOTHING_NEEDED = "abcd", "n"


def searchable() -> list[RecordType]:
    """Return the record types that can be searched, in the order of the menu."""
    return sorted((kind for kind in RECORDS.values() if kind.search), key=lambda kind: kind.order)


def above(kind: RecordType) -> RecordType | None:
    """Return the type of the record that decides who sees records of this one."""
    return RECORDS[kind.fields[kind.follows].points_at] if kind.follows else None


def hanging_on(kind: RecordType) -> list[RecordType]:
    """Return the searchable types whose records are reached through records of this one."""
    return [one for one in searchable() if one.keys_to(kind)]


def documents_of(kind: RecordType, rows: Sequence[Any]) -> list[Document]:
    """Return the documents of records of one type: one query for each level they hang on."""
    parents, numbers = _pointed(kind, kind.follows, rows), _numbers(kind, rows)
    needed = [_pointed(kind, key, rows) for key in kind.model.needs]
    return [
        _document(
            kind, row, parents.get(getattr(row, f"{kind.follows}_id", 0), ()), numbers.get(row.pk, ()),
            [of.get(getattr(row, f"{key}_id"), ()) for key, of in zip(kind.model.needs, needed, strict=True)],
        )
        for row in rows
    ]  # fmt: skip


def scopes_of(kind: RecordType, span: Reach, *, held: bool = False) -> tuple[Node, ...]:
    """Return what finds the documents within a reach, of which one must hold; nothing where it is everything.

    Single records stand apart from owners, units and pools: few documents, but many tokens. Where all that hangs on
    something is in reach, the door alone sets the few aside that hang on nothing.
    """
    if span.everything:
        return ()
    start = code(kind.key, SCOPE, held=held)
    needs = []
    for need in span.needs:
        if not need.span.all_above:
            mark = start + NEEDED[kind.model.needs.index(need.key)]
            needs.append(
                some([Term(mark + NOTHING_NEEDED), *_within(mark, need.span, OWNER + UNIT + POOL + RECORD)])
            )
    if span.all_above:
        return (every(needs),) if needs else ()
    ways = [some(_within(start, span, letters)) for letters in (OWNER + UNIT + POOL, RECORD)]
    return tuple(every([way, *needs]) for way in ways if way != NOTHING) or (NOTHING,)


def _within(start: str, span: Reach, letters: str, level: int = 0) -> Iterator[Term]:
    mark = start + str(level)
    for letter, ids in ((OWNER, span.owners), (UNIT, span.units), (POOL, span.pools), (RECORD, span.shared)):
        if letter in letters:
            yield from (Term(f"{mark}{letter}{short(pk)}") for pk in sorted(ids))
    if span.parent is not None:
        yield from _within(start, span.parent, letters, level + 1)


def _pointed(kind: RecordType, key: str, rows: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    """Return for each record that a key of the rows points at itself and what it hangs on in turn."""
    if not key:
        return {}
    parent = RECORDS[kind.fields[key].points_at]
    wanted = {getattr(row, f"{key}_id") for row in rows} - {None}
    names = ["pk", "owner_id", "unit_id", *(["pool_id"] if parent.model.pooled else [])]
    names += [f"{parent.follows}_id"] if parent.follows else []
    opened = parent.model.objects.unscoped(because="the reach and pool of what a searched record hangs on")
    found = list(opened.filter(pk__in=wanted).only(*(name.removesuffix("_id") for name in names)))
    further = _pointed(parent, parent.follows, found)
    return {row.pk: (row, *further.get(getattr(row, f"{parent.follows}_id", 0), ())) for row in found}


def _numbers(kind: RecordType, rows: Sequence[Any]) -> dict[int, list[str]]:
    """Return every number that was ever given to a record, or to one that was merged into it (ruling 23)."""
    found: dict[int, list[str]] = defaultdict(list)
    if "number" in kind.search:
        numbers: Any = apps.get_model("engine", "IssuedNumber")  # numbering itself stands on the write door
        issued = numbers.objects.filter(record=kind.key, record_id__in=[row.pk for row in rows])
        for pk, number in issued.values_list("record_id", "number"):
            found[pk].append(number)
    return found


def _document(
    kind: RecordType, row: Any, parents: tuple[Any, ...], numbers: Sequence[str], needed: Sequence[tuple[Any, ...]]
) -> Document:  # fmt: skip
    held = row.archived_at is not None
    start = code(kind.key, SCOPE, held=held)
    tokens = set(_scope(start, (row, *parents)))
    for letter, rows in zip(NEEDED, needed, strict=False):
        tokens.update(_scope(start + letter, rows) if rows else {start + letter + NOTHING_NEEDED})
    covered = bool(kind.pool_masks) and _in_pool(parents[0] if kind.follows and parents else row)
    for name, give in kind.search.items():
        mark = code(kind.key, name, covered=covered and name in kind.pool_masks, held=held)
        value = getattr(row, name) or ""
        values = {*map(str, value if isinstance(value, list) else [value])}
        values.update(numbers if name == "number" else ())
        tokens.update(mark + token for value in values for token in tokens_of(give, value))
    return Document(row.pk, code(kind.key), frozenset(tokens))


def _in_pool(row: Any) -> bool:
    return row.owner_id is None and getattr(row, "pool_id", None) is not None


def _scope(start: str, levels: tuple[Any, ...]) -> Iterator[str]:
    for level, row in enumerate(levels):
        mark = start + str(level)
        yield f"{mark}{RECORD}{short(row.pk)}"
        pool = getattr(row, "pool_id", None)
        for letter, pk in ((OWNER, row.owner_id), (UNIT, row.unit_id), (POOL, pool)):
            if pk is not None:
                yield f"{mark}{letter}{short(pk)}"
