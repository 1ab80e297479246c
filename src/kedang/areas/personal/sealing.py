"""Seal a person whose data a law still has kept, read what lies in a seal, put it back, and end it with the duty."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.personal import dossier, rules
from kedang.areas.personal.models import DONE, ERASURE, OPEN, Request
from kedang.areas.personal.services import let_go, settle, still_open, to_be_erased
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.erasing import sealing
from kedang.engine.erasing.models import Sealing
from kedang.engine.ledger.models import AccessLog
from kedang.engine.packs.active import active
from kedang.engine.records.access import text_of
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.doors import SEALED_AT, writing
from kedang.engine.scope.reach import reach
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotVisible, Problem, RuleBroken

PEOPLE = ("customers.contact", "customers.customer")
UNTIL = Input(gettext_lazy("Keep until (empty: as the law has the documents kept)"), "date", required=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One seal as a list shows it."""

    made: Sealing
    label: Any
    count: int


def may_any(actor: Actor) -> bool:
    """Say whether somebody is of the role that seals at all."""
    return any(actor.may(key, sealing.VERB) for key in PEOPLE)


@action("customers.contact.seal", record=Contact, verb=sealing.VERB, label=gettext_lazy("Seal the person"),
        icon="lock", asks_reason=True, releases=True, inputs={"until": UNTIL})  # fmt: skip
def seal_contact(work: Work, contact: Contact, *, until: date | None = None) -> None:
    """Let nobody read a contact any more but who may seal, until the duty to keep it ends."""
    _seal(work, contact, until)


@action("customers.customer.seal", record=Customer, verb=sealing.VERB, label=gettext_lazy("Seal the person"),
        icon="lock", asks_reason=True, releases=True, offered=dossier.is_person, inputs={"until": UNTIL})  # fmt: skip
def seal_customer(work: Work, customer: Customer, *, until: date | None = None) -> None:
    """Let nobody read a customer who is a person; orders and receipts stay in the books, without a name."""
    if not dossier.is_person(customer):
        raise RuleBroken(_("Only a person is sealed; a company's file is archived."))
    _seal(work, customer, until)


@action("personal.request.seal_person", record=Request, verb=sealing.VERB,
        label=gettext_lazy("Seal instead of erasing"), icon="lock", asks_reason=True, releases=True,
        offered=to_be_erased, inputs={"until": UNTIL})  # fmt: skip
def seal_person(work: Work, request: Request, *, until: date | None = None) -> None:
    """Answer a request for erasure while a duty to keep runs: the person is sealed, and erased when it ends."""
    still_open(request)
    if request.kind_key != ERASURE or request.contact_id is None or not request.identity:
        raise RuleBroken(_("First write down how the identity was checked."))
    person = work.load(Contact, request.contact_id, sealing.VERB)
    until = _until(person, until)
    request.contact_id = None
    settle(request, DONE, "")
    work.save(request)
    let_go(work, person, _("The person was sealed."), only=(Request,))
    made = _seal(work, person, until)
    text = _("Sealed until %(day)s; proof %(proof)s") % {"day": until.isoformat(), "proof": made.proof[:16]}
    request.answer = text
    work.save(request)


def _seal(work: Work, person: Contact | Customer, until: date | None) -> Sealing:
    key = record_of(type(person)).key
    own = Work(work.actor, f"{key}{sealing.SUFFIX}", sealing.VERB, work.reason, releases=True)
    if key == record_of(Contact).key:
        _refuse_requests(person)
    return sealing.seal_now(own, person, _until(person, until), books())


def _refuse_requests(person: Any) -> None:
    """A request that waits is answered first: it must not vanish with the person."""
    rows = Request.objects.unscoped(because="requests of a person who is sealed")
    if rows.filter(contact=person.pk, state_key=OPEN).exists():
        raise RuleBroken(_("A request of this person waits for an answer; answer it first."))


def books() -> frozenset[str]:
    """Return the record types that stay readable for the books when a person is sealed."""
    return frozenset(one.record for one in active().pack.processing if one.books and not one.retired)


