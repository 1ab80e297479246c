"""The two doors, as the database layer sees them.

Reading: `objects` compiles no SQL until `visible_to(actor)` has narrowed it; forgetting is an error in the
first test that runs the line, not a leak in production. Writing: rows change only while an action is open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from django.db import models
from django.db.models import sql

from kedang.engine.scope.reach import reach
from kedang.kernel.actor import Actor
from kedang.kernel.errors import UnscopedQuery, UnscopedWrite

_integrity: ContextVar[bool] = ContextVar("integrity_reads", default=False)
_writing: ContextVar[str | None] = ContextVar("writing", default=None)


@contextmanager
def integrity_reads() -> Iterator[None]:
    """Let uniqueness checks span every row, whoever asks."""
    token = _integrity.set(True)
    try:
        yield
    finally:
        _integrity.reset(token)


@contextmanager
def writing(under: str) -> Iterator[None]:
    """Open the write door. Only actions, migrations and the factories of tests do."""
    token = _writing.set(under)
    try:
        yield
    finally:
        _writing.reset(token)


def check_writing(what: str) -> None:
    """Refuse a write that no action has opened."""
    if _writing.get() is None:
        raise UnscopedWrite(f"{what}: writes go through an action")


class SealedQuery(sql.Query):
    """A query that refuses to become SQL until it names who opened it."""

    opened_by: str | None = None

    def check_opened(self) -> None:
        """Raise UnscopedQuery unless an actor or a stated reason opened this query."""
        if self.opened_by is None and not _integrity.get():
            name = self.model.__name__ if self.model else "?"
            raise UnscopedQuery(f"{name}: call visible_to(actor) or unscoped(because=...)")

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        self.check_opened()
        return super().get_compiler(*args, **kwargs)

    def chain(self, klass: Any = None) -> Any:
        if klass is not None:  # it is becoming an UPDATE, DELETE or aggregate of another kind
            self.check_opened()
            check_writing(klass.__name__)
        return super().chain(klass)

    def combine(self, rhs: sql.Query, connector: str) -> None:
        if getattr(rhs, "opened_by", None) != self.opened_by:
            raise UnscopedQuery("both sides of & | ^ must be opened by the same actor")
        super().combine(rhs, connector)


class ScopedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows of a scoped model: closed until somebody opens them."""

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or SealedQuery(model), using, hints)

    def visible_to(self, actor: Actor, action: str = "view", *, archived: bool = False) -> Self:
        """Narrow to the rows this actor may touch for `action`; rows in the archive hold only when asked."""
        rows = self.filter(reach(actor, self.model, action).q(self.model)).filter(
            archived_at__isnull=not archived
        )
        rows.query.opened_by = f"{actor.name}:{action}"  # type: ignore[attr-defined]
        return rows

    def unscoped(self, *, because: str) -> Self:
        """Read as the system. Every call is listed in tests/security/unscoped.txt."""
        rows: Self = self._chain()  # type: ignore[attr-defined]
        rows.query.opened_by = f"system:{because}"  # type: ignore[attr-defined]
        return rows

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        raise UnscopedQuery(f"{self.model.__name__}: raw SQL does not pass the read door")

    def _raw_delete(self, using: str | None) -> Any:
        self.query.check_opened()  # type: ignore[attr-defined]
        check_writing("delete")
        return super()._raw_delete(using)

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        check_writing("bulk_create")
        return super().bulk_create(*args, **kwargs)

    _raw_delete.alters_data = True  # type: ignore[attr-defined]
