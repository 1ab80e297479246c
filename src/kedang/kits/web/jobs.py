"""Long work of mine: what waits, what runs and how far it is, what came of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kedang.engine.jobs import queueing
from kedang.engine.jobs.models import DONE, FAILED, RUNNING, STOPPED, WAITING, Job
from kedang.engine.jobs.registry import label_of
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kits.web.pages import leave, pk_of, record_url, show, signed_in

if TYPE_CHECKING:
    from django.utils.functional import Promise

MOST = 50
FAILED_ON_DESK = 5
STATES: "dict[str, tuple[Promise, str]]" = {
    WAITING: (gettext_lazy("in the queue"), ""),
    RUNNING: (gettext_lazy("at work"), "acc"),
    DONE: (gettext_lazy("done"), "good"),
    FAILED: (gettext_lazy("failed"), "crit"),
    STOPPED: (gettext_lazy("stopped"), "mid"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One job as its owner reads it."""

    row: Job
    url: str
    label: Any
    state: Any
    tone: str
    percent: int | None
    said: str
    made_url: str
    system: bool

    @property
    def live(self) -> bool:
        """Whether it may still change by itself."""
        return self.row.ended_at is None


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List the jobs of the reader, newest first."""
    rows = queueing.mine(request.actor).order_by("-pk")
    if before := request.GET.get("before", ""):
        rows = rows.filter(pk__lt=pk_of(before))
    found = list(rows[: MOST + 1])
    more = ids.show(found[MOST - 1].pk) if len(found) > MOST else ""
    return show(
        request, "web/jobs.html", "rows", jobs=[_told(row) for row in found[:MOST]], more=more,
        crumbs=[(_("Background jobs"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def detail(request: KedangRequest, pk: str) -> HttpResponse:
    """Show one job: how far it is and what came of it."""
    told = _told(queueing.find(request.actor, pk_of(pk)))
    crumbs = [(_("Background jobs"), reverse("jobs.list")), (told.label, "")]
    return show(
        request, "web/job.html", "progress", told=told, sees_detail=_sees_detail(request), crumbs=crumbs
    )


@require_POST
@signed_in
def stop(request: KedangRequest, pk: str) -> HttpResponse:
    """Ask a job to stop."""
    job = queueing.ask_stop(request.actor, pk_of(pk))
    said = _("Stopped.") if job.state == STOPPED else _("It stops as soon as its present step is done.")
    return leave(request, queueing.job_url(job), said if job.state != DONE else _("It was done already."))


@require_POST
@signed_in
def again(request: KedangRequest, pk: str) -> HttpResponse:
    """Let a job that failed or was stopped go on."""
    job = queueing.again(request.actor, pk_of(pk))
    return leave(request, queueing.job_url(job), _("It goes on from where it was."))


def failed(request: KedangRequest) -> dict[str, object] | None:
    """Return the newest failed jobs of the reader and, for administrators, of the system: for the desk."""
    rows = queueing.mine(request.actor).filter(state=FAILED).order_by("-pk")
    found = [_told(row) for row in rows[: FAILED_ON_DESK + 1]]
    return {"jobs": found[:FAILED_ON_DESK], "more": len(found) > FAILED_ON_DESK} if found else None


def _sees_detail(request: KedangRequest) -> bool:
    return queueing.runs_system(request.actor)


def _told(row: Job) -> Told:
    state, tone = STATES[row.state]
    percent = min(100, row.done * 100 // row.total) if row.total else None
    result = row.result or {}
    text = str(result.get("text", "")) if row.state == DONE else row.text
    if row.error and row.state in (FAILED, WAITING):
        text = row.error
    return Told(
        row, queueing.job_url(row), label_of(row.kind), _("stopping") if _stopping(row) else state, tone, percent,
        text, _made(row, str(result.get("url", ""))), row.user_id is None,
    )  # fmt: skip


def _stopping(row: Job) -> bool:
    return row.stop_asked and row.state == RUNNING


def _made(row: Job, url: str) -> str:
    """Return the address of what a job made or is about; only pages of ours."""
    if url and url.startswith("/") and url_has_allowed_host_and_scheme(url, None):
        return url
    if row.subject in RECORDS and row.subject_id is not None:
        return record_url(RECORDS[row.subject], row.subject_id)
    return ""
