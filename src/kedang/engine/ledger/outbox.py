"""Deliver outbox events to their handlers: at least once, effect once, never in a circle."""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q

from kedang.engine.ledger.models import HandledEvent, OutboxEvent
from kedang.kernel import clock

MAX_DEPTH = 5
MAX_TRIES = 8
Handler = Callable[[OutboxEvent], None]
HANDLERS: dict[str, list[Handler]] = defaultdict(list)
log = logging.getLogger(__name__)


def on(event_type: str) -> Callable[[Handler], Handler]:
    """Subscribe a handler to one type of event."""

    def wrap(handler: Handler) -> Handler:
        HANDLERS[event_type].append(handler)
        return handler

    return wrap


def deliver_one() -> bool:
    """Deliver the oldest event that is due; say whether there was one."""
    now = clock.now()
    with transaction.atomic():
        due = OutboxEvent.objects.filter(done_at=None).filter(Q(next_try_at=None) | Q(next_try_at__lte=now))
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        event = due.order_by("pk").first()
        if event is None:
            return False
        try:
            for handler in HANDLERS[event.type] if event.depth < MAX_DEPTH else ():
                with transaction.atomic():
                    _, new = HandledEvent.objects.get_or_create(event=event, handler=_name(handler))
                    if new:
                        handler(event)
            event.done_at = clock.now()
        except Exception as error:
            log.exception("event %s (%s) failed", event.pk, event.type)
            _postpone(event, error)
        event.save()
        return True


def deliver_some(most: int = 200) -> int:
    """Deliver up to `most` waiting events; return how many were tried."""
    count = 0
    while count < most and deliver_one():
        count += 1
    return count


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def _postpone(event: OutboxEvent, error: Exception) -> None:
    event.tries += 1
    event.error = str(error)[:300]
    if event.tries >= MAX_TRIES:
        event.done_at = clock.now()  # parked: `doctor` and the administrator's desk list events with an error
    else:
        event.next_try_at = clock.now() + timedelta(seconds=2**event.tries)
