"""What each address does, for any record type: the read door for rows, the write door for changes, nothing else."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.actions.perform import Done, perform
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.approvals.models import Approval
from kedang.engine.ledger.merges import survivor_of
from kedang.engine.overlay import PREFIX
from kedang.engine.records import queries
from kedang.engine.records import timeline as ledger
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.records.why import others, reasons
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotAllowed, NotVisible
from kedang.kits.api import pagination
from kedang.kits.api.bodies import check_query, flag, key_of, reason_of, version_of
from kedang.kits.api.schemas import Body
from kedang.kits.api.shapes import Writer, answered, moment, references, titled, write_lines

ROOT = "/api/v1"


def rows(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Return a page of a list."""
    if not request.actor.may(kind.key, "view"):
        raise NotAllowed(_("Your role does not allow this."))
    asking = pagination.asked(request, kind)
    found, cursor = pagination.page(request, kind, asking, references(kind.key))
    write = Writer(request.actor, kind)
    body = {"items": [write(row) for row in found], "next": cursor or None}
    return answered(body, headers=pagination.next_link(request, cursor))


def one(request: KedangRequest, kind: RecordType, shown_id: str) -> HttpResponse:
    """Return one record, with its lines where it is a document."""
    check_query(request, "archived")
    held = flag(request, "archived")
    try:
        row = _opened(request, kind, shown_id)
    except NotVisible:
        kept = survivor_of(kind.key, _pk(shown_id))
        if held or kept is None or _standing(request.actor, kind, kept) is None:
            raise
        return HttpResponse(status=308, headers={"Location": _address(kind, kept)})
    return answered(_whole(request.actor, kind, row, held=held), headers=_tag(row))


def _inputs(payload: Body) -> dict[str, Any]:
    """Return what a body sets: custom attributes stand beside the fields under their own names."""
    given = payload.model_dump(exclude_unset=True)
    custom = given.pop("custom", None) or {}
    return given | {f"{PREFIX}{key}": value for key, value in custom.items()}


def create(request: KedangRequest, kind: RecordType, payload: Body) -> HttpResponse:
    """Create a record, once for each Idempotency-Key."""
    check_query(request, "reason")
    inputs = _inputs(payload)
    done = perform(
        request.actor,
        f"{kind.key}.create",
        inputs=inputs,
        reason=reason_of(request),
        request_key=key_of(request),
    )
    return _done(request, kind, done, 201)


def update(request: KedangRequest, kind: RecordType, shown_id: str, payload: Body) -> HttpResponse:
    """Change the fields that were sent, or ask for it where some are locked; If-Match names the version."""
    check_query(request, "reason")
    version = version_of(request, required=True)
    inputs = _inputs(payload)
    done = perform(
        request.actor, f"{kind.key}.update", _pk(shown_id), inputs, version=version, reason=reason_of(request)
    )
    return _waits(request, done.approval) if done.approval is not None else _done(request, kind, done)


def archive(request: KedangRequest, kind: RecordType, shown_id: str, reason: str) -> HttpResponse:
    """Move a record to the archive hold, or ask for it where that needs approval."""
    check_query(request, "reason")
    version = version_of(request, required=True)
    why = reason or reason_of(request)
    done = perform(request.actor, f"{kind.key}.archive", _pk(shown_id), version=version, reason=why)
    return _waits(request, done.approval) if done.approval is not None else HttpResponse(status=204)


def act(
    request: KedangRequest, kind: RecordType, shown_id: str, key: str, payload: Body | None
) -> HttpResponse:
    """Do one action to a record, once for each Idempotency-Key. If-Match is honoured when it comes."""
    check_query(request)
    inputs = _inputs(payload) if payload is not None else {}
    reason = inputs.pop("reason", "")
    pk, chosen = _pk(shown_id), action_spec(key)
    done = perform(
        request.actor, key, pk, inputs, version=version_of(request, required=False), reason=reason,
        request_key=key_of(request),
    )  # fmt: skip
    approval = done.approval or (_asked_before(request.actor, kind, chosen, pk) if done.repeated else None)
    return _waits(request, approval) if approval is not None else _done(request, kind, done)


def history(request: KedangRequest, kind: RecordType, shown_id: str) -> HttpResponse:
    """Return what changed in a record, by whom and why."""
    check_query(request, "cursor", "archived")
    row = _opened(request, kind, shown_id)
    purpose = f"history {kind.key} {row.pk}"
    cursor = request.GET.get("cursor", "")
    before = queries.unseal(purpose, cursor)[0] if cursor else None
    found = ledger.history(request.actor, kind, row.pk, before=before)
    items = [
        {
            "seq": entry.seq, "at": moment(entry.at), "actor": entry.actor_name, "signer": entry.signer_name or None,
            "action": entry.action, "reason": entry.reason, "changes": [_change(change) for change in changes],
        }
        for entry, changes in found[: ledger.PAGE]
    ]  # fmt: skip
    more = len(found) > ledger.PAGE
    cursor = queries.seal(purpose, [items[-1]["seq"]]) if more else ""
    return answered({"items": items, "next": cursor or None}, headers=pagination.next_link(request, cursor))


