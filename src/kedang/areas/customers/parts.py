"""What a customer file adds to the pages of the kit: the next step, how complete it is, what is due today."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from kedang.areas.customers import alike, planned, rules, services
from kedang.areas.customers.models import Contact, Customer
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.packs.active import active
from kedang.engine.records import similar
from kedang.engine.records.access import Shown, modes, shown
from kedang.engine.records.types import RECORDS, record_of
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach, record_key
from kedang.kernel import clock
from kedang.kernel.actor import Actor, Mode
from kedang.kits.web import brought, cells, checks, desk, formats, inputs, menu, zones
from kedang.kits.web.pages import record_url

KEY, CONTACT = record_key(Customer), record_key(Contact)
DUE = 6
NAMED = 3
LEVELS = 8
LOOKED_AT = 60
DIALLED = ("mobile", "phone")


def contribute() -> None:
    """Add the parts of this area to the pages, once at start."""
    zones.contribute(KEY, "next", "web/parts/next_step.html", next_step, order=10)
    zones.contribute(KEY, "meta", "customers/checked.html", checked, order=10)
    zones.lead(KEY, call, order=20)
    zones.lead(CONTACT, call, order=20)
    zones.contribute(KEY, "facts", "web/parts/completeness.html", completeness, order=10)
    zones.contribute(KEY, "side", "customers/levels.html", levels, order=40)
    zones.contribute(CONTACT, "side", "customers/birthday.html", birthday, order=20)
    desk.contribute("next", "customers/first_step.html", first_step, order=10)
    desk.contribute("work", "customers/steps.html", steps, order=20)
    desk.contribute("work", "customers/no_step.html", no_step, order=30)
    desk.contribute("side", "customers/gaps.html", gaps, order=30)
    cells.look(KEY, look_ahead)
    brought.bring(
        KEY, "planned", gettext_lazy("Something planned"), choices=plans, meaning=of_plans, may=_reads_steps
    )
    cells.draw(KEY, "next_step", drawn_step)
    cells.draw(KEY, "next_step_on", drawn_day)
    menu.register(
        menu.Entry(
            gettext_lazy("Ask for access"),
            "customers.ask_access",
            "key",
            group="customers",
            order=90,
            may=lambda actor: actor.may("engine.approval", "create") and not _sees_all(actor),
        )
    )
    inputs.demand(KEY, ["type_key"], required)
    similar.register(KEY, alike.similar, alike.Gathered)
    similar.EXPLAINERS[KEY] = alike.explain
    similar.SCANS[KEY] = alike.SCAN
    menu.register(
        menu.Entry(gettext_lazy("Duplicates"), "customers.pairs", "search", "customers", 15, may=_may_merge)
    )
    checks.watch(KEY, "name", "short_name", "credit_code", "phone", "fax", "address", "tax_number")


def _may_merge(actor: Actor) -> bool:
    return actor.may(KEY, "change")


def required(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields that the form of this type of customer requires."""
    kind = active().customer_type(values.get("type_key", ""))
    return kind.required if kind is not None else ()


def next_step(request: KedangRequest, row: Customer) -> Mapping[str, object] | None:
    """Return the next step of a file, or that nothing is planned; nothing to who may not read it. What else is planned
    stands beside it.
    """
    if not _reads(request, "next_step", "next_step_on"):
        return None
    if not row.next_step:
        here = Customer.objects.visible_to(request.actor).filter(pk=row.pk)
        if here.filter(planned.something(request.actor)).exists():
            return None
    late = row.next_step_on is not None and row.next_step_on < clock.today()
    return {
        "text": row.next_step, "on": row.next_step_on, "late": late, "owner": row.owner,
        "edit_url": _edit_url(request, row, "next"),
    }  # fmt: skip


def call(request: KedangRequest, row: Any) -> zones.Act | None:
    """Return the button that rings up a customer or a contact, for who may read a number of theirs."""
    kind = record_of(type(row))
    allowed = modes(request.actor, kind)
    for name in DIALLED:
        if allowed.get(name, Mode.HIDE) >= Mode.READ:
            number = shown(request.actor, kind, row, name)
            if number.text and not number.masked:
                return zones.Act(_("Call"), "phone", formats.dialled(number.text))
    return None


def checked(request: KedangRequest, row: Customer) -> Mapping[str, object] | None:
    """Return whether a file passed its entry check, and who signed; nothing where its type asks for none."""
    kind = active().customer_type(row.type_key)
    if kind is None or not kind.signatures:
        return None
    if row.filed_at is None:
        return {"filed": None}
    entries = HistoryEntry.objects.filter(record=KEY, record_id=row.pk, action=services.FILE_IN)
    entry = entries.order_by("-seq").first()
    return {"filed": row.filed_at, "handler": entry.actor_name if entry else "", "client": row.client_signer,
            "leader": entry.signer_name if entry else ""}  # fmt: skip


