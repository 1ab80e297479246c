"""Many records at once: choose what to set, look at what would come of it, let it run, read the report, undo."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kedang.engine.actions.generic import spec as action_spec
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.bulk import plans, runs
from kedang.engine.bulk.models import DONE, PLANNED, RUNNING, UNDOING, BulkRun
from kedang.engine.jobs import job_url
from kedang.engine.jobs.models import Job
from kedang.engine.records.access import text_of
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotVisible, Problem
from kedang.kits.web import formats, inputs, views
from kedang.kits.web.filters import text_of_target
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in
from kedang.kits.web.rows import asked, narrowed

ON_LIST = ("update", "assign", "archive")
ON_HOLD = ("restore",)


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the preview or the report: what changes, or why it was left."""

    title: str
    url: str
    changes: Sequence[tuple[Any, str, str]] = ()
    why: str = ""


def offered(actor: Actor, kind: RecordType, held: bool) -> list[ActionSpec]:
    """Return what may be done to many rows of a list at once."""
    if not kind.creatable:
        return []
    found = [action_spec(f"{kind.key}.{name}") for name in (ON_HOLD if held else ON_LIST)]
    return [one for one in found if actor.may(kind.key, one.verb) and (not one.form or kind.form)]


@require_POST
@signed_in
def choose(request: KedangRequest, kind: RecordType, name: str) -> HttpResponse:
    """Plan one action for the chosen rows, or for all rows of the view; what it would do is shown next."""
    chosen = plans.offered(request.actor, kind, name)
    back = request.POST.get("back", "")
    given = {key: request.POST.get(key, "") for key in chosen.inputs}
    run = plans.plan(
        request.actor, kind, name, picked(request, kind), inputs=given, reason=request.POST.get("reason", ""), back=back
    )  # fmt: skip
    return HttpResponseRedirect(_address(kind, run))


def picked(request: KedangRequest, kind: RecordType) -> list[int]:
    """Return the ids of the chosen rows: those ticked, or all rows of the view they were ticked in."""
    if request.POST.get("all") != "1":
        return [pk_of(text) for text in request.POST.getlist("id")]
    asking = asked(
        request.actor, kind, QueryDict(request.POST.get("back", "")), views.names(request.actor, kind)
    )
    rows = narrowed(request.actor, kind, asking).order_by("-pk").values_list("pk", flat=True)
    found = list(rows[: plans.MOST + 1])
    if len(found) > plans.MOST:
        text = _("At most %(most)s rows at once. Narrow the list by a condition and do it in parts.")
        raise Invalid(text % {"most": formats.plain_number(plans.MOST)})
    return found


@require_http_methods(["GET", "POST"])
@signed_in
def run(request: KedangRequest, kind: RecordType, run: str) -> HttpResponse:
    """Show a planned, running or finished change of the reader's own, and take its next step."""
    found = plans.find(request.actor, kind, pk_of(run))
    if request.method == "GET":
        return _shown(request, kind, found)
    step = STEPS.get(request.POST.get("do", ""))
    if step is None:
        raise NotVisible(absent_text())
    return step(request, kind, found)


