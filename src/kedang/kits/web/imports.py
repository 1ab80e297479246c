"""Import in the browser: where it begins, what was imported, what came of each import, and taking it back."""

from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.exchange import limits, uploads
from kedang.engine.exchange.error_file import refused_rows, write_errors
from kedang.engine.exchange.imports import brought_in, check_may_import, runs_of
from kedang.engine.exchange.jobs import UNDO
from kedang.engine.exchange.models import ImportProblem, ImportRun, ImportUpload
from kedang.engine.exchange.template import template as workbook
from kedang.engine.jobs import queue
from kedang.engine.jobs.models import Job
from kedang.engine.records.types import RECORDS, RecordType, by_plural
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import FileRefused, NotAllowed, NotVisible, RuleBroken
from kedang.kits.web import brought
from kedang.kits.web.formats import moment
from kedang.kits.web.pages import absent_text, leave, pk_of, show, signed_in

LISTED = 30
FILTER = "import"
SHOWN_REFUSED = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def kinds(actor: Actor) -> list[RecordType]:
    """Return the record types that this actor may import."""
    return [
        kind for kind in sorted(RECORDS.values(), key=lambda one: one.order)
        if kind.creatable and actor.may(kind.key, "import")
        and (actor.may(kind.key, "create") or actor.may(kind.key, "change"))
    ]  # fmt: skip


def may_any(actor: Actor) -> bool:
    """Say whether the actor may import anything at all."""
    return actor.user_id is not None and bool(kinds(actor))


def kind_named(plural: str) -> RecordType:
    """Return the record type of an address."""
    kind = by_plural(plural)
    if kind is None or not kind.creatable:
        raise NotVisible(absent_text())
    return kind


def of_import(actor: Actor, record: str) -> brought.Brought | None:
    """Bring to the lists of what the actor may import the filter by his own imports, the newest of them offered."""
    kind = RECORDS[record]
    if kind not in kinds(actor):
        return None

    def choices() -> list[tuple[str, str]]:
        return [
            (ids.show(run.pk), named(run))
            for run in runs_of(actor).filter(record=record).order_by("-pk")[:LISTED]
        ]

    def meaning(actor: Actor, values: tuple[str, ...]) -> Q:
        return brought_in(actor, kind, [ids.read(value) for value in values])

    return brought.by_choice(FILTER, gettext_lazy("Import"), choices, meaning)


