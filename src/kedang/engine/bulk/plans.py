"""Plan a change to many records and look at it before anything is stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.actions.batch import Kind, Outcome, Row, batch_save
from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.actions.inputs import settable, typed
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.bulk.models import PLANNED, BulkRun
from kedang.engine.identity.models import User
from kedang.engine.ledger.chain import plain
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, Problem, RuleBroken

OFFERED = ("update", "assign", "archive", "restore")
MOST = 20_000
LOOKED_AT = 500
LISTED = 100
FORGOTTEN = timedelta(days=1)


def plan(
    actor: Actor, kind: RecordType, name: str, pks: Iterable[int], *, inputs: Mapping[str, Any] | None = None,
    reason: str = "", back: str = "",
) -> BulkRun:  # fmt: skip
    """Store what is to be done to the chosen records, and nothing of it yet. Raise NotAllowed or Invalid."""
    chosen = offered(actor, kind, name)
    found = list(dict.fromkeys(pks))
    if actor.user_id is None:
        raise NotAllowed(_("Your role does not allow this."))
    if not found or len(found) > MOST:
        raise Invalid(_("Choose between 1 and %(most)s rows.") % {"most": MOST})
    now = clock.now()
    BulkRun.objects.filter(started_by=actor.user_id, state=PLANNED, planned_at__lt=now - FORGOTTEN).delete()
    run = BulkRun(
        record=kind.key, action=name, chosen=found, rows=len(found), back=back[:4_000], planned_at=now,
        started_by_id=actor.user_id,
    )  # fmt: skip
    if not chosen.form:
        settle(actor, run, inputs or {}, reason)
    run.save()
    return run


def settle(actor: Actor, run: BulkRun, inputs: Mapping[str, Any], reason: str) -> None:
    """Say what is to be set, and look what would come of it. Raise Invalid for what cannot be set."""
    kind = RECORDS[run.record]
    chosen = offered(actor, kind, run.action)
    if run.state != PLANNED:
        raise RuleBroken(_("This change has begun already."))
    if chosen.form:
        _check_fields(actor, kind, inputs)
    else:
        typed(chosen, inputs)
    if chosen.asks_reason and not reason.strip():
        raise Invalid(_("Say why."), [Problem("reason", _("This field is required."), "required")])
    if len(reason) > 300:
        raise Invalid(_("The reason is too long."), [Problem("reason", _("At most 300 characters."))])
    run.inputs, run.reason = {name: plain(value) for name, value in inputs.items()}, reason.strip()
    run.preview = _looked(actor, kind, chosen, run)


def offered(actor: Actor, kind: RecordType, name: str) -> ActionSpec:
    """Return an action that may be done to many records of a type; raise NotVisible or NotAllowed."""
    if name not in OFFERED or not kind.creatable:
        raise NotVisible(_("There is no such action."))
    chosen = action_spec(f"{kind.key}.{name}")
    if not actor.may(kind.key, chosen.verb):
        raise NotAllowed(_("Your role does not allow this."))
    return chosen


def find(actor: Actor, kind: RecordType, pk: int) -> BulkRun:
    """Return a change that the actor planned; that of somebody else is absent."""
    run = BulkRun.objects.filter(pk=pk, record=kind.key, started_by=actor.user_id).first()
    if run is None:
        raise NotVisible(_("There is no such record, or it is not yours to see."))
    return run


def _check_fields(actor: Actor, kind: RecordType, inputs: Mapping[str, Any]) -> None:
    allowed = settable(actor, kind, creating=False)
    problems = [
        Problem(name, _("This field cannot be set here."), "not_settable")
        for name in inputs
        if name not in allowed
    ]
    if not inputs:
        problems.append(Problem("", _("Choose at least one field to set."), "required"))
    if problems:
        raise Invalid(problems[0].text if not inputs else _("Some fields need another look."), problems)


def _looked(actor: Actor, kind: RecordType, chosen: ActionSpec, run: BulkRun) -> dict[str, Any]:
    """Return what would become of the first rows: counts, changes from old to new, and what would be refused."""
    pks: Sequence[int] = run.chosen[:LOOKED_AT]
    seen = titles(actor, kind, pks, chosen.archived)
    if chosen.form:
        rows = [Row(run.inputs, pk) for pk in pks]
        outcomes = batch_save(actor, kind, rows, rehearse=True)
    else:
        outcomes = _would(actor, kind, chosen, run, pks, seen)
    problems = {problem.field: problem.text for outcome in outcomes for problem in outcome.problems}
    refused = [one for one in outcomes if one.kind is Kind.REFUSED]
    changed = [one for one in outcomes if one.kind is Kind.UPDATED]
    named = {kind.fields[name].attname: name for name in run.inputs if name in kind.fields}
    return {
        "looked_at": len(pks), "changed": len(changed), "refused": len(refused),
        "same": len(outcomes) - len(changed) - len(refused),
        "changes": [
            {"id": ids.show(one.pk), "title": seen.get(one.pk, ""), "told": [
                [named[name], old, new] for name, (old, new) in one.changes.items() if name in named
            ]}
            for one in changed[:LISTED] if one.pk is not None
        ],
        "left": [left(one, seen) for one in refused[:LISTED]],
        "fields": {name: text for name, text in problems.items() if name in run.inputs} if not changed else {},
    }  # fmt: skip


def left(outcome: Outcome, seen: Mapping[int, str]) -> dict[str, str]:
    """Return a refused row as it is named: by its title to who sees it, else by the id that was sent."""
    why = " ".join(dict.fromkeys(problem.text for problem in outcome.problems))
    pk = outcome.pk or 0
    return {"id": ids.show(pk), "title": seen.get(pk, ""), "why": why}


def titles(actor: Actor, kind: RecordType, pks: Sequence[int], archived: bool) -> dict[int, str]:
    """Return the names of those records the actor sees."""
    rows = kind.model.objects.visible_to(actor, archived=archived).filter(pk__in=pks)
    return {row.pk: str(row) for row in rows}


def _would(
    actor: Actor, kind: RecordType, chosen: ActionSpec, run: BulkRun, pks: Sequence[int], seen: Mapping[int, str]
) -> list[Outcome]:  # fmt: skip
    """Say which rows an action reaches; its own rules speak when it is done."""
    rows = kind.model.objects.visible_to(actor, chosen.verb, archived=chosen.archived).filter(pk__in=pks)
    stored = {row.pk: row for row in rows}
    owner = typed(chosen, run.inputs).get("owner")
    people = (
        User.objects.filter(pk__in=[owner, *(row.owner_id for row in stored.values())]).in_bulk()
        if owner
        else {}
    )
    absent = _("There is no such record, or it is not yours to see.")
    barred = _("You can see this record, but you may not do this to it.")
    outcomes = []
    for pk in pks:
        row = stored.get(pk)
        if row is None:
            text = barred if pk in seen else absent
            outcomes.append(Outcome(Kind.REFUSED, pk, [Problem("", text, "not_found")]))
        elif owner and row.owner_id == owner:
            outcomes.append(Outcome(Kind.UNCHANGED, pk))
        else:
            told = (
                {"owner_id": (str(people.get(row.owner_id, "")), str(people.get(owner, "")))} if owner else {}
            )
            outcomes.append(Outcome(Kind.UPDATED, pk, changes=told))
    return outcomes
