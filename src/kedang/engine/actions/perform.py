"""Do an action: open the transaction, load in reach and locked, run the body, note who and why. Once, here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kedang.engine.actions import requests
from kedang.engine.actions.checks import NEEDS_APPROVAL
from kedang.engine.actions.generic import spec
from kedang.engine.actions.inputs import typed
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.actions.work import Work
from kedang.engine.records import hidden
from kedang.engine.records.types import record_of
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.scope.doors import writing
from kedang.engine.scope.models import ScopedModel
from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Conflict, Invalid, KedangError, NotAllowed, NotVisible, Problem, RuleBroken

MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: the record as it now stands, or the approval that it waits for.

    `warnings` say what looks wrong in what was stored.
    """

    record: Any
    approval: Any = None
    repeated: bool = False
    warnings: tuple[Problem, ...] = ()


def perform(
    actor: Actor, key: str, pk: int | None = None, inputs: Mapping[str, Any] | None = None, *,
    version: int | None = None, reason: str = "", request_key: str = "", run_id: int | None = None,
) -> Done:  # fmt: skip
    """Run the action `key` as `actor` on the record `pk` (none for a creating action).

    `version` is the one the actor read: another one stored raises Conflict. With `request_key` a repeated
    call does nothing and returns the first one's record. `run_id` names the bulk change it is part of.
    Raises NotVisible, NotAllowed, Invalid, RuleBroken.
    """
    chosen = spec(key)
    inputs = dict(inputs or {})
    _check_call(actor, chosen, pk, reason, request_key)
    if not chosen.form:
        typed(chosen, inputs)  # refuse before anything is opened, and before an approval is asked for
    try:
        return _once(actor, chosen, pk, inputs, version, reason, request_key, run_id)
    except IntegrityError as error:
        # Two did the same at the same moment; the checks saw nothing, the database did.
        if request_key and requests.earlier(actor, request_key, key, pk, inputs):
            return _once(actor, chosen, pk, inputs, version, reason, request_key, run_id)
        raise RuleBroken(_("Somebody else has just filed the same; look it up and try again.")) from error
    except (Conflict, Invalid, RuleBroken) as error:
        if _waits_for_approval(error):
            return _instead(actor, chosen, pk, inputs, version, reason)
        # The first of two calls under one key may have been stored between our look and our checks.
        if request_key and requests.earlier(actor, request_key, key, pk, inputs):
            return _once(actor, chosen, pk, inputs, version, reason, request_key, run_id)
        if hits := sum(problem.code == hidden.CODE for problem in getattr(error, "problems", ())):
            hidden.count_hits(actor, record_key(chosen.record), hits, chosen.name)
        raise


def _once(
    actor: Actor, chosen: ActionSpec, pk: int | None, inputs: dict[str, Any], version: int | None, reason: str,
    request_key: str, run_id: int | None = None,
) -> Done:  # fmt: skip
    key = chosen.key
    with transaction.atomic(), writing(key):
        if request_key and (earlier := requests.earlier(actor, request_key, key, pk, inputs)):
            return _repeated(actor, chosen, earlier)
        if chosen.approval and not _may_sign(actor, chosen, pk):
            done = _ask(actor, chosen, pk, inputs, version, reason)
        else:
            work = Work(actor, key, chosen.verb, reason, releases=chosen.releases, run_id=run_id)
            done = Done(run(work, chosen, pk, inputs, version), warnings=tuple(work.warnings))
        if request_key:
            requests.remember(actor, request_key, key, pk, inputs, done.record.pk)
    return done


def inner(actor: Actor, key: str, pk: int, inputs: Mapping[str, Any]) -> ScopedModel:
    """Run an internal action on a record: for jobs and handlers, which no surface calls."""
    chosen = spec(key)
    with transaction.atomic(), writing(key):
        return run(Work(actor, key, chosen.verb, releases=chosen.releases), chosen, pk, inputs, None)


def _waits_for_approval(error: KedangError) -> bool:
    """Say whether all that stands in the way is that a manager must approve it."""
    problems = error.problems if isinstance(error, Invalid) else ()
    return bool(problems) and all(problem.code == NEEDS_APPROVAL for problem in problems)


