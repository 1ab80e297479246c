"""Whether a person may be written to, what they agreed to, and which requests wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q

from kedang.areas.customers.models import Contact
from kedang.areas.personal import rules
from kedang.areas.personal.models import ACCESS, DONE, OPEN, REFUSED, Consent, Request
from kedang.engine.packs.active import active
from kedang.engine.scope.reach import record_key
from kedang.kernel.actor import Actor

CONSENT, REQUEST = record_key(Consent), record_key(Request)
CONTACT = "customers.contact"
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Tally:
    """How requests of one kind were answered: within their term, late, refused of these, still open, overdue."""

    label: str
    within: int
    late: int
    refused: int
    open: int
    overdue: int


def allowed(contact_id: int, purpose: str, channel: str, as_of: date) -> bool:
    """Say whether a person agreed to be contacted for a purpose by a way, on a day. Whatever sends must ask this.

    It answers for the system, whoever sends: a consent that the sender cannot see counts, and so does a withdrawal.
    """
    rows = Consent.objects.unscoped(because="whether a person agreed, whoever asks")
    found = rows.filter(contact=contact_id, purpose_key=purpose, channel_key=channel, archived_at=None)
    return rules.covers(map(given, found), purpose, channel, as_of)


def given(row: Consent) -> rules.Given:
    """Return a line of the ledger as the rules know it."""
    return rules.Given(row.purpose_key, row.channel_key, row.given_on, row.withdrawn_on)


def waiting(actor: Actor, most: int) -> list[Request]:
    """Return the open requests of an actor's own, those due first at the front; `most` + 1 at most."""
    rows = Request.objects.own_of(actor).filter(state_key=OPEN)
    return list(rows.select_related("customer").order_by("due_on", "pk")[: most + 1])


def overdue(actor: Actor, today: date) -> list[Request]:
    """Return the requests whose term has passed without an answer, the oldest first, as far as the actor sees them."""
    rows = Request.objects.visible_to(actor).filter(state_key=OPEN, due_on__lt=today)
    return list(rows.select_related("customer", "owner").order_by("due_on", "pk")[:100])


def overdue_of_others(actor: Actor, today: date, most: int) -> list[Request]:
    """Return overdue requests that colleagues have to answer, for who may sign for them."""
    rows = Request.objects.visible_to(actor, "approve").exclude(owner=actor.user_id)
    rows = rows.filter(state_key=OPEN, due_on__lt=today)
    return list(rows.select_related("customer", "owner").order_by("due_on", "pk")[:most])


def answered(actor: Actor, today: date) -> list[Tally]:
    """Return by kind how the requests of the last year were answered, with a sum when there are several kinds."""
    closed, late = Q(state_key__in=(DONE, REFUSED)), Q(answered_on__gt=F("due_on"))
    rows = (
        Request.objects.visible_to(actor)
        .filter(asked_on__gt=today - YEAR)
        .values("kind_key")
        .order_by("kind_key")
    )
    counted = rows.annotate(
        within=Count("pk", filter=closed & ~late), late=Count("pk", filter=closed & late),
        refused=Count("pk", filter=Q(state_key=REFUSED)), open=Count("pk", filter=Q(state_key=OPEN)),
        overdue=Count("pk", filter=Q(state_key=OPEN, due_on__lt=today)),
    )  # fmt: skip
    said = active().labels("personal_request_kind")
    return [Tally(said.get(row.pop("kind_key"), ""), **row) for row in counted]


def asked_for_copy(actor: Actor, row: Any) -> Request | None:
    """Return the open request of a person for a copy of their data, where there is one."""
    if not actor.may(REQUEST, "view"):
        return None
    whose = Q(contact=row.pk) if isinstance(row, Contact) else Q(customer=row.pk, contact=None)
    rows = Request.objects.visible_to(actor).filter(whose, kind_key=ACCESS, state_key=OPEN)
    return rows.order_by("due_on", "pk").first()


def due_on(day: date) -> list[Request]:
    """Return the open requests that are due on a day and have an owner."""
    rows = Request.objects.unscoped(because="requests that are due, to tell who answers them")
    return list(rows.filter(state_key=OPEN, due_on=day, archived_at=None, owner__isnull=False))


def due_in(years: Iterable[int]) -> list[Request]:
    """Return the open requests that were asked, or are due, in some of these years."""
    spans = Q(pk__in=[])
    for year in years:
        spans |= Q(asked_on__lte=date(year, 12, 31), due_on__gte=date(year, 1, 1))
    rows = Request.objects.unscoped(because="open requests whose last day was counted in working days")
    return list(rows.filter(spans, state_key=OPEN, archived_at=None).order_by("pk"))


def consents_of(actor: Actor, contact_id: int, most: int) -> list[Consent]:
    """Return the consents of a person, the newest first."""
    return list(
        Consent.objects.visible_to(actor).filter(contact=contact_id).order_by("-given_on", "-pk")[:most]
    )
