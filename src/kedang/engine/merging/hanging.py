"""What hangs on a record: rows of every table that point at it, by a foreign key or by its type and id."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from kedang.engine.files.models import Attachment
from kedang.engine.ledger.models import TimelineEntry
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.parts import PartModel


@dataclass(frozen=True, slots=True)
class Carried:
    """A table whose rows name their record by type and id; they follow it when it is merged."""

    model: Any
    record: str = "record"
    pk: str = "record_id"


CARRIED = [
    Carried(TimelineEntry, "subject", "subject_id"),
    Carried(IssuedNumber),
    Carried(Attachment),
]


def carry(model: type[models.Model], record: str = "record", pk: str = "record_id") -> None:
    """Let the rows of a table follow the record that they name by type and id."""
    CARRIED.append(Carried(model, record, pk))


def pointing(kind: RecordType) -> Iterator[tuple[RecordType | None, Any, Any]]:
    """Yield (type, model, foreign key) of everything that may point at records of a type."""
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if column.is_relation and column.related_model is kind.model:
                key = f"{model._meta.app_label}.{model._meta.model_name}"
                yield RECORDS.get(key), model, column


def rows_of(model: Any) -> Any:
    """Return all rows of a table that point at records, whoever may see them: they move with what they hang on."""
    if issubclass(model, ScopedModel | PartModel):
        return model.objects.unscoped(because="what hangs on a record that is merged")
    return model.objects.all()
