"""Pages of figures and quotas, the month's proposal and announcement, the sales task, and what falls behind."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.areas.planning import analysis, rules, selectors, services
from kedang.areas.planning import told as telling
from kedang.areas.planning.models import ANNOUNCED, ANSWERED, DRAFT, MET, OPEN, UNMET, MonthTarget, SalesLine
from kedang.engine.actions.perform import perform
from kedang.engine.calendar.table import workdays
from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import User
from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery, Invalid, KedangError, NotAllowed, NotVisible, RuleBroken
from kedang.kits.web.pages import absent_text, leave, pk_of, query_with, record_url, show, signed_in

MIN_YEAR, MAX_YEAR = 2000, 2100
AT_ONCE = 500


@require_GET
@signed_in
def own(request: KedangRequest) -> HttpResponse:
    """Show the reader's own figures against their quotas, and what was announced."""
    _only_with_figures(request.actor)
    person = User.objects.select_related("unit").get(pk=request.actor.user_id)
    return _figures(request, person)


@require_GET
@signed_in
def of_person(request: KedangRequest, pk: str) -> HttpResponse:
    """Show the figures of somebody whom the reader leads."""
    _only_with_figures(request.actor)
    person = selectors.member(request.actor, pk_of(pk))
    if person is None:
        raise NotVisible(absent_text())
    return _figures(request, person)


