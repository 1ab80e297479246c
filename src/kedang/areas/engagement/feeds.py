"""The secret address under which a calendar program reads somebody's tasks and visits: given, replaced, taken back."""

import hashlib
import secrets
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from kedang.areas.engagement import rules, selectors
from kedang.areas.engagement.models import CalendarFeed
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.kernel import clock, ids

BEFORE, AHEAD, MOST = timedelta(days=60), timedelta(days=400), 1_000


def give(user_id: int) -> str:
    """Make a new secret for a person, which ends the one before; it can be read this once."""
    secret = secrets.token_urlsafe(32)
    values = {"digest": _digest(secret), "created_at": clock.now()}
    CalendarFeed.objects.update_or_create(user_id=user_id, defaults=values)
    return secret


def revoke(user_id: int) -> None:
    """End a person's address at once."""
    CalendarFeed.objects.filter(user=user_id).delete()


def feed_of(user_id: int) -> CalendarFeed | None:
    """Return whether a person has an address, and since when."""
    return CalendarFeed.objects.filter(user=user_id).first()


def reader_of(secret: str) -> User | None:
    """Return whose address this is; None for one that is unknown, ended, or of somebody who left."""
    found = CalendarFeed.objects.filter(digest=_digest(secret)).select_related("user").first()
    return found.user if found is not None and found.user.is_active else None


def file_for(user: User, root: str, name: str) -> str:
    """Return the calendar file of a person's open tasks and planned visits, as far as the person may see them now."""
    actor = actor_of(user)
    if not selectors.sees_tasks(actor):
        return rules.calendar_file(name, [], clock.ZONE)
    today = clock.today()
    span = (today - BEFORE, today + AHEAD)
    rows = selectors.mine(actor).filter(due_on__range=span)
    tasks = list(rows.order_by("due_on", "due_time", "pk")[:MOST])
    customers = selectors.customers_of(actor, tasks)
    entries = [
        _entry(
            "tasks",
            task,
            task.title,
            (task.due_on, task.due_time),
            customers.get(task.customer_id or 0),
            root,
        )
        for task in tasks
    ]
    if selectors.sees_visits(actor):
        visits = selectors.visits_ahead(actor, *span, MOST)
        known = selectors.names_of(actor, visits)
        entries += [
            _entry(
                "visits",
                row,
                row.purpose,
                (row.planned_on, row.planned_time),
                known.get(row.customer_id),
                root,
            )
            for row in visits
        ]
    return rules.calendar_file(name, entries, clock.ZONE)


def _entry(
    plural: str, row: Any, said: str, when: tuple[date, str], customer: Any, root: str
) -> rules.Entry:  # fmt: skip
    title = f"{customer.name} {said}" if customer is not None else said
    shown = ids.show(row.pk)
    url = root + reverse(f"{plural}.detail", kwargs={"pk": shown})
    return rules.Entry(f"{shown}@kedang", title, *when, "", url, row.changed_at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
