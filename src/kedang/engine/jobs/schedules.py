"""The scheduler: rows say when a job is queued next; whoever moves the row queues the job, so nobody does it twice."""

from django.db import transaction

from kedang.engine.jobs.models import Job, Schedule
from kedang.engine.jobs.queueing import SYSTEM, queue
from kedang.engine.jobs.registry import SCHEDULES
from kedang.engine.jobs.rules import next_time
from kedang.kernel import clock


def bring_up_to_date() -> None:
    """Store the schedules that the code declares; one that is new or has another rhythm starts from now."""
    now = clock.now()
    Schedule.objects.exclude(key__in=SCHEDULES).delete()
    stored = {row.key: row for row in Schedule.objects.all()}
    for one in SCHEDULES.values():
        row = stored.get(one.key)
        if row is None or row.rhythm != one.rhythm:
            at = next_time(one.rhythm, now, clock.ZONE)
            values = {"kind": one.kind, "params": dict(one.params), "rhythm": one.rhythm, "next_at": at}
            Schedule.objects.update_or_create(key=one.key, defaults=values)
        elif row.kind != one.kind or row.params != dict(one.params):
            Schedule.objects.filter(key=one.key).update(kind=one.kind, params=dict(one.params))


def queue_due() -> int:
    """Queue the job of every schedule whose time has come, however often it was missed; return how many."""
    now = clock.now()
    count = 0
    for row in Schedule.objects.filter(next_at__lte=now):
        with transaction.atomic():
            later = next_time(row.rhythm, now, clock.ZONE)
            mine = Schedule.objects.filter(key=row.key, next_at=row.next_at).update(
                next_at=later, last_at=now
            )
            if mine and not Job.objects.filter(schedule=row.key, ended_at=None).exists():
                queue(SYSTEM, row.kind, row.params, schedule=row.key)
                count += 1
    return count
