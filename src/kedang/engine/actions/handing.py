"""Hand many records to another owner: the same door as for one, set by set."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from kedang.engine.actions.work import Work
from kedang.engine.identity.models import User
from kedang.engine.records.types import RecordType
from kedang.engine.scope.doors import writing
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Problem


def give(record: ScopedModel, receiver: User) -> None:
    """Make `receiver` the owner; the record goes to their unit and leaves the pool. It is not stored yet."""
    record.owner_id, record.unit_id = receiver.pk, receiver.unit_id or record.unit_id
    if record.pooled:
        record.pool_id = None  # type: ignore[attr-defined]


def hand_over(
    actor: Actor, kind: RecordType, pks: Sequence[int], receiver: User, *, reason: str, run_id: int, held: bool = False
) -> dict[int, list[Problem]]:  # fmt: skip
    """Give records within the actor's reach to `receiver`, all in one transaction.

    Return those that stay where they are, with the reasons. A record that is no longer in reach is passed over.
    """
    work = Work(actor, f"{kind.key}.assign", "assign", reason, run_id=run_id, releases=True)
    with transaction.atomic(), writing(work.action):
        rows: list[Any] = list(
            kind.model.objects.visible_to(actor, "assign", archived=held)
            .filter(pk__in=pks)
            .select_for_update(of=("self",))
        )
        drafts = []
        for row in rows:
            work.hold(row)
            give(row, receiver)
            drafts.append(work.draft(row))
        work.check(drafts)
        work.store([draft for draft in drafts if not draft.problems])
    return {draft.record.pk: draft.problems for draft in drafts if draft.problems}