def _instead(
    actor: Actor,
    chosen: ActionSpec,
    pk: int | None,
    inputs: Mapping[str, Any],
    version: int | None,
    reason: str,
) -> Done:
    """Ask for a change of locked fields instead of making it; the reason is kept with it."""
    if not reason.strip():
        text = _("This touches locked fields. Say why; a manager decides.")
        raise Invalid(text, [Problem("reason", text, NEEDS_APPROVAL)])
    with transaction.atomic(), writing(chosen.key):
        return _ask(actor, chosen, pk, inputs, version, reason)


def _repeated(actor: Actor, chosen: ActionSpec, pk: int) -> Done:
    """Return the record of the first call as it stands, from the archive hold where it lies there now."""
    for held in (False, True):
        found = chosen.record.objects.visible_to(actor, archived=held).filter(pk=pk).first()
        if found is not None:
            return Done(found, repeated=True)
    raise NotVisible(_("There is no such record, or it is not yours to see."))


def _may_sign(actor: Actor, chosen: ActionSpec, pk: int | None) -> bool:
    """Whoever may approve this very record need not ask for it."""
    rows = chosen.record.objects.visible_to(actor, "approve", archived=chosen.archived)
    return actor.may(record_key(chosen.record), "approve") and rows.filter(pk=pk).exists()


def run(
    work: Work, chosen: ActionSpec, pk: int | None, inputs: Mapping[str, Any], version: int | None
) -> ScopedModel:
    """Run an action's body within an open transaction and return its record."""
    if chosen.creates:
        record: ScopedModel = chosen.body(work, **inputs)
        return record
    assert pk is not None
    target = work.load(chosen.record, pk, chosen.verb, archived=chosen.archived)
    if version is not None and version != target.version:
        raise Conflict(
            _("Somebody else has changed this record since you opened it."), version=target.version
        )
    if chosen.owner_only and target.owner_id != work.actor.user_id:
        raise NotAllowed(str(chosen.owner_only))
    chosen.body(work, target, **(inputs if chosen.form else typed(chosen, inputs)))
    return target


def _check_call(actor: Actor, chosen: ActionSpec, pk: int | None, reason: str, request_key: str) -> None:
    if chosen.internal or chosen.creates != (pk is None):
        raise NotVisible(_("There is no such action."))
    if not actor.may(record_key(chosen.record), chosen.verb):
        _refuse(actor, chosen, pk)
    if chosen.asks_reason and not reason.strip():
        raise Invalid(_("Say why."), [Problem("reason", _("This field is required."), "required")])
    if UNSTORABLE.search(reason + request_key):
        text = _("This text is too long or holds characters that cannot be stored.")
        raise Invalid(text, [Problem("reason", text)])
    if len(reason) > MAX_REASON:
        raise Invalid(
            _("The reason is too long."), [Problem("reason", _("At most 300 characters."), "too_long")]
        )


def _refuse(actor: Actor, chosen: ActionSpec, pk: int | None) -> None:
    """Somebody without the right learns that only about a record that is visible anyway."""
    seen = (
        pk is None or chosen.record.objects.visible_to(actor, archived=chosen.archived).filter(pk=pk).exists()
    )
    if not seen:
        raise NotVisible(_("There is no such record, or it is not yours to see."))
    raise NotAllowed(_("Your role does not allow this."))


def _ask(
    actor: Actor,
    chosen: ActionSpec,
    pk: int | None,
    inputs: Mapping[str, Any],
    version: int | None,
    reason: str,
) -> Done:
    assert pk is not None
    work = Work(actor, chosen.key, chosen.verb, reason)
    target = work.load(chosen.record, pk, chosen.verb, archived=chosen.archived)
    if version is not None and version != target.version:
        raise Conflict(
            _("Somebody else has changed this record since you opened it."), version=target.version
        )
    if not chosen.form:
        chosen.before(target, **typed(chosen, inputs))
    asked = spec("engine.approval.ask").body(
        Work(actor, "engine.approval.ask", "create", reason), target, kind=record_of(type(target)), action=chosen,
        inputs=inputs, reason=reason,
    )  # fmt: skip
    return Done(target, approval=asked)
