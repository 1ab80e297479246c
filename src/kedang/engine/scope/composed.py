"""Questions that Django composes once: composing is most of what a small query costs.

Finding who acts asked five such questions at each request; as text that is kept they take a tenth of the time.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, singledispatch
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model, QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)  # fmt: skip

T = TypeVar("T")
LOTS = (5, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class _Text:
    """A question as the database is asked it. `places` says which of its parameters is which value."""

    sql: str
    params: Sequence[Any]
    places: Sequence[tuple[int, int]]
    read: Callable[[Iterable[Any]], Iterator[Any]]


def columns(model: type[Model], *names: str) -> "tuple[Field[Any, Any], ...]":
    """Return the fields of columns of a model by name; `pk` is its key."""
    found: Any = (model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names)
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is asked of rows that somebody opened: `ask(rows, *values)`, each value of a column. Make it once.

    With `many` any number of further values is asked of the last column; give them `in_lots`.
    """

    ask: "Callable[..., QuerySet[Any]]"
    columns: "tuple[Field[Any, Any], ...]" = ()
    many: bool = False


def in_lots(values: Collection[T]) -> Iterator[tuple[T, ...]]:
    """Yield values in lots of few sizes, the last value filling a lot up: a question is composed for each size."""
    left = list(values)
    while left:
        size = next((size for size in LOTS if size >= len(left)), LOTS[-1])
        lot, left = left[:size], left[size:]
        yield (*lot, *lot[-1:] * (size - len(lot)))


class Composed(Generic[T]):
    """A question that differs only in some values, none of them None: `ask(*values)` says it, and each value is asked
    of a column, whose field is named in the same order; with `many` the last names that of all further values too.

    The rows may be objects, with what they select besides, or a list of values.
    """

    def __init__(
        self, ask: "Callable[..., QuerySet[Any]]", *fields: "Field[Any, Any]", many: bool = False
    ) -> None:  # fmt: skip
        self._ask = ask
        self._fields = fields
        self._many = many
        self._texts: WeakKeyDictionary[Any, dict[int, _Text | None]] = WeakKeyDictionary()

    def __call__(self, *values: Any) -> list[T]:
        """Ask for some values: one query. Raise ValueError for None, of which a database is asked otherwise."""
        if None in values:
            raise ValueError("None is no value to compare with")
        connection: Any = connections[DEFAULT_DB_ALIAS]
        texts = self._texts.setdefault(connection, {})
        if len(values) not in texts:
            texts[len(values)] = self._compose(connection, values)
        text = texts[len(values)]
        if text is None:
            return []
        params, fields = list(text.params), self._fields_of(values)
        for place, which in text.places:
            params[place] = fields[which].get_db_prep_value(values[which], connection)
        with connection.cursor() as cursor:
            cursor.execute(text.sql, params)
            return list(text.read(cursor.fetchall()))

    def _fields_of(self, values: Sequence[Any]) -> "Sequence[Field[Any, Any]]":
        """Return the field of the column of each value; raise ValueError when there are too many or too few."""
        more = len(values) - len(self._fields)
        if more < 0 or (more and not self._many):
            raise ValueError(f"{len(self._fields)} values are asked for")
        return [*self._fields, *self._fields[-1:] * more]

    def _compose(self, connection: Any, values: Sequence[Any]) -> _Text | None:
        """Return the question as text, None where no row can answer it. What changes with the marks are the values."""
        fields = self._fields_of(values)
        one, other = (self._asked_for(connection, values, turn) for turn in (1, 2))
        if one is None or other is None:
            return None
        rows, compiler, sql, params = one
        _rows, _compiler, sql_then, then = other
        if sql_then != sql:
            raise TypeError(f"{sql}: another text for other values")
        meant = {
            field.get_db_prep_value(_mark(value, place, 1), connection): place
            for place, (field, value) in enumerate(zip(fields, values, strict=True))
        }
        places = []
        for place, (param, now) in enumerate(zip(params, then, strict=True)):
            if param != now:
                if param not in meant:
                    raise TypeError(f"{sql}: a value that is not asked as it is")
                places.append((place, meant[param]))
        return _Text(sql, params, places, _reader(rows, compiler))

    def _asked_for(self, connection: Any, values: Sequence[Any], turn: int) -> Any:
        """Return the question for marks instead of values, its compiler, text and parameters; None for no answer."""
        rows = self._ask(*(_mark(value, place, turn) for place, value in enumerate(values)))
        compiler = rows.query.get_compiler(connection=connection)
        try:
            return rows, compiler, *compiler.as_sql()
        except EmptyResultSet:
            return None


@cache
def by_key(model: type[Model]) -> "Composed[Any]":
    """Return the question for the row of a key, of a model that is not read by scope."""
    rows: Any = model._default_manager
    return Composed(lambda pk: rows.filter(pk=pk).order_by(), *columns(model, "pk"))


@singledispatch
def _mark(value: Any, place: int, turn: int) -> Any:
    """Return what stands for a value while a question is composed: another for each place, and at each turn."""
    raise TypeError(f"{type(value)}: a question is composed for numbers, texts and moments")


@_mark.register
def _(value: int, place: int, turn: int) -> int:
    return turn * 1_000_000 + place


@_mark.register
def _(value: str, place: int, turn: int) -> str:
    return f" Mark {turn}:{place} "  # a question that changes letters or blanks does not find it again


@_mark.register
def _(value: datetime, place: int, turn: int) -> datetime:
    return datetime(2000 + turn, 1, 1, tzinfo=UTC) + timedelta(days=place)


def _reader(rows: "QuerySet[Any]", compiler: Any) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Return what turns rows of the database into rows of the question, as Django does when it has just asked."""
    chosen, select = compiler.klass_info, compiler.select
    converters = compiler.get_converters([column for column, _sql, _alias in select])
    way: Any = rows._iterable_class

    def converted(given: Iterable[Any]) -> Iterable[Any]:
        found: Iterable[Any] = compiler.apply_converters(given, converters) if converters else given
        return found

    if way is FlatValuesListIterable:
        return lambda given: (row[0] for row in converted(given))
    if way is ValuesListIterable:
        return lambda given: (tuple(row) for row in converted(given))
    if way is not ModelIterable or compiler.annotation_col_map:
        raise TypeError("a question is composed for objects and for lists of values")
    first, last = chosen["select_fields"][0], chosen["select_fields"][-1] + 1
    names = [column.target.attname for column, _sql, _alias in select[first:last]]
    populators: Any = get_related_populators
    related = populators(chosen, select, rows.db)

    def objects(given: Iterable[Any]) -> Iterator[Any]:
        for row in converted(given):
            made = chosen["model"].from_db(rows.db, names, row[first:last])
            for one in related:
                one.populate(row, made)
            yield made

    return objects
