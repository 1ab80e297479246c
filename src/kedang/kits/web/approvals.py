"""Approvals: what waits for my word, what I asked for, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.approvals.models import PENDING, Approval
from kedang.engine.identity.models import Unit, User
from kedang.engine.records.access import modes, shown
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.scope.composed import Shape, columns
from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import BadQuery, NotAllowed, NotVisible
from kedang.kits.web import formats
from kedang.kits.web.pages import pk_of, record_url, show, signed_in

KEY = record_key(Approval)
TONES = {"pending": "high", "approved": "good", "rejected": "crit", "withdrawn": ""}
MOST = 50
COUNTED = 100
_waiting_for = Shape(
    lambda rows, me: (
        rows.filter(state=PENDING).exclude(owner=me).order_by().values_list("pk", flat=True)[:COUNTED]
    ),
    columns(Approval, "owner"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as who decides it reads it."""

    row: Any
    url: str
    what: Any
    verb: Any
    record_url: str
    inputs: Sequence[tuple[Any, str]]
    reason: str
    note: str
    tone: str
    mine: bool
    may_decide: bool


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List what waits for the reader, what the reader asked for, or what was decided."""
    actor = request.actor
    if not actor.may(KEY, "view"):
        raise NotAllowed(_("Your role does not allow this."))
    tab = request.GET.get("tab", "waiting")
    if tab not in ("waiting", "asked", "decided"):
        raise BadQuery(_("There is no such view."))
    rows = Approval.objects.visible_to(actor).select_related("owner", "decided_by", "unit")
    match tab:
        case "waiting":
            rows = Approval.objects.visible_to(actor, "approve") if actor.may(KEY, "approve") else rows.none()
            rows = (
                rows.filter(state=PENDING)
                .exclude(owner=actor.user_id)
                .select_related("owner", "decided_by", "unit")
            )
        case "asked":
            rows = Approval.objects.own_of(actor).select_related("owner", "decided_by", "unit")
        case "decided":
            rows = rows.exclude(state=PENDING)
    found = list(rows.order_by("-pk")[: MOST + 1])
    tabs = [("waiting", _("Waiting for me")), ("asked", _("Asked by me")), ("decided", _("Decided"))]
    return show(
        request, "web/approvals.html", "rows", requests=[_told(actor, row) for row in found[:MOST]], tab=tab, tabs=tabs,
        more=len(found) > MOST, crumbs=[(_("Approvals"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def detail(request: KedangRequest, pk: str) -> HttpResponse:
    """Show one request with what it would change, and the two answers to it."""
    rows = Approval.objects.visible_to(request.actor).select_related("owner", "decided_by", "unit")
    row = rows.filter(pk=pk_of(pk)).first()
    if row is None:
        raise NotVisible(_("There is no such record, or it is not yours to see."))
    crumbs = [(_("Approvals"), reverse("approvals.list")), (row.subject, "")]
    return show(request, "web/approval.html", asked=_told(request.actor, row), row=row, crumbs=crumbs)


def waiting(actor: Actor) -> int:
    """Return how many requests wait for this actor's word."""
    if not actor.may(KEY, "approve"):
        return 0
    return len(Approval.objects.asked(actor, _waiting_for, actor.user_id, action="approve"))


def for_desk(request: KedangRequest) -> dict[str, object] | None:
    """Return the requests that wait for the reader, for the desk."""
    actor = request.actor
    if not actor.may(KEY, "approve"):
        return None
    rows = Approval.objects.visible_to(actor, "approve").filter(state=PENDING).exclude(owner=actor.user_id)
    found = list(rows.select_related("owner").order_by("pk")[:6])
    if not found:
        return None
    return {"requests": [_told(actor, row) for row in found[:5]], "more": len(found) > 5, "count": len(found)}


def _told(actor: Actor, row: Any) -> Asked:
    kind = RECORDS.get(row.record)
    try:
        verb: Any = action_spec(row.action).label
    except NotVisible:
        verb = row.action
    mine = row.owner_id == actor.user_id
    return Asked(
        row, record_url(RECORDS[KEY], row.pk), kind.label if kind else row.record, verb,
        record_url(kind, row.record_id) if kind else "", _inputs(actor, kind, row.inputs),
        _read(actor, row, "reason"), _read(actor, row, "note"), TONES.get(row.state, ""), mine,
        row.state == PENDING and not mine and actor.may(KEY, "approve"),
    )  # fmt: skip


def _read(actor: Actor, row: Any, name: str) -> str:
    kind = RECORDS[KEY]
    return shown(actor, kind, row, name).text if modes(actor, kind)[name] is not Mode.HIDE else ""


def _inputs(actor: Actor, kind: RecordType | None, given: dict[str, Any]) -> list[tuple[Any, str]]:
    """Return what the saved call would set, in words, as far as the reader may read those fields."""
    if kind is None:
        return []
    allowed = modes(actor, kind)
    return [
        (kind.fields[name].label, _word(kind.fields[name], value))
        for name, value in given.items()
        if name in kind.fields and allowed[name] >= Mode.READ
    ]


def _word(spec: FieldSpec, value: Any) -> str:
    if value in (None, ""):
        return formats.NIL
    if spec.kind == "user" and isinstance(value, int):
        return str(User.objects.filter(pk=value).first() or formats.NIL)
    if spec.kind == "unit" and isinstance(value, int):
        return str(Unit.objects.filter(pk=value).first() or formats.NIL)
    if spec.choice_list:
        return dict(spec.choices()).get(str(value), str(value))
    return str(value)