def named(run: ImportRun) -> str:
    """Return what an import is called where there are several: its file and when it was begun."""
    return f"{run.file_name} · {moment(run.started_at)}"


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List the imports of the reader, and what may be imported."""
    if not may_any(request.actor):
        raise NotAllowed(_("Your role does not allow you to import these records."))
    waiting = ImportUpload.objects.filter(uploaded_by_id=request.actor.user_id, run=None, gone_at=None)[
        :LISTED
    ]
    runs = [(run, RECORDS.get(run.record)) for run in runs_of(request.actor).order_by("-pk")[:LISTED]]
    return show(
        request, "web/import/list.html", "", kinds=kinds(request.actor), runs=runs,
        waiting=[(one, RECORDS[one.record]) for one in waiting if one.record in RECORDS], crumbs=[(_("Imports"), "")],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def start(request: KedangRequest, plural: str) -> HttpResponse:
    """Take a file to import; a file that cannot be read is refused here, with its reason."""
    kind = kind_named(plural)
    check_may_import(request.actor, kind)
    like = _like(request)
    if request.method == "GET":
        return _ask(request, kind, like)
    sent = request.FILES.get("file")
    if sent is None:
        return _ask(request, kind, like, _("Choose a file."))
    try:
        upload = uploads.receive(request.actor, kind, sent.name or "", sent.chunks(), like)
    except FileRefused as error:
        return _ask(request, kind, like, error.text)
    name = "import.file" if len(upload.found["sheets"]) > 1 and like is None else "import.columns"
    return leave(request, reverse(name, kwargs={"pk": ids.show(upload.pk)}))


def _like(request: KedangRequest) -> ImportUpload | None:
    asked = request.GET.get("like", "")
    return uploads.own(request.actor, pk_of(asked)) if asked else None


def _ask(
    request: KedangRequest, kind: RecordType, like: ImportUpload | None, error: str = ""
) -> HttpResponse:
    return show(
        request, "web/import/start.html", "", status=422 if error else 200, kind=kind, like=like, error=error,
        most=limits.FILE_BYTES, days=uploads.FILE_DAYS, step=1,
        crumbs=[(_("Imports"), reverse("import.list")), (_("Import %(label)s") % {"label": kind.label_plural}, "")],
    )  # fmt: skip


@require_GET
@signed_in
def template(request: KedangRequest, plural: str) -> HttpResponseBase:
    """Hand out the workbook to fill in."""
    kind = kind_named(plural)
    content = workbook(request.actor, kind)
    return handed_out(BytesIO(content), f"{kind.label_plural}-{_('template')}.xlsx")


def handed_out(content: Any, name: str) -> HttpResponseBase:
    response = FileResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
@signed_in
def result(request: KedangRequest, pk: str) -> HttpResponse:
    """Show what came of an import: its counts, the rows it refused, and the ways on."""
    run = uploads.own_run(request.actor, pk_of(pk))
    kind = RECORDS[run.record]
    upload = ImportUpload.objects.filter(run=run).first()
    job = _latest(request.actor, run, upload)
    problems = ImportProblem.objects.filter(run=run).order_by("row_no", "pk")[:SHOWN_REFUSED]
    listed = reverse(f"{kind.plural}.list")
    return show(
        request, "web/import/result.html", "state", run=run, kind=kind, upload=upload, counts=run.counts, step=6,
        problems=[(one, kind.fields[one.field].label if one.field in kind.fields else "") for one in problems],
        has_errors=ImportProblem.objects.filter(run=run).exists(), undone=run.undone, job=job,
        going=bool(job and job.ended_at is None), may_undo=_may_undo(run, job), list_url=listed,
        brought_url=f"{listed}?{FILTER}={ids.show(run.pk)}" if _did(run) and run.state != ImportRun.UNDONE else "",
        here=request.path, file_there=bool(upload and upload.gone_at is None), days=uploads.REFUSED_DAYS,
        crumbs=[(_("Imports"), reverse("import.list")), (run.file_name, "")],
    )  # fmt: skip


def _latest(actor: Actor, run: ImportRun, upload: ImportUpload | None) -> Job | None:
    """Return the last job about an import: of bringing it in, or of taking it back."""
    mine = Job.objects.filter(user=actor.user_id)
    about = [("engine.importrun", run.pk)] + ([("engine.importupload", upload.pk)] if upload else [])
    found = [mine.filter(subject=key, subject_id=pk).order_by("-pk").first() for key, pk in about]
    return max((job for job in found if job is not None), key=lambda job: job.pk, default=None)


def _did(run: ImportRun) -> int:
    return int(run.counts.get("created", 0) + run.counts.get("updated", 0))


def _may_undo(run: ImportRun, job: Job | None) -> bool:
    return run.state != ImportRun.UNDONE and _did(run) > 0 and not (job and job.ended_at is None)


@require_GET
@signed_in
def errors(request: KedangRequest, pk: str) -> HttpResponseBase:
    """Hand out the refused rows of an import, in the columns they came in, each with its reason."""
    run = uploads.own_run(request.actor, pk_of(pk))
    if not ImportProblem.objects.filter(run=run).exists():
        raise NotVisible(_("There are no refused rows, or they were deleted: they are kept for 30 days."))
    out = BytesIO()
    write_errors(out, run.headers, refused_rows(run), "xlsx")
    out.seek(0)
    stem = run.file_name.rpartition(".")[0] or run.file_name
    return handed_out(out, f"{stem}-{_('refused')}-{clock.today().isoformat()}.xlsx")


@require_POST
@signed_in
def undo(request: KedangRequest, pk: str) -> HttpResponse:
    """Take an import back, as a job; the result page says what could not be taken back."""
    run = uploads.own_run(request.actor, pk_of(pk))
    upload = ImportUpload.objects.filter(run=run).first()
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        job = _latest(request.actor, run, upload)
        if job is not None and job.ended_at is None:
            raise RuleBroken(_("This import is still going on. Stop it first, or wait."))
        if not _may_undo(run, job):
            raise RuleBroken(_("This import was taken back already."))
        queue(request.actor, UNDO, {"run_id": run.pk}, subject=("engine.importrun", run.pk))
    return leave(request, reverse("import.result", kwargs={"pk": ids.show(run.pk)}))


@require_POST
@signed_in
def discard(request: KedangRequest, pk: str) -> HttpResponseBase:
    """Delete an upload that is not needed."""
    upload = uploads.own(request.actor, pk_of(pk))
    if Job.objects.filter(pk=upload.job_id, ended_at=None).exists():
        raise RuleBroken(_("This import is still going on. Stop it first, or wait."))
    uploads.discard(upload)
    return redirect("import.list")
