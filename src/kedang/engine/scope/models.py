"""The base of every record: an owner, a unit, a version, a place in the history."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kedang.engine.columns import IdField
from kedang.engine.overlay import PREFIX, value_of
from kedang.engine.scope.doors import RecordBase, ScopedQuerySet, check_writing, integrity_reads


class ScopedModel(models.Model, metaclass=RecordBase):
    """A record that only some people may see. `objects` is the read door."""

    follows: ClassVar[str] = ""
    needs: ClassVar[
        tuple[str, ...]
    ] = ()  # keys to what must be in view as well, all of it, whatever else opens a row
    pooled: ClassVar[bool] = False
    announced: ClassVar[bool] = False  # a column `audience` says who else may look

    id = IdField()
    owner = models.ForeignKey(
        "engine.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Owner")
    )
    unit = models.ForeignKey("engine.Unit", models.PROTECT, related_name="+", verbose_name=_("Unit"))
    version = models.PositiveIntegerField(default=0, editable=False)
    head = models.CharField(max_length=64, default="", editable=False)
    created_at = models.DateTimeField(_("Filed at"), editable=False)
    changed_at = models.DateTimeField(_("Changed at"), editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    custom = models.JSONField(default=dict, blank=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    if not TYPE_CHECKING:  # a checker should know columns only

        def __getattr__(self, name: str) -> Any:
            """Custom attributes read like columns: `x_<key>`; nothing else that is missing is looked for."""
            if name.startswith(PREFIX):
                return value_of(self, name)
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        check_writing(type(self).__name__)
        super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        check_writing(type(self).__name__)
        return super().delete(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        with integrity_reads():
            super().full_clean(*args, **kwargs)
