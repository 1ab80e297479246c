"""The register of processing: which personal data are held, for what, on which basis, who sees them, how long.

Purpose, basis and term are said by packs; who sees them is read from the roles, how many there are is counted, and
fields of people that no pack speaks of are named, so that nothing is held in silence.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kedang.areas.customers.models import Contact
from kedang.areas.personal.sealing import PEOPLE
from kedang.engine.administration.reach import label, rights_of
from kedang.engine.administration.rules import Rights
from kedang.engine.custom.models import CustomAttribute
from kedang.engine.erasing.marks import marking
from kedang.engine.identity.models import Role
from kedang.engine.overlay import PREFIX
from kedang.engine.packs.active import active, said
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel.actor import Actor, Mode
from kedang.kits.web.attributes import BASES
from kedang.packs.schema import EVERY_FIELD, Processing
from kedang.packs.words import Text


@dataclass(frozen=True, slots=True)
class Line:
    """One category of personal data as the register states it."""

    key: str
    category: str
    record: Any
    fields: str
    purpose: str
    basis: str
    kept: str
    sees: str
    count: int
    sensitive: bool
    books: bool


def lines(actor: Actor) -> list[Line]:
    """Return the register, counted as far as the actor sees the records."""
    roles = list(Role.objects.order_by("key"))
    rights = rights_of([role.pk for role in roles])
    language = get_language() or "zh-hans"
    found = []
    for entry in active().pack.processing:
        kind = RECORDS.get(entry.record)
        if kind is None or entry.retired:
            continue
        names = [name for one in entry.fields if (name := _name(kind, one)) in kind.fields]
        sees = [(label(role), _worst(rights[role.pk], kind, names)) for role in roles]
        found.append(
            Line(
                entry.key, said(entry.label, language), kind.label,
                _(", ").join(str(kind.fields[name].label) for name in names), said(entry.purpose, language),
                str(BASES[entry.basis]), said(entry.kept, language), _seen_by(sees), _held(actor, kind, entry, names),
                entry.sensitive, entry.books,
            )
        )  # fmt: skip
    return found + _of_attributes(actor, roles, rights, language)


def _of_attributes(actor: Actor, roles: list[Role], rights: dict[int, Rights], language: str) -> list[Line]:
    """Return the attributes of people that administrators added, with what they said of them."""
    found = []
    for row in CustomAttribute.objects.filter(retired_at=None).exclude(purpose="").order_by("record", "key"):
        kind, name = RECORDS.get(row.record), f"{PREFIX}{row.key}"
        if kind is None or not kind.personal or name not in kind.fields:
            continue
        sees = [(label(role), _worst(rights[role.pk], kind, [name])) for role in roles]
        rows = kind.model.objects.visible_to(actor).filter(custom__has_key=row.key)
        title = said(Text(**row.label), language)
        found.append(
            Line(
                name, title, kind.label, title, row.purpose, str(BASES[row.basis]), row.kept, _seen_by(sees),
                rows.count() if actor.may(kind.key, "view") else 0, sensitive=False, books=False,
            )
        )  # fmt: skip
    return found


def unspoken() -> list[tuple[Any, str]]:
    """Return the fields that tell of people and of which nobody said why they are held: (record type, field)."""
    spoken = {
        (one.record, _name(RECORDS[one.record], name))
        for one in active().pack.processing if not one.retired and one.record in RECORDS
        for name in one.fields
    }  # fmt: skip
    stated = CustomAttribute.objects.exclude(purpose="").values_list("record", "key")
    spoken |= {(record, f"{PREFIX}{key}") for record, key in stated}
    found = []
    for kind in RECORDS.values():
        names = set(marking(kind)) if kind.key in PEOPLE or _names_people(kind) else set()
        if kind.key in PEOPLE:
            names |= {name for name, spec in kind.fields.items() if spec.custom}
        found += [
            (kind.label, str(kind.fields[name].label))
            for name in sorted(names)
            if (kind.key, name) not in spoken
        ]
    return found


def _name(kind: RecordType, name: str) -> str:
    """Return the name of a field that a pack speaks of: the type's own, or an attribute that packs add."""
    return name if name in kind.own_fields else f"{PREFIX}{name}"


def _names_people(kind: RecordType) -> bool:
    return any(column.related_model is Contact for column in kind.model._meta.concrete_fields)


def _worst(rights: Rights, kind: RecordType, names: list[str]) -> Mode | None:
    """Return how far a role sees all of these fields; None when it does not see the records at all."""
    if not any(record == kind.key and action == "view" for record, action, _line in rights.spans):
        return None
    every = rights.modes.get((kind.key, EVERY_FIELD))
    found = [Mode.OPEN]
    for name in names:
        default = kind.guards.get(name)
        if default is not None:
            found.append(Mode(rights.modes.get((kind.key, name), default if every is None else every)))
    return min(found)


def _seen_by(sees: list[tuple[str, Mode | None]]) -> str:
    if all(mode is not None and mode >= Mode.READ for _name, mode in sees):
        return _("every role")
    told = []
    for name, mode in sees:
        if mode is Mode.MASK:
            told.append(_("%(role)s (masked)") % {"role": name})
        elif mode is not None and mode is not Mode.HIDE:
            told.append(name)
    return _(", ").join(told)


def _held(actor: Actor, kind: RecordType, entry: Processing, names: list[str]) -> int:
    """Count the records in which one of the fields says something, as far as the actor sees them."""
    if not actor.may(kind.key, "view"):
        return 0
    said_something = Q(pk__in=[])
    for name in names:
        spec = kind.fields[name]
        if spec.custom:
            continue
        column: Any = spec.model_field
        if isinstance(column, models.BooleanField):
            continue
        filled = ~Q(**{name: ""}) if isinstance(column, models.CharField | models.TextField) else Q()
        said_something |= filled & Q(**{f"{name}__isnull": False})
    rows = kind.model.objects.visible_to(actor).filter(said_something)
    if entry.of_persons:
        persons = [one.key for one in active().pack.customer_type if one.is_person]
        rows = rows.filter(**{f"{kind.type_field}__in": persons})
    return int(rows.count())
