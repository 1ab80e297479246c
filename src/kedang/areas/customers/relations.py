"""Relations between customers on their way through the write door: trees stay trees, also through a merge."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.areas.customers import rules
from kedang.areas.customers.models import Customer, Relation
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import Stamp
from kedang.engine.ledger.merges import Merge
from kedang.engine.packs.active import active
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock

KEY = record_key(Relation)
LIST = "relation_kind"
TREE = "tree"
TURN = "relations"
LEFT_OVER = f"{KEY}.left_over"
CHUNK = 500


def trees() -> list[str]:
    """Return the kinds of relation that form a tree, in the order of the pack."""
    return [one.key for one in active().pack.choices(LIST) if getattr(one, "kind", "") == TREE]


def check(work: Work, drafts: list[Draft]) -> None:
    """Refuse a relation of a customer to itself, a second one above it in a tree, and a circle.

    Trees are looked at under one lock for all, so that two who save at once cannot close a circle together.
    """
    for draft in drafts:
        row: Any = draft.record
        if not row.note and row.kind_key:
            row.note = active().label(LIST, row.kind_key)[:80]
        if row.customer_id is not None and row.customer_id == row.other_id and row.archived_at is None:
            draft.refuse("other", _("Choose another customer: a relation runs between two."))
    asked = [draft for draft in drafts if _ties(draft)]
    if not asked:
        return
    _take_turn()
    kinds = {draft.record.kind_key for draft in asked}  # type: ignore[attr-defined]
    above, known = _above(kinds, {pk for draft in asked for pk in _ends(draft.record)})
    for draft in asked:
        row = draft.record
        tree = above[row.kind_key]
        if known.get((row.kind_key, row.customer_id)) == row.pk:
            del tree[row.customer_id]
        fault = rules.fault_of_tie(tree, row.customer_id, row.other_id)
        if fault in ("parent", "loop", "deep"):
            draft.refuse("other" if fault != "parent" else "customer", _said(fault), fault)
        if not draft.problems:
            tree[row.customer_id] = row.other_id


def settle(work: Work, survivor: Customer, merged: Customer) -> list[int]:
    """Put aside the relations of a file to be merged that its survivor cannot take over; return their ids.

    They go to the archive hold, so that an undo can bring them back.
    """
    touching = _rows().filter(Q(customer=merged.pk) | Q(other=merged.pk))
    list(
        touching.select_for_update(of=("self",)).values_list("pk")
    )  # rows before the turn, as every change does
    _take_turn()
    pks, kinds = {survivor.pk, merged.pk}, trees()
    above, _known = _above(kinds, pks)
    live = _rows().filter(archived_at=None)
    ties = [*live.filter(customer=merged.pk).order_by("pk"), *live.filter(other=merged.pk).order_by("pk")]
    own = [*live.filter(customer=survivor.pk), *live.filter(other=survivor.pk)]
    for tie in [*own, *ties]:
        if tie.kind_key in above:
            above[tie.kind_key][tie.customer_id] = tie.other_id
    left = set(rules.left_over(
        survivor.pk, merged.pk, [(tie.pk, tie.customer_id, tie.kind_key, tie.other_id) for tie in ties],
        [(tie.customer_id, tie.kind_key, tie.other_id) for tie in own if merged.pk not in _ends(tie)], above,
    ))  # fmt: skip
    rows = [tie for tie in ties if tie.pk in left]
    for tie in rows:
        work.hold(tie)
        tie.archived_at = clock.now()
    _store(work, rows)
    return sorted(left)


def remember(done: Merge, left: list[int]) -> None:
    """Keep with a merge what it put aside, and how that stands after it."""
    if left:
        versions = _rows().filter(pk__in=left).values_list("pk", "version")
        done.moved = {**done.moved, LEFT_OVER: sorted(map(list, versions))}
        done.save(update_fields=["moved"])


def untouched(survivor_id: int, merge_id: int) -> list[int]:
    """Return what a merge put aside and nobody has changed since, asked before it is undone."""
    done = Merge.objects.filter(pk=merge_id, survivor_id=survivor_id, undone_at=None).first()
    versions = dict(done.moved.get(LEFT_OVER, ())) if done is not None else {}
    found = _rows().filter(pk__in=versions).values_list("pk", "version")
    return [pk for pk, version in found if versions[pk] == version]


def bring_back(work: Work, done: Merge, pks: list[int]) -> None:
    """Bring back what a merge had put aside; what the trees no longer allow stays and is named."""
    asked = [pk for pk, _version in done.moved.get(LEFT_OVER, ())]
    rows = list(_rows().filter(pk__in=pks).select_for_update(of=("self",)).order_by("pk"))
    for row in rows:
        work.hold(row)
        row.archived_at = None
    drafts = [work.draft(row) for row in rows]
    check(work, drafts)
    sound = [draft.record for draft in drafts if not draft.problems]
    _store(work, sound)
    stayed = set(asked) - {row.pk for row in sound}
    if stayed:
        done.left = [*done.left, *([KEY, pk, ""] for pk in sorted(stayed))]
        done.save(update_fields=["left"])


def _said(fault: str) -> str:
    return {
        "parent": _(
            "This customer has one above it by this kind of relation already; change that one instead."
        ),
        "loop": _("That would close a circle: this customer stands above the other one."),
        "deep": _("This tree is too deep."),
    }[fault]


def _ties(draft: Draft) -> bool:
    """Say whether a draft puts a customer beneath another in a tree, anew or otherwise than before."""
    row: Any = draft.record
    if row.archived_at is not None or None in _ends(row) or row.kind_key not in trees():
        return False
    revived = not draft.creating and draft.before["archived_at"] is not None
    return revived or draft.alters("customer", "other", "kind_key")


def _ends(row: Any) -> tuple[Any, Any]:
    return row.customer_id, row.other_id


def _take_turn() -> None:
    """Wait for whoever else changes a tree; what is read after it, is read as they left it."""
    Stamp.objects.select_for_update().get_or_create(key=TURN)


def _above(
    kinds: Iterable[str], pks: Iterable[int]
) -> tuple[dict[str, dict[int, int]], dict[tuple[str, int], int]]:
    """Return for each kind who stands above whom, from these upward, and by which relation: one query a level."""
    above: dict[str, dict[int, int]] = defaultdict(dict)
    above.update((kind, {}) for kind in kinds)
    known: dict[tuple[str, int], int] = {}
    open_ones, seen = set(pks), set[int]()
    while open_ones and len(seen) < CHUNK * rules.DEEPEST:
        seen |= open_ones
        found = _rows().filter(archived_at=None, kind_key__in=list(above), customer__in=open_ones)
        open_ones = set()
        for pk, kind, low, high in found.values_list("pk", "kind_key", "customer", "other"):
            above[kind][low], known[kind, low] = high, pk
            open_ones.add(high)
        open_ones -= seen
    return above, known


def _rows() -> Any:
    return Relation.objects.unscoped(
        because="a tree of customers is one for everybody, whoever sees which part"
    )


def _store(work: Work, rows: Sequence[Any]) -> None:
    for start in range(0, len(rows), CHUNK):
        drafts = [work.draft(row) for row in rows[start : start + CHUNK]]
        for draft in drafts:
            draft.compare()
        work.store(drafts)
        for row in rows[start : start + CHUNK]:
            work.hold(row)
