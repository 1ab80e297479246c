"""Jobs and schedules as rows."""

from django.db import models

from kedang.engine.columns import IdField

WAITING, RUNNING, DONE, FAILED, STOPPED = "waiting", "running", "done", "failed", "stopped"
STATES = (WAITING, RUNNING, DONE, FAILED, STOPPED)


class Job(models.Model):
    """One piece of long work, for a person or, without one, for the system.

    `due_at` is when a worker may take it: of a running job that is the end of its lease. `turn` counts how often it
    was taken; whoever writes names the turn, so that a worker that lost its lease changes nothing any more. `kept` is
    what the work knows across kills. `error` is for people, `detail` for administrators.
    """

    id = IdField()
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    user = models.ForeignKey("engine.User", models.PROTECT, null=True, related_name="jobs", db_index=False)
    subject = models.CharField(max_length=80, blank=True)
    subject_id = models.BigIntegerField(null=True)
    schedule = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    turn = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    lost = models.PositiveSmallIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    text = models.CharField(max_length=200, blank=True)
    kept = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=500, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(ended_at__isnull=True), name="job_due"),
            models.Index(fields=["user", "-id"], name="job_of_user"),
            models.Index(
                fields=["schedule"], condition=models.Q(ended_at__isnull=True), name="job_of_schedule"
            ),
        ]


class Schedule(models.Model):
    """When a job is queued again and again. A time that was missed is made up for once."""

    key = models.CharField(max_length=80, primary_key=True)
    kind = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    rhythm = models.CharField(max_length=40)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
