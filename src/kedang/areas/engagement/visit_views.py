"""Pages of visits that are not generic: the pocket card, writing down a visit, the preparation sheet, the check-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kedang.areas.customers.models import Contact, Customer
from kedang.areas.engagement import selectors, visiting
from kedang.areas.engagement.models import PLANNED, VISIT
from kedang.engine.actions.perform import perform
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes, open_one, shown
from kedang.engine.records.types import RECORDS, record_of
from kedang.engine.request import KedangRequest
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible
from kedang.kits.web import cells
from kedang.kits.web.inputs import InputView
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in

CUSTOMER, CONTACT, CARD = record_key(Customer), record_key(Contact), "engagement.card"
PEOPLE = 12
LAST = 5
VALUES = ("kind_key", "purpose", "contact")
MINUTES = ("result", "mood_key", "next_step", "next_step_on", "promise", "promise_by", "promise_on", "rivals")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a card: five lines, the empty ones too."""

    title: str
    lines: list[tuple[int, Any, str]]


@require_GET
@signed_in
def card(request: KedangRequest, pk: str) -> HttpResponse:
    """Show the reader's pocket card of a customer, or one that the address names."""
    actor = request.actor
    customer = _opened(request, pk)
    cards = selectors.cards_of(actor, customer.pk)
    wanted = request.GET.get("card", "")
    chosen = _chosen(actor, cards, wanted)
    if wanted and chosen is None:
        raise NotVisible(absent_text())
    most = int(str(active().setting("file.card_lines")))
    lines = selectors.lines_of(actor, chosen.pk) if chosen is not None else []
    kind = RECORDS[CUSTOMER]
    return show(
        request, "engagement/card.html", customer=customer, url=record_url(kind, customer.pk), card=chosen,
        card_url=record_url(RECORDS[CARD], chosen.pk) if chosen is not None else "", sides=_sides(lines, most),
        used=len(lines), most=most, others=[(one, f"?card={ids.show(one.pk)}") for one in cards if one is not chosen],
        pills=cells.pills(actor, kind, customer, ["level_key"]), number=_text(actor, customer, "number"),
        phone=_text(actor, customer, "phone"), address=_text(actor, customer, "address"),
        coming=selectors.next_visit(actor, customer.pk), promises=selectors.promises_of(actor, customer.pk),
        log_url=reverse("visit.log", kwargs={"pk": pk}) if selectors.may_log(actor) else "",
        prepare_url=reverse("visit.prepare", kwargs={"pk": pk}), today=clock.today(),
        crumbs=[(customer.name, record_url(kind, customer.pk)), (_("Pocket card"), "")],
    )  # fmt: skip


def _chosen(actor: Actor, cards: Sequence[Any], wanted: str) -> Any:
    if wanted:
        return next((one for one in cards if ids.show(one.pk) == wanted), None)
    own = [one for one in cards if one.owner_id == actor.user_id]
    return next(iter(own or cards), None)