def timeline(request: KedangRequest, kind: RecordType, shown_id: str) -> HttpResponse:
    """Return what happened around a record, as far as the actor sees it."""
    check_query(request, "cursor", "archived")
    row = _opened(request, kind, shown_id)
    purpose = f"timeline {kind.key} {row.pk}"
    cursor = request.GET.get("cursor", "")
    before = None
    if cursor:
        at, pk = queries.unseal(purpose, cursor)
        before = (datetime.fromisoformat(at), pk)
    found = ledger.timeline(request.actor, kind, row.pk, before=before)
    items = [_moment(request.actor, one) for one in ledger.with_replies(found[: ledger.PAGE])]
    cursor = ""
    if len(found) > ledger.PAGE:
        last = found[ledger.PAGE - 1].entry
        cursor = queries.seal(purpose, [last.at.isoformat(), last.pk])
    return answered({"items": items, "next": cursor or None}, headers=pagination.next_link(request, cursor))


def why(request: KedangRequest, kind: RecordType, shown_id: str) -> HttpResponse:
    """Return why the actor sees a record, in words, and to whom else it was opened."""
    check_query(request, "archived")
    row = _opened(request, kind, shown_id)
    shared = [
        {
            "user": ids.show(share.user_id), "name": str(share.user), "level": share.level,
            "until": moment(share.until) if share.until else None,
        }
        for share in others(kind, row)
    ]  # fmt: skip
    return answered({"reasons": reasons(request.actor, kind, row), "shared_with": shared})


def _pk(shown_id: str) -> int:
    """Return the id in an address; a text that is no id is an absent record."""
    try:
        return ids.read(shown_id)
    except ValueError as error:
        raise NotVisible(_("There is no such record, or it is not yours to see.")) from error


def _opened(request: KedangRequest, kind: RecordType, shown_id: str) -> Any:
    held = flag(request, "archived")
    if held and not request.actor.may(kind.key, "archive"):
        raise NotVisible(_("There is no such record, or it is not yours to see."))
    return open_one(request.actor, kind, _pk(shown_id), archived=held)


def _standing(actor: Actor, kind: RecordType, pk: int) -> Any:
    """Return a record as it stands after a change, or None when the actor no longer sees it."""
    found = kind.model.objects.visible_to(actor).select_related(*references(kind.key))
    return found.filter(pk=pk).first()


def _whole(actor: Actor, kind: RecordType, row: Any, *, held: bool = False) -> dict[str, Any]:
    body = Writer(actor, kind)(row)
    if kind.lines is not None:
        lines = kind.lines.model.objects.visible_to(actor, archived=held).filter(
            **{kind.lines.parent: row.pk}
        )
        related = [name for name, spec in kind.lines.specs.items() if spec.points_at]
        body["lines"] = write_lines(kind, list(lines.select_related(*related).order_by(kind.lines.order_by)))
    return body


def _done(request: KedangRequest, kind: RecordType, done: Done, status: int = 200) -> HttpResponse:
    """Return the record as it stands; no content when what was done took it out of the actor's sight."""
    replayed = {"Idempotent-Replayed": "true"} if done.repeated else {}
    row = _standing(request.actor, kind, done.record.pk) if done.record is not None else None
    if row is None:
        return HttpResponse(status=204, headers=replayed)
    place = {"Location": _address(kind, row.pk)} if status == 201 else {}
    return answered(_whole(request.actor, kind, row), status, _tag(row) | place | replayed)


def _waits(request: KedangRequest, approval: Any) -> HttpResponse:
    """Return the approval that an action waits for."""
    kind = record_of(type(approval))
    row = _standing(request.actor, kind, approval.pk)
    body = (
        Writer(request.actor, kind)(row)
        if row is not None
        else {"id": ids.show(approval.pk), "version": approval.version}
    )
    return answered(body, 202, {"Location": _address(kind, approval.pk)})


def _asked_before(actor: Actor, kind: RecordType, chosen: ActionSpec, pk: int) -> Any:
    """Return the approval that the first of two equal calls asked for."""
    if not chosen.approval:
        return None
    mine = Approval.objects.own_of(actor).filter(record=kind.key, record_id=pk, action=chosen.key)
    return mine.order_by("-pk").first()


def _address(kind: RecordType, pk: int) -> str:
    return f"{ROOT}/{kind.plural}/{ids.show(pk)}"


def _tag(row: Any) -> dict[str, str]:
    return {"ETag": f'"{row.version}"'}


def _change(change: ledger.Change) -> dict[str, Any]:
    name = change.spec.name if change.spec is not None else None
    return {"field": name, "label": str(change.label), "old": change.old, "new": change.new}


def _moment(actor: Actor, told: ledger.Moment) -> dict[str, Any]:
    entry, past = told.entry, told.entry.history
    return {
        "at": moment(entry.at), "kind": entry.kind, "record": RECORDS[entry.record].plural,
        "id": ids.show(entry.record_id), "title": str(told.record) if titled(actor, told.kind) else "",
        "actor": entry.actor_name, "action": past.action if past else None, "reason": past.reason if past else "",
        "changes": [_change(change) for change in told.changes],
        "replies": [{"at": moment(one.at), "actor": one.who, "text": one.text} for one in told.replies],
    }  # fmt: skip
