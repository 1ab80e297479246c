"""Insert many rows of one table quickly, and update them.

Django's bulk_create builds one SQL text for each group of rows and prepares each value by a chain of calls; at
forty columns that is half the cost of an import. Here the statement is built once, only columns that need
preparing are prepared, and PostgreSQL is given the rows by COPY. Keys are given by the application. bulk_update
names each row once for each column; here a row is one set of values, or its place in one array a column.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, models

from kedang.engine.columns import MoneyField
from kedang.engine.scope.doors import check_writing

PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
FEWEST_COPIED = 20  # fewer rows are sooner inserted than copied

Values = Sequence[Any]


def insert(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert rows inside the caller's transaction. Raise what the database raises; no signal is sent."""
    names = [column.attname for column in model._meta.concrete_fields]
    values = itemgetter(*names)
    insert_values(model, names, (values(row.__dict__) for row in rows))
    alias = connection.alias
    for row in rows:
        row._state.adding = False
        row._state.db = alias


def insert_values(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Values], *, or_ignore: bool = False
) -> None:
    """Insert rows given as the values of the named columns, in their order, the key among them.

    With `or_ignore` a row that breaks a unique constraint is left out. A text for a JSON column is JSON.
    """
    check_writing(f"insert into {model._meta.db_table}")
    found = {column.attname: column for column in model._meta.concrete_fields}
    columns = [found[name] for name in names]
    special = [(place, prepare) for place, column in enumerate(columns) if (prepare := _preparer(column))]
    ready = [_row(row, special) for row in rows]
    if ready:
        _send(model._meta.db_table, columns, ready, or_ignore=or_ignore)


def update(model: type[models.Model], rows: Sequence[models.Model], columns: Sequence[Any]) -> None:
    """Write columns of rows that are there, by their ids, inside the caller's transaction. The rows are locked."""
    check_writing(f"update of {model._meta.db_table}")
    key: Any = model._meta.pk
    special = [(place, prepare) for place, column in enumerate(columns) if (prepare := _preparer(column))]
    values = itemgetter(*(column.attname for column in columns), key.attname)
    ready = [_row(values(row.__dict__), special) for row in rows]
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), [quote(column.column) for column in columns]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(f"{name} = %s" for name in names)
            cursor.executemany(f"UPDATE {table} SET {marks} WHERE {quote(key.column)} = %s", ready)  # noqa: S608
        else:
            arrays = ", ".join(f"%s::{_array(column)}" for column in (*columns, key))
            given = ", ".join(f"{name} = given.{name}" for name in names)
            cursor.execute(
                f"UPDATE {table} SET {given} FROM unnest({arrays}) "  # noqa: S608  our own names
                f"AS given ({', '.join([*names, quote(key.column)])}) "
                f"WHERE {table}.{quote(key.column)} = given.{quote(key.column)}",
                [list(part) for part in zip(*ready, strict=True)],
            )


def _send(table: str, columns: list[Any], rows: list[Values], *, or_ignore: bool) -> None:
    quote = connection.ops.quote_name
    into = f"{quote(table)} ({', '.join(quote(column.column) for column in columns)})"
    end = " ON CONFLICT DO NOTHING" if or_ignore else ""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks}){end}", rows)  # noqa: S608  our own names
        elif len(rows) >= FEWEST_COPIED and not or_ignore:
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:  # one array a column: a mark for each value would be read one by one
            arrays = ", ".join(f"%s::{_array(column)}" for column in columns)
            statement = f"INSERT INTO {into} SELECT * FROM unnest({arrays}){end}"  # noqa: S608  our own names
            cursor.execute(statement, [list(values) for values in zip(*rows, strict=True)])


def _array(column: Any) -> str:
    kind = column.rel_db_type(connection) if column.is_relation else column.db_type(connection)
    return f"text[]::{kind}[]" if isinstance(column, models.JSONField) else f"{kind}[]"


def _row(values: Values, special: list[tuple[int, Callable[[Any], Any]]]) -> Values:
    if not special:
        return values
    row = list(values)
    for place, prepare in special:
        if row[place] is not None:
            row[place] = prepare(row[place])
    return row


def _preparer(column: Any) -> Callable[[Any], Any] | None:
    if isinstance(column, PLAIN) and not isinstance(column, MoneyField):
        return None
    if isinstance(column, models.JSONField):
        empty = column.get_db_prep_save({}, connection)

        def written(value: Any) -> Any:
            if type(value) is str:
                return value
            return empty if value == {} else column.get_db_prep_save(value, connection)

        return written
    done: dict[Any, Any] = {}  # a batch has few different days, moments and amounts

    def prepare(value: Any) -> Any:
        if value not in done:
            done[value] = column.get_db_prep_save(value, connection)
        return done[value]

    return prepare
