"""Insert many rows of one table quickly.

Django's bulk_create builds one SQL text for each group of rows and prepares each value by a chain of calls; at
forty columns that is half the cost of an import. Here the statement is built once, and only columns that need
preparing are prepared. Rows are model instances whose keys the application has already given.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from kedang.engine.columns import MoneyField
from kedang.engine.scope.doors import check_writing
from kedang.kernel.ids import new_id

PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)


def insert(model: type[models.Model], rows: Sequence[models.Model], *, or_ignore: bool = False) -> None:
    """Insert rows inside the caller's transaction. Raise what the database raises; no signal is sent.

    With `or_ignore` a row that breaks a unique constraint is left out.
    """
    if not rows:
        return
    check_writing(f"insert into {model._meta.db_table}")
    columns = model._meta.concrete_fields
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(column.column)) for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608  our own names
    if or_ignore:
        statement += " ON CONFLICT DO NOTHING"
    values = attrgetter(*(column.attname for column in columns))
    special = [(place, prepare) for place, column in enumerate(columns) if (prepare := _preparer(column))]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_row(values(row), special) for row in rows])
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def made(model: type[models.Model], **values: Any) -> Any:
    """Return an unsaved row with these columns and a fresh key; each column must be given.

    The constructor of a model costs ten times as much, and an import makes three such rows for each record.
    """
    row = model.__new__(model)
    row.__dict__.update(values, id=new_id(), _state=ModelState())
    return row


def _row(values: tuple[Any, ...], special: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    row = list(values)
    for place, prepare in special:
        row[place] = prepare(row[place])
    return row


def _preparer(column: Any) -> Callable[[Any], Any] | None:
    if isinstance(column, PLAIN) and not isinstance(column, MoneyField):
        return None
    if isinstance(column, models.JSONField):
        empty = column.get_db_prep_save({}, connection)
        return lambda value: empty if value == {} else column.get_db_prep_save(value, connection)
    done: dict[Any, Any] = {}  # a batch has few different days, moments and amounts

    def prepare(value: Any) -> Any:
        if value not in done:
            done[value] = column.get_db_prep_save(value, connection)
        return done[value]

    return prepare
