"""The two doors, as the database layer sees them.

Reading: `objects` compiles no SQL until `visible_to(actor)` has narrowed it; forgetting is an error in the
first test that runs the line, not a leak in production. Writing: rows change only while an action is open.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Self

from django.db import models
from django.db.models import Q, sql
from django.db.models.base import ModelBase

from kedang.engine.scope.composed import Composed, Shape, columns
from kedang.engine.scope.reach import NOTHING, Reach, reach
from kedang.kernel.actor import Actor
from kedang.kernel.errors import UnscopedQuery, UnscopedWrite

# What is sealed lies beyond the archive hold: the read door opens it to nobody.
SEALED_AT = datetime(9000, 1, 1, tzinfo=UTC)
MOST_WAYS = 8
MOST_KEPT = 500
NOBODY = 0  # stands for the actor where what they reach is compared
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


def reads_for_integrity() -> bool:
    """Say whether what is read now only serves uniqueness, which the database keeps too."""
    return _integrity.get()


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


def opener(actor: Actor, action: str) -> str:
    """Return who opens a query and for what: people may share a name, never an id."""
    return f"{actor.user_id}:{actor.name}:{action}"


def check_joins(one: Any, other: Any) -> None:
    """Refuse to join two queries that were not opened by the same actor for the same action."""
    if getattr(one, "opened_by", None) != getattr(other, "opened_by", None):
        raise UnscopedQuery("both sides of & | ^ must be opened by the same actor")


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
        check_joins(self, rhs)
        super().combine(rhs, connector)


class GuardedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows that change only while an action is open, whoever reads them."""

    def update(self, **values: Any) -> int:
        check_writing("update")
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        check_writing("delete")
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        check_writing("bulk_create")
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        check_writing("bulk_update")
        return super().bulk_update(*args, **kwargs)

    def _insert(self, *args: Any, **kwargs: Any) -> Any:
        check_writing("insert")
        return super()._insert(*args, **kwargs)  # type: ignore[misc]

    def _update(self, values: Any) -> int:
        check_writing("update")
        return super()._update(values)  # type: ignore[misc, no-any-return]

    def _raw_delete(self, using: str | None) -> Any:
        check_writing("delete")
        return super()._raw_delete(using)

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]
    _insert.alters_data = True  # type: ignore[attr-defined]
    _insert.queryset_only = False  # type: ignore[attr-defined]
    _update.alters_data = True  # type: ignore[attr-defined]
    _update.queryset_only = False  # type: ignore[attr-defined]
    _raw_delete.alters_data = True  # type: ignore[attr-defined]


GuardedManager: Any = models.Manager.from_queryset(GuardedQuerySet)


class RecordBase(ModelBase):
    """The metaclass of records and parts: Django's own manager, behind forward keys and cascades, writes through
    the door too. It reads freely, since a visible row shows the label of what it points at.
    """

    @property
    def _base_manager(cls) -> Any:
        manager: Any = GuardedManager()
        manager.model, manager.name, manager.auto_created = cls, "_base_manager", True
        return manager


