"""Ask for an approval, decide it, withdraw it. Deciding runs the saved call as the one who asked."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions import perform as door
from kedang.engine.actions.generic import new_record, spec
from kedang.engine.actions.registry import ActionSpec, Input, action, add
from kedang.engine.actions.work import Work
from kedang.engine.approvals.models import APPROVED, PENDING, REJECTED, WITHDRAWN, Approval
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.ledger.chain import plain
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock
from kedang.kernel.errors import NotAllowed, RuleBroken

NOTE = {"note": Input(gettext_lazy("Note"), required=False)}


def _ask(
    work: Work,
    target: ScopedModel,
    *,
    kind: RecordType,
    action: ActionSpec,
    inputs: Mapping[str, Any],
    reason: str,
    subject: str = "",
) -> Approval:
    asked: Any = new_record(work, record_of(Approval))
    asked.unit_id = target.unit_id
    asked.action, asked.record, asked.record_id = action.key, kind.key, target.pk
    asked.record_version = target.version
    asked.subject, asked.reason = (subject or str(target))[:200], reason[:300]
    asked.inputs = {name: plain(value) for name, value in inputs.items()}
    if Approval.objects.visible_to(work.actor).filter(
        record=kind.key, record_id=target.pk, action=action.key, state=PENDING
    ):
        raise RuleBroken(_("This has been asked for already and waits for an answer."))
    work.releases = True  # the request lies with the record's unit, which may be another than the asker's
    work.save(asked)
    return asked  # type: ignore[no-any-return]


add(
    ActionSpec(
        "engine.approval.ask",
        Approval,
        "create",
        gettext_lazy("Ask for approval"),
        _ask,
        creates=True,
        internal=True,
    )
)


@action("engine.approval.approve", record=Approval, verb="approve", label=gettext_lazy("Approve"), releases=True,
        icon="check", inputs=NOTE)  # fmt: skip
def approve(work: Work, approval: Approval, *, note: str = "") -> None:
    """Say yes: the saved call runs now, with the signer in the history."""
    asker = _decide(work, approval, APPROVED, note)
    chosen = spec(approval.action)
    target_kind = RECORDS[approval.record]
    target = work.load(target_kind.model, approval.record_id, "approve", archived=chosen.archived)
    if target.version != approval.record_version and not chosen.by_signer:
        raise RuleBroken(_("The record has changed since this was asked; have it asked for again."))
    caller = work.actor if chosen.by_signer else asker
    call = Work(caller, chosen.key, chosen.verb, approval.reason, signer=work.actor, releases=chosen.releases)
    door.run(call, chosen, approval.record_id, approval.inputs, target.version)


@action("engine.approval.reject", record=Approval, verb="approve", label=gettext_lazy("Reject"), releases=True,
        icon="x", inputs=NOTE)  # fmt: skip
def reject(work: Work, approval: Approval, *, note: str = "") -> None:
    """Say no; nothing changes but the approval."""
    _decide(work, approval, REJECTED, note)


@action("engine.approval.withdraw", record=Approval, verb="create", label=gettext_lazy("Withdraw"), icon="x",
        owner_only=gettext_lazy("Only who asked may withdraw it."))  # fmt: skip
def withdraw(work: Work, approval: Approval) -> None:
    """Take one's own request back."""
    _still_open(approval)
    approval.state, approval.decided_at = WITHDRAWN, clock.now()
    work.save(approval)


def _decide(work: Work, approval: Approval, state: str, note: str) -> Any:
    _still_open(approval)
    if approval.owner_id == work.actor.user_id:
        raise NotAllowed(_("Nobody approves what they asked for themselves."))
    asker = User.objects.get(pk=approval.owner_id)
    approval.state, approval.note = state, note[:300]
    approval.decided_by_id, approval.decided_at = work.actor.user_id, clock.now()
    work.save(approval)
    return actor_of(asker)


def _still_open(approval: Approval) -> None:
    if approval.state != PENDING:
        raise RuleBroken(_("This was decided already."))
