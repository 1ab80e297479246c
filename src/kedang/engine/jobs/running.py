"""Take a job, run it as its actor, and write down how it ended.

A job is taken by raising its `turn` with a lease. Every later write names that turn: a worker that was thought dead and
wakes up changes nothing, and what it did since its last `keep` is rolled back with it.
"""

import json
import logging
import threading
import time
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.identity.actors import actor_of
from kedang.engine.jobs.models import DONE, FAILED, RUNNING, STOPPED, WAITING, Job
from kedang.engine.jobs.queueing import SYSTEM, job_url
from kedang.engine.jobs.registry import KINDS, BadParams, label_of, run_body
from kedang.engine.jobs.rules import MAX_LOST, pause
from kedang.engine.notices import tell
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import KedangError

LEASE = timedelta(seconds=30)
LOOKED_AWAY = timedelta(seconds=15)
BETWEEN_REPORTS = 0.5
LOOKED_AT = 5
MAX_STATE = 1_000_000
log = logging.getLogger(__name__)


class Stopped(Exception):
    """A person asked the job to stop. What it has kept stays."""


class Yielded(Exception):
    """The worker itself ends; the job waits for the next one."""


class LeaseLost(Exception):
    """Another worker has the job now; this one must leave it alone."""


@dataclass(slots=True)
class JobRun:
    """What the function of a job holds: who it acts for, what it knows from before, and where it reports."""

    job: Job
    actor: Actor
    ending: threading.Event = field(default_factory=threading.Event)
    _reported: float = 0.0

    @property
    def state(self) -> dict[str, Any]:
        """What was kept by this job before, this time or before a kill."""
        return dict(self.job.kept)

    def keep(self, **state: Any) -> None:
        """Add to the state, or say only that a step is done. Within the transaction of a step it is stored with the
        step or not at all.
        """
        kept = {**self.job.kept, **state}
        if len(json.dumps(kept)) > MAX_STATE:
            raise ValueError("the state of a job is a place to go on from, not a store")
        self._store(kept=kept, lost=0)
        self.job.kept = kept

    def report(self, done: int, total: int | None = None, text: str = "") -> None:
        """Tell how far it is, at most twice a second; raise Stopped when a person asked for it."""
        if self.ending.is_set():
            raise Yielded
        now = time.monotonic()
        if now - self._reported < BETWEEN_REPORTS and done != total:
            return
        self._reported = now
        # Whoever is further than when the last worker was lost does not end each time at the same place.
        further = {"lost": 0} if done > self.job.done else {}
        self._store(done=done, total=total, text=text[:200], **further)
        self.job.done = done
        if Job.objects.filter(pk=self.job.pk, stop_asked=True).exists():
            raise Stopped

    def _store(self, **values: Any) -> None:
        hit = Job.objects.filter(pk=self.job.pk, turn=self.job.turn, state=RUNNING).update(
            due_at=clock.now() + LEASE, **values
        )
        if not hit:
            raise LeaseLost


def take() -> Job | None:
    """Take the job that has been due longest, one whose worker was lost included; None when nothing is due."""
    now = clock.now()
    for job in Job.objects.filter(ended_at=None, due_at__lte=now).order_by("due_at")[:LOOKED_AT]:
        lost = job.lost + (job.state == RUNNING)
        hit = Job.objects.filter(pk=job.pk, turn=job.turn, state=job.state, due_at=job.due_at).update(
            state=RUNNING, turn=F("turn") + 1, due_at=now + LEASE, started_at=job.started_at or now, lost=lost
        )
        if hit:
            return Job.objects.get(pk=job.pk)
    return None


def run_here(job: Job) -> Job:
    """Run a job that was queued just now in this process, for a command; return it as it ended, or as the worker that
    was faster has it now.
    """
    now = clock.now()
    hit = Job.objects.filter(pk=job.pk, state=WAITING).update(
        state=RUNNING, turn=F("turn") + 1, due_at=now + LEASE, started_at=now
    )
    if hit:
        run(Job.objects.get(pk=job.pk))
    return Job.objects.get(pk=job.pk)


def renew(job: Job) -> None:
    """Lengthen the lease of a job whose worker is alive, though its work has not looked up for a while."""
    Job.objects.filter(pk=job.pk, turn=job.turn, state=RUNNING).update(due_at=clock.now() + LEASE)


def run(job: Job, ending: threading.Event | None = None) -> None:
    """Run a job that was taken, and write down how it ended. Nothing a job does is raised from here."""
    user = job.user
    actor = actor_of(user) if user is not None else SYSTEM
    with translation.override(actor.language):
        try:
            _run(job, actor, ending or threading.Event())
        except Stopped:
            _end(job, STOPPED)
        except (Yielded, LeaseLost):
            _give_back(job)
        except KedangError as error:
            _end(job, FAILED, error=error.text)  # foreseen: another try would end the same
        except BadParams as error:
            log.warning("job %s (%s) refused: %s", job.pk, job.kind, error)
            _end(job, FAILED, error=_("What this job was to do is not as it was stored."), detail=str(error))
        except Exception as error:
            log.exception("job %s (%s) failed", job.pk, job.kind)
            _fail(job, error)


def _run(job: Job, actor: Actor, ending: threading.Event) -> None:
    if job.user_id is not None and actor.user_id is None:
        _end(job, FAILED, error=_("The person who asked for this no longer works here."))
    elif job.lost > MAX_LOST:
        _end(
            job,
            FAILED,
            error=_("The worker ended each time it did this. An administrator should look at it."),
        )
    elif job.kind not in KINDS:
        raise BadParams(f"there is no job {job.kind!r}")
    else:
        result = run_body(KINDS[job.kind], JobRun(job, actor, ending), job.params)
        _end(job, DONE, result=result, done=Coalesce(F("total"), F("done")), error="", detail="")


def _end(job: Job, state: str, **values: Any) -> None:
    now = clock.now()
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, turn=job.turn, state=RUNNING)
        if mine.update(state=state, ended_at=now, due_at=now, **values):
            _tell(job, state, now)


def _tell(job: Job, state: str, now: datetime) -> None:
    """Tell who waits for a job: that it failed, or that one is done which took long enough to look away."""
    took = now - (job.started_at or now)
    if job.user_id is None or not (state == FAILED or (state == DONE and took > LOOKED_AWAY)):
        return
    text = gettext_lazy("failed: %(job)s") if state == FAILED else gettext_lazy("done: %(job)s")
    tell([job.user_id], lambda: text % {"job": label_of(job.kind)}, job_url(job), "job")


def _give_back(job: Job) -> None:
    mine = Job.objects.filter(pk=job.pk, turn=job.turn, state=RUNNING)
    mine.update(state=WAITING, due_at=clock.now())


def _fail(job: Job, error: Exception) -> None:
    told = "".join(traceback.format_exception(error))[-4000:]
    wait = pause(job.tries + 1)
    if wait is None:
        text = _("It failed %(count)s times and was put aside. An administrator finds the reason here.")
        _end(job, FAILED, tries=job.tries + 1, error=text % {"count": job.tries + 1}, detail=told)
        return
    due: datetime = clock.now() + wait
    text = _("It failed and is tried again soon.")
    mine = Job.objects.filter(pk=job.pk, turn=job.turn, state=RUNNING)
    mine.update(state=WAITING, due_at=due, tries=job.tries + 1, error=text, detail=told)
