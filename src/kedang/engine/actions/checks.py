"""What every stored record must satisfy, asked set by set: one query a kind of question, not a row."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from kedang.engine.actions import custom_checks
from kedang.engine.actions.drafts import Draft
from kedang.engine.records import hidden
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import EMPTY, MAX_TEXT
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.doors import integrity_reads
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import reach

NEEDS_APPROVAL = "needs_approval"
NO_COLUMN: tuple[Any, int] = (None, 0)
NOTHING: tuple[Any, Any] = (None, None)

if TYPE_CHECKING:
    from kedang.engine.actions.work import Work


def run(work: "Work", kind: RecordType, drafts: list[Draft]) -> None:
    """Check columns, choices, required fields, what foreign keys point at, uniqueness and reach."""
    _columns(kind, drafts)
    _required(kind, drafts)
    _choices(kind, drafts)
    custom_checks.run(work.actor, kind, drafts)
    _targets(work, kind, drafts)
    _lines(work, kind, drafts)
    _locked(work, kind, drafts)
    if not work.releases:
        _within_reach(work, kind, drafts)
    _unique(work, kind, drafts)


def _columns(kind: RecordType, drafts: list[Draft]) -> None:
    columns: list[Any] = [
        f for f in kind.model._meta.concrete_fields if not f.is_relation and f.name not in ("id", "head")
    ]
    checked = {column.attname: (column, _plain_length(column)) for column in columns}
    for draft in drafts:
        for attname, (_old, value) in draft.changed.items():
            column, most = checked.get(attname, NO_COLUMN)
            if most and type(value) is str and 0 < len(value) <= most and value.isprintable():
                continue
            if column is None or (column.blank and value in EMPTY):
                continue
            if any(problem.field == column.name for problem in draft.problems):
                continue  # its area has said what is wrong with it
            try:
                setattr(draft.record, attname, column.clean(value, draft.record))
            except ValidationError as error:
                draft.refuse(column.name, " ".join(error.messages), error.error_list[0].code or "invalid")


def _plain_length(column: Any) -> int:
    """Return the length of a column of text that asks for nothing else, as most do, or 0."""
    if type(column) is models.TextField and not column.validators and not column.choices:
        return column.max_length or MAX_TEXT
    simple = type(column) is models.CharField and len(column.validators) == 1 and not column.choices
    return column.max_length or 0 if simple else 0


def _required(kind: RecordType, drafts: list[Draft]) -> None:
    missing = _("This field is required.")
    for draft in drafts:
        refused = {problem.field for problem in draft.problems}
        for name in kind.required:
            if name not in refused and draft.alters(name) and draft.value(name) in EMPTY:
                draft.refuse(name, missing, "required")


def _choices(kind: RecordType, drafts: list[Draft]) -> None:
    for name in kind.choices:
        spec = kind.fields[name]
        known: set[str] = set()
        for draft in drafts:
            _old, value = draft.changed.get(spec.attname, NOTHING)
            if value in EMPTY:
                continue
            known = known or {key for key, _label in spec.choices()}
            if value not in known:
                draft.refuse(name, _("“%(value)s” is not one of the choices.") % {"value": value}, "choice")


def _locked(work: "Work", kind: RecordType, drafts: list[Draft]) -> None:
    """Locked fields are changed by who may approve it, or once it is approved (FILE 11). New records are free."""
    if kind.locks is None or work.verb != "change" or work.signer is not None:
        return
    touched = {
        place: names
        for place, draft in enumerate(drafts)
        if not draft.creating and (names := [name for name in kind.locks(draft) if draft.alters(name)])
    }
    if not touched:
        return
    rows = [drafts[place].record for place in touched]
    signs = admitted(kind.model, reach(work.actor, kind.model, "approve"), rows)
    for (place, names), free in zip(touched.items(), signs, strict=True):
        for name in () if free else sorted(names):
            drafts[place].refuse(
                name, _("This field is locked: a manager approves its change."), NEEDS_APPROVAL
            )


def _targets(work: "Work", kind: RecordType, drafts: list[Draft]) -> None:
    """A record may point only at what the actor sees (ruling 4), and never at what is not there."""
    for column in kind.model._meta.concrete_fields:
        if not column.is_relation:
            continue
        attname = column.attname
        wanted = {getattr(draft.record, attname) for draft in drafts if attname in draft.changed} - {None}
        if not wanted:
            _empty_targets(column, drafts)
            continue
        target: Any = column.related_model
        if issubclass(target, ScopedModel):
            rows = target.objects.visible_to(work.actor).filter(pk__in=wanted)
        else:
            rows = target.objects.filter(pk__in=wanted)
        seen = set(rows.values_list("pk", flat=True))
        for draft in drafts:
            value = getattr(draft.record, attname)
            if attname in draft.changed and value is not None and value not in seen:
                draft.refuse(
                    column.name, _("There is no such record, or it is not yours to see."), "not_found"
                )
        _empty_targets(column, drafts)


def _lines(work: "Work", kind: RecordType, drafts: list[Draft]) -> None:
    """The lines of a document are whole, and point only at what the actor sees."""
    differing = [draft for draft in drafts if draft.lines_changed]
    if kind.lines is None or not differing:
        return
    for spec in kind.lines.specs.values():
        seen: set[Any] = set()
        if spec.points_at:
            wanted = {line.get(spec.attname) for draft in differing for line in draft.lines or []} - {None}
            rows = spec.model_field.related_model.objects.visible_to(work.actor).filter(pk__in=wanted)
            seen = set(rows.values_list("pk", flat=True))
        for draft in differing:
            for place, line in enumerate(draft.lines or [], 1):
                _line_value(draft, place, line, spec, seen)


def _line_value(draft: Draft, place: int, line: dict[str, Any], spec: FieldSpec, seen: set[Any]) -> None:
    value, column = line.get(spec.attname), spec.model_field
    name = f"lines.{place}.{spec.name}"
    if value in EMPTY:
        if not column.null and not column.blank:
            draft.refuse(name, _("This field is required."), "required")
        return
    if spec.points_at:
        if value not in seen:
            draft.refuse(name, _("There is no such record, or it is not yours to see."), "not_found")
        return
    try:
        line[spec.attname] = column.clean(value, None)
    except ValidationError as error:
        draft.refuse(name, " ".join(error.messages), error.error_list[0].code or "invalid")


def _empty_targets(column: Any, drafts: list[Draft]) -> None:
    if column.null:
        return
    for draft in drafts:
        if getattr(draft.record, column.attname) is None:
            draft.refuse(column.name, _("This field is required."), "required")


def _unique(work: "Work", kind: RecordType, drafts: list[Draft]) -> None:
    """What must be unique is so among all rows, and among the drafts that will be stored, in their order.

    Of a row that the actor may not see only its unit is told.
    """
    sets = [_UniqueSet(kind, names, condition, drafts) for names, condition in _unique_sets(kind.model)]
    met = {pk for unique in sets for place in unique.asked if (pk := unique.holder(place)) is not None}
    unseen = hidden.units_of_hidden(work.actor, kind.model, met) if met else {}
    for place, draft in enumerate(drafts):
        for unique in sets:
            pk = unique.holder(place)
            if pk in unseen:
                draft.refuse(unique.names[-1], hidden.told(unseen[pk]), hidden.CODE)
            elif pk is not None:
                draft.refuse(unique.names[-1], _("Already on file."), "taken")
        if not draft.problems:
            for unique in sets:
                unique.claim(place)


class _UniqueSet:
    """One set of columns that no two rows share, with who holds which values. Drafts are named by their place."""

    def __init__(self, kind: RecordType, names: tuple[str, ...], condition: Any, drafts: list[Draft]) -> None:
        self.names, self.drafts = names, drafts
        self.attnames = tuple(kind.model._meta.get_field(name).attname for name in names)  # type: ignore[union-attr]
        self.holders: dict[tuple[Any, ...], int] = {}
        self.asked = {
            place: value for place, draft in enumerate(drafts) if (value := self._value(draft)) is not None
        }
        if firsts := {value[0] for value in self.asked.values()}:
            with integrity_reads():
                rows = kind.model.objects.filter(**{f"{self.attnames[0]}__in": firsts})
                rows = rows if condition is None else rows.filter(condition)
                self.holders = {tuple(value): pk for pk, *value in rows.values_list("pk", *self.attnames)}

    def _value(self, draft: Draft) -> tuple[Any, ...] | None:
        changed = draft.changed
        if not any(attname in changed for attname in self.attnames) and not draft.creating:
            return None
        value = tuple([getattr(draft.record, attname) for attname in self.attnames])
        return None if any(part in EMPTY for part in value) else value

    def holder(self, place: int) -> int | None:
        """Return the other record that has the values of a draft, or None."""
        found = self.holders.get(self.asked[place]) if place in self.asked else None
        return None if found is None or found == self.drafts[place].record.pk else found

    def claim(self, place: int) -> None:
        if place in self.asked:
            self.holders[self.asked[place]] = self.drafts[place].record.pk


def _unique_sets(model: type[models.Model]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = [
        ((column.name,), None)
        for column in model._meta.concrete_fields
        if column.unique and not column.primary_key
    ]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
            found.append((tuple(constraint.fields), constraint.condition))
    return found


def _within_reach(work: "Work", kind: RecordType, drafts: list[Draft]) -> None:
    """What is stored must lie within the actor's own reach, as it will be (ruling 4)."""
    span = reach(work.actor, kind.model, work.verb)
    told = ("required", "not_found")  # that a key is missing or not to be seen is said already
    sound = [draft for draft in drafts if not any(problem.code in told for problem in draft.problems)]
    for draft, inside in zip(sound, admitted(kind.model, span, [d.record for d in sound]), strict=True):
        if not inside:
            text = (
                _("You may not file this here: it would be out of your reach.")
                if draft.creating
                else _("This change would put the record out of your reach.")
            )
            draft.refuse("", text, "out_of_reach")
