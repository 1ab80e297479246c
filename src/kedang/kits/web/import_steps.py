"""The steps of one import: how the file is read, its columns, the rehearsal, and bringing it in."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.exchange import limits, uploads, wizard
from kedang.engine.exchange.jobs import IMPORT, REHEARSE
from kedang.engine.exchange.models import ImportRun, ImportUpload, RehearsedRow
from kedang.engine.jobs import queue
from kedang.engine.jobs.models import DONE, Job
from kedang.engine.jobs.queueing import ask_stop
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import BadQuery, FileRefused, Invalid, RuleBroken
from kedang.kits.web import import_columns
from kedang.kits.web.imports import handed_out
from kedang.kits.web.pages import leave, pk_of, query_with, record_url, show, signed_in, wants_part

SIZE = 50
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030 (GBK)", "utf-16": "UTF-16", "big5": "Big5"}


@dataclass(frozen=True, slots=True)
class RowView:
    """One rehearsed row: its cells, each with what stood there before when it changes, and why it was refused."""

    row: RehearsedRow
    cells: list[tuple[str, str, bool, bool]]
    problems: list[tuple[Any, str]]
    filled: list[tuple[Any, str]]
    answer: str
    url: str


@require_GET
@signed_in
def resume(request: KedangRequest, pk: str) -> HttpResponse:
    """Go to the step at which an import stands."""
    upload, _kind = _opened(request, pk)
    if upload.run_id is not None:
        return leave(request, reverse("import.result", kwargs={"pk": ids.show(upload.run_id)}))
    if upload.rehearsal or upload.job_id:
        return leave(request, _url(upload, "rehearsal"))
    return leave(request, _url(upload, "columns"))


@require_http_methods(["GET", "POST"])
@signed_in
def file(request: KedangRequest, pk: str) -> HttpResponse:
    """Show how the file is read, and read it another way: another sheet, encoding, separator, first row."""
    upload, kind = _opened(request, pk, open_only=True)
    error = ""
    if request.method == "POST":
        skip = request.POST.get("skip_rows", "")
        options: dict[str, Any] = {
            name: request.POST.get(name, "") for name in ("encoding", "separator", "sheet")
        }
        options["header"] = {"yes": True, "no": False}.get(request.POST.get("header", ""))
        options["skip_rows"] = min(int(skip), limits.ROWS) if skip.isdecimal() and len(skip) < 8 else 0
        try:
            uploads.look_into(request.actor, kind, upload, {k: v for k, v in options.items() if v != ""})
        except FileRefused as refused:
            error = refused.text
            upload.refresh_from_db()
        else:
            upload.save()
            if request.POST.get("then") != "look":
                return leave(request, _url(upload, "columns"))
    return show(
        request, "web/import/file.html", "", status=422 if error else 200, step=2, error=error,
        encodings=[(key, ENCODINGS[key]) for key in limits.ENCODINGS],
        separators=[(",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", "|")], **_common(upload, kind),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def columns(request: KedangRequest, pk: str) -> HttpResponse:
    """Show which column is which field, and keep what was chosen."""
    upload, kind = _opened(request, pk, open_only=True)
    errors: dict[str, str] = {}
    post = request.POST if request.method == "POST" else None
    if post is not None:
        try:
            uploads.state(
                request.actor, kind, upload, import_columns.stated(request.actor, kind, upload, post)
            )
            return _rehearse(request, upload)
        except Invalid as invalid:
            errors = {problem.field: problem.text for problem in invalid.problems} or {"": invalid.text}
    given = post if post is not None else {}
    said = upload.stated
    wanted = import_columns.missing(request.actor, kind, upload) if post is None else []
    return show(
        request, "web/import/columns.html", "", status=422 if errors else 200, step=3,
        targets=import_columns.targets(request.actor, kind), columns=import_columns.columns(upload, errors, post),
        fixed=import_columns.fixed(upload, errors, post, wanted=wanted),
        matches=import_columns.matches(request.actor, kind),
        mode=given.get("mode") or said.get("mode", "both"), error=errors.get("", ""),
        match=given.get("match", "") if post is not None else next(iter(said.get("match", [])), ""),
        match_error=errors.get("match", ""), clears=(given.get("empty") or said.get("empty")) == "clear",
        group=given.get("group", "") if post is not None else next(iter(said.get("group", [])), ""),
        worked_out=import_columns.worked_out(kind), lines=kind.lines,
        missing=[one.label for one in wanted],
        **_common(upload, kind),
    )  # fmt: skip


def _rehearse(request: KedangRequest, upload: ImportUpload) -> HttpResponse:
    with transaction.atomic():
        job = queue(
            request.actor, REHEARSE, {"upload_id": upload.pk}, subject=("engine.importupload", upload.pk)
        )
        ImportUpload.objects.filter(pk=upload.pk).update(job_id=job.pk, rehearsal={})
    return leave(request, _url(upload, "rehearsal"))


@require_http_methods(["GET", "POST"])
@signed_in
def rehearsal(request: KedangRequest, pk: str) -> HttpResponse:
    """Show what every row would do; keep what is to be done with a row that looks like a record there is."""
    upload, kind = _opened(request, pk, open_only=True)
    if request.method == "POST":
        row_no = request.POST.get("row", "")
        wizard.answer(upload, int(row_no) if row_no.isdecimal() else 0, request.POST.get("answer", ""))
        return (
            HttpResponse(status=204)
            if request.headers.get("HX-Request")
            else leave(request, request.get_full_path())
        )
    job = Job.objects.filter(pk=upload.job_id, user=request.actor.user_id).first()
    if not upload.rehearsal:
        return _progress(request, upload, kind, job, _url(upload, "rehearsal"), step=4)
    if wants_part(request):  # the progress that stood here is over
        return leave(request, request.get_full_path())
    counts = upload.rehearsal
    only = request.GET.get("kind", "")
    if only and only not in wizard.KINDS:
        raise BadQuery(_("There is no such view."))
    after = request.GET.get("after", "")
    rows = upload.rows.filter(row_no__gt=int(after) if after.isdecimal() and len(after) < 9 else 0)
    found = list((rows.filter(kind=only) if only else rows).order_by("row_no")[: SIZE + 1])
    shown = _shown(request, kind, upload)
    return show(
        request, "web/import/rehearsal.html", "", step=4, only=only, counts=counts, tabs=_tabs(counts),
        heads=[label for _name, label in shown], title_label=kind.label,
        rows=[_row(one, kind, [name for name, _label in shown], upload) for one in found[:SIZE]],
        next_url=f"?{query_with(request, after=str(found[SIZE - 1].row_no))}" if len(found) > SIZE else "",
        first_url=f"?{query_with(request, drop=('after',))}" if after else "",
        cut=any(counts.get(name, 0) > wizard.KEPT_OF_A_KIND for name in wizard.KINDS), kept=wizard.KEPT_OF_A_KIND,
        reasons=[(_label(kind, field), text, count) for field, _code, text, count in counts.get("reasons", [])],
        mapped=_mapped(request, kind, upload), writes=counts["created"] + counts["updated"],
        duplicates=counts["duplicate"], **_common(upload, kind),
    )  # fmt: skip


def _tabs(counts: dict[str, Any]) -> list[tuple[str, Any, int, str]]:
    always = [
        ("", _("All"), counts["rows"], ""), ("created", _("To create"), counts["created"], ""),
        ("updated", _("To update"), counts["updated"], ""), ("unchanged", _("Unchanged"), counts["unchanged"], ""),
        ("refused", pgettext("row", "Refused"), counts["refused"], "c-crit" if counts["refused"] else ""),
    ]  # fmt: skip
    if counts["duplicate"]:
        always.append(("duplicate", _("Possible duplicates"), counts["duplicate"], "c-high"))
    if counts["skipped"]:
        always.append(("skipped", _("Skipped"), counts["skipped"], ""))
    return always


def _shown(request: KedangRequest, kind: RecordType, upload: ImportUpload) -> list[tuple[str, Any]]:
    """Return the fields that stand as columns of a rehearsal, in the order in which their cells were kept."""
    stated = upload.stated.get("columns", {})
    names = [
        n
        for n, source in stated.items()
        if n != "id" and (isinstance(source, str) or not {"const", import_columns.OFFER}.intersection(source))
    ]
    return [(name, _label(kind, name)) for name in names]


def _row(one: RehearsedRow, kind: RecordType, names: list[str], upload: ImportUpload) -> RowView:
    wrong = {field for field, _text in one.problems}
    cells = []
    for name, text in zip(names, one.cells, strict=False):
        old, new = one.changes.get(name, ("", text))
        cells.append((new, old, name in one.changes, name in wrong))
    problems = [(_label(kind, field), text) for field, text in one.problems]
    url = record_url(kind, one.record_id) if one.title and one.record_id else ""
    offered = [name for name in one.changes if name in kind.offers and name not in names]
    filled = [(_label(kind, name), one.changes[name][1]) for name in offered]
    return RowView(one, cells, problems, filled, upload.answers.get(str(one.row_no), "skip"), url)


def _label(kind: RecordType, name: str) -> Any:
    if name in kind.fields:
        return kind.fields[name].label
    return kind.lines.label if kind.lines is not None and name == "lines" else ("ID" if name == "id" else "")


def _mapped(request: KedangRequest, kind: RecordType, upload: ImportUpload) -> list[tuple[str, Any]]:
    known = import_columns.labels(request.actor, kind)
    named = [(one.header, known.get(one.chosen, "")) for one in import_columns.columns(upload, {})]
    named += [
        (_("worked out") if one.how == import_columns.OFFER else f"“{one.text}”", known.get(one.key, ""))
        for one in import_columns.fixed(upload, {})
        if one.key
    ]
    return named


@require_GET
@signed_in
def refused(request: KedangRequest, pk: str) -> HttpResponseBase:
    """Hand out the rows that the rehearsal refused."""
    upload, _kind = _opened(request, pk, open_only=True)
    path = uploads.errors_of(upload)
    if not upload.rehearsal or not path.exists():
        raise RuleBroken(_("There is no rehearsal of this file yet."))
    stem = upload.file_name.rpartition(".")[0] or upload.file_name
    return handed_out(path.open("rb"), f"{stem}-{_('refused')}.xlsx")


@require_http_methods(["GET", "POST"])
@signed_in
def run(request: KedangRequest, pk: str) -> HttpResponse:
    """Bring the file in, and show how far it is; the page can be left and found again."""
    upload, kind = _opened(request, pk)
    job = Job.objects.filter(pk=upload.job_id, user=request.actor.user_id).first()
    if request.method == "POST":
        job = _begin(request, upload)
    if upload.run_id is not None and (job is None or job.ended_at is not None):
        return leave(request, reverse("import.result", kwargs={"pk": ids.show(upload.run_id)}))
    if job is None or job.kind != IMPORT:
        return leave(request, _url(upload, "rehearsal"))
    return _progress(request, upload, kind, job, _url(upload, "run"), step=5)


def _begin(request: KedangRequest, upload: ImportUpload) -> Job:
    """Queue the import once, however often the button was pressed."""
    with transaction.atomic():
        kept = ImportUpload.objects.select_for_update(of=("self",)).select_related("run").get(pk=upload.pk)
        job = Job.objects.filter(pk=kept.job_id).first()
        if job is not None and job.kind == IMPORT and (job.ended_at is None or job.state == DONE):
            return job
        if kept.run is not None and kept.run.state != ImportRun.RUNNING:
            raise RuleBroken(_("This file was imported already."))
        if not kept.rehearsal:
            raise RuleBroken(_("Rehearse the import first."))
        uploads.check_there(kept)
        job = queue(request.actor, IMPORT, {"upload_id": kept.pk}, subject=("engine.importupload", kept.pk))
        ImportUpload.objects.filter(pk=kept.pk).update(job_id=job.pk)
    return job


@require_POST
@signed_in
def stop(request: KedangRequest, pk: str) -> HttpResponse:
    """Stop the rehearsal or the import of a file; whole batches stay."""
    upload, _kind = _opened(request, pk)
    job = ask_stop(request.actor, upload.job_id)
    return leave(request, _url(upload, "run" if job.kind == IMPORT else "rehearsal"))


def _progress(
    request: KedangRequest, upload: ImportUpload, kind: RecordType, job: Job | None, here: str, *, step: int
) -> HttpResponse:  # fmt: skip
    if job is None:
        return leave(request, _url(upload, "columns"))
    if job.state == DONE:
        upload.refresh_from_db()
        target = (
            reverse("import.result", kwargs={"pk": ids.show(upload.run_id)})
            if upload.run_id and step == 5
            else here
        )
        if request.headers.get("HX-Request") or target != here:
            return leave(request, target)
    percent = min(100, 100 * job.done // job.total) if job.total else 0
    return show(
        request, "web/import/progress.html", "state", job=job, here=here, step=step, percent=percent,
        going=job.ended_at is None, **_common(upload, kind),
    )  # fmt: skip


def _opened(request: KedangRequest, pk: str, *, open_only: bool = False) -> tuple[ImportUpload, RecordType]:
    """Return an upload of the reader's and what its rows are; `open_only` refuses one that was imported."""
    upload = uploads.own(request.actor, pk_of(pk))
    if open_only:
        if upload.run_id is not None:
            raise RuleBroken(_("This file was imported already."))
        if request.method == "POST":
            uploads.check_there(upload)
            if Job.objects.filter(pk=upload.job_id, ended_at=None, kind=IMPORT).exists():
                raise RuleBroken(_("This import is still going on. Stop it first, or wait."))
    return upload, RECORDS[upload.record]


def _url(upload: ImportUpload, name: str) -> str:
    return reverse(f"import.{name}", kwargs={"pk": ids.show(upload.pk)})


def _common(upload: ImportUpload, kind: RecordType) -> dict[str, Any]:
    return {
        "upload": upload, "kind": kind, "found": upload.found, "shown_pk": ids.show(upload.pk),
        "crumbs": [(_("Imports"), reverse("import.list")), (_("Import %(label)s") % {"label": kind.label_plural}, "")],
    }  # fmt: skip
