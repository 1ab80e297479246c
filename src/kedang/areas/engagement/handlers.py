"""What tasks do when something else happens."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from kedang.areas.engagement import rules
from kedang.areas.engagement.models import DONE, FULL, OPEN, Card, Task, Visit
from kedang.areas.engagement.record_types import TASK
from kedang.areas.pool.services import judge_again
from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.calendar.table import CHANGED, workdays
from kedang.engine.files.models import Attachment
from kedang.engine.files.services import attach
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.ledger.models import OutboxEvent
from kedang.engine.ledger.outbox import on
from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Actor, Grant
from kedang.kernel.errors import NotAllowed

BATCH = 200
CUSTOMER = RECORDS["customers.customer"]
KEEPER = Actor(
    "Kedang", grants={f"{CUSTOMER.key}:{verb}": Grant(everything=True) for verb in ("view", "change")}
)


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


@on("engagement.card.saved")
def hang_on_file(event: OutboxEvent) -> None:
    """Hang a full card on the office file (附在档案表上): its lines as a text, among the files of its customer.

    It hangs there once; a card that was collected when its file changed hands hangs there as far as it was filled.
    """
    rows = Card.objects.unscoped(because="full pocket cards, which hang on the office file")
    rows = rows.filter(pk__in=event.payload["ids"], state_key=FULL, archived_at=None, lines_used__gt=0)
    for card in rows.select_related("customer", "owner"):
        language = card.owner.language if card.owner is not None else settings.LANGUAGE_CODE
        with override(language):
            name = f"{_('Pocket card')} {card.number}.txt"
            if not Attachment.objects.filter(
                record=CUSTOMER.key, record_id=card.customer_id, name=name
            ).exists():
                attach(KEEPER, CUSTOMER, card.customer_id, name, [_text_of(card).encode()])


def _text_of(card: Any) -> str:
    """Return a card as it was written: its customer, then a line for each visit."""
    visits = Visit.objects.unscoped(because="the lines of a full pocket card, which hangs on the office file")
    lines = [
        rules.CardLine(
            row.line_no or 0, row.done_on, str(row.contact or ""), row.result or row.purpose, row.next_step
        )
        for row in visits.filter(card=card.pk).select_related("contact").order_by("line_no")
    ]
    half = -(-max(len(lines), 1) // 2)
    head = f"{card.customer.name} {card.customer.number}\n{_('Pocket card')} {card.number} {card.owner or ''}".rstrip()
    return rules.card_text(head, (_("Front side"), lines[:half]), (_("Back side"), lines[half:]))


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
