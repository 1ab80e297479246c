"""Two records side by side before they become one, the way back, and the worklist of pairs that may be the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.actions.registry import ACTIONS
from kedang.engine.jobs import job_url, queue
from kedang.engine.ledger.merges import OPEN, Merge, Pair, merged_into
from kedang.engine.merging import act
from kedang.engine.merging.hanging import pointing
from kedang.engine.records.access import open_one, visible_fields
from kedang.engine.records.similar import EXPLAINERS, SCANS
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import Conflict, Invalid, KedangError, NotAllowed, NotVisible, Problem, RuleBroken
from kedang.kits.web import cells
from kedang.kits.web.acts import status_of_refusal
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in

PAGE = 30
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Side:
    """One field of two records: what each holds, and whether the other's value may be taken."""

    name: str
    label: Any
    mine: Any
    theirs: Any
    differs: bool
    free: bool
    theirs_first: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One pair of the worklist as its reader sees it."""

    pair: Pair
    first: Any
    second: Any
    first_url: str
    second_url: str
    merge_url: str
    apart_url: str
    sure: bool
    reasons: Sequence[str]


def merges(kind: RecordType) -> bool:
    """Say whether records of a type can be merged."""
    return f"{kind.key}.merge" in ACTIONS


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show two records side by side, or make them one."""
    row = _opened(request, kind, pk)
    with_id = request.POST.get("other", "") or request.GET.get("with", "")
    if not with_id:
        return show(
            request,
            "web/merge.html",
            "",
            **_frame(kind, row),
            other=None,
            pick=reverse(f"{kind.plural}.pick"),
        )
    other = _opened(request, kind, with_id)
    if request.method == "GET":
        return _side_by_side(request, kind, row, other)
    if request.POST.get("swap"):
        return leave(request, f"{record_url(kind, other.pk)}/merge?with={ids.show(row.pk)}")
    take = [name for name in kind.form_fields if request.POST.get(f"take.{name}") == "theirs"]
    version, seen = request.POST.get("version", ""), request.POST.get("other_version", "")
    if seen.isdecimal() and int(seen) != other.version:
        return _side_by_side(
            request, kind, row, other, Conflict(_("Somebody else has just changed this record."))
        )
    try:
        perform(
            request.actor, f"{kind.key}.merge", row.pk, {"other": ids.show(other.pk), "take": ",".join(take)},
            version=int(version) if version.isdecimal() else None, reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except (Invalid, RuleBroken, Conflict) as error:
        return _side_by_side(request, kind, row, other, error)
    return leave(
        request, record_url(kind, row.pk), _("“%(name)s” was merged into this file.") % {"name": other}
    )


@require_http_methods(["GET", "POST"])
@signed_in
def undo(request: KedangRequest, kind: RecordType, pk: str, merge: str) -> HttpResponse:
    """Ask before a merge is taken back, or take it back and say what stays."""
    row = _opened(request, kind, pk)
    done = Merge.objects.filter(pk=pk_of(merge), record=kind.key, survivor_id=row.pk, undone_at=None).first()
    if done is None or not _held(request, kind, done.merged_id):
        raise NotVisible(absent_text())
    if request.method == "GET":
        moved = sum(len(pks) for key, pks in done.moved.items() if not key.startswith("engine."))
        return show(request, "web/unmerge.html", "", **_frame(kind, row), done=done, moved=moved)
    perform(request.actor, f"{kind.key}.unmerge", row.pk, {"merge": ids.show(done.pk)})
    done.refresh_from_db()
    stays = act.told(request.actor, done.left)
    said = _("“%(name)s” is a file of its own again.") % {"name": done.title}
    return leave(request, record_url(kind, done.merged_id), " ".join([said, *stays[:5]]))


@require_GET
@signed_in
def worklist(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Show the pairs that may be the same, both of which the reader sees, the surest first."""
    if not merges(kind) or not request.actor.may(kind.key, "view"):
        raise NotAllowed(_("Your role does not allow this."))
    found, more = _visible_pairs(request, kind)
    return show(
        request, "web/pairs.html", "", kind=kind, pairs=found, more=more, may_scan=_may_scan(request, kind),
        scan_url=reverse(f"{kind.plural}.pairs.scan"), base=reverse(f"{kind.plural}.list"),
        crumbs=[(kind.label_plural, reverse(f"{kind.plural}.list")), (_("Duplicates"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def scan(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Compare the whole stock, as a job."""
    if not _may_scan(request, kind):
        raise NotAllowed(_("Your role does not allow this."))
    return leave(request, job_url(queue(request.actor, SCANS[kind.key], {})))


@require_POST
@signed_in
def apart(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Remember that two records are not the same."""
    other = _seen(request, kind, request.POST.get("other", ""))
    perform(request.actor, f"{kind.key}.keep_apart", pk_of(pk), {"other": ids.show(other.pk)})
    return leave(request, reverse(f"{kind.plural}.pairs"), _("Remembered: these are two."))


def _may_scan(request: KedangRequest, kind: RecordType) -> bool:
    return kind.key in SCANS and request.actor.may(kind.key, "assign")


def _opened(request: KedangRequest, kind: RecordType, pk: str) -> Any:
    if not merges(kind):
        raise NotVisible(absent_text())
    return open_one(request.actor, kind, pk_of(pk), "change")


def _seen(request: KedangRequest, kind: RecordType, pk: str) -> Any:
    if not merges(kind):
        raise NotVisible(absent_text())
    return open_one(request.actor, kind, pk_of(pk))


def _held(request: KedangRequest, kind: RecordType, pk: int) -> bool:
    return bool(kind.model.objects.visible_to(request.actor, "change", archived=True).filter(pk=pk).exists())


def _frame(kind: RecordType, row: Any) -> dict[str, Any]:
    url = record_url(kind, row.pk)
    listed = reverse(f"{kind.plural}.list")
    return {
        "kind": kind, "row": row, "url": url, "merge_url": f"{url}/merge",
        "crumbs": [(kind.label_plural, listed), (str(row), url), (_("Merge"), "")],
    }  # fmt: skip


def _side_by_side(
    request: KedangRequest, kind: RecordType, row: Any, other: Any, error: KedangError | None = None
) -> HttpResponse:
    actor = request.actor
    free = settable(actor, kind, creating=False, row=row) & settable(actor, kind, creating=False, row=other)
    sides = []
    for spec in visible_fields(actor, kind, kind.form_fields):
        mine, theirs = (cells.facts(actor, kind, one, [spec.name], False)[0].html for one in (row, other))
        empty = getattr(row, spec.attname) in (None, "")
        sides.append(
            Side(spec.name, spec.label, mine, theirs, mine != theirs, spec.name in free,
                 request.POST.get(f"take.{spec.name}", "theirs" if empty else "") == "theirs")
        )  # fmt: skip
    problems = getattr(error, "problems", ()) or ([Problem("", error.text)] if error else [])
    return show(
        request, "web/merge.html", "", status=status_of_refusal(error) if error else 200,
        **_frame(kind, row), other=other,
        sides=[side for side in sides if side.differs], alike=sum(not side.differs for side in sides),
        hanging=_hanging(request, kind, other), why=EXPLAINERS[kind.key](row, other) if kind.key in EXPLAINERS else (),
        other_url=record_url(kind, other.pk), general=[problem.text for problem in problems],
        reason=request.POST.get("reason", ""),
    )  # fmt: skip


def _hanging(request: KedangRequest, kind: RecordType, other: Any) -> list[tuple[Any, int]]:
    """Return how many records of each type would move, as far as the reader sees them."""
    found = []
    for its, model, column in pointing(kind):
        if its is not None and request.actor.may(its.key, "view"):
            rows = model.objects.visible_to(request.actor).filter(**{column.attname: other.pk})
            if count := rows.order_by()[:1_000].count():
                found.append((its.label_plural, count))
    return found


def _visible_pairs(request: KedangRequest, kind: RecordType) -> tuple[list[Told], bool]:
    rows = Pair.objects.filter(record=kind.key, state=OPEN).order_by("-points", "pk")
    found: list[Told] = []
    for turn in range(ROUNDS):
        part = list(rows[turn * PAGE * 2 : (turn + 1) * PAGE * 2])
        wanted = {pk for pair in part for pk in (pair.first_id, pair.second_id)}
        seen = kind.model.objects.visible_to(request.actor).filter(pk__in=wanted)
        known = {row.pk: row for row in seen.select_related("owner")}
        found += [
            _told(kind, pair, known) for pair in part if {pair.first_id, pair.second_id} <= known.keys()
        ]
        if len(part) < PAGE * 2 or len(found) > PAGE:
            break
    return found[:PAGE], len(found) > PAGE


def _told(kind: RecordType, pair: Pair, known: dict[int, Any]) -> Told:
    first, second = known[pair.first_id], known[pair.second_id]
    url = record_url(kind, first.pk)
    return Told(
        pair, first, second, url, record_url(kind, second.pk), f"{url}/merge?with={ids.show(second.pk)}",
        f"{url}/apart", pair.kind == "same", EXPLAINERS[kind.key](first, second) if kind.key in EXPLAINERS else (),
    )  # fmt: skip


def of_record(request: KedangRequest, row: Any) -> dict[str, Any] | None:
    """Return what was merged into a record, and how many pairs of it wait, for its page."""
    kind = RECORDS[f"{row._meta.app_label}.{row._meta.model_name}"]
    standing = merged_into(kind.key, row.pk) if merges(kind) else []
    url = record_url(kind, row.pk)
    mine = set(
        kind.model.objects.visible_to(request.actor, archived=True)
        .filter(pk__in=[one.merged_id for one in standing])
        .values_list("pk", flat=True)
    ) if standing else set()  # fmt: skip
    merged = [
        (one, f"{record_url(kind, one.merged_id)}/history", f"{url}/unmerge/{ids.show(one.pk)}")
        for one in standing
        if one.merged_id in mine
    ]
    return {"merged": merged} if merged else None
