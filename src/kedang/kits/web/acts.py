"""What may be done to a record beyond editing it: each action of the type is a small form that says why."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.actions.perform import perform
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.packs.active import active
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.scope.reach import record_key
from kedang.kernel.errors import Conflict, Invalid, KedangError, NotAllowed, NotVisible, Problem, RuleBroken
from kedang.kits.web.inputs import InputView
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in, url_of

GENERIC = frozenset({"create", "update"})


@require_http_methods(["GET", "POST"])
@signed_in
def do(request: KedangRequest, kind: RecordType, pk: str, name: str) -> HttpResponse:
    """Show the form of an action, or do it."""
    chosen = action_spec(f"{kind.key}.{name}")
    if chosen.creates or chosen.quiet or name in GENERIC or record_key(chosen.record) != kind.key:
        raise NotVisible(absent_text())
    row = open_one(request.actor, kind, pk_of(pk), archived=chosen.archived)
    if not request.actor.may(kind.key, chosen.verb):
        raise NotAllowed(_("Your role does not allow this."))
    if chosen.page:
        return leave(request, f"{record_url(kind, row.pk)}/{chosen.page}")
    if request.method == "GET":
        return _ask(request, kind, row, chosen)
    inputs = {key: request.POST.get(key, "") for key in chosen.inputs}
    version = request.POST.get("version", "")
    try:
        done = perform(
            request.actor, chosen.key, row.pk, inputs, reason=request.POST.get("reason", ""),
            version=int(version) if version.isdecimal() else None,
        )  # fmt: skip
    except Invalid as error:
        return _ask(request, kind, row, chosen, error.problems, status=422)
    except (RuleBroken, Conflict) as error:
        return _ask(request, kind, row, chosen, [Problem("", error.text)], status=status_of_refusal(error))
    if done.approval is not None:
        said = _("Asked. “%(name)s” stays as it is until somebody approves.") % {"name": row}
        return leave(request, record_url(kind, row.pk), said)
    said = _("%(action)s: done.") % {"action": chosen.label}
    still = kind.model.objects.visible_to(request.actor).filter(pk=row.pk).exists()
    goal = request.POST.get("back", "")
    if goal == "approvals":
        return leave(request, url_of("approvals.list"), said)
    return leave(
        request,
        record_url(kind, row.pk) if still or name == "archive" else url_of(f"{kind.plural}.list"),
        said,
    )


def status_of_refusal(error: KedangError) -> int:
    """Return the status of a refusal that is told inside the form it came from."""
    return 412 if isinstance(error, Conflict) else 409


def _ask(
    request: KedangRequest, kind: RecordType, row: Any, chosen: ActionSpec, problems: Sequence[Problem] = (), *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    errors = {problem.field: problem.text for problem in problems}
    known = {*chosen.inputs, "reason"}
    return show(
        request, "web/act.html", "dialog", status=status, kind=kind, row=row, chosen=chosen,
        inputs=_inputs(request, chosen, errors), reason=request.POST.get("reason", ""),
        reason_error=errors.get("reason", ""),
        general=[problem.text for problem in problems if problem.field not in known],
        needs_approval=chosen.approval and not request.actor.may(kind.key, "approve"),
        act_url=f"{record_url(kind, row.pk)}/do/{chosen.name}", url=record_url(kind, row.pk),
        crumbs=[
            (kind.label_plural, url_of(f"{kind.plural}.list")),
            (str(row), record_url(kind, row.pk)),
            (chosen.label, ""),
        ],
    )  # fmt: skip


def _inputs(request: KedangRequest, chosen: ActionSpec, errors: dict[str, str]) -> list[InputView]:
    return [
        InputView(
            name=name,
            label=one.label,
            kind=one.kind,
            value=request.POST.get(name, ""),
            required=one.required,
            choices=active().choices(one.choice_list) if one.choice_list else (),
            error=errors.get(name, ""),
            pick=url_of(f"pick.{one.kind}") if one.kind in ("user", "unit") else "",
        )
        for name, one in chosen.inputs.items()
    ]
