"""What is checked of consents and requests, and what may be done with them."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.personal import rules, selectors
from kedang.areas.personal.models import DONE, ERASURE, OPEN, REFUSED, Consent, Request
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.calendar.table import workdays
from kedang.engine.erasing.erase import SUFFIX, erase_now
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Grant
from kedang.kernel.errors import RuleBroken

RECOUNTED = "personal.request.recount"
ERASING = f"customers.contact{SUFFIX}"
RUNNER = Actor(
    "Kedang", grants={f"{selectors.REQUEST}:{verb}": Grant(everything=True) for verb in ("view", "change")}
)


def check_consents(work: Work, drafts: list[Draft]) -> None:
    """A consent is of somebody at this customer, and was given: not tomorrow."""
    _check_people(drafts)
    for draft in drafts:
        row: Any = draft.record
        if draft.alters("given_on") and row.given_on is not None and row.given_on > clock.today():
            draft.refuse("given_on", _("A consent that was given lies not ahead."))
        if row.withdrawn_on is not None and row.given_on is not None and row.given_on > row.withdrawn_on:
            draft.refuse("given_on", _("It was withdrawn before this day."))


def check_requests(work: Work, drafts: list[Draft]) -> None:
    """A request is of somebody at this customer; its clock runs from the day it was asked."""
    _check_people(drafts)
    persons = _persons(drafts)
    for draft in drafts:
        row: Any = draft.record
        if draft.creating and row.contact_id is None and row.customer_id not in persons:
            draft.refuse("contact", _("Choose who asks."), "required")
        if draft.alters("asked_on") and row.asked_on is not None:
            if row.asked_on > clock.today():
                draft.refuse("asked_on", _("A request that was made lies not ahead."))
            row.due_on = rules.due_on(row.asked_on, workdays())


def recount(years: Iterable[int]) -> None:
    """Work the last day of open requests out anew, where the calendar of these years has changed."""
    calendar = workdays()
    for row in selectors.due_in(years):
        due = rules.due_on(row.asked_on, calendar)
        if due != row.due_on:
            work = Work(RUNNER, RECOUNTED, "change", releases=True)
            with transaction.atomic(), writing(work.action):
                work.hold(row)
                row.due_on = due
                work.save(row)


def _persons(drafts: list[Draft]) -> set[int]:
    """Return the customers who are persons, of the requests that name no contact."""
    asking: list[Any] = [draft.record for draft in drafts if draft.creating]
    alone = {row.customer_id for row in asking if row.contact_id is None}
    if not alone:
        return set()
    types = [one.key for one in active().pack.customer_type if one.is_person]
    rows = Customer.objects.unscoped(because="whom a consent or a request is of")
    return set(rows.filter(pk__in=alone - {None}, type_key__in=types).values_list("pk", flat=True))


def _check_people(drafts: list[Draft]) -> None:
    wanted = {draft.record.contact_id for draft in drafts if draft.alters("contact", "customer")}  # type: ignore[attr-defined]
    rows = Contact.objects.unscoped(because="whom a consent or a request is of")
    homes = dict(rows.filter(pk__in=wanted - {None}).values_list("pk", "customer_id"))
    for draft in drafts:
        row: Any = draft.record
        if row.contact_id in homes and homes[row.contact_id] != row.customer_id:
            draft.refuse("contact", _("This person is not a contact of the customer."))


def _stands(row: Consent) -> bool:
    return row.withdrawn_on is None


@action("personal.consent.withdraw", record=Consent, label=gettext_lazy("Withdraw the consent"), icon="x",
        offered=_stands)  # fmt: skip
def withdraw(work: Work, consent: Consent) -> None:
    """Note that a person takes a consent back, as of today: whoever may note one may do this."""
    if consent.withdrawn_on is not None:
        raise RuleBroken(_("This consent was withdrawn already."))
    consent.withdrawn_on = clock.today()
    work.save(consent)


def _unchecked(row: Request) -> bool:
    return row.state_key == OPEN and not row.identity


def _checked(row: Request) -> bool:
    erasing = (
        row.kind_key == ERASURE and row.contact_id is not None
    )  # a customer's own file goes by the archive
    return row.state_key == OPEN and bool(row.identity) and not erasing


def to_be_erased(row: Request) -> bool:
    """Say whether an open request asks for erasure, of somebody whose identity was checked."""
    return (
        row.state_key == OPEN
        and bool(row.identity)
        and row.kind_key == ERASURE
        and row.contact_id is not None
    )


def _open(row: Request) -> bool:
    return row.state_key == OPEN


@action("personal.request.identify", record=Request, label=gettext_lazy("Identity checked"), icon="check",
        offered=_unchecked, leads=_unchecked,
        inputs={"how": Input(gettext_lazy("How the identity was checked"))})  # fmt: skip
def identify(work: Work, request: Request, *, how: str) -> None:
    """Write down how it was made sure that who asks is the person."""
    still_open(request)
    request.identity = how.strip()[:120]
    work.save(request)


@action("personal.request.answer", record=Request, label=gettext_lazy("Answered"), icon="check", offered=_checked,
        leads=_checked,
        inputs={"answer": Input(gettext_lazy("Answer"))})  # fmt: skip
def answer(work: Work, request: Request, *, answer: str) -> None:
    """Close a request with what was answered. Nothing is given to somebody whose identity was not checked."""
    still_open(request)
    _identified(request)
    if request.kind_key == ERASURE and request.contact_id is not None:
        raise RuleBroken(_("A request for erasure is answered by erasing, or refused with a reason."))
    _close(work, request, DONE, answer)


@action("personal.request.refuse", record=Request, label=gettext_lazy("Refuse"), icon="x", offered=_open,
        inputs={"answer": Input(gettext_lazy("Why it is refused"))})  # fmt: skip
def refuse(work: Work, request: Request, *, answer: str) -> None:
    """Close a request without doing what was asked, with the reason that the person is told."""
    still_open(request)
    _close(work, request, REFUSED, answer)


@action("personal.request.erase_person", record=Request, verb="approve", label=gettext_lazy("Erase the person"),
        icon="x", asks_reason=True, releases=True, offered=to_be_erased)  # fmt: skip
def erase_person(work: Work, request: Request) -> None:
    """Erase the person who asked, at once and with all consents; the request stays, with the number of the proof.

    Only for who may approve contacts too. Orders and the customer's own file stay: they are not the person's.
    """
    still_open(request)
    _identified(request)
    if request.kind_key != ERASURE or request.contact_id is None:
        raise RuleBroken(_("Only a request for erasure erases somebody."))
    person = work.load(Contact, request.contact_id, "approve")
    request.contact_id = None
    settle(request, DONE, "")
    work.save(request)
    let_go(work, person, _("The person was erased."))
    # the last line of each history that goes is that of an erasure, whatever asked for it
    erasing = Work(work.actor, ERASING, "approve", work.reason, releases=True)
    proof = erase_now(erasing, person)
    request.answer = _("Erased; proof %(proof)s") % {"proof": proof.proof[:16]}
    work.save(request)


def let_go(
    work: Work, person: Contact, answer: str, *, only: tuple[type[ScopedModel], ...] = (ScopedModel,)
) -> None:
    """Let every record go that only names a person, such as a visit: it is the company's and stays."""
    for kind in RECORDS.values():
        for column in kind.model._meta.concrete_fields:
            if column.related_model is not Contact or not column.null or not issubclass(kind.model, only):
                continue
            rows = kind.model.objects.unscoped(because="records that name a person who is erased")
            for row in rows.select_for_update(of=("self",)).filter(**{column.name: person.pk}):
                work.hold(row)
                setattr(row, column.attname, None)
                if isinstance(row, Request) and row.state_key == OPEN:
                    settle(row, DONE, answer)
                draft = work.draft(row)
                draft.compare()
                work.store(
                    [draft]
                )  # no rule of a type stands against it, such as that a visit which is over stays


def _close(work: Work, request: Request, state: str, answer: str) -> None:
    settle(request, state, answer)
    work.save(request)


def settle(request: Request, state: str, answer: str) -> None:
    """Note an answer, as of today."""
    request.state_key, request.answer, request.answered_on = state, answer.strip()[:200], clock.today()


def still_open(request: Request) -> None:
    """Refuse what was answered already."""
    if request.state_key != OPEN:
        raise RuleBroken(_("This request was answered already."))


def _identified(request: Request) -> None:
    if not request.identity:
        raise RuleBroken(_("First write down how the identity was checked."))
