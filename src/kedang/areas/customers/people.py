"""The key-person map of a customer: four layers, who stands for us, who has a say with whom, what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from kedang.areas.customers import peoplemap, touches
from kedang.areas.customers.models import Contact, Customer, Influence
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes, open_one, shown
from kedang.engine.records.types import record_of
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach, record_key
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import NotAllowed
from kedang.kits.web import looks, zones
from kedang.kits.web.pages import pk_of, record_url, show, signed_in

MOST = 60
TOLD = 8
CUSTOMER, CONTACT, LINE = record_key(Customer), record_key(Contact), record_key(Influence)
READ = (
    "position",
    "layer_key",
    "attitude_key",
    "influence",
    "role_key",
    "closeness",
    "closeness_wanted",
    "covered_by",
)


@dataclass(frozen=True, slots=True)
class Card:
    """One person on the map, in the words of the reader's language."""

    person: peoplemap.Person
    column: int
    name: str
    url: str
    position: str
    attitude: Any
    role: str
    covered_by: str
    tone: str


def contribute() -> None:
    """Put the way to the map on the page of a customer, once at start."""
    zones.contribute(CUSTOMER, "side", "customers/people_zone.html", zone, order=10)


def zone(request: KedangRequest, row: Customer) -> Mapping[str, object] | None:
    """Return the state of a customer's map in a sentence, for who sees contacts."""
    if row.archived_at is not None or not request.actor.may(CONTACT, "view"):
        return None
    people = [_person(request.actor, one, {}) for one in _contacts(request.actor, row)]
    found = peoplemap.state(people)
    return {"url": _address(row), "said": said_of(found), "tone": TONES[found]}


@require_GET
@signed_in
def page(request: KedangRequest, pk: str) -> HttpResponse:
    """Show the key-person map of one customer."""
    actor = request.actor
    customer = open_one(actor, record_of(Customer), pk_of(pk))
    if not actor.may(CONTACT, "view"):
        raise NotAllowed(_("Your role does not allow this."))
    rows = {row.pk: row for row in _contacts(actor, customer)}
    touched = touches.last(actor, list(rows))
    people = {pk: _person(actor, row, touched) for pk, row in rows.items()}
    gaps = peoplemap.gaps(list(people.values()), clock.today())
    bands = peoplemap.bands(list(people.values()))
    lines = _lines(actor, customer, rows)
    state = peoplemap.state(people.values())
    told = [_told(request, customer, gap, rows, changeable=_changeable(actor, rows)) for gap in gaps[:TOLD]]
    return show(
        request, "customers/people.html", customer=customer, count=len(people), said=said_of(state), tone=TONES[state],
        last=max(touched.values(), default=None), bands=[_band(request, customer, one, rows, people) for one in bands],
        lines=[_line_told(one) for one in lines], gaps=told, more_gaps=max(0, len(gaps) - TOLD),
        width=peoplemap.WIDTH, height=peoplemap.height(bands), paths=_paths(bands, lines),
        add_url=_add(actor, CONTACT, customer), line_url=_add(actor, LINE, customer) if len(rows) > 1 else "",
        crumbs=[(_("Customer files"), reverse("customers.list")), (str(customer), record_url(record_of(Customer),
                customer.pk)), (_("Key-person map"), "")],
    )  # fmt: skip


TONES = ("crit", "high", "mid", "good")


def said_of(state: int) -> str:
    """Return the state of a map in a sentence."""
    return (
        _("Nobody is known here yet"), _("No key player is known"), _("No key player is for us yet"),
        _("A key player is for us"),
    )[state]  # fmt: skip


def _contacts(actor: Actor, customer: Customer) -> list[Contact]:
    rows = Contact.objects.visible_to(actor).filter(customer=customer.pk)
    return list(rows.select_related("customer", "covered_by").order_by("pk")[:MOST])


def _person(actor: Actor, row: Contact, touched: Mapping[int, Any]) -> peoplemap.Person:
    """Return a contact as the map reads it; what the reader may not see is unknown."""
    allowed = modes(actor, record_of(Contact))
    seen = {
        name: getattr(row, "covered_by_id" if name == "covered_by" else name)
        if allowed[name] >= Mode.READ else None for name in READ
    }  # fmt: skip
    return peoplemap.Person(
        row.pk, _kind("contact_layer", seen["layer_key"]), seen["influence"], _kind("contact_attitude",
        seen["attitude_key"]), seen["closeness"], seen["closeness_wanted"], bool(seen["covered_by"]),
        touched.get(row.pk),
    )  # fmt: skip


def _kind(name: str, key: str | None) -> str:
    choice = active().choice(name, key) if key else None
    return str(getattr(choice, "kind", "") or "") if choice is not None else ""


def _lines(actor: Actor, customer: Customer, rows: Mapping[int, Contact]) -> list[Influence]:
    """Return the lines between people whom the reader sees, both of them."""
    if not actor.may(LINE, "view"):
        return []
    found = Influence.objects.visible_to(actor).filter(customer=customer.pk, source__in=rows, target__in=rows)
    return list(found.select_related("source", "target").order_by("pk")[: MOST * 2])


def _adverse(line: Influence) -> bool:
    return _kind("influence_kind", line.kind_key) == "adverse"


