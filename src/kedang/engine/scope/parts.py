"""Parts of a record, such as the lines of an order: seen by whoever sees the whole."""

from typing import Any, ClassVar, Self

from django.db import models

from kedang.engine.columns import IdField
from kedang.engine.scope.doors import (
    SEALED_AT,
    RecordBase,
    ScopedQuerySet,
    check_writing,
    integrity_reads,
    opener,
)
from kedang.engine.scope.reach import reach
from kedang.kernel.actor import Actor
from kedang.kernel.errors import UnscopedQuery


class PartQuerySet(ScopedQuerySet):
    """Rows of a part: opened through the record they belong to."""

    def visible_to(self, actor: Actor, action: str = "view", *, archived: bool = False) -> Self:
        """Narrow to the parts of the records this actor may touch for `action`."""
        part_of = self.model.part_of
        whole = self.model._meta.get_field(part_of).related_model
        rows = self.filter(reach(actor, whole, action).q(whole, f"{part_of}__"))
        if archived:
            rows = rows.filter(**{f"{part_of}__archived_at__lt": SEALED_AT})
        else:
            rows = rows.filter(**{f"{part_of}__archived_at__isnull": True})
        rows.query.opened_by = opener(actor, action)  # type: ignore[attr-defined]
        return rows

    def own_of(self, actor: Actor, action: str = "view", *, archived: bool = False) -> Self:
        raise UnscopedQuery(f"{self.model.__name__}: a part has no owner; ask for those of own records")


class PartModel(models.Model, metaclass=RecordBase):
    """A part of a record. It has no owner and no history of its own."""

    part_of: ClassVar[str] = ""

    id = IdField()

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        check_writing(type(self).__name__)
        super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        check_writing(type(self).__name__)
        return super().delete(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        with integrity_reads():
            super().full_clean(*args, **kwargs)