def _sides(lines: Sequence[Any], most: int) -> list[Side]:
    """Deal the lines onto the two sides of a card, the front first; a last line past the setting is kept."""
    half = -(-most // 2)
    by_no = {line.line_no: line for line in lines}
    numbers = range(1, max(most, *by_no, 0) + 1) if by_no else range(1, most + 1)
    rows = [
        (no, by_no.get(no), record_url(RECORDS[visiting.KEY], by_no[no].pk) if no in by_no else "")
        for no in numbers
    ]
    return [Side(_("Front side"), rows[:half]), Side(_("Back side"), rows[half:])]


@require_http_methods(["GET", "POST"])
@signed_in
def log(request: KedangRequest, pk: str) -> HttpResponse:
    """Log a visit or a call that was just made: one form, made for the phone."""
    actor = request.actor
    customer = _opened(request, pk)
    if not selectors.may_log(actor):
        raise NotAllowed(_("Your role does not allow this."))
    if request.method == "GET":
        return _log_form(request, customer, {"kind_key": VISIT})
    typed = {name: request.POST.get(name, "").strip()[:4_000] for name in (*VALUES, *MINUTES)}
    values = {"kind_key": typed["kind_key"], "planned_on": clock.today().isoformat(),
              "purpose": typed["purpose"] or typed["result"][:60]}  # fmt: skip
    if typed["contact"]:
        values["contact"] = typed["contact"]
    minutes = {name: typed[name] for name in MINUTES if typed[name]}
    try:
        with transaction.atomic():
            visit = visiting.log(actor, customer, values, minutes)
    except Invalid as error:
        return _log_form(
            request, customer, typed, {one.field: one.text for one in error.problems}, status=422
        )
    said = _("Written down.")
    if visit.line_no is not None:
        said = _("Written down: line %(line)s of the card.") % {"line": visit.line_no}
    return leave(request, reverse("visit.card", kwargs={"pk": pk}), said)


def _log_form(
    request: KedangRequest, customer: Any, typed: Mapping[str, str], errors: Mapping[str, str] | None = None, *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    errors = errors or {}
    specs = visiting.MINUTES
    fields = {
        name: InputView(
            name, specs[name].label, specs[name].kind, typed.get(name, ""), required=specs[name].required,
            error=errors.get(name, ""),
        )
        for name in ("result", "next_step", "next_step_on", "promise", "promise_on", "rivals")
    }  # fmt: skip
    pack = active()
    return show(
        request, "engagement/log.html", status=status, customer=customer, typed=typed, fields=fields,
        ways=pack.choices("contact_way"), moods=pack.choices("visit_mood"), sides=pack.choices("promise_by"),
        people=_people(request.actor, customer), back=reverse("visit.card", kwargs={"pk": ids.show(customer.pk)}),
        errors=[text for name, text in errors.items() if name not in fields],
        crumbs=[(customer.name, record_url(RECORDS[CUSTOMER], customer.pk)), (_("Log a visit"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def prepare(request: KedangRequest, pk: str) -> HttpResponse:
    """Show on one page what to know before seeing a customer: people, promises, the last visits, what was prepared."""
    actor = request.actor
    customer = _opened(request, pk)
    kind = RECORDS[CUSTOMER]
    told = [
        (kind.fields[name].label, text)
        for name in ("number", "level_key", "phone", "address", "business_scope", "next_step", "remarks")
        if name in kind.fields and (text := _text(actor, customer, name))
    ]
    return show(
        request, "engagement/prepare.html", customer=customer, facts=told, people=_described(actor, customer),
        coming=selectors.next_visit(actor, customer.pk), promises=selectors.promises_of(actor, customer.pk),
        visits=selectors.visits_of(actor, customer.pk, LAST), back=reverse("visit.card", kwargs={"pk": pk}),
        today=clock.today(),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def check_in(request: KedangRequest, pk: str) -> HttpResponse:
    """Ask the phone for the place, once, and note it with the visit."""
    visit: Any = open_one(request.actor, RECORDS[visiting.KEY], pk_of(pk))
    url = record_url(RECORDS[visiting.KEY], visit.pk)
    if request.method == "GET":
        here = visit.state_key == PLANNED and visit.checked_in_at is None
        return show(
            request, "engagement/check_in.html", visit=visit, here=here, url=url,
            crumbs=[(str(visit), url), (_("Check in"), "")],
        )  # fmt: skip
    given = {name: request.POST.get(name, "").strip()[:20] for name in ("latitude", "longitude", "accuracy")}
    perform(request.actor, "engagement.visit.check_in", visit.pk, {k: v for k, v in given.items() if v})
    return leave(request, url, _("Checked in."))


def _opened(request: KedangRequest, pk: str) -> Any:
    customer = open_one(request.actor, record_of(Customer), pk_of(pk))
    if not selectors.sees_visits(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
    return customer


def _text(actor: Actor, row: Any, name: str) -> str:
    """Return a field as this reader may see it, or nothing."""
    if modes(actor, RECORDS[CUSTOMER])[name] < Mode.MASK:
        return ""
    return str(shown(actor, RECORDS[CUSTOMER], row, name).text)


def _contacts(actor: Actor, customer: Any) -> list[Any]:
    if not actor.may(CONTACT, "view") or modes(actor, RECORDS[CONTACT])["name"] < Mode.READ:
        return []
    return list(Contact.objects.visible_to(actor).filter(customer=customer.pk).order_by("pk")[:PEOPLE])


def _people(actor: Actor, customer: Any) -> list[tuple[str, str]]:
    return [(ids.show(one.pk), one.name) for one in _contacts(actor, customer)]


def _described(actor: Actor, customer: Any) -> list[tuple[str, list[str]]]:
    """Return each contact with what to know of them, as far as the reader may read it."""
    kind = RECORDS[CONTACT]
    allowed = modes(actor, kind)
    wanted = [name for name in ("position", "layer_key", "attitude_key", "mobile", "hobbies", "remarks")
              if name in kind.fields and allowed[name] >= Mode.MASK]  # fmt: skip
    return [
        (one.name, [text for name in wanted if (text := str(shown(actor, kind, one, name).text))])
        for one in _contacts(actor, customer)
    ]


urlpatterns = [
    path("customers/<str:pk>/card", card, name="visit.card"),
    path("customers/<str:pk>/log", log, name="visit.log"),
    path("customers/<str:pk>/prepare", prepare, name="visit.prepare"),
    path("visits/<str:pk>/check-in", check_in, name="visit.check_in"),
]