def _paths(bands: Sequence[peoplemap.Band], lines: Sequence[Influence]) -> list[dict[str, Any]]:
    by_pk = {line.pk: line for line in lines}
    drawn = peoplemap.drawn(bands, [(line.pk, line.source_id, line.target_id, line.note) for line in lines])
    return [
        {
            "path": one.path, "adverse": _adverse(by_pk[one.pk]), "label": one.label, "text": by_pk[one.pk].note,
            "top": one.label[1] - 13 if one.label else 0, "left": one.label[0] - 4 if one.label else 0,
            "wide": peoplemap.text_width(by_pk[one.pk].note),
        }
        for one in drawn
    ]  # fmt: skip


def _line_told(line: Influence) -> dict[str, Any]:
    kind = record_of(Influence)
    text = active().label("influence_kind", line.kind_key)
    mark = looks.in_head(looks.look_of(kind, kind.fields["kind_key"]), line.kind_key, text)
    return {"row": line, "url": record_url(kind, line.pk), "mark": mark}


def _band(
    request: KedangRequest, customer: Customer, band: peoplemap.Band, rows: Mapping[int, Contact],
    people: Mapping[int, peoplemap.Person],
) -> dict[str, Any]:  # fmt: skip
    choice = _layer(band.layer)
    cards = [[_card(request, rows[pk], people[pk], column) for pk, column in row] for row in band.rows]
    language = request.LANGUAGE_CODE
    return {
        "label": active().label("contact_layer", choice.key) if choice else _("Layer unknown"),
        "hint": choice.hint.said_in(language) if choice and choice.hint else "", "rows": cards,
        "add_url": _add(request.actor, CONTACT, customer, layer_key=choice.key) if choice else "",
    }  # fmt: skip


def _layer(kind: str) -> Any:
    choices = active().pack.choices("contact_layer")
    return next((one for one in choices if getattr(one, "kind", "") == kind and not one.retired), None)


def _card(request: KedangRequest, row: Contact, person: peoplemap.Person, column: int) -> Card:
    kind = record_of(Contact)
    allowed = modes(request.actor, kind)
    texts = {
        name: shown(request.actor, kind, row, name).text if allowed[name] >= Mode.READ else ""
        for name in ("position", "attitude_key", "role_key", "covered_by")
    }
    look = looks.look_of(kind, kind.fields["attitude_key"])
    attitude = looks.in_head(look, row.attitude_key, texts["attitude_key"]) if texts["attitude_key"] else ""
    unmet = person.key_player and not person.met
    tone = ("crit" if person.attitude == "adverse" else "high") if unmet else ""
    return Card(person, column, row.name, record_url(kind, row.pk), texts["position"], attitude, texts["role_key"],
                texts["covered_by"], tone)  # fmt: skip


def _changeable(actor: Actor, rows: Mapping[int, Contact]) -> set[int]:
    if not actor.may(CONTACT, "change"):
        return set()
    within = admitted(Contact, reach(actor, Contact, "change"), list(rows.values()))
    return {pk for pk, inside in zip(rows, within, strict=True) if inside}


def _told(
    request: KedangRequest, customer: Customer, gap: peoplemap.Gap, rows: Mapping[int, Contact], changeable: set[int]
) -> dict[str, Any]:  # fmt: skip
    """Return a gap as a sentence with the one thing to do about it."""
    actor, row = request.actor, rows.get(gap.pk) if gap.pk is not None else None
    choice = _layer(gap.layer)
    names = {
        "name": row.name if row else "",
        "layer": active().label("contact_layer", choice.key) if choice else "",
    }
    text = {
        "empty_layer": _("No contact in the layer “%(layer)s”"),
        "never_met": _("%(name)s has much to say, and no contact with us is noted"),
        "uncovered": _("Nobody of us covers %(name)s"),
        "attitude_unknown": _("What %(name)s thinks of us is unknown"),
        "layer_unknown": _("%(name)s stands in no layer yet"),
        "stale": ngettext("%(days)s day without contact to %(name)s", "%(days)s days without contact to %(name)s",
                          gap.days),
    }[gap.kind]  # fmt: skip
    field = {"uncovered": "covered_by", "attitude_unknown": "attitude_key", "layer_unknown": "layer_key"}.get(
        gap.kind
    )
    act, url = "", ""
    if gap.kind == "empty_layer":
        act, url = (
            _("Add a contact"),
            _add(actor, CONTACT, customer, **({"layer_key": choice.key} if choice else {})),
        )
    elif field is not None and row is not None:
        act = {"covered_by": _("Say who covers"), "attitude_key": _("Note the attitude"),
               "layer_key": _("Choose the layer")}[field]  # fmt: skip
        url = f"{record_url(record_of(Contact), row.pk)}/edit#f-{field}" if row.pk in changeable else ""
    elif (
        actor.may(CUSTOMER, "change") and admitted(Customer, reach(actor, Customer, "change"), [customer])[0]
    ):
        act, url = _("Plan a visit"), f"{record_url(record_of(Customer), customer.pk)}/edit#f-next_step"
    return {"severity": gap.severity, "text": text % (names | {"days": gap.days}), "act": act, "url": url}


def _add(actor: Actor, key: str, customer: Customer, **more: str) -> str:
    """Return the form for a new record at this customer, where the reader may file one there."""
    may = actor.may(key, "create") and actor.may(CUSTOMER, "change")
    if not may or not admitted(Customer, reach(actor, Customer, "change"), [customer])[0]:
        return ""
    plural = {CONTACT: "contacts", LINE: "influences"}[key]
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{reverse(f'{plural}.create')}?customer={ids.show(customer.pk)}{rest}"


def _address(customer: Customer) -> str:
    return reverse("customers.people", kwargs={"pk": ids.show(customer.pk)})


urlpatterns = [path("customers/<str:pk>/people", page, name="customers.people")]
