"""Keep documents in step with records: a few at once in the write door's transaction, many by the worker."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from kedang.engine.identity.stamps import steady_stamps
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.search import index
from kedang.engine.search.documents import documents_of, hanging_on
from kedang.kernel import clock

if TYPE_CHECKING:
    from kedang.engine.actions.drafts import Draft

AT_ONCE = 20
GROUP = 500
DUE = "engine.search.due"
MOVED = "engine.search.moved"
SCOPE_COLUMNS = frozenset({"owner_id", "unit_id", "pool_id"})


def stored(kind: RecordType, drafts: "Sequence[Draft]", *, importing: bool) -> None:
    """Follow what the write door has just stored, inside its transaction.

    An import leaves its documents to the worker: they cost as much as the rows.
    """
    if kind.search:
        if importing or len(drafts) > AT_ONCE:
            tell(DUE, kind, [draft.record.pk for draft in drafts])
        else:
            index.put(documents_of(kind, [draft.record for draft in drafts]))
    if hanging_on(kind):
        moved = [d.record.pk for d in drafts if not d.creating and SCOPE_COLUMNS & d.changed.keys()]
        if moved:
            tell(MOVED, kind, moved)


def tell(event: str, kind: RecordType, pks: Sequence[int], **more: Any) -> None:
    """Leave work for the worker, inside the caller's transaction."""
    OutboxEvent.objects.create(
        at=clock.now(), type=event, payload={"record": kind.key, "ids": list(pks), **more}
    )


def renew(kind: RecordType, pks: Sequence[int]) -> int:
    """Build the documents of some records again, as they now stand; return how many differed."""
    rows = (
        kind.model.objects.unscoped(because="documents of the search")
        .filter(pk__in=pks)
        .select_for_update(of=("self",))
    )
    found = list(rows)
    if gone := set(pks) - {row.pk for row in found}:
        index.remove(gone)
    with steady_stamps():  # a worker has to ask which attributes there are
        return index.put(documents_of(kind, found))


@on(DUE)
def build_due(event: OutboxEvent) -> None:
    """Build what an import or another batch has left."""
    if kind := RECORDS.get(event.payload["record"]):
        renew(kind, event.payload["ids"])


@on(MOVED)
def build_below(event: OutboxEvent) -> None:
    """Build what hangs on records that changed hands, a group at a time; what is left is told again."""
    kind = RECORDS.get(event.payload["record"])
    for child in hanging_on(kind) if kind else ():
        only, after = event.payload.get("child", child.key), event.payload.get("after", 0)
        if only != child.key:
            continue
        moved = Q()
        for key in child.keys_to(kind) if kind else ():
            moved |= Q(**{f"{key}__in": event.payload["ids"]})
        opened = child.model.objects.unscoped(because="documents of the search")
        rows = opened.filter(moved, pk__gt=after)
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:GROUP])
        renew(child, pks)
        if pks and hanging_on(child):
            tell(MOVED, child, pks)
        if len(pks) == GROUP and kind:
            tell(MOVED, kind, event.payload["ids"], child=child.key, after=pks[-1])
