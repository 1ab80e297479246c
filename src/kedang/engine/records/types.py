"""One declaration per record type; pages, API, import, export, search and tests are read from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from kedang.engine.records.fields import FieldSpec, spec_of
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.parts import PartModel
from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Line, Mode

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from kedang.engine.actions.drafts import Draft
    from kedang.engine.actions.work import Work

    Label = str | Promise
    Hook = Callable[[Work, list[Draft]], None]
    Locks = Callable[[Draft], frozenset[str]]

SYSTEM_FIELDS = frozenset({"id", "version", "head", "created_at", "changed_at", "archived_at", "custom"})


@dataclass(frozen=True, slots=True)
class Panel:
    """A titled group of fields, on a page or in a form."""

    title: "Label"
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Records of another type that point here, shown beside a record."""

    record: str
    via: str


@dataclass(frozen=True)
class Lines:
    """The lines of a document: stored, audited and exported with it."""

    model: type[PartModel]
    parent: str
    fields: tuple[str, ...]
    label: "Label"
    order_by: str = "line_no"

    @cached_property
    def specs(self) -> Mapping[str, FieldSpec]:
        """The fields of one line."""
        return {name: spec_of(self.model, name, {}, {}) for name in self.fields}


@dataclass(frozen=True)
class RecordType:
    """Everything the product knows about one kind of record, but for its rules."""

    model: type[ScopedModel]
    plural: str
    label: "Label"
    label_plural: "Label"
    columns: tuple[str, ...]
    title: str = "name"
    subtitle: str = ""
    icon: str = "file"
    nav: str = ""
    order: int = 100
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    search: Mapping[str, str] = field(default_factory=dict)
    panels: tuple[Panel, ...] = ()
    form: tuple[Panel, ...] = ()
    pills: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    lines: Lines | None = None
    guards: Mapping[str, Mode] = field(default_factory=dict)
    pool_masks: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    match: tuple[str, ...] = ()
    natural: tuple[str, ...] = ()
    timeline: str = ""
    timeline_at: str = ""
    line: Line = Line.BUSINESS
    logs_looks: bool = False
    creatable: bool = True
    untold: tuple[str, ...] = ()
    archive_asks: bool = False
    locks: "Locks | None" = None
    prepare: "tuple[Hook, ...]" = ()
    on_store: "tuple[Hook, ...]" = ()

    @property
    def key(self) -> str:
        """The stable name, such as `customers.customer`."""
        return record_key(self.model)

    @property
    def follows(self) -> str:
        """The foreign key whose record decides who sees this one."""
        return self.model.follows

    @cached_property
    def fields(self) -> Mapping[str, FieldSpec]:
        """Every field people may meet, by name."""
        names = [f.name for f in self.model._meta.concrete_fields if f.name not in SYSTEM_FIELDS]
        return {
            name: spec_of(self.model, name, self.choices, self.kinds)
            for name in (*names, "created_at", "changed_at")
        }

    @cached_property
    def form_fields(self) -> tuple[str, ...]:
        """The fields that a person may type in, in the order of the form."""
        return tuple(name for panel in self.form for name in panel.fields)

    @cached_property
    def tracked(self) -> tuple[str, ...]:
        """The columns whose changes are history."""
        untold = {"id", "version", "head", "created_at", "changed_at", *self.untold}
        return tuple(f.attname for f in self.model._meta.concrete_fields if f.name not in untold)

    def needs_select(self, names: tuple[str, ...]) -> list[str]:
        """Return the foreign keys among `names`, whose labels a list shows."""
        return [name for name in names if name in self.fields and self.fields[name].points_at]


RECORDS: dict[str, RecordType] = {}
# what is administered rather than filed: actions and history like a record, but no surface walks over it
ADMINISTERED: dict[str, RecordType] = {}


def register(record: RecordType) -> RecordType:
    """Add a record type; a wrong field name fails at start, not at the first click."""
    stated = {
        *record.columns, *record.filters, *record.sorts, *record.search, *record.pills, *record.required,
        *record.match, *record.natural, *record.silent, *record.guards, *record.pool_masks, *record.choices,
        *record.kinds,
        *(name for panel in (*record.panels, *record.form) for name in panel.fields), record.title,
    }  # fmt: skip
    for name in stated - {"created_at", "changed_at"}:
        try:
            record.model._meta.get_field(name)
        except FieldDoesNotExist as error:
            raise ValueError(f"{record.key}: unknown field {name!r}") from error
    if any(other.plural == record.plural for key, other in RECORDS.items() if key != record.key):
        raise ValueError(f"{record.key}: the plural {record.plural!r} is taken")
    RECORDS[record.key] = record
    return record


def administer(record: RecordType) -> RecordType:
    """Add a type that administrators keep: people, units, roles, the company."""
    ADMINISTERED[record.key] = record
    return record


def record_of(model: type[models.Model]) -> RecordType:
    """Return the declaration of a model."""
    key = record_key(model)
    return RECORDS[key] if key in RECORDS else ADMINISTERED[key]


def by_plural(plural: str) -> RecordType | None:
    """Return the record type whose path, CLI and API name is `plural`."""
    return next((record for record in RECORDS.values() if record.plural == plural), None)


def natural_key(record: RecordType, row: Any) -> str:
    """Return what names a row without its id: for digests and exports."""
    return "/".join(str(getattr(row, name)) for name in record.natural) or str(row)
