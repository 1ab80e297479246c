"""What happens to visits, promises and pocket cards: prepared, done with minutes, kept; a full card makes the next."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.engagement import rules
from kedang.areas.engagement.models import (
    ANALYSED,
    BROKEN,
    CANCELLED,
    DONE,
    FULL,
    KEPT,
    OPEN,
    PLANNED,
    VISIT,
    WITHDRAWN,
    Card,
    Promise,
    Visit,
)  # fmt: skip
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.actions.registry import Input, action
from kedang.engine.actions.work import Work
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes
from kedang.engine.records.types import RECORDS, record_of
from kedang.kernel import clock, places, text
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Invalid, NotAllowed, Problem, RuleBroken

LAST_YEAR = 2100
KEY = "engagement.visit"
MINUTES = {
    "result": Input(gettext_lazy("Result"), "longtext"),
    "done_on": Input(gettext_lazy("Done on (today if empty)"), "date", required=False),
    "mood_key": Input(gettext_lazy("Mood"), "choice", required=False, choice_list="visit_mood"),
    "next_step": Input(gettext_lazy("Next step"), required=False),
    "next_step_on": Input(gettext_lazy("Next step on"), "date", required=False),
    "promise": Input(gettext_lazy("Promise"), required=False),
    "promise_by": Input(gettext_lazy("Promised by"), "choice", required=False, choice_list="promise_by"),
    "promise_on": Input(gettext_lazy("Promise due on"), "date", required=False),
    "rivals": Input(gettext_lazy("News of competitors"), "longtext", required=False),
}


def tidy_visits(work: Work, drafts: list[Draft]) -> None:
    """Bring purposes and times into their one form; a visit meets people of its customer; a done one stays as it is."""
    met = {draft.record.contact_id for draft in drafts} - {None}  # type: ignore[attr-defined]
    homes = (
        dict(Contact.objects.visible_to(work.actor).filter(pk__in=met).values_list("pk", "customer_id"))
        if met
        else {}
    )
    for draft in drafts:
        visit: Any = draft.record
        if draft.alters("purpose"):
            visit.purpose = text.tidy(visit.purpose)
        if draft.alters("planned_time") and visit.planned_time:
            try:
                visit.planned_time = rules.clock_time(visit.planned_time)
            except ValueError:
                draft.refuse("planned_time", _("A time looks like 14:30."))
        if draft.alters("planned_on", "planned_time", "owner") and not draft.alters("turn"):
            visit.turn = None  # the order that was accepted was that of another day, hour or person
        if visit.planned_on is not None and not 2000 <= visit.planned_on.year < LAST_YEAR:
            draft.refuse("planned_on", _("This day is too far away."))
        if visit.contact_id in homes and homes[visit.contact_id] != visit.customer_id:
            draft.refuse("contact", _("Choose a contact of this customer."))
        ended = not draft.creating and draft.was("state_key") != PLANNED
        if ended and draft.alters("customer", "kind_key", "planned_on", "purpose", "contact"):
            draft.refuse("", _("This visit is over; what was written then stays."), "locked")


def check_promises(work: Work, drafts: list[Draft]) -> None:
    """A promise of a visit is one to its customer; an ended one stays as it is."""
    named = {draft.record.visit_id for draft in drafts} - {None}  # type: ignore[attr-defined]
    homes = (
        dict(Visit.objects.visible_to(work.actor).filter(pk__in=named).values_list("pk", "customer_id"))
        if named
        else {}
    )
    for draft in drafts:
        promise: Any = draft.record
        if draft.alters("wording"):
            promise.wording = text.tidy(promise.wording)
        if promise.visit_id in homes and homes[promise.visit_id] != promise.customer_id:
            draft.refuse("visit", _("Choose a visit to this customer."))
        if (
            not draft.creating
            and draft.was("state_key") != OPEN
            and draft.alters("wording", "due_on", "by_key")
        ):
            draft.refuse("", _("This promise has ended; what was agreed then stays."), "locked")


def number_cards(work: Work, drafts: list[Draft]) -> None:
    """Give new cards the next number of their customer; one that changes hands while in use is collected as it is."""
    fresh = [draft for draft in drafts if draft.creating and not draft.record.number]  # type: ignore[attr-defined]
    homes = {draft.record.customer_id for draft in fresh} - {None}  # type: ignore[attr-defined]
    last = _counted(homes) if homes else {}
    for draft in fresh:
        card: Any = draft.record
        last[card.customer_id] = last.get(card.customer_id, 0) + 1
        card.number = f"K{last[card.customer_id]}"
    for draft in drafts:
        card = draft.record
        if not draft.creating and card.state_key == OPEN and draft.alters("owner", "customer"):
            card.state_key, card.closed_on = FULL, clock.today()


def _counted(customers: set[int]) -> dict[int, int]:
    rows = Card.objects.unscoped(because="how many cards a customer has").filter(customer__in=customers)
    return dict(rows.order_by().values_list("customer").annotate(count=Count("pk")))


def is_planned(visit: Visit) -> bool:
    """Say whether a visit still lies ahead."""
    return visit.state_key == PLANNED


def _is_due(visit: Visit) -> bool:
    return visit.state_key == PLANNED and visit.planned_on <= clock.today()


def _may_check_in(visit: Visit) -> bool:
    return visit.state_key == PLANNED and visit.checked_in_at is None


@action("engagement.visit.done", record=Visit, label=gettext_lazy("Write the minutes"), icon="check",
        offered=is_planned, leads=_is_due, inputs=MINUTES)  # fmt: skip
def done(
    work: Work, visit: Visit, *, result: str, done_on: date | None = None, mood_key: str = "", next_step: str = "",
    next_step_on: date | None = None, promise: str = "", promise_by: str = "", promise_on: date | None = None,
    rivals: str = "",
) -> None:  # fmt: skip
    """End a visit with its minutes: it takes a line on the card, its next step becomes a task, its promise is kept
    track of.
    """
    if visit.state_key != PLANNED:
        raise RuleBroken(_("This visit is over already."))
    today = clock.today()
    problems = rules.faults_of_minutes(today, done_on, next_step, next_step_on, promise, promise_on)
    if problems:
        raise Invalid(
            _("Some fields need another look."), [Problem(name, _(told)) for name, told in problems]
        )
    visit.state_key, visit.done_on = DONE, done_on or today
    visit.made_by_id = visit.owner_id or work.actor.user_id
    visit.result, visit.mood_key, visit.rivals = result.strip(), mood_key, rivals.strip()
    visit.next_step, visit.next_step_on = text.tidy(next_step)[:120], next_step_on
    if visit.kind_key == VISIT:
        _take_line(work, visit)
    work.save(visit)
    if visit.next_step:
        values = {
            "customer": visit.customer_id,
            "title": visit.next_step,
            "due_on": next_step_on,
            "kind_key": "",
        }
        perform(work.actor, "engagement.task.create", inputs=values)
    if promise.strip():
        values = {"customer": visit.customer_id, "visit": visit.pk, "wording": promise[:200],
                  "by_key": promise_by or "us", "due_on": promise_on}  # fmt: skip
        perform(work.actor, "engagement.promise.create", inputs=values)


def _take_line(work: Work, visit: Visit) -> None:
    """Write a visit on its owner's open card; a card whose last line this is has been filled and is collected.

    The customer is locked first, so that two visits at once take two lines.
    """
    Customer.objects.unscoped(because="the lock under which lines of cards are taken").select_for_update(
        of=("self",)
    ).get(pk=visit.customer_id)
    cards = Card.objects.unscoped(because="the open card of a visit's owner").filter(
        customer=visit.customer_id, owner=visit.owner_id, state_key=OPEN, archived_at=None
    )
    card = cards.order_by("pk").first()
    if card is None:
        now = clock.now()
        card = Card(
            customer_id=visit.customer_id, owner_id=visit.owner_id, unit_id=visit.unit_id, created_at=now,
            changed_at=now,
        )  # fmt: skip
    else:
        work.hold(card)
    card.lines_used += 1
    card.last_on, card.next_step = visit.done_on, visit.next_step
    if card.lines_used >= int(str(active().setting("file.card_lines"))):
        card.state_key, card.closed_on = FULL, visit.done_on
    work.save(card)
    visit.card_id, visit.line_no = card.pk, card.lines_used


@action("engagement.visit.cancel", record=Visit, label=gettext_lazy("Cancel the visit"), icon="x", asks_reason=True,
        offered=is_planned)  # fmt: skip
def cancel(work: Work, visit: Visit) -> None:
    """Call a planned visit off, with the reason in its history."""
    if visit.state_key != PLANNED:
        raise RuleBroken(_("This visit is over already."))
    visit.state_key = CANCELLED
    work.save(visit)


@action("engagement.visit.check_in", record=Visit, label=gettext_lazy("Check in"), icon="pin", offered=_may_check_in,
        owner_only=gettext_lazy("Only who makes the visit checks in."), page="check-in", inputs={
            "latitude": Input(gettext_lazy("Latitude"), "number"),
            "longitude": Input(gettext_lazy("Longitude"), "number"),
            "accuracy": Input(gettext_lazy("Accuracy (metres)"), "integer", required=False),
        })  # fmt: skip
def check_in(work: Work, visit: Visit, *, latitude: Any, longitude: Any, accuracy: int | None = None) -> None:
    """Note the one point, in WGS-84, at which the owner of a visit stood when checking in: once, and only theirs."""
    if visit.checked_in_at is not None or visit.state_key != PLANNED:
        raise RuleBroken(_("This visit has its check-in already, or is over."))
    if not (point := rules.point(latitude, longitude, accuracy)):
        wrong = _("This is no place on earth.")
        raise Invalid(wrong, [Problem("latitude", wrong)])
    visit.checked_in_at, visit.place = clock.now(), point
    work.save(visit)


@action("engagement.visit.set_turn", record=Visit, label=gettext_lazy("Place in the day's route"), quiet=True,
        owner_only=gettext_lazy("Only who makes the visit orders the day."),
        inputs={"turn": Input(gettext_lazy("Place in the day's route"), "integer", required=False)})  # fmt: skip
def set_turn(work: Work, visit: Visit, *, turn: int | None = None) -> None:
    """Give a planned visit its place in the order of its day, or take it away again; only its owner does."""
    if visit.state_key != PLANNED:
        raise RuleBroken(_("This visit is over already."))
    visit.turn = turn
    work.save(visit)


def _has_place(visit: Visit) -> bool:
    return bool(visit.place)


@action("engagement.visit.locate", record=Visit, label=gettext_lazy("This is where the customer is"), icon="pin",
        offered=_has_place)  # fmt: skip
def locate(work: Work, visit: Visit) -> None:
    """Take the point of a check-in over as the customer's location; without its accuracy, which was the phone's."""
    theirs = work.actor.user_id in {visit.owner_id, visit.made_by_id}
    if not visit.place or not (theirs or modes(work.actor, RECORDS[KEY])["place"] >= Mode.READ):
        raise RuleBroken(_("This visit has no check-in."))
    customer = work.load(Customer, visit.customer_id)
    if "place" not in settable(work.actor, record_of(Customer), creating=False, row=customer):
        raise NotAllowed(_("Your role does not allow this."))
    customer.place = str(replace(places.read(visit.place), accuracy=None))
    work.save(customer)


def promise_is_open(promise: Promise) -> bool:
    """Say whether a promise is still to be kept."""
    return promise.state_key == OPEN


def _end(work: Work, promise: Promise, state: str) -> None:
    if promise.state_key != OPEN:
        raise RuleBroken(_("This promise has ended already."))
    promise.state_key, promise.closed_on = state, clock.today()
    work.save(promise)


@action(
    "engagement.promise.keep",
    record=Promise,
    label=gettext_lazy("Kept"),
    icon="check",
    offered=promise_is_open,
    leads=promise_is_open,
)
def keep(work: Work, promise: Promise) -> None:
    """Note that a promise was kept."""
    _end(work, promise, KEPT)


@action("engagement.promise.break", record=Promise, label=gettext_lazy("Broken"), icon="warn", asks_reason=True,
        offered=promise_is_open)  # fmt: skip
def broken(work: Work, promise: Promise) -> None:
    """Note that a promise was not kept, and why."""
    _end(work, promise, BROKEN)


@action("engagement.promise.withdraw", record=Promise, label=gettext_lazy("Withdrawn"), icon="undo", asks_reason=True,
        offered=promise_is_open)  # fmt: skip
def withdraw(work: Work, promise: Promise) -> None:
    """Note that a promise was taken back by agreement, and why."""
    _end(work, promise, WITHDRAWN)


def is_full(card: Card) -> bool:
    """Say whether a card is full and waits to be read."""
    return card.state_key == FULL


@action("engagement.card.analyse", record=Card, label=gettext_lazy("Note what it shows"), icon="eye", offered=is_full,
        leads=is_full, inputs={"findings": Input(gettext_lazy("What the card shows"), "longtext")})  # fmt: skip
def analyse(work: Work, card: Card, *, findings: str) -> None:
    """Keep what a full card shows; it stays with the office file."""
    if card.state_key != FULL:
        raise RuleBroken(_("Only a full card is read."))
    card.state_key, card.findings = ANALYSED, findings.strip()
    work.save(card)


def log(actor: Any, customer: Customer, values: dict[str, Any], minutes: dict[str, Any]) -> Visit:
    """File a visit that was made, with its minutes, in one act. Raise what either step raises."""
    visit = perform(actor, f"{KEY}.create", inputs={"customer": customer.pk, **values}).record
    found: Visit = perform(actor, f"{KEY}.done", visit.pk, minutes).record
    return found