def _settle(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    names = set(request.POST.getlist("set"))
    given = {
        name: value for name, value in inputs.given(request.actor, kind, request.POST, creating=False).items()
        if name in names
    }  # fmt: skip
    try:
        plans.settle(request.actor, run, inputs.for_door(kind, given), request.POST.get("reason", ""))
    except Invalid as error:
        return _fields(request, kind, run, given, error.problems, status=422)
    if wrong := run.preview["fields"]:
        problems = [Problem(name, text) for name, text in wrong.items()]
        return _fields(request, kind, run, given, problems, status=422)
    run.save()
    return HttpResponseRedirect(_address(kind, run))


def _start(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    runs.start(request.actor, run)
    return HttpResponseRedirect(_address(kind, run))


def _undo(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    runs.begin_undo(request.actor, run)
    return HttpResponseRedirect(_address(kind, run))


def _resume(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    runs.resume(request.actor, run)
    return HttpResponseRedirect(_address(kind, run))


def _finish(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    runs.finish(run)
    return HttpResponseRedirect(_address(kind, run))


def _drop(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    BulkRun.objects.filter(pk=run.pk, state=PLANNED).delete()
    return leave(request, _list(kind, run))


STEPS: dict[str, Callable[[KedangRequest, RecordType, BulkRun], HttpResponse]] = {
    "settle": _settle, "start": _start, "undo": _undo, "resume": _resume, "finish": _finish,
    "drop": _drop,
}  # fmt: skip


def _shown(request: KedangRequest, kind: RecordType, run: BulkRun) -> HttpResponse:
    chosen = action_spec(f"{kind.key}.{run.action}")
    if run.state == PLANNED and (not run.preview or "fields" in request.GET):
        return _fields(request, kind, run, run.inputs, ())
    job = Job.objects.filter(pk=run.job_id).first() if run.job_id else None
    live, planned = run.state in (RUNNING, UNDOING), run.state == PLANNED
    halted = run.state == RUNNING and job is not None and job.ended_at is not None
    return show(
        request, "web/bulk_run.html", "progress", kind=kind, run=run, chosen=chosen, live=live and not halted,
        halted=halted, stuck=live and job is None, percent=_percent(run, job), address=_address(kind, run),
        back=_list(kind, run), preview=run.preview, set=_set(request, kind, run),
        changes=[_line(request, kind, one) for one in run.preview.get("changes", ())] if planned else [],
        left=[_left(kind, one) for one in (run.preview.get("left", ()) if planned else run.refused)],
        stayed=[_left(kind, one) for one in run.undone.get("listed", ())], rest=run.rows - run.preview["looked_at"],
        can_undo=run.state == DONE and run.counts.get("changed"), job_url=job_url(job) if job else "",
        asks=chosen.approval and not request.actor.may(kind.key, "approve"),
        crumbs=[(kind.label_plural, _list(kind, run)), (chosen.label, "")],
    )  # fmt: skip


def _fields(
    request: KedangRequest, kind: RecordType, run: BulkRun, given: Mapping[str, Any], problems: Sequence[Problem], *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    values = {name: "" if value is None else str(value) for name, value in given.items()}
    known = set(kind.form_fields)
    return show(
        request, "web/bulk_fields.html", kind=kind, run=run, status=status, ticked=set(given),
        sections=inputs.sections(request, kind, values, problems, creating=False), reason=run.reason,
        general=[problem.text for problem in problems if problem.field not in known], back=_list(kind, run),
        address=_address(kind, run), crumbs=[(kind.label_plural, _list(kind, run)), (_("Set fields"), "")],
    )  # fmt: skip


def _line(request: KedangRequest, kind: RecordType, one: Mapping[str, Any]) -> Line:
    told = [
        (kind.fields[name].label, _text(request, kind, name, old), _text(request, kind, name, new))
        for name, old, new in one["told"]
    ]
    return Line(one["title"], record_url(kind, ids.read(one["id"])), told)


def _left(kind: RecordType, one: Mapping[str, Any]) -> Line:
    if one["title"]:
        return Line(one["title"], record_url(kind, ids.read(one["id"])), why=one["why"])
    return Line(one["id"], "", why=one["why"])


def _set(request: KedangRequest, kind: RecordType, run: BulkRun) -> list[tuple[Any, str]]:
    return [
        (kind.fields[name].label, _text(request, kind, name, value)) for name, value in run.inputs.items()
        if name in kind.fields
    ]  # fmt: skip


def _text(request: KedangRequest, kind: RecordType, name: str, value: Any) -> str:
    spec = kind.fields[name]
    if value in (None, ""):
        return ""
    if spec.points_at:
        try:
            shown_id = ids.show(value) if isinstance(value, int) else str(value)
            return text_of_target(request, spec, shown_id) or str(value)
        except ValueError:
            return str(value)
    if spec.kind == "boolean":
        return _("yes") if value in (True, "1") else _("no")
    return text_of(spec, None, value)


def _percent(run: BulkRun, job: Job | None) -> int:
    done = job.done if job is not None and run.state == UNDOING else run.cursor
    return min(100, done * 100 // max(1, run.rows))


def _address(kind: RecordType, run: BulkRun) -> str:
    return reverse(f"{kind.plural}.bulk.run", kwargs={"run": ids.show(run.pk)})


def _list(kind: RecordType, run: BulkRun) -> str:
    return f"{reverse(f'{kind.plural}.list')}?{run.back}" if run.back else reverse(f"{kind.plural}.list")
