"""What tasks do when something else happens."""

from collections import defaultdict
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.areas.engagement.models import DONE, OPEN, Task, Visit
from kedang.areas.engagement.record_types import TASK
from kedang.areas.pool.services import judge_again
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.calendar.table import CHANGED, workdays
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on
from kedang.kernel.errors import NotAllowed

BATCH = 200


@on("engagement.task.saved")
def followed_up(event: OutboxEvent) -> None:
    """Let the pool judge the customers anew for whom a task was done."""
    rows = Task.objects.unscoped(because="the customers of tasks that were done, for the rule of a pool")
    rows = rows.filter(pk__in=event.payload["ids"], done_at__isnull=False, customer__isnull=False)
    if pks := sorted(set(rows.values_list("customer", flat=True))):
        judge_again(pks, workdays())


@on("engagement.visit.saved")
def visited(event: OutboxEvent) -> None:
    """Let the pool judge the customers anew who were visited or called."""
    rows = Visit.objects.unscoped(because="the customers of visits that were made, for the rule of a pool")
    rows = rows.filter(pk__in=event.payload["ids"], state_key=DONE)
    if pks := sorted(set(rows.values_list("customer", flat=True))):
        judge_again(pks, workdays())


@on(CHANGED)
def recount(event: OutboxEvent) -> None:
    """Move the open tasks that were counted in working days of these years: each as its owner."""
    spans = Q(pk__in=[])
    for year in event.payload["years"]:
        spans |= Q(due_from__lte=date(year, 12, 31), due_on__gte=date(year, 1, 1))
    counted = Task.objects.unscoped(because="open tasks that are due in working days")
    rows = counted.filter(
        spans, state_key=OPEN, due_days__isnull=False, archived_at=None, owner__isnull=False
    )
    of_owner: dict[int, list[int]] = defaultdict(list)
    for pk, owner in rows.order_by("pk").values_list("pk", "owner"):
        of_owner[owner].append(pk)
    for owner in User.objects.filter(pk__in=of_owner, is_active=True):
        pks = of_owner[owner.pk]
        for first in range(0, len(pks), BATCH):
            try:
                batch_save(
                    actor_of(owner), TASK, [Row({}, pk) for pk in pks[first : first + BATCH]],
                    action="engagement.task.recount", reason=_("The calendar of working days has changed"),
                )  # fmt: skip
            except NotAllowed:
                break  # this owner may change no tasks any more; whoever takes them over counts them anew
