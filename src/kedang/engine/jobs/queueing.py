"""Queue a job, stop it, try it again, and see the jobs that are mine."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from kedang.engine.jobs.models import FAILED, RUNNING, STOPPED, WAITING, Job
from kedang.engine.jobs.registry import KINDS
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotVisible, RuleBroken

SYSTEM = Actor(name="Kedang")


def queue(
    actor: Actor, kind: str, params: Mapping[str, Any], *, subject: tuple[str, int] | None = None,
    schedule: str = "",
) -> Job:  # fmt: skip
    """Store a job for an actor inside the caller's transaction and return it. Raise BadParams.

    It will run with the rights that its actor has by then; a job of SYSTEM has none and uses system reads.
    """
    now = clock.now()
    key, pk = subject or ("", None)
    return Job.objects.create(
        kind=kind, params=KINDS[kind].checked(params), user_id=actor.user_id, subject=key, subject_id=pk,
        schedule=schedule, queued_at=now, due_at=now,
    )  # fmt: skip


def job_url(job: Job) -> str:
    """Return the address of a job's page."""
    return reverse("jobs.detail", kwargs={"pk": ids.show(job.pk)})


def runs_system(actor: Actor) -> bool:
    """Say whether an actor looks after the installation, and so sees what the system does by itself."""
    return actor.may("engine.user", "change")


def mine(actor: Actor) -> QuerySet[Job]:
    """Return the jobs an actor may see: the own ones, and for administrators those of the system."""
    if actor.user_id is None:
        return Job.objects.none()
    seen = Q(user=actor.user_id)
    return Job.objects.filter(seen | Q(user=None) if runs_system(actor) else seen)


def find(actor: Actor, pk: int) -> Job:
    """Return one job of an actor's; that of somebody else is absent."""
    found = mine(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible(_("There is no such job, or it is not yours to see."))
    return found


def ask_stop(actor: Actor, pk: int) -> Job:
    """Stop a job: at once while it waits, else as soon as its work looks up. What it has done stays."""
    job = find(actor, pk)
    Job.objects.filter(pk=job.pk, state=WAITING).update(state=STOPPED, ended_at=clock.now())
    Job.objects.filter(pk=job.pk, state=RUNNING).update(stop_asked=True)
    return find(actor, pk)


def again(actor: Actor, pk: int) -> Job:
    """Let a job that failed or was stopped go on from where it was."""
    job = find(actor, pk)
    hit = Job.objects.filter(pk=job.pk, state__in=(FAILED, STOPPED)).update(
        state=WAITING,
        due_at=clock.now(),
        ended_at=None,
        tries=0,
        lost=0,
        stop_asked=False,
        error="",
        detail="",
    )
    if not hit:
        raise RuleBroken(_("Only a job that failed or was stopped can go on."))
    return find(actor, pk)
