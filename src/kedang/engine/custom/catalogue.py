"""The custom attributes in force, of packs and of administrators, as fields that every surface can take.

A record type hands them out with its own (`RecordType.fields`, `.form`, `.panels`, `.filters`, `.guards`), so no
surface asks here. Like every shared definition they are read once for each state of their stamp.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from kedang.engine.custom.models import CustomAttribute, CustomFilter
from kedang.engine.custom.storage import loaded
from kedang.engine.identity.stamps import seen_stamps
from kedang.engine.overlay import PREFIX, reads
from kedang.engine.packs import lists
from kedang.engine.packs.active import active
from kedang.kernel.actor import Mode
from kedang.packs.words import Choice, Text

STAMP = "custom"
POINTS = {"user": "engine.user", "file": "engine.attachment"}
PACK_KINDS = {"multichoice": "choices"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One custom attribute, whoever declared it."""

    record: str
    key: str
    label: Text
    kind: str
    help: Text | None = None
    required: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    choice_list: str = ""
    target: str = ""
    for_types: tuple[str, ...] = ()
    panel: str = ""
    place: int = 100
    guard: Mode = Mode.OPEN
    pack: bool = False

    @property
    def points_at(self) -> str:
        """The record type whose records are its values."""
        return self.target or POINTS.get(self.kind, "")

    @property
    def list_name(self) -> str:
        """The name of the list its values come from: one of a pack, or its own."""
        return self.choice_list or f"{lists.PREFIX}{self.record}.{self.key}"

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{PREFIX}{self.key}"


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The custom fields of one record type, ready to be joined to its own."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    filters: Mapping[str, int] = field(default_factory=dict)
    guards: Mapping[str, Mode] = field(default_factory=dict)


NONE = CustomFields()
_kept: tuple[tuple[int, int], dict[str, CustomFields]] | None = None


def custom_fields(record: str) -> CustomFields:
    """Return the custom fields of a record type, as this request sees them."""
    global _kept  # noqa: PLW0603  read once for each state of the definitions
    seen = seen_stamps()
    state = (seen.get(STAMP, 0), seen.get("packs", 0))
    if _kept is None or _kept[0] != state:
        _kept = (state, _read() if any(state) else {})
    return _kept[1].get(record, NONE)


def forget() -> None:
    """Drop the copy: for tests, whose transactions are rolled back."""
    global _kept  # noqa: PLW0603  see above
    _kept = None


def asked_for(record: str) -> frozenset[str]:
    """Return the names of the attributes that must be filled in, where they concern a record."""
    return frozenset(name for name, one in custom_fields(record).attributes.items() if one.required)


@reads
def value_of(row: Any, name: str) -> Any:
    """Return what a row holds under the name of a custom field: its value, or the record it points at.

    Raise AttributeError for a name that is none.
    """
    known = custom_fields(f"{row._meta.app_label}.{row._meta.model_name}").attributes
    if (one := known.get(name)) is not None:
        value = loaded(one.kind, row.custom.get(one.key))
        return _target(one).filter(pk=value).first() if one.points_at and value is not None else value
    one = known.get(name.removesuffix("_id"))
    if one is None or not one.points_at:
        raise AttributeError(name)
    return row.custom.get(one.key)


def attach(record: str, rows: list[Any]) -> None:
    """Load what the rows of a page point at: one query for each custom field that points anywhere."""
    for name, one in custom_fields(record).attributes.items():
        if not one.points_at:
            continue
        wanted = {pk for row in rows if (pk := row.custom.get(one.key)) is not None}
        if wanted:
            found = _target(one).in_bulk(wanted)
            for row in rows:
                row.__dict__[name] = found.get(row.custom.get(one.key))


def _target(one: Attribute) -> Any:
    """Return the rows an attribute may point at; a visible row shows what it points at, as with a foreign key."""
    target: Any = apps.get_model(one.points_at).objects
    if not hasattr(target, "unscoped"):
        return target
    return target.unscoped(because="names of what attributes point at")


def _read() -> dict[str, CustomFields]:
    declared = [*_of_packs(), *_of_administrators()]
    own = {one.list_name: one.choices for one in declared if one.choices}
    lists.put(own)
    groups: dict[str, list[Attribute]] = defaultdict(list)
    for one in declared:
        groups[one.record].append(one)
    ready = defaultdict(dict)  # type: ignore[var-annotated]
    for pk, record, key in CustomFilter.objects.filter(ready=True).values_list("pk", "record", "key"):
        ready[record][f"{PREFIX}{key}"] = pk
    return {record: _joined(group, ready[record]) for record, group in groups.items()}


def _joined(group: list[Attribute], ready: Mapping[str, int]) -> CustomFields:
    group.sort(key=lambda one: (one.place, one.key))
    by_name = {one.name: one for one in group}
    return CustomFields(
        by_name,
        {name: pk for name, pk in ready.items() if name in by_name},
        {name: one.guard for name, one in by_name.items() if one.guard is not Mode.OPEN},
    )


def _of_packs() -> list[Attribute]:
    return [
        Attribute(
            one.record, one.key, one.label, PACK_KINDS.get(one.type, one.type), one.help, one.required, one.default,
            one.choices, one.choice_list or "", one.target or "", one.for_types, pack=True,
        )
        for one in active().pack.field
    ]  # fmt: skip


def _of_administrators() -> list[Attribute]:
    return [attribute_of(row) for row in CustomAttribute.objects.filter(retired_at=None)]


def attribute_of(row: CustomAttribute) -> Attribute:
    """Return a stored attribute as what it declares."""
    return Attribute(
        row.record, row.key, Text(**row.label), row.kind, Text(**row.help) if row.help else None, row.required,
        loaded(row.kind, row.default), tuple(Choice.model_validate(one) for one in row.choices), "", row.target,
        tuple(row.for_types), row.panel, row.place, Mode(row.guard),
    )  # fmt: skip