def _figures(request: KedangRequest, person: User) -> HttpResponse:
    actor, day = request.actor, _day(request)
    done = selectors.done_by(actor, [person.pk], day)[person.pk]
    quota = selectors.quotas([person.unit_id])[person.unit_id]
    months = (rules.first_of(day), rules.next_month(day))
    announced = selectors.announced(person.pk, months)
    for row in announced:
        if (
            row.month == months[0]
        ):  # what was announced for a month counts in it, not what the unit usually asks
            quota = quota | {measure: getattr(row, measure) for measure in rules.MEASURES}
    mine = person.pk == actor.user_id
    who = "" if mine else f"&who={ids.show(person.pk)}"
    return show(
        request, "planning/figures.html", person=person, mine=mine, day=day, now=clock.now(), today=clock.today(),
        figures=telling.figures(person, done, quota, day), spans=telling.by_span(person, done, day),
        targets=[telling.target(row) for row in announced], visits_url=f"{reverse('plan.visits')}?on={day}{who}",
        earlier=f"?on={day - timedelta(days=1)}", later=f"?on={day + timedelta(days=1)}" if day < clock.today() else "",
        tabs=_tabs(actor, "plan" if mine else "plan.team"), crumbs=[(_("Plan and figures"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def team(request: KedangRequest) -> HttpResponse:
    """Show the figures of the people whom the reader leads, a page of them."""
    actor, day = request.actor, _day(request)
    _only_leaders(actor)
    people = selectors.team(actor, _after_name(request))
    shown, more = people[: selectors.PAGE], ""
    if len(people) > selectors.PAGE:
        more = f"?{query_with(request, after=shown[-1].username)}"
    done = selectors.done_by(actor, [one.pk for one in shown], day)
    quotas = selectors.quotas_in_month(shown, day)
    rows = []
    for one in shown:
        month = telling.by_span(one, done[one.pk], day)[-1]
        url = f"{reverse('plan.of', kwargs={'pk': ids.show(one.pk)})}?on={day}"
        rows.append(
            {
                "person": one,
                "figures": telling.figures(one, done[one.pk], quotas[one.pk], day),
                "month": month,
                "url": url,
            }
        )
    return show(
        request, "planning/team.html", rows=rows, more=more, day=day, now=clock.now(),
        heads=list(telling.names().values()),
        earlier=f"?on={day - timedelta(days=1)}", later=f"?on={day + timedelta(days=1)}" if day < clock.today() else "",
        tabs=_tabs(actor, "plan.team"), crumbs=[(_("Plan and figures"), reverse("plan")), (_("Team"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def visits(request: KedangRequest) -> HttpResponse:
    """Show whom a month's frequency asks to visit: due, done, overdue, and visited too often."""
    actor, day = request.actor, _day(request)
    _only_with_figures(actor)
    who = request.GET.get("who", "")
    person = selectors.member(actor, pk_of(who) if who else actor.user_id or 0)
    if person is None:
        raise NotVisible(absent_text())
    levels = list(selectors.frequencies())
    found = selectors.owed(actor, person.pk, day, _after_rank(request), selectors.PAGE)
    rows, more = found[: selectors.PAGE], ""
    if len(found) > selectors.PAGE:
        last = rows[-1].customer
        ranked = [
            level for level, times in selectors.each_of(person.pk, rules.first_of(day)).items() if times
        ]
        more = f"?{query_with(request, after=f'{ranked.index(last.level_key)}_{ids.show(last.pk)}')}"
    kind = RECORDS[selectors.CUSTOMER]
    told = [
        {"one": one, "url": record_url(kind, one.customer.pk), "level": active().label("level", one.customer.level_key),
         "card_url": reverse("visit.card", kwargs={"pk": ids.show(one.customer.pk)})}
        for one in rows
    ]  # fmt: skip
    mine, first = person.pk == actor.user_id, "after" not in request.GET
    return show(
        request, "planning/visits.html", trips=telling.trips(actor, day) if mine and first else [],
        rows=told, more=more, person=person, mine=mine, day=day,
        levels=levels, workdays=workdays().in_month(day), tabs=_tabs(actor, "plan.visits"),
        crumbs=[(_("Plan and figures"), reverse("plan")), (_("Whom to visit"), "")],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def month(request: KedangRequest) -> HttpResponse:
    """Propose what a month asks of each person, drawn from the files; take changes; announce it."""
    actor = request.actor
    _only_leaders(actor)
    chosen = _month(request, rules.next_month(clock.today()))
    people = selectors.team(actor, _after_name(request))
    shown = people[: selectors.PAGE]
    if request.method == "GET":
        anew = request.GET.get("anew") == "1"
        rows = (services.fresh if anew else services.proposed)(actor, shown, chosen)
        return _month_page(request, chosen, people, rows, {})
    rows, typed, errors = _typed(request, actor, shown, chosen)
    if errors:
        return _month_page(request, chosen, people, rows, typed, status=422)
    if request.POST.get("announce") == "1":
        try:
            count = services.announce(actor, rows)
        except RuleBroken as error:
            messages.error(request, error.text)
            return _month_page(request, chosen, people, rows, typed, status=409)
        said = ngettext("Announced to %(count)s person", "Announced to %(count)s people", count) % {
            "count": count
        }
    else:
        services.keep(actor, rows)
        said = _("Kept as a draft; nobody was told yet.")
    return leave(
        request,
        f"{reverse('plan.month')}?{query_with(request, drop=('anew',), month=f'{chosen:%Y-%m}')}",
        said,
    )


def _typed(
    request: KedangRequest, actor: Actor, people: Sequence[User], chosen: date
) -> tuple[list[MonthTarget], dict[str, str], bool]:
    """Return the targets as typed, what was typed that is no number, and whether there was any."""
    typed: dict[str, str] = {}
    levels = list(selectors.frequencies())
    rows = services.fresh(actor, people, chosen)
    for row in rows:
        files = {level: row.levels[level][0] for level in levels}
        each = {level: row.levels[level][1] for level in levels}
        for name in (*levels, *rules.MEASURES):
            field = f"{name}-{ids.show(row.user_id)}"
            text = request.POST.get(field)
            if text is None:
                continue
            most = 31 if name in files else rules.MOST
            if not text.strip().isascii() or not text.strip().isdigit() or int(text) > most:
                typed[field] = text[:20]
            elif name in files:
                each[name] = int(text)
            else:
                setattr(row, name, int(text))
        services.reckon(row, files, each)
    return rows, typed, bool(typed)


def _month_page(
    request: KedangRequest, chosen: date, people: Sequence[User], rows: Sequence[MonthTarget],
    typed: Mapping[str, str], *, status: int = 200,
) -> HttpResponse:  # fmt: skip
    levels = list(selectors.frequencies())
    label = active().label
    known = selectors.targets([row.user_id for row in rows], chosen)
    told = []
    for row, one in zip(rows, people, strict=False):
        shown = ids.show(one.pk)
        kept = known.get(one.pk, {})
        told.append({
            "row": row, "person": one, "draft": DRAFT in kept, "announced": kept.get(ANNOUNCED),
            "levels": [_input(f"{key}-{shown}", label("level", key), row.levels.get(key, [0, 0])[1], typed,
                              files=row.levels.get(key, [0, 0])[0]) for key in levels],
            "measures": [_input(f"{name}-{shown}", said, getattr(row, name), typed)
                         for name, said in _asked().items()],
        })  # fmt: skip
    before, after = telling.months(chosen)
    more = (
        f"?{query_with(request, after=people[selectors.PAGE - 1].username)}"
        if len(people) > selectors.PAGE
        else ""
    )
    return show(
        request, "planning/month.html", status=status, chosen=chosen, rows=told, more=more, typed=typed,
        days=workdays().count(chosen, rules.last_of(chosen)), provisional=workdays().provisional(chosen),
        earlier=f"?month={before:%Y-%m}", later=f"?month={after:%Y-%m}", heads=[label("level", key) for key in levels],
        asked=list(_asked().values()), over=chosen < rules.first_of(clock.today()),
        anew=f"?{query_with(request, anew='1', month=f'{chosen:%Y-%m}')}",
        tabs=_tabs(request.actor, "plan.month"),
        crumbs=[(_("Plan and figures"), reverse("plan")), (_("Month's plan"), "")],
    )  # fmt: skip


def _asked() -> dict[str, str]:
    return {
        rules.CALLS: _("Calls a day"), rules.CUSTOMERS: _("Customers a week"),
        rules.NEW: _("New a month"), rules.PROSPECTS: _("Potential a month"),
    }  # fmt: skip


def _input(
    name: str, label: str, value: int, typed: Mapping[str, str], *, files: int | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "value": typed.get(name, value),
        "bad": name in typed,
        "files": files,
    }


@require_GET
@signed_in
def sales(request: KedangRequest) -> HttpResponse:
    """Show the sales task of a month as a list of customers: task, bought so far, what is missing, the remedy."""
    actor = request.actor
    if not selectors.sees_lines(actor):
        raise NotAllowed(_("Your role does not allow this."))
    chosen = _month(request, rules.first_of(clock.today()))
    found = selectors.lines(actor, chosen, _after_id(request), selectors.PAGE)
    shown = found[: selectors.PAGE]
    more = f"?{query_with(request, after=ids.show(shown[-1].pk))}" if len(found) > selectors.PAGE else ""
    so_far = selectors.bought([row.customer_id for row in shown if row.state_key == OPEN], chosen, actor)
    kind, customers = RECORDS[selectors.LINE], RECORDS[selectors.CUSTOMER]
    told = []
    for row in shown:
        done = (so_far.get(row.customer_id) if row.state_key == OPEN else row.done_amount) or Decimal(0)
        told.append({
            "row": row, "done": done, "left": max(0, row.target - done),
            "percent": min(100, rules.percent(done, row.target)),
            "url": record_url(kind, row.pk), "customer_url": record_url(customers, row.customer_id),
            "answer_url": f"{record_url(kind, row.pk)}/do/answer",
            "orders_url": f"{reverse('orders.list')}?customer={ids.show(row.customer_id)}"
                          f"&ordered_on_from={chosen}&ordered_on_to={rules.last_of(chosen)}",
            "mine": row.owner_id == actor.user_id, "state": active().label("sales_line_state", row.state_key),
        })  # fmt: skip
    sums = selectors.line_sums(actor, chosen)
    before, after = telling.months(chosen)
    may_set = actor.may(selectors.LINE, "create")
    return show(
        request, "planning/sales.html", rows=told, more=more, chosen=chosen, sums=sums,
        count=sum(count for count, _total in sums.values()), whole=sum(total for _count, total in sums.values()),
        unmet=sums.get(UNMET, (0, 0))[0], met=sums.get(MET, (0, 0))[0], answered=sums.get(ANSWERED, (0, 0))[0],
        may_close=may_set and sums.get(OPEN, (0, 0))[0] > 0 and clock.today() >= rules.last_of(chosen),
        new_url=f"{reverse('sales-lines.create')}?month_on={chosen}" if may_set else "",
        earlier=f"?month={before:%Y-%m}", later=f"?month={after:%Y-%m}", tabs=_tabs(actor, "plan.sales"),
        crumbs=[(_("Plan and figures"), reverse("plan")), (_("Sales task"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def close_sales(request: KedangRequest) -> HttpResponse:
    """Close the open lines of a month that is over, as far as the reader may; unmet ones ask for a remedy."""
    actor = request.actor
    if not actor.may(selectors.LINE, "create"):
        raise NotAllowed(_("Your role does not allow this."))
    chosen = _month(request, rules.first_of(clock.today()))
    rows = (
        SalesLine.objects.visible_to(actor, "change").filter(month_on=chosen, state_key=OPEN).order_by("pk")
    )
    closed = 0
    for pk in list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        try:
            perform(actor, services.CLOSE, pk)
            closed += 1
        except KedangError as error:
            messages.error(request, error.text)
            break
    said = ngettext("%(count)s line closed", "%(count)s lines closed", closed) % {"count": closed}
    return leave(request, f"{reverse('plan.sales')}?month={chosen:%Y-%m}", said if closed else "")


@require_GET
@signed_in
def findings(request: KedangRequest) -> HttpResponse:
    """List key accounts whose decision maker is not known and regions that fall behind, each with its records."""
    actor = request.actor
    _only_with_figures(actor)
    day = clock.today()
    found = analysis.unknown_deciders(actor, _after_id(request), selectors.PAGE)
    shown = found[: selectors.PAGE]
    more = f"?{query_with(request, after=ids.show(shown[-1][0].pk))}" if len(found) > selectors.PAGE else ""
    levels = [active().label("level", key) for key in analysis.key_levels()]
    return show(
        request, "planning/findings.html", gaps=telling.gaps(actor, shown), more=more, levels=levels, day=day,
        weak=telling.weak(analysis.weak_regions(actor, day), day), first=analysis.since(day), fewest=rules.FEWEST_FILES,
        tabs=_tabs(actor, "plan.findings"),
        crumbs=[(_("Plan and figures"), reverse("plan")), (_("What falls behind"), "")],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def quotas(request: KedangRequest) -> HttpResponse:
    """Show which quotas hold in a unit and since when; set them."""
    actor = request.actor
    _only_leaders(actor)
    units = sorted(selectors.units_led(actor), key=lambda pk: directory().paths[pk])
    chosen = _unit(request, actor, units)
    if request.method == "GET":
        return _quota_page(request, units, chosen, {}, {})
    typed = {name: request.POST.get(name, "").strip()[:10] for name in rules.MEASURES}
    bad = {name: _("Give a whole number from 0 to %(most)s.") % {"most": rules.MOST}
           for name, text in typed.items() if text and not (text.isascii() and text.isdigit())}  # fmt: skip
    if bad:
        return _quota_page(request, units, chosen, typed, bad, status=422)
    try:
        services.set_quotas(
            actor, chosen, {name: int(text) if text else None for name, text in typed.items()}
        )
    except Invalid as error:
        return _quota_page(
            request, units, chosen, typed, {one.field: one.text for one in error.problems}, status=422
        )
    return leave(
        request, f"{reverse('plan.quotas')}?unit={ids.show(chosen)}", _("The quotas hold from now on.")
    )


def _quota_page(
    request: KedangRequest, units: Sequence[int], chosen: int, typed: Mapping[str, str], errors: Mapping[str, str], *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    path = selectors.path_of(chosen)
    known = selectors.set_quotas(path)
    usual, held = selectors.usual_quotas(), selectors.quotas([chosen])[chosen]
    book = directory()
    rows = []
    for name, label in _asked().items():
        own_row = known.get((chosen, name))
        came = next(
            (unit for unit in reversed(path) if (one := known.get((unit, name))) and one.value is not None),
            None,
        )
        value = own_row.value if own_row is not None and own_row.value is not None else ""
        rows.append({
            "name": name, "label": label, "held": held[name], "usual": usual[name],
            "from": book.names.get(came, "") if came is not None else "", "here": came == chosen,
            "value": typed.get(name, value), "error": errors.get(name, ""), "last": own_row,
        })  # fmt: skip
    options = [(ids.show(pk), book.names[pk], pk == chosen) for pk in units[:AT_ONCE]]
    return show(
        request, "planning/quotas.html", status=status, rows=rows, units=options, unit=book.names[chosen],
        unit_id=ids.show(chosen), tabs=_tabs(request.actor, "plan.quotas"),
        crumbs=[(_("Plan and figures"), reverse("plan")), (_("Quotas"), "")],
    )  # fmt: skip


def _unit(request: KedangRequest, actor: Actor, units: Sequence[int]) -> int:
    asked = request.POST.get("unit") or request.GET.get("unit", "")
    if not asked:
        return actor.unit_id if actor.unit_id in units else units[0]  # type: ignore[return-value]
    chosen = pk_of(asked)
    if chosen not in units:
        raise NotVisible(absent_text())
    return chosen


def _tabs(actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """Return the pages of this part that a reader may open."""
    lead = selectors.leads(actor)
    every = [
        ("plan", _("My figures"), True), ("plan.visits", _("Whom to visit"), True), ("plan.team", _("Team"), lead),
        ("plan.month", _("Month's plan"), lead), ("plan.sales", _("Sales task"), selectors.sees_lines(actor)),
        ("plan.findings", _("What falls behind"), True), ("plan.quotas", _("Quotas"), lead),
    ]  # fmt: skip
    return [(reverse(name), label, name == here) for name, label, may in every if may]


def _day(request: KedangRequest) -> date:
    """Return the day that the address names, today by default; figures of days to come there are none."""
    text = request.GET.get("on", "")
    if not text:
        return clock.today()
    day = _parsed(text, "%Y-%m-%d")
    if day > clock.today():
        raise BadQuery(_("This day is still to come."))
    return day


def _month(request: KedangRequest, otherwise: date) -> date:
    text = request.POST.get("month") or request.GET.get("month", "")
    return _parsed(text, "%Y-%m") if text else otherwise


def _parsed(text: str, form: str) -> date:
    try:
        day = datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
    except ValueError as error:
        raise BadQuery(_("“%(text)s” is not a day.") % {"text": text[:20]}) from error
    if not MIN_YEAR <= day.year < MAX_YEAR:
        raise BadQuery(_("This day is too far away."))
    return day


def _after_name(request: KedangRequest) -> str:
    return request.GET.get("after", "")[:60]


def _after_id(request: KedangRequest) -> int:
    return _known_id(request.GET.get("after", ""))


def _after_rank(request: KedangRequest) -> tuple[int, int]:
    rank, _dash, pk = request.GET.get("after", "").partition("_")
    if not rank:
        return 0, 0
    if not (rank.isascii() and rank.isdigit() and len(rank) < 4):
        raise BadQuery(_("This page does not exist any more; begin with the first."))
    return int(rank), _known_id(pk)


def _known_id(text: str) -> int:
    try:
        return ids.read(text) if text else 0
    except ValueError as error:
        raise BadQuery(_("This page does not exist any more; begin with the first.")) from error


def _only_with_figures(actor: Actor) -> None:
    if not selectors.sees_figures(actor):
        raise NotAllowed(_("Your role does not allow this."))


def _only_leaders(actor: Actor) -> None:
    if not selectors.leads(actor):
        raise NotAllowed(_("Your role does not allow this."))
