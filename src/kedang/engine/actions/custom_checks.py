"""What the write door asks of custom attributes, set by set: their kind, their choices, what they point at."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from kedang.engine.actions.drafts import Draft
from kedang.engine.custom.catalogue import CustomFields, custom_fields
from kedang.engine.custom.storage import stored
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Actor


def defaults(kind: RecordType) -> dict[str, Any]:
    """Return what the `custom` column of a new record begins with."""
    known = custom_fields(kind.key)
    given = {one.key: stored(one.kind, one.default) for one in known.attributes.values()}
    return {key: value for key, value in given.items() if value is not None}


def run(actor: Actor, kind: RecordType, drafts: list[Draft]) -> None:
    """Check every custom attribute in force; what is retired stays as it is."""
    known = custom_fields(kind.key)
    for name in known.attributes:
        spec = kind.fields[name]
        _of_its_types(kind, spec, drafts, known)
        changed = [draft for draft in drafts if draft.value(name) != draft.was(name)]
        _required(kind, spec, drafts, required=known.attributes[name].required)
        _fits(spec, changed)
        if spec.choice_list:
            _chosen(spec, changed)
        if spec.kind == "file":
            _its_own(kind, spec, changed)
        elif spec.points_at:
            _seen(actor, spec, changed)


def _row_type(kind: RecordType, draft: "Draft") -> str:
    return str(getattr(draft.record, kind.type_field)) if kind.type_field else ""


def _of_its_types(kind: RecordType, spec: FieldSpec, drafts: list[Draft], known: CustomFields) -> None:
    """A new record of another type does not keep the default; a value somebody gave it is refused."""
    default = known.attributes[spec.name].default
    for draft in drafts:
        value = draft.value(spec.name)
        if value in (None, "") or kind.concerns(_row_type(kind, draft), spec.name):
            continue
        if draft.creating and value == default:
            spec.put(draft.record, None)
            draft.compare()
        elif value != draft.was(spec.name):
            draft.refuse(spec.name, _("This type of record has no such field."), "not_settable")


def _required(kind: RecordType, spec: FieldSpec, drafts: list[Draft], *, required: bool) -> None:
    """A record that was filed before the field was asked for is not held up over an unrelated change."""
    for draft in drafts if required else ():
        touched = draft.alters(spec.name, *((kind.type_field,) if kind.type_field else ()))
        refused = any(problem.field == spec.name for problem in draft.problems)
        asked = touched and not refused and kind.concerns(_row_type(kind, draft), spec.name)
        if asked and draft.value(spec.name) in (None, "", []):
            draft.refuse(spec.name, _("This field is required."), "required")


def _fits(spec: FieldSpec, drafts: list[Draft]) -> None:
    if spec.kind == "choices":
        return
    for draft in drafts:
        value = draft.value(spec.name)
        if value in (None, ""):
            continue
        if spec.kind == "longtext" and len(value) > (spec.max_length or 0):
            draft.refuse(
                spec.name, _("At most %(most)s characters.") % {"most": spec.max_length}, "max_length"
            )
            continue
        try:
            spec.model_field.run_validators(_cleaned(spec, value))
        except ValidationError as error:
            draft.refuse(spec.name, " ".join(error.messages), error.error_list[0].code or "invalid")


def _cleaned(spec: FieldSpec, value: Any) -> Any:
    return spec.model_field.clean(value, None) if spec.kind == "money" else spec.model_field.to_python(value)


def _chosen(spec: FieldSpec, drafts: list[Draft]) -> None:
    known = {key for key, _label in spec.choices()} if drafts else set()
    for draft in drafts:
        value, before = draft.value(spec.name), draft.was(spec.name)
        asked = value if isinstance(value, list) else [value] if value else []
        kept = before if isinstance(before, list) else [before]  # a retired choice may stay
        for wrong in (one for one in asked if one not in known and one not in kept):
            draft.refuse(spec.name, _("“%(value)s” is not one of the choices.") % {"value": wrong}, "choice")


def _its_own(kind: RecordType, spec: FieldSpec, drafts: list[Draft]) -> None:
    """A record points only at a file of its own, which is not in the hold."""
    wanted = {draft.record.custom.get(spec.custom) for draft in drafts} - {None}
    if not wanted:
        return
    files = spec.model_field.related_model.objects
    rows = files.filter(record=kind.key, pk__in=wanted, removed_at=None)
    of = dict(rows.values_list("pk", "record_id"))
    for draft in drafts:
        value = draft.record.custom.get(spec.custom)
        if value is not None and of.get(value) != draft.record.pk:
            draft.refuse(spec.name, _("There is no such file, or it was removed."), "not_found")


def _seen(actor: Actor, spec: FieldSpec, drafts: list[Draft]) -> None:
    """A record may point only at what the actor sees (ruling 4)."""
    wanted = {draft.record.custom.get(spec.custom) for draft in drafts} - {None}
    if not wanted:
        return
    target: type[Model] = spec.model_field.related_model
    objects: Any = target.objects  # type: ignore[attr-defined]
    rows = objects.visible_to(actor) if issubclass(target, ScopedModel) else objects.filter(is_active=True)
    seen = set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
    for draft in drafts:
        value = draft.record.custom.get(spec.custom)
        if value is not None and value not in seen:
            draft.refuse(spec.name, _("There is no such record, or it is not yours to see."), "not_found")
