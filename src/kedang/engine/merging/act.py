"""Merge one record into another, and take that back: inside one action, all of it or nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.actions.work import Work
from kedang.engine.approvals.models import PENDING, Approval
from kedang.engine.identity.models import RecordShare, User
from kedang.engine.ledger.chain import plain
from kedang.engine.ledger.merges import APART, OPEN, Merge, Pair
from kedang.engine.merging.hanging import CARRIED, pointing, rows_of
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.records.values import parse
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Invalid, NotVisible, Problem, RuleBroken

CHUNK = 500
SHARED = ("user_id", "kind", "level", "reason", "until", "given_by_id", "given_at")


def merge(work: Work, survivor: ScopedModel, other_id: int, take: Sequence[str]) -> Merge:
    """Merge another record into `survivor`, with the values of the fields in `take`; return what was done.

    Both must be in the actor's reach to change. Raise NotVisible, NotAllowed, RuleBroken, Invalid.
    """
    kind = record_of(type(survivor))
    if other_id == survivor.pk:
        raise RuleBroken(_("A record cannot be merged into itself."))
    other: Any = work.load(type(survivor), other_id)
    waits = Approval.objects.unscoped(because="a request that waits for an answer holds a merge up")
    if waits.filter(record=kind.key, record_id__in=(survivor.pk, other.pk), state=PENDING).exists():
        raise RuleBroken(_("One of the two waits for an approval; decide that first."))
    values = {name: _taken(work.actor, kind, other, name) for name in take}
    other.archived_at = clock.now()
    work.save(other)
    moved = _move_rows(work, kind, other.pk, survivor.pk) | _carry(kind, other.pk, survivor.pk)
    taken = {}
    for name, value in values.items():
        spec = kind.fields[name]
        taken[spec.told_as] = [plain(getattr(survivor, spec.attname)), plain(value)]
        spec.put(survivor, value)
    work.save(survivor)
    done = Merge.objects.create(
        record=kind.key, survivor_id=survivor.pk, merged_id=other.pk, title=str(other)[:200], at=clock.now(),
        by_name=work.actor.name, moved=moved, taken=taken, shares=_end_shares(kind, other.pk, survivor.pk),
    )  # fmt: skip
    _pairs(kind, other.pk).delete()
    work.note(survivor, "merged", None, [str(other), str(done.pk)])
    work.note(other, "merged_into", None, str(survivor))
    return done


def unmerge(work: Work, survivor: ScopedModel, merge_id: int) -> Merge:
    """Take a merge back: the other record returns with what moved, but for what changed since, which `left` names."""
    kind = record_of(type(survivor))
    merges = Merge.objects.select_for_update().filter(
        record=kind.key, survivor_id=survivor.pk, undone_at=None
    )
    done = merges.filter(pk=merge_id).first()
    if done is None:
        raise NotVisible(_("There is no such merge, or it was undone already."))
    other: Any = work.load(type(survivor), done.merged_id, archived=True)
    left = _give_back(kind, survivor, done)
    work.save(survivor)
    other.archived_at = None
    work.save(other)
    left += _move_back(work, kind, done)
    _share_again(kind, done)
    done.undone_at, done.left = clock.now(), left
    done.save(update_fields=["undone_at", "left"])
    work.note(survivor, "merged", [str(other), str(done.pk)], None)
    work.note(other, "merged_into", str(survivor), None)
    return done


def keep_apart(work: Work, record: ScopedModel, other_id: int) -> None:
    """Remember that two records are not the same, so that nobody is asked again."""
    kind = record_of(type(record))
    other: Any = work.load(type(record), other_id, "view")
    first, second = sorted((record.pk, other.pk))
    Pair.objects.update_or_create(
        record=kind.key, first_id=first, second_id=second,
        defaults={"state": APART, "decided_by": work.actor.name, "decided_at": clock.now()},
        create_defaults={
            "kind": "", "points": 0, "state": APART, "found_at": clock.now(), "decided_by": work.actor.name,
            "decided_at": clock.now(),
        },
    )  # fmt: skip
    work.note(record, "not_same_as", None, str(other))


def open_pairs(kind: RecordType, pk: int) -> Any:
    """Return the pairs of a record that nobody has decided about."""
    return _pairs(kind, pk).filter(state=OPEN)


def _pairs(kind: RecordType, pk: int) -> Any:
    rows = Pair.objects.filter(record=kind.key)
    return rows.filter(first_id=pk) | rows.filter(second_id=pk)


def _taken(actor: Actor, kind: RecordType, other: Any, name: str) -> Any:
    if name not in kind.form_fields or modes(actor, kind)[name] is not Mode.OPEN:
        raise Invalid(
            _("This field cannot be set here."), [Problem("take", _("This field cannot be set here."))]
        )
    return getattr(other, kind.fields[name].attname)


def _move_rows(work: Work, kind: RecordType, old: int, new: int) -> dict[str, list[list[int]]]:
    """Let what points at one record point at another; records with a history note it."""
    moved: dict[str, list[list[int]]] = {}
    for its, model, column in pointing(kind):
        table = f"{model._meta.label_lower}.{column.name}"
        rows = rows_of(model).filter(**{column.attname: old})
        if its is None:
            pks = list(rows.values_list("pk", flat=True))
            rows_of(model).filter(pk__in=pks).update(**{column.attname: new})
            moved[table] = [[pk, 0] for pk in pks]
        else:
            moved[table] = _point(work, list(rows.select_for_update()), column.attname, new)
    return {table: pks for table, pks in moved.items() if pks}


def _point(work: Work, rows: list[Any], attname: str, new: int) -> list[list[int]]:
    for start in range(0, len(rows), CHUNK):
        drafts = []
        for row in rows[start : start + CHUNK]:
            work.hold(row)
            setattr(row, attname, new)
            draft = work.draft(row)
            draft.compare()
            drafts.append(draft)
        work.store(drafts)
    return [[row.pk, row.version] for row in rows]


def _carry(kind: RecordType, old: int, new: int) -> dict[str, list[list[int]]]:
    moved = {}
    for table in CARRIED:
        rows = table.model.objects.filter(**{table.record: kind.key, table.pk: old})
        pks = list(rows.values_list("pk", flat=True))
        table.model.objects.filter(pk__in=pks).update(**{table.pk: new})
        if pks:
            moved[table.model._meta.label_lower] = [[pk, 0] for pk in pks]
    return moved


def _end_shares(kind: RecordType, old: int, new: int) -> list[dict[str, Any]]:
    """End what was opened to colleagues on the merged record and return it, for an undo.

    Nobody sees more than before: a merge opens the survivor to nobody, and who only looked at one only looks at the
    other.
    """
    shares = RecordShare.objects.filter(record=kind.key, record_id=old)
    for user_id, how in shares.filter(level="view").values_list("user_id", "kind"):
        standing = RecordShare.objects.filter(record=kind.key, record_id=new, user=user_id, kind=how)
        standing.exclude(level="view").update(level="view")
    ended = [{name: plain(value) for name, value in row.items()} for row in shares.values(*SHARED)]
    shares.delete()
    return ended


def _share_again(kind: RecordType, done: Merge) -> None:
    columns = {name: RecordShare._meta.get_field(name.removesuffix("_id")) for name in SHARED}
    working = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    for share in done.shares:
        if share["user_id"] in working:
            values = {name: columns[name].to_python(value) for name, value in share.items()}  # type: ignore[union-attr]
            RecordShare.objects.get_or_create(
                record=kind.key, record_id=done.merged_id, user_id=values.pop("user_id"), kind=values.pop("kind"),
                defaults=values,
            )  # fmt: skip


def _give_back(kind: RecordType, survivor: Any, done: Merge) -> list[list[Any]]:
    """Put back what the survivor held before, where nobody has changed it since; return the columns that stay."""
    left: list[list[Any]] = []
    specs = {spec.told_as: spec for spec in kind.fields.values()}
    for told_as, (old, new) in done.taken.items():
        spec = specs.get(told_as)
        if spec is None:  # an attribute that was retired since
            continue
        if plain(getattr(survivor, spec.attname)) != new:
            left.append([kind.key, survivor.pk, told_as])
        elif spec.custom:
            spec.put(survivor, parse(spec.kind, old))
        else:
            spec.put(survivor, spec.model_field.to_python(old) if old is not None else None)
    return left


def _move_back(work: Work, kind: RecordType, done: Merge) -> list[list[Any]]:
    left: list[list[Any]] = []
    returned: set[tuple[str, int]] = {(kind.key, done.merged_id)}
    for its, model, column in pointing(kind):
        asked = dict(done.moved.get(f"{model._meta.label_lower}.{column.name}", ()))
        rows = rows_of(model).filter(pk__in=asked, **{column.attname: done.survivor_id})
        if its is None:
            rows.update(**{column.attname: done.merged_id})
            continue
        found = list(rows.select_for_update())
        same = [row for row in found if row.version == asked[row.pk]]
        _point(work, same, column.attname, done.merged_id)
        returned |= {(its.key, row.pk) for row in same}
        left += [[its.key, pk, ""] for pk in sorted(asked.keys() - {row.pk for row in same})]
    for table in CARRIED:
        pks = [pk for pk, _version in done.moved.get(table.model._meta.label_lower, ())]
        rows = table.model.objects.filter(pk__in=pks, **{table.pk: done.survivor_id})
        if table.record == "subject":  # a line of the timeline goes where its record goes
            pks = [
                pk
                for pk, key, its_pk in rows.values_list("pk", "record", "record_id")
                if (key, its_pk) in returned
            ]
            rows = rows.filter(pk__in=pks)
        rows.update(**{table.pk: done.merged_id})
    return left


def told(actor: Actor, left: Iterable[Sequence[Any]]) -> list[str]:
    """Return in words what an undo left where it was."""
    found = []
    for key, pk, attname in left:
        kind = RECORDS[key]
        if attname:
            spec = next((spec for spec in kind.fields.values() if spec.told_as == attname), None)
            if spec is None:
                continue
            found.append(_("%(field)s was changed since and stays.") % {"field": spec.label})
        else:
            row = kind.model.objects.visible_to(actor).filter(pk=pk).first() or _(
                "one that is not yours to see"
            )
            found.append(
                _("%(label)s “%(name)s” was changed since and stays.") % {"label": kind.label, "name": row}
            )
    return found
