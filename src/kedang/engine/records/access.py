"""What an actor sees of a record: field modes, masked values, why it is visible, and opening one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kedang.engine.ledger import looks
from kedang.engine.packs.active import active
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType, record_of
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import codes, countries
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import NotAllowed, NotVisible
from kedang.kernel.trees import TREES

R = TypeVar("R", bound=ScopedModel)
HIDDEN_TEXT = "****"


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as this actor may see it. A masked value carries its mask as text and no value."""

    spec: FieldSpec
    value: Any
    text: str
    masked: bool = False


def modes(actor: Actor, kind: RecordType) -> Mapping[str, Mode]:
    """Return the mode of every field: open, unless the type guards it and no role of the actor opens it.

    With several roles the widest counts; a role that sees the record and says nothing gives the default.
    """
    fields = kind.fields
    kept: tuple[Mapping[str, Any], dict[str, Mode]] | None = actor.known.get(kind.key)
    found = kept[1] if kept is not None and kept[0] is fields else None
    if found is None:
        found = {}
        guards = kind.guards
        for name in fields:
            default, stated = guards.get(name, Mode.OPEN), actor.modes.get(f"{kind.key}.{name}")
            if stated is None:
                found[name] = default
            else:
                found[name] = max(stated, default) if f"{kind.key}.{name}" in actor.silent else stated
        actor.known[kind.key] = (fields, found)
    return found


def visible_fields(actor: Actor, kind: RecordType, names: Iterable[str]) -> list[FieldSpec]:
    """Return those of the named fields that are not hidden from the actor."""
    allowed = modes(actor, kind)
    return [kind.fields[name] for name in names if allowed[name] is not Mode.HIDE]


def askable(actor: Actor, kind: RecordType, name: str) -> bool:
    """Say whether the actor may filter or sort by a field: a hidden or masked one would tell its value."""
    return name in kind.fields and modes(actor, kind)[name] >= Mode.READ and name not in kind.pool_masks


def shown(actor: Actor, kind: RecordType, row: Any, name: str) -> Shown:
    """Return one value of a row as this actor may see it; raise NotAllowed for a hidden field."""
    return shown_each(actor, kind, row, [name])[name]


def shown_each(actor: Actor, kind: RecordType, row: Any, names: Iterable[str]) -> dict[str, Shown]:
    """Return values of a row as this actor may see them, by name; raise NotAllowed for a hidden field."""
    fields, allowed = kind.fields, modes(actor, kind)
    found = {}
    for name in names:
        spec, mode = fields[name], allowed[name]
        if mode is Mode.HIDE:
            raise NotAllowed(_("This field is not for you to see."))
        value = getattr(row, spec.attname)
        covered = mode is Mode.MASK or (name in kind.pool_masks and covers_pool(actor, kind, row))
        if covered and value not in (None, ""):
            found[name] = Shown(spec, None, mask(spec, value), masked=True)
        else:
            found[name] = Shown(spec, value, text_of(spec, row, value))
    return found


def mask(spec: FieldSpec, value: Any) -> str:
    """Return what is shown instead of a masked value: the same whatever the value's kind gives away."""
    match spec.kind:
        case "phone":
            return codes.mask_phone(str(value))
        case "email":
            return codes.mask_email(str(value))
        case "person":
            return codes.mask_name(str(value))
    return HIDDEN_TEXT


def text_of(spec: FieldSpec, row: Any, value: Any) -> str:
    """Return a value as plain text: labels of choices and of what a foreign key points at."""
    if value is None or value == "":
        return ""
    if spec.points_at:
        return str(getattr(row, spec.name))
    if spec.kind == "choices":
        return _(", ").join(active().label(spec.choice_list, str(one)) for one in value)
    if spec.choice_list:
        return active().label(spec.choice_list, str(value))
    if spec.kind == "boolean":
        return _("yes") if value else _("no")
    if spec.kind == "country":
        return countries.name_of(str(value), get_language() or "zh-hans")
    if spec.kind in TREES:
        return TREES[spec.kind].name_of(str(value))
    return str(value)


def covers_pool(actor: Actor, kind: RecordType, row: Any) -> bool:
    """Say whether the contact data of a row are masked because it lies in a pool until somebody claims it.

    Whoever sees every record of the type sees them.
    """
    if not kind.pool_masks:
        return False
    if kind.follows:  # what hangs on a record is as covered as that record
        row = getattr(row, kind.follows)
        kind = record_of(type(row))
    if row.owner_id is not None or getattr(row, "pool_id", None) is None:
        return False
    grant = actor.grant(kind.key, "view")
    return not (grant and grant.everything)


def whole_of(kind: RecordType) -> tuple[str, ...]:
    """Return the key to the record that rows hang on, where that decides what is masked and is loaded with them."""
    return (kind.follows,) if kind.follows and kind.pool_masks else ()


def with_whole(kind: RecordType, rows: Any) -> Any:
    """Load the record that rows hang on with them, where it decides what is masked."""
    return rows.select_related(*whole) if (whole := whole_of(kind)) else rows


def open_one(
    actor: Actor, kind: RecordType, pk: int, verb: str = "view", *, archived: bool = False,
    or_held: Callable[[], bool] | None = None,
) -> Any:  # fmt: skip
    """Return one record within reach. Absent and hidden raise the same NotVisible; a look at another's file
    is noted. Where no live one is found and `or_held` says so, it is looked for in the archive hold too.
    """
    found = _one(actor, kind, pk, verb, archived=archived)
    if found is None and or_held is not None and or_held():
        found = _one(actor, kind, pk, verb, archived=True)
    if found is not None:
        if kind.logs_looks and found.owner_id != actor.user_id:
            looks.note(actor, "look", kind.key, pk)
        return found
    if verb != "view" and kind.model.objects.visible_to(actor, archived=archived).filter(pk=pk).exists():
        raise NotAllowed(_("You can see this record, but you may not do this to it."))
    looks.note(actor, "refused", kind.key, pk)
    raise NotVisible(_("There is no such record, or it is not yours to see."))


def _one(actor: Actor, kind: RecordType, pk: int, verb: str, *, archived: bool) -> Any:
    related = kind.needs_select(tuple(kind.own_fields))
    return kind.model.objects.one_of(actor, pk, verb, archived=archived, related=related)
