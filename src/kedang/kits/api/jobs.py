"""Long work of one's own, for programs: how far it is and what came of it."""

from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Router

from kedang.engine.jobs import queueing
from kedang.engine.jobs.models import Job
from kedang.engine.jobs.registry import label_of
from kedang.engine.records import queries
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible
from kedang.kits.api import pagination
from kedang.kits.api.bodies import check_query
from kedang.kits.api.document import told_job, told_jobs
from kedang.kits.api.shapes import answered, moment

Id = Annotated[str, Path(alias="id")]


def router() -> Router:
    """Return the addresses of jobs."""
    found = Router()

    @found.get("", **told_jobs())
    def rows(request: KedangRequest) -> HttpResponse:
        return _rows(request)

    @found.get("/{id}", **told_job())
    def one(request: KedangRequest, pk: Id) -> HttpResponse:
        check_query(request)
        try:
            number = ids.read(pk)
        except ValueError as error:
            raise NotVisible(_("There is no such job, or it is not yours to see.")) from error
        return answered(_shape(queueing.find(request.actor, number)))

    return found


def _rows(request: KedangRequest) -> HttpResponse:
    check_query(request, "limit", "cursor")
    limit, purpose = pagination.limit_of(request), f"jobs {request.actor.user_id}"
    found = queueing.mine(request.actor).order_by("-pk")
    if cursor := request.GET.get("cursor", ""):
        found = found.filter(pk__lt=queries.unseal(purpose, cursor)[0])
    jobs = list(found[: limit + 1])
    cursor = queries.seal(purpose, [jobs[limit - 1].pk]) if len(jobs) > limit else ""
    body = {"items": [_shape(job) for job in jobs[:limit]], "next": cursor or None}
    return answered(body, headers=pagination.next_link(request, cursor))


def _shape(job: Job) -> dict[str, Any]:
    return {
        "id": ids.show(job.pk), "kind": job.kind, "label": str(label_of(job.kind)), "state": job.state,
        "done": job.done, "total": job.total, "text": job.text, "error": job.error,
        "queued_at": moment(job.queued_at), "started_at": moment(job.started_at) if job.started_at else None,
        "ended_at": moment(job.ended_at) if job.ended_at else None, "result": job.result,
    }  # fmt: skip