def completeness(request: KedangRequest, row: Customer) -> Mapping[str, object] | None:
    """Return how complete a file is and what it lacks, counting only fields the reader may see.

    Each gap says how much it weighs, and opens where the field stands.
    """
    weights = _seen(request, _weights(row.type_key))
    values = _values(row, weights)
    percent = rules.completeness(weights, values)
    if percent is None:
        return None
    fields, total = RECORDS[KEY].fields, sum(weights.values())
    lacking = [
        (name, fields[name].label, weights[name] * 100 // total) for name in rules.gaps(weights, values)
    ]
    return {
        "percent": percent, "gaps": lacking[:NAMED], "more_gaps": lacking[NAMED:],
        "edit_url": _edit_url(request, row, ""),
    }  # fmt: skip


def levels(request: KedangRequest, row: Customer) -> Mapping[str, object] | None:
    """Return the levels of a file over time, with who set each and why, from its history."""
    if not _reads(request, "level_key"):
        return None
    entries = HistoryEntry.objects.filter(record=KEY, record_id=row.pk, changes__has_key="level_key")
    told = []
    for entry in entries.order_by("-seq")[:LEVELS]:
        change = entry.changes["level_key"]
        if not isinstance(change, str):
            new = active().label("level", change[1]) if change[1] else _("none")
            told.append(
                {"level": new, "at": entry.at, "who": entry.actor_name, "why": entry.reason, "seq": entry.seq}
            )
    return {"levels": told, "url": record_url(RECORDS[KEY], row.pk)} if len(told) > 1 else None


def _seen(request: KedangRequest, weights: Mapping[str, int]) -> dict[str, int]:
    """Return the weights of the fields that the reader may read."""
    allowed = modes(request.actor, RECORDS[KEY])
    return {name: weight for name, weight in weights.items() if allowed.get(name, Mode.HIDE) >= Mode.MASK}


def first_step(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the one step that is due first among the reader's own files."""
    if not _reads(request, "next_step", "next_step_on"):
        return None
    row = _planned(request).filter(next_step_on__lte=clock.today()).first()
    if row is None:
        return None
    phone = shown(request.actor, RECORDS[KEY], row, "phone").text if _reads(request, "phone") else ""
    return {"row": row, "url": record_url(RECORDS[KEY], row.pk), "late": (clock.today() - row.next_step_on).days,
            "dial": formats.dialled(phone) if phone else ""}  # fmt: skip


def steps(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the steps that follow, those that are late first."""
    if not request.actor.may(KEY, "view") or not _reads(request, "next_step", "next_step_on"):
        return None
    today = clock.today()
    planned = list(_planned(request)[: DUE + 2])
    rest = planned[1:] if planned and planned[0].next_step_on <= today else planned
    if not rest:
        return None
    rows = [
        (row, record_url(RECORDS[KEY], row.pk), max(0, (today - row.next_step_on).days)) for row in rest[:DUE]
    ]
    return {
        "rows": rows,
        "more": len(rest) > DUE,
        "all_url": f"{reverse('customers.list')}?owner=me&sort=next_step_on",
    }


def no_step(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's best customers for whom nothing is planned."""
    if not _reads(request, "next_step_on", "level_key", "status_key"):
        return None
    order = [level.key for level in sorted(active().pack.level, key=lambda level: level.order)][:2]
    rows = _mine(request).filter(next_step_on=None, level_key__in=order).exclude(status_key="lost")
    rows = rows.exclude(planned.something(request.actor))
    found = list(rows.order_by("changed_at")[: DUE // 2 + 1])
    if not found:
        return None
    kind = RECORDS[KEY]
    told = [
        (row, record_url(kind, row.pk), cells.pills(request.actor, kind, row, ["level_key"]))
        for row in found[: DUE // 2]
    ]
    return {"rows": told, "more": len(found) > DUE // 2, "all_url": f"{reverse('customers.list')}?owner=me"}


def gaps(request: KedangRequest) -> Mapping[str, object] | None:
    """Return the reader's own files that lack most, among those changed last."""
    found = []
    for row in _mine(request).exclude(status_key="lost").order_by("-changed_at")[:LOOKED_AT]:
        weights = _seen(request, _weights(row.type_key))
        values = _values(row, weights)
        percent = rules.completeness(weights, values)
        if percent is not None and percent < 100:
            missing = _labels(request, rules.gaps(weights, values))[:NAMED]
            found.append((percent, row, record_url(RECORDS[KEY], row.pk), missing))
    found.sort(key=lambda one: one[0])
    return {"rows": found[:5], "count": len(found)} if found else None


def plans() -> list[tuple[str, str]]:
    """Return what a list of customers may be filtered by: something is planned with them, or nothing."""
    return [("yes", _("something is planned")), ("no", _("nothing is planned"))]


def of_plans(actor: Actor, values: tuple[str, ...]) -> Q:
    """Return the condition that something is planned with a customer, by its file or otherwise, or that nothing is."""
    some = Q(next_step_on__isnull=False) | planned.something(actor)
    if len(set(values)) != 1:
        return Q()
    return some if values[0] == "yes" else ~some


def _reads_steps(actor: Actor) -> bool:
    return modes(actor, RECORDS[KEY])["next_step_on"] >= Mode.READ


def look_ahead(actor: Actor, rows: Sequence[Any], columns: Collection[str]) -> None:
    """Keep on the rows of a list that have no next step what is planned with them otherwise."""
    if {"next_step", "next_step_on"}.isdisjoint(columns):
        return
    bare = {row.pk: row for row in rows if not row.next_step and row.next_step_on is None}
    for pk, step in planned.first_of(actor, bare).items():
        bare[pk].planned = step


def _planned_with(row: Any) -> planned.Step | None:
    found: planned.Step | None = row.__dict__.get("planned")
    return found


@cache
def _no_step(_language: str | None) -> SafeString:
    """Say that nothing is planned, in the reader's language: most rows of many lists say so."""
    return format_html('<span class="c-high">{}</span>', _("No next step"))


def drawn_step(row: Customer, value: Shown) -> SafeString | str | None:
    """Say in a list what is planned where the file names no step, or plainly that nothing is."""
    if value.text:
        return None
    if (step := _planned_with(row)) is not None:
        return step[1] or _("Planned")
    return _no_step(get_language())


def birthday(request: KedangRequest, row: Contact) -> Mapping[str, object] | None:
    """Say when the birthday comes round next: one of the lunar calendar has another day each year."""
    kind, (born, today) = RECORDS[CONTACT], (row.birthday, clock.today())
    allowed = modes(request.actor, kind)
    if born is None or any(allowed[name] < Mode.READ for name in ("birthday", "birthday_lunar")):
        return None
    if shown(request.actor, kind, row, "birthday").masked:
        return None
    if not row.birthday_lunar:
        return {"said": f"{born:%m-%d}", "on": rules.comes_round(born, today)}
    on = import_string("kedang.kernel.lunar.next_birthday")(born.month, born.day, today)
    said = import_string("kedang.kernel.lunar.said_of")(on) if formats.chinese() else f"{born:%m-%d}"
    return {"said": _("%(day)s of the lunar calendar") % {"day": said}, "on": on}


def drawn_day(row: Customer, value: Shown) -> SafeString | None:
    """Mark a step that is late, and make today's stand out."""
    step = _planned_with(row)
    day = value.value if step is None else step[0]
    if day is None:
        return None
    away = (day - clock.today()).days
    if away < 0:
        return format_html(
            '<span class="c-crit">{}</span>',
            ngettext("%(count)s day late", "%(count)s days late", -away) % {"count": -away},
        )
    return (
        cells.quiet(formats.day(day)) if away else format_html('<span class="b">{}</span>', formats.day(day))
    )


def _reads(request: KedangRequest, *names: str) -> bool:
    """Say whether the reader may read all of these fields."""
    allowed = modes(request.actor, RECORDS[KEY])
    return all(allowed[name] >= Mode.READ for name in names)


def _sees_all(actor: Actor) -> bool:
    """Whoever sees every file has nothing to ask for."""
    grant = actor.grant(KEY, "view")
    return bool(grant and grant.everything)


def _mine(request: KedangRequest) -> Any:
    return Customer.objects.own_of(request.actor)


def _planned(request: KedangRequest) -> Any:
    return _mine(request).filter(~Q(next_step=""), next_step_on__isnull=False).order_by("next_step_on", "pk")


def _weights(type_key: str) -> Mapping[str, int]:
    entry = next(
        (entry for entry in active().pack.completeness if entry.record == KEY and entry.key == type_key), None
    )
    return entry.weights if entry is not None else {}


def _values(row: Customer, names: Iterable[str]) -> dict[str, object]:
    """Return columns as they stand: whether an owner is named is asked of the id, not of the person."""
    fields = RECORDS[KEY].fields
    return {name: getattr(row, fields[name].attname) for name in names if name in fields}


def _labels(request: KedangRequest, names: list[str]) -> list[Any]:
    kind = RECORDS[KEY]
    allowed = modes(request.actor, kind)
    return [kind.fields[name].label for name in names if name in kind.fields and allowed[name] >= Mode.MASK]


def _edit_url(request: KedangRequest, row: Customer, part: str) -> str:
    actor = request.actor
    if (
        row.archived_at
        or not actor.may(KEY, "change")
        or not admitted(Customer, reach(actor, Customer, "change"), [row])[0]
    ):
        return ""
    return f"{record_url(RECORDS[KEY], row.pk)}/edit" + ("#f-next_step" if part else "")
