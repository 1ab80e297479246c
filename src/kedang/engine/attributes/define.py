"""Administrators define attributes, change them, retire them and make lists filter by them. Each act is logged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from kedang.engine.attributes import rules
from kedang.engine.custom.catalogue import STAMP, custom_fields
from kedang.engine.custom.copies import MOST as MOST_FILTERS
from kedang.engine.custom.models import CustomAttribute, CustomFilter, CustomValue
from kedang.engine.custom.storage import stored
from kedang.engine.identity.models import FieldRight, Role
from kedang.engine.identity.stamps import bump
from kedang.engine.ledger.models import AccessLog
from kedang.engine.overlay import PREFIX
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.records.values import parse
from kedang.kernel import clock, text
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, Problem, RuleBroken
from kedang.packs.words import Choice, Text

RIGHT = ("engine.role", "change")
MOST_HELP = 200


@dataclass(frozen=True, slots=True)
class Definition:
    """What an administrator says of an attribute. `roles` are the keys of those who see it when it is guarded."""

    label: str
    label_en: str = ""
    help: str = ""
    kind: str = "text"
    key: str = ""
    required: bool = False
    default: str = ""
    choices: Sequence[str] = ()
    target: str = ""
    for_types: Sequence[str] = ()
    panel: str = ""
    place: str = "100"
    guard: str = "open"
    roles: Sequence[str] = field(default_factory=list)
    purpose: str = ""
    basis: str = ""
    kept: str = ""


def may_define(actor: Actor) -> bool:
    """Say whether an actor may define attributes: whoever may change roles."""
    return actor.may(*RIGHT)


def extends(kind: RecordType) -> bool:
    """Say whether attributes can be added to a type: to what the company keeps, not to what keeps the company."""
    return kind.creatable and bool(kind.form) and not kind.key.startswith("engine.")


def extensible(key: str) -> RecordType:
    """Return a record type that attributes can be added to; raise NotVisible for a name that is none."""
    kind = RECORDS.get(key)
    if kind is None or not extends(kind):
        raise NotVisible(_("There is no such kind of record."))
    return kind


def define(actor: Actor, record: str, said: Definition) -> CustomAttribute:
    """Add an attribute to a record type. Raise Invalid with what does not fit."""
    _only(actor)
    kind = extensible(record)
    with transaction.atomic():
        taken = set(CustomAttribute.objects.filter(record=record).values_list("key", flat=True))
        taken |= {one.key for one in custom_fields(record).attributes.values()}
        if len(taken) >= rules.MOST:
            raise RuleBroken(_("A type of record has at most %(most)s attributes.") % {"most": rules.MOST})
        problems = _key_problems(said.key, taken)
        key = said.key or rules.key_for(text.syllables(said.label_en or said.label), taken, "field")
        row = CustomAttribute(
            record=record, key=key, kind=said.kind, created_at=clock.now(), created_by=actor.user_id
        )
        if said.kind not in rules.KINDS:
            problems.append(Problem("kind", _("There is no such kind of field.")))
        _set(kind, row, said, problems)
        row.save()
        _opened(row, said.roles)
        _note(actor, row, "define")
    return row


def revise(actor: Actor, pk: int, said: Definition) -> CustomAttribute:
    """Change an attribute; its key and its kind stay, since values lie under them."""
    _only(actor)
    with transaction.atomic():
        row = _found(pk)
        _set(extensible(row.record), row, said, [])
        row.save()
        _opened(row, said.roles)
        _note(actor, row, "redefine")
    return row


def retire(actor: Actor, pk: int) -> CustomAttribute:
    """Take an attribute off every surface. Its values stay, and come back with it."""
    return _retired(actor, pk, retired=True)


def bring_back(actor: Actor, pk: int) -> CustomAttribute:
    """Put a retired attribute on its surfaces again."""
    return _retired(actor, pk, retired=False)


def filter_by(actor: Actor, record: str, key: str) -> CustomFilter:
    """Begin to make an attribute a filter of its lists; `filling.fill` does the rest."""
    _only(actor)
    kind = extensible(record)
    spec = kind.fields.get(f"{PREFIX}{key}")
    if spec is None:
        raise NotVisible(_("There is no such attribute."))
    if spec.kind == "longtext":
        raise RuleBroken(_("A list cannot be narrowed by long texts."))
    if spec.kind == "file":
        raise RuleBroken(_("A list cannot be narrowed by files."))
    with transaction.atomic():
        others = CustomFilter.objects.filter(record=record).exclude(key=key).count()
        if others >= MOST_FILTERS:
            text_ = _("A type of record has at most %(most)s filters by attributes; switch one off first.")
            raise RuleBroken(text_ % {"most": MOST_FILTERS})
        found, _new = CustomFilter.objects.get_or_create(record=record, key=key)
        _log(actor, record, key, "filter")
    return found


def unfilter(actor: Actor, record: str, key: str) -> None:
    """Stop narrowing lists by an attribute; the copied values go, the attribute stays."""
    _only(actor)
    with transaction.atomic():
        for found in CustomFilter.objects.filter(record=record, key=key):
            CustomValue.objects.filter(filter=found).delete()
            found.delete()
        bump(STAMP)
        _log(actor, record, key, "unfilter")


def _only(actor: Actor) -> None:
    if not may_define(actor):
        raise NotAllowed(_("Only administrators define attributes."))


def _found(pk: int) -> CustomAttribute:
    row = CustomAttribute.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotVisible(_("There is no such attribute."))
    return row


def _key_problems(key: str, taken: set[str]) -> list[Problem]:
    if key and not rules.sound_key(key):
        words = _("Small letters, figures and single underscores, beginning with a letter.")
        return [Problem("key", words)]
    return [Problem("key", _("Already on file."), "taken")] if key in taken else []


def _set(kind: RecordType, row: CustomAttribute, said: Definition, problems: list[Problem]) -> None:
    row.label = _words("label", said.label, said.label_en, problems)
    row.help = _words("help", said.help, "", problems) if said.help.strip() else {}
    row.required = said.required
    if said.required and row.kind == "file":
        text_ = _("A file is attached once the record is filed, so it cannot be asked for.")
        problems.append(Problem("required", text_))
    row.choices = _choices(row, said, problems)
    row.target = _target(row, said, problems)
    row.for_types = [key for key in said.for_types if kind.type_field and key in _types(kind)]
    row.panel = said.panel[:80]
    row.place = int(said.place) if said.place.isdecimal() and int(said.place) < 32_000 else 100
    row.guard = {"mask": Mode.MASK, "hide": Mode.HIDE}.get(said.guard, Mode.OPEN)
    row.default = _default(row, said, problems)
    row.purpose, row.kept = text.tidy(said.purpose)[:200], text.tidy(said.kept)[:200]
    row.basis = said.basis if said.basis in rules.BASES else ""
    if kind.personal:
        words = _("Data of a person need this.")
        problems += [Problem(name, words, "required") for name in rules.STATED if not getattr(row, name)]
    if problems:
        raise Invalid(_("Some fields need another look."), problems)


def _words(name: str, chinese: str, english: str, problems: list[Problem]) -> dict[str, str]:
    given = {"zh_hans": text.tidy(chinese)} | ({"en": text.tidy(english)} if english.strip() else {})
    try:
        return Text(**given).model_dump(exclude_none=True)
    except ValidationError:
        problems.append(Problem(name, _("1 to 200 visible characters on one line.")))
        return given


def _types(kind: RecordType) -> list[str]:
    return [key for key, _label in kind.fields[kind.type_field].choices()] if kind.type_field else []


def _choices(row: CustomAttribute, said: Definition, problems: list[Problem]) -> list[dict[str, Any]]:
    if row.kind not in rules.WITH_CHOICES:
        return []
    found = rules.choices_of(said.choices, row.choices, text.syllables)
    living = [one for one in found if not one["retired"]]
    if not living or len(living) > rules.MOST_CHOICES:
        problems.append(Problem("choices", _("Write one choice a line, 1 to 100 of them.")))
    try:
        for one in found:
            Choice.model_validate(one)
    except ValidationError:
        problems.append(Problem("choices", _("A choice has 1 to 200 visible characters.")))
    return found


def _target(row: CustomAttribute, said: Definition, problems: list[Problem]) -> str:
    if row.kind != "record":
        return ""
    if row.target:
        return row.target
    if said.target not in RECORDS or not RECORDS[said.target].creatable:
        problems.append(Problem("target", _("Choose what it points at.")))
    return said.target


def _default(row: CustomAttribute, said: Definition, problems: list[Problem]) -> Any:
    if not said.default.strip() or row.kind in rules.WITHOUT_DEFAULT:
        return None
    given = said.default.strip()
    if row.kind == "choice":
        given = next((one["key"] for one in row.choices if one["label"]["zh_hans"] == given), given)
        if given not in {one["key"] for one in row.choices if not one["retired"]}:
            problems.append(
                Problem("default", _("“%(value)s” is not one of the choices.") % {"value": given})
            )
    try:
        return stored(row.kind, parse(row.kind, given))
    except ValueError as error:
        problems.append(Problem("default", str(error)))
        return None


def _opened(row: CustomAttribute, roles: Sequence[str]) -> None:
    """Give a guarded attribute to the roles that see it; an open one needs nobody's right."""
    name = f"{PREFIX}{row.key}"
    for old in FieldRight.objects.filter(record=row.record, field=name):
        old.delete()
    if row.guard == Mode.OPEN:
        return
    for role in Role.objects.filter(key__in=roles):
        FieldRight.objects.create(role=role, record=row.record, field=name, mode=Mode.OPEN)


def _retired(actor: Actor, pk: int, *, retired: bool) -> CustomAttribute:
    _only(actor)
    with transaction.atomic():
        row = _found(pk)
        if (
            not retired
            and extensible(row.record).personal
            and not all(getattr(row, name) for name in rules.STATED)
        ):
            raise RuleBroken(_("Say first for what, on which basis and how long it is held."))
        row.retired_at = clock.now() if retired else None
        row.save()
        if retired:
            for found in CustomFilter.objects.filter(record=row.record, key=row.key):
                CustomValue.objects.filter(filter=found).delete()
                found.delete()
        _note(actor, row, "retire" if retired else "bring_back")
    return row


def _note(actor: Actor, row: CustomAttribute, act: str) -> None:
    bump(STAMP)
    _log(actor, row.record, row.key, act)


def _log(actor: Actor, record: str, key: str, act: str) -> None:
    AccessLog.objects.create(
        at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind=f"attribute.{act}"[:20], record=record,
        field=f"{PREFIX}{key}",
    )  # fmt: skip
