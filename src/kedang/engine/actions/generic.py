"""Create, update, archive, restore and assign: the same for every record type, built from its form."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models.base import ModelState
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions import custom_checks
from kedang.engine.actions import inputs as reading
from kedang.engine.actions.handing import give
from kedang.engine.actions.registry import ACTIONS, ActionSpec, Input
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import User
from kedang.engine.ledger.merges import survivor_of
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, NotVisible, Problem, RuleBroken


def new_record(work: Work, kind: RecordType) -> ScopedModel:
    """Return an unsaved record that belongs to the actor and the actor's unit."""
    now = clock.now()
    home: Any = work.actor.unit_id
    given = custom_checks.defaults(kind)
    return kind.model(owner_id=work.actor.user_id, unit_id=home, created_at=now, changed_at=now, custom=given)


def copied(blank: ScopedModel, pk: int) -> ScopedModel:
    """Return a new record like a blank one. Making each by its constructor costs ten times as much."""
    record = type(blank).__new__(type(blank))
    record.__dict__.update(blank.__dict__)
    record._state = ModelState()
    record.custom = dict(record.custom)
    record.pk = pk
    return record


def _create(work: Work, kind: RecordType, values: dict[str, Any]) -> ScopedModel:
    record = new_record(work, kind)
    allowed = reading.settable(work.actor, kind, creating=True)
    lines, problems = reading.apply(allowed, kind, record, values)
    _follow_owner(record, values)
    _save(work, record, lines, problems)
    return record


def _update(work: Work, record: ScopedModel, /, **values: Any) -> None:
    kind = record_of(type(record))
    allowed = reading.settable(work.actor, kind, creating=False, row=record)
    lines, problems = reading.apply(allowed, kind, record, values)
    _save(work, record, lines, problems)


def _save(
    work: Work, record: ScopedModel, lines: list[dict[str, Any]] | None, problems: list[Problem]
) -> None:
    """Report what could not be read together with what the checks find, so nobody mends a form twice."""
    if problems:
        draft = work.draft(record, lines)
        work.check([draft])
        named = {problem.field for problem in problems}
        problems += [problem for problem in draft.problems if problem.field not in named]
        raise Invalid(_("Some fields need another look."), problems)
    work.save(record, lines)


def _follow_owner(record: ScopedModel, values: dict[str, Any]) -> None:
    """A record belongs to its owner's unit unless a unit is named."""
    if "owner" in values and "unit" not in values and record.owner_id:
        home = User.objects.filter(pk=record.owner_id).values_list("unit_id", flat=True).first()
        record.unit_id = home or record.unit_id


def _archive(work: Work, record: ScopedModel) -> None:
    record.archived_at = clock.now()
    work.save(record)


def _restore(work: Work, record: ScopedModel) -> None:
    if (kept := survivor_of(record_of(type(record)).key, record.pk)) is not None:
        raise RuleBroken(
            _("This was merged into another record; undo the merge to have it back."), survivor=kept
        )
    record.archived_at = None
    work.save(record)


def _assign(work: Work, record: ScopedModel, *, owner: int) -> None:
    receiver = User.objects.filter(pk=owner, is_active=True).first()
    if receiver is None:
        text = _("Choose somebody who still works here.")
        raise Invalid(text, [Problem("owner", text)])
    give(record, receiver)
    work.save(record)


NAMES = ("create", "update", "assign", "archive", "restore")
BUILDERS: dict[
    str, Callable[[str, RecordType], ActionSpec | None]
] = {}  # generic actions of rooms above this one


@cache
def _built(key: str) -> ActionSpec | None:
    record_key, _dot, name = key.rpartition(".")
    kind = RECORDS.get(record_key)
    if kind is None or name not in (*NAMES, *BUILDERS) or not kind.creatable:
        return None
    if name in BUILDERS:
        return BUILDERS[name](key, kind)
    match name:
        case "create":

            def create(work: Work, /, **values: Any) -> ScopedModel:
                return _create(work, kind, values)

            return ActionSpec(
                key, kind.model, "create", gettext_lazy("New"), create, creates=True, form=True, icon="plus"
            )
        case "update":
            return ActionSpec(key, kind.model, "change", gettext_lazy("Edit"), _update, form=True)
        case "archive":
            return ActionSpec(
                key, kind.model, "archive", gettext_lazy("Move to the archive hold"), _archive,
                asks_reason=True, approval=kind.archive_asks, releases=True, icon="archive",
            )  # fmt: skip
        case "restore":
            return ActionSpec(
                key,
                kind.model,
                "archive",
                gettext_lazy("Restore"),
                _restore,
                archived=True,
                releases=True,
                icon="swap",
            )
    whom = {"owner": Input(gettext_lazy("New owner"), kind="user")}
    return ActionSpec(
        key, kind.model, "assign", gettext_lazy("Hand over"), _assign, releases=True, icon="user", inputs=whom
    )


def spec(key: str) -> ActionSpec:
    """Return an action by name, an area's own before the generic one; raise NotVisible for a name that is none."""
    found = ACTIONS.get(key) or _built(key)
    if found is None:
        raise NotVisible(_("There is no such action."))
    return found


def actions_of(record_key: str) -> list[ActionSpec]:
    """Return the actions on records of one type: the generic ones, then the area's own."""
    own = [
        found
        for found in ACTIONS.values()
        if found.key.rpartition(".")[0] == record_key and not found.internal
    ]
    named = {found.name for found in own}
    generic = [
        built
        for name in (*NAMES, *BUILDERS)
        if name not in named and (built := _built(f"{record_key}.{name}"))
    ]
    return generic + own