def _until(person: Contact | Customer, until: date | None) -> date:
    found = until or duty_until(person)
    if found is None:
        text = _("No document has this person kept: say until when, or erase.")
        raise Invalid(text, [Problem("until", text, "required")])
    if found <= clock.today():
        text = _("The duty to keep ended already: erase instead.")
        raise Invalid(text, [Problem("until", text)])
    return found


def duty_until(person: Contact | Customer) -> date | None:
    """Return the last day on which a law has documents of a person kept; None when there are none."""
    if not isinstance(person, Customer):
        return None
    found = []
    for entry in active().pack.processing:
        kind = RECORDS.get(entry.record)
        if not entry.books or entry.retired or kind is None or not entry.years or not kind.timeline_at:
            continue
        rows = kind.model.objects.unscoped(because="until when documents of a person are kept")
        newest = rows.filter(**{kind.follows: person.pk}).aggregate(on=Max(kind.timeline_at))["on"]
        if newest is not None:
            found.append(rules.duty_end(newest, entry.years))
    return max(found, default=None)


def standing(actor: Actor) -> Iterator[Line]:
    """Yield the seals within the actor's reach, the newest first."""
    for key in PEOPLE:
        kind = RECORDS[key]
        if actor.may(key, sealing.VERB):
            within = set(_places(actor, kind).values_list("pk", flat=True))
            rows = Sealing.objects.filter(record=key, record_id__in=within, ended_at=None)
            yield from (Line(made, kind.label, sum(made.counts.values())) for made in rows.order_by("-pk"))


def one(actor: Actor, pk: int) -> Sealing:
    """Return a seal within the actor's reach; absent and hidden look alike."""
    made = Sealing.objects.filter(pk=pk, ended_at=None).first()
    kind = RECORDS.get(made.record) if made else None
    if made is None or kind is None or not _places(actor, kind).filter(pk=made.record_id).exists():
        raise NotVisible(_("There is no such record, or it is not yours to see."))
    return made


def read(actor: Actor, made: Sealing, reason: str) -> list[dossier.Section]:
    """Return what lies in a seal, in words; the look is written down with its reason."""
    if not reason.strip():
        raise Invalid(
            _("Say why you need it."), [Problem("reason", _("This field is required."), "required")]
        )
    held = sealing.contents(made)
    AccessLog.objects.create(
        at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind="sealed_look", record=made.record,
        record_id=made.record_id, rows=sum(made.counts.values()), reason=reason.strip()[:300],
    )  # fmt: skip
    return [
        dossier.Section(kind.key, str(kind.label_plural), [_told(kind, row) for row in rows])
        for kind, rows in sorted(sealing.rows_of(held), key=lambda one: one[0].key != made.record)
    ]


def back(actor: Actor, made: Sealing, reason: str) -> Any:
    """Put a sealed person back, for who may seal; return the record."""
    if not reason.strip():
        raise Invalid(_("Say why."), [Problem("reason", _("This field is required."), "required")])
    key = f"{made.record}{sealing.SUFFIX}"
    with transaction.atomic(), writing(key):
        locked = Sealing.objects.select_for_update().get(pk=made.pk)
        return sealing.put_back(Work(actor, key, sealing.VERB, reason.strip()[:300], releases=True), locked)


def end_due(today: date) -> int:
    """Empty the seals whose duty has ended: what lay in them is gone for good. Return how many."""
    due = Sealing.objects.filter(ended_at=None, until__lt=today)
    count = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            made = due.select_for_update().filter(pk=pk).first()
            if made is not None:
                sealing.end(made, "", sealing.OVER)
                count += 1
    return count


def _places(actor: Actor, kind: RecordType) -> Any:
    """Return the empty places of sealed records that an actor reaches by the right to seal."""
    rows = kind.model.objects.unscoped(because="empty places of sealed records")
    return rows.filter(reach(actor, kind.model, sealing.VERB).q(kind.model), archived_at=SEALED_AT)


def _told(kind: RecordType, row: Any) -> list[dossier.Fact]:
    names = dict.fromkeys(
        (kind.title, *(name for panel in kind.panels for name in panel.fields), *kind.columns)
    )
    found = []
    for name in names:
        spec = kind.fields[name]
        value = getattr(row, spec.attname)
        if value in (None, "") or spec.points_at:
            continue
        found.append((str(spec.label), dossier.said(value, text_of(spec, row, value))))
    return found
