"""One declaration per record type; pages, API, import, export, search and tests are read from it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import translation

from kedang.engine.custom.catalogue import CustomFields, custom_fields
from kedang.engine.records.custom_fields import MORE, custom_spec
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

T = TypeVar("T")


class Nothing(dict[str, Any]):
    """An empty mapping that a dataclass takes for a default."""

    __hash__ = object.__hash__  # type: ignore[assignment]


class Grown(Generic[T]):
    """A part of a declaration that custom attributes add to: what was declared, then what administrators made."""

    def __init__(self, add: "Callable[[RecordType, T, CustomFields], T]", empty: T) -> None:
        self._add = add
        self._empty = empty

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, kind: "RecordType | None", owner: type) -> T:
        if kind is None:
            return self._empty  # what the dataclass takes for the default
        declared: T = kind.__dict__[self._name]
        custom = custom_fields(kind.key)
        return self._add(kind, declared, custom) if custom.attributes else declared

    def __set__(self, kind: "RecordType", value: T) -> None:
        kind.__dict__[self._name] = value


SORTED = frozenset({"text", "number", "integer", "money", "date", "choice"})
FOUND = {"text": "free", "longtext": "words", "choice": "option", "choices": "option"}
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


def _with_filters(kind: "RecordType", declared: tuple[str, ...], custom: CustomFields) -> tuple[str, ...]:
    return (*declared, *custom.filters)


def _with_sorts(kind: "RecordType", declared: tuple[str, ...], custom: CustomFields) -> tuple[str, ...]:
    """Lists are sorted by attributes whose values lie beside the records, and have an order that people expect."""
    return (*declared, *(name for name in custom.filters if custom.attributes[name].kind in SORTED))


def _with_search(kind: "RecordType", declared: Mapping[str, str], custom: CustomFields) -> Mapping[str, str]:
    """What can be searched is found by the attributes of text and of lists as well."""
    if not declared:
        return declared
    return {
        **declared,
        **{name: FOUND[one.kind] for name, one in custom.attributes.items() if one.kind in FOUND},
    }


def _with_panels(kind: "RecordType", declared: tuple[Panel, ...], custom: CustomFields) -> tuple[Panel, ...]:
    """Put each custom field into the panel it names, or into one of its own at the end."""
    if not declared:
        return declared
    placed: dict[str, list[str]] = defaultdict(list)
    titles = [title_of(panel) for panel in declared]
    for name, one in custom.attributes.items():
        placed[one.panel if one.panel in titles else ""].append(name)
    grown = [
        replace(panel, fields=(*panel.fields, *placed[title])) if placed[title] else panel
        for panel, title in zip(declared, titles, strict=True)
    ]
    return (*grown, Panel(MORE, tuple(placed[""]))) if placed[""] else tuple(grown)


def _with_guards(
    kind: "RecordType", declared: Mapping[str, Mode], custom: CustomFields
) -> Mapping[str, Mode]:
    return {**declared, **custom.guards}


def title_of(panel: Panel) -> str:
    """Return what a panel is called in the language of the code: the name attributes are put under."""
    with translation.override("en"):
        return str(panel.title)


@dataclass(frozen=True, slots=True)
class Numbered:
    """New records get a number by the rule of the packs, for the day that the field `day` names, else for today. Where
    it is `renewed`, a change of a part that it shows issues another with the same serial.
    """

    day: str = ""
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a field may be filled with, worked out `of` others: `work_out` takes their values, returns text or none."""

    of: tuple[str, ...]
    work_out: "Callable[[Mapping[str, Any]], str]"


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
    filters: Grown[tuple[str, ...]] = Grown(_with_filters, ())
    sorts: Grown[tuple[str, ...]] = Grown(_with_sorts, ())
    usual_sort: str = (
        ""  # the order of a list for which its reader chose none; without one the newest come first
    )
    search: Grown[Mapping[str, str]] = Grown(_with_search, Nothing())
    panels: Grown[tuple[Panel, ...]] = Grown(_with_panels, ())
    form: Grown[tuple[Panel, ...]] = Grown(_with_panels, ())
    pills: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    lines: Lines | None = None
    guards: Grown[Mapping[str, Mode]] = Grown(_with_guards, Nothing())
    pool_masks: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    # what an import may fill in where nothing is given, and what files call fields beside their labels, simplified
    offers: Mapping[str, Offer] = field(default_factory=dict)
    headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    match: tuple[str, ...] = ()
    natural: tuple[str, ...] = ()
    timeline: str = ""
    timeline_at: str = ""
    type_field: str = ""
    line: Line = Line.BUSINESS
    logs_looks: bool = False
    personal: bool = False  # a person: each attribute that is added says what for, on which basis, how long
    creatable: bool = True
    untold: tuple[str, ...] = ()
    archive_asks: bool = False
    locks: "Locks | None" = None
    prepare: "tuple[Hook, ...]" = ()
    checked_in_turn: bool = (
        False  # its checks lock, and what they found holds only until the lock is given up
    )
    numbered: Numbered | None = None
    on_store: "tuple[Hook, ...]" = ()  # told of what is stored; what is changed here is not

    @cached_property
    def key(self) -> str:
        """The stable name, such as `customers.customer`."""
        return record_key(self.model)

    @property
    def follows(self) -> str:
        """The foreign key whose record decides who sees this one."""
        return self.model.follows

    def keys_to(self, other: "RecordType") -> list[str]:
        """Return the keys to records of another type that decide who sees records of this one."""
        names = dict.fromkeys(name for name in (self.follows, *self.model.needs) if name)
        return [name for name in names if self.own_fields[name].points_at == other.key]

    @property
    def fields(self) -> Mapping[str, FieldSpec]:
        """Every field people may meet, by name: the type's own, then the custom attributes in force."""
        custom = custom_fields(self.key)
        if not custom.attributes:
            return self.own_fields
        kept: tuple[Any, Mapping[str, FieldSpec]] | None = self.__dict__.get("_grown")
        if kept is None or kept[0] is not custom:
            specs = {
                name: custom_spec(one, custom.filters.get(name)) for name, one in custom.attributes.items()
            }
            kept = (custom, {**self.own_fields, **specs})
            self.__dict__["_grown"] = kept
        return kept[1]

    def spec(self, name: str) -> FieldSpec:
        """Return one field; its own without a look at the custom attributes, for an import asks millions of times."""
        own = self.own_fields.get(name)
        return self.fields[name] if own is None else own

    @cached_property
    def own_fields(self) -> Mapping[str, FieldSpec]:
        """The fields that are columns."""
        names = [f.name for f in self.model._meta.concrete_fields if f.name not in SYSTEM_FIELDS]
        return {
            name: spec_of(self.model, name, self.choices, self.kinds)
            for name in (*names, "created_at", "changed_at")
        }

    @property
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
        own = self.own_fields
        return [name for name in names if name in own and own[name].points_at]

    def concerns(self, row_type: str, name: str) -> bool:
        """Say whether a field is asked of records of a type, as `type_field` holds it."""
        only = self.fields[name].for_types
        return not only or not self.type_field or row_type in only


RECORDS: dict[str, RecordType] = {}
# what is administered rather than filed: actions and history like a record, but no surface walks over it
ADMINISTERED: dict[str, RecordType] = {}


def register(record: RecordType) -> RecordType:
    """Add a record type; a wrong field name fails at start, not at the first click."""
    stated = {
        *record.columns, *record.filters, *record.sorts, *record.search, *record.pills, *record.required,
        *record.match, *record.natural, *record.silent, *record.guards, *record.pool_masks, *record.choices,
        *record.kinds, *filter(None, (record.usual_sort.removeprefix("-"),)),
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