class ScopedQuerySet(GuardedQuerySet):
    """Rows of a scoped model: closed until somebody opens them."""

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or SealedQuery(model), using, hints)

    def visible_to(self, actor: Actor, action: str = "view", *, archived: bool = False) -> Self:
        """Narrow to the rows this actor may touch for `action`; held rows only when asked, sealed never."""
        span = reach(actor, self.model, action)
        return self._opened(actor, action, span.q(self.model), archived=archived)

    def own_of(self, actor: Actor, action: str = "view", *, archived: bool = False) -> Self:
        """Narrow to what this actor owns of the rows that `visible_to` would open."""
        span = reach(actor, self.model, action)
        own = span.of_owner(self.model, actor.user_id) if actor.user_id else NOTHING
        return self._opened(actor, action, own, archived=archived)

    def ways_of(self, actor: Actor, action: str = "view", *, archived: bool = False) -> list[Self]:
        """Return the rows that `visible_to` would open in a few parts, each of which an index puts in order: what
        somebody owns, was given, may claim. None where there is one part only, or another.
        """
        ways = reach(actor, self.model, action).ways(self.model)
        if not 1 < len(ways) <= MOST_WAYS:
            return []
        return [self._opened(actor, action, way, archived=archived) for way in ways]

    def asked(
        self, actor: Actor, shape: Shape, *values: Any, action: str = "view", archived: bool = False
    ) -> list[Any]:  # fmt: skip
        """Ask something of the rows that `visible_to` would open: composed once for all who reach alike.

        Reach is data; where two reach what they own, who they are is one more value. Raise TypeError for rows that
        were narrowed before: all that is asked stands in the shape.
        """
        if self.query.where or self.query.is_sliced:
            raise TypeError("asked of all rows: what narrows them stands in the shape")
        me = actor.user_id or NOBODY
        span = reach(actor, self.model, action).of(me, NOBODY)
        model: Any = self.model
        return _composed(model, span, archived, shape)(me, *values)

    def one_of(
        self, actor: Actor, pk: int, action: str = "view", *, archived: bool = False, related: Sequence[str] = ()
    ) -> Any:  # fmt: skip
        """Return the row of an id, None where `visible_to` does not open it; `related` are keys to load with it."""
        model: Any = self.model
        shape = _by_id(model, tuple(related))
        return next(iter(self.asked(actor, shape, pk, action=action, archived=archived)), None)

    def _opened(self, actor: Actor, action: str, rows: Q, *, archived: bool) -> Self:
        return self._within(rows, opener(actor, action), archived=archived)

    def _within(self, rows: Q, opened_by: str, *, archived: bool) -> Self:
        held = Q(archived_at__lt=SEALED_AT) if archived else Q(archived_at__isnull=True)
        opened = self.filter(rows).filter(held)
        opened.query.opened_by = opened_by  # type: ignore[attr-defined]
        return opened

    def unscoped(self, *, because: str) -> Self:
        """Read as the system. Every call is listed in tests/security/unscoped.txt."""
        rows: Self = self._chain()  # type: ignore[attr-defined]
        rows.query.opened_by = f"system:{because}"  # type: ignore[attr-defined]
        return rows

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        raise UnscopedQuery(f"{self.model.__name__}: raw SQL does not pass the read door")

    def __and__(self, other: Any) -> Any:
        self._check_joins(other)
        return super().__and__(other)

    def __or__(self, other: Any) -> Any:
        self._check_joins(other)
        return super().__or__(other)

    def __xor__(self, other: Any) -> Any:
        self._check_joins(other)
        return super().__xor__(other)

    def _check_joins(self, other: Any) -> None:
        """Django joins sliced rows by another way than `combine`, so the check stands here too."""
        check_joins(self.query, other.query)

    def _raw_delete(self, using: str | None) -> Any:
        self.query.check_opened()  # type: ignore[attr-defined]
        return super()._raw_delete(using)

    _raw_delete.alters_data = True  # type: ignore[attr-defined]


@lru_cache(MOST_KEPT)
def _composed(model: type[models.Model], span: Reach, archived: bool, shape: Shape) -> Composed[Any]:
    """Return a question of the rows within a reach, to be asked for its values and for who asks."""

    def ask(me: int, *values: Any) -> Any:
        closed: Any = model._default_manager.all()
        within = span.of(NOBODY, me).q(model)
        return shape.ask(closed._within(within, "all who reach alike", archived=archived), *values)

    return Composed(ask, *columns(model, "owner"), *shape.columns, many=shape.many)


@cache
def _by_id(model: type[models.Model], related: tuple[str, ...]) -> Shape:
    def ask(rows: Any, pk: int) -> Any:
        return (rows.select_related(*related) if related else rows).filter(pk=pk).order_by()

    return Shape(ask, columns(model, "pk"))
