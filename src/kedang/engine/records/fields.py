"""What a field is to people: its name, its kind, its choices. Derived from the model once."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models

from kedang.engine.columns import MoneyField
from kedang.engine.custom.storage import loaded, set_stored, stored
from kedang.engine.packs.active import active
from kedang.engine.scope.reach import record_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

KINDS: tuple[tuple[type[Any], str], ...] = (
    (MoneyField, "money"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.BooleanField, "boolean"),
    (models.DecimalField, "number"),
    (models.IntegerField, "integer"),
    (models.TextField, "longtext"),
    (models.EmailField, "email"),
    (models.URLField, "url"),
    (models.JSONField, "json"),
    (models.CharField, "text"),
)
POINTS = {"engine.user": "user", "engine.unit": "unit"}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field as every surface knows it. `points_at` is the record key of a foreign key's target.

    `custom` is the key of a custom attribute in the record's `custom` column: `model_field` then stands for a
    column that is not there. Its value is read from a row like any other, and set by `put`.
    """

    name: str
    label: "str | Promise"
    kind: str
    model_field: Any
    choice_list: str = ""
    points_at: str = ""
    max_length: int | None = None
    custom: str = ""
    help: "str | Promise" = ""
    for_types: tuple[str, ...] = ()
    filter_id: int | None = None
    attname: str = field(init=False, default="")
    """The column's name: a foreign key ends in _id."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "attname", str(getattr(self.model_field, "attname", "")))

    def put(self, row: Any, value: Any) -> None:
        """Set a value, of the kind that reading gave, on a row in memory."""
        if self.custom:
            set_stored(row, self.custom, stored(self.kind, value))
        else:
            setattr(row, self.attname, value)

    def was(self, columns: "Mapping[str, Any]") -> Any:
        """Return the value in columns as they were loaded, by attribute name."""
        if self.custom:
            return loaded(self.kind, (columns.get("custom") or {}).get(self.custom))
        return columns.get(self.attname)

    def choices(self) -> list[tuple[str, str]]:
        """Return the pairs of value and label now in force, in the reader's language."""
        return active().choices(self.choice_list) if self.choice_list else []

    @property
    def told_as(self) -> str:
        """The name under which the history notes its changes."""
        return self.name if self.custom else self.attname

    @property
    def blank(self) -> bool:
        """Whether the column may be empty."""
        return bool(self.model_field.blank)


def spec_of(
    model: type[models.Model], name: str, choices: "Mapping[str, str]", kinds: "Mapping[str, str]"
) -> FieldSpec:
    """Describe one column of a model."""
    column: Any = model._meta.get_field(name)
    label = column.verbose_name
    if column.is_relation:
        target = record_key(column.related_model)
        return FieldSpec(name, label, POINTS.get(target, "record"), column, points_at=target)
    if name in choices:
        return FieldSpec(
            name, label, "choice", column, choice_list=choices[name], max_length=column.max_length,
            help=column.help_text,
        )  # fmt: skip
    kind = kinds.get(name) or next(kind for base, kind in KINDS if isinstance(column, base))
    most = getattr(column, "max_length", None)
    return FieldSpec(name, label, kind, column, max_length=most, help=column.help_text)
