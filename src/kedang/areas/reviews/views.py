"""Pages of suggestions and meetings: hand in, one's own, decide; the lines of a meeting, its purchases, its print."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.areas.reviews import rules, selectors, suggesting
from kedang.areas.reviews.models import FOCUS, LEVEL, OPEN, RIVAL, UPDATE
from kedang.areas.reviews.told import TONES, TRENDS, as_of, classes, matrix, told
from kedang.engine.actions.perform import perform
from kedang.engine.administration.company import company
from kedang.engine.ledger import looks
from kedang.engine.packs.active import active
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.errors import BadQuery, Invalid, KedangError, NotAllowed, Problem, RuleBroken
from kedang.kits.web import formats, inputs
from kedang.kits.web.inputs import InputView
from kedang.kits.web.pages import HTML_LANGUAGE, leave, pk_of, record_url, show, signed_in

OWN = 100
CHOSEN = 6
PRINTED = 500
VERDICTS = {"accept": gettext_lazy("Change the level"), "decline": gettext_lazy("Keep the level")}


@require_GET
@signed_in
def mine(request: KedangRequest) -> HttpResponse:
    """List what the reader suggested, in the reader's own words, with what became of it."""
    _may_suggest(request)
    rows = selectors.own_suggestions(request.actor, OWN)
    seen = selectors.customers_within(request.actor, {row.customer_id for row in rows if row.customer_id})
    kind = RECORDS[selectors.CUSTOMER]
    listed = [
        {
            "row": row, "state": active().label("suggestion_state", row.state_key), "tone": _tone(row.state_key),
            "url": record_url(kind, row.customer_id) if row.customer_id in seen else "",
            "withdraw_url": _url("reviews.withdraw", row) if row.state_key == OPEN else "",
        }
        for row in rows[:OWN]
    ]  # fmt: skip
    return show(
        request, "reviews/mine.html", rows=listed, more=len(rows) > OWN, crumbs=[(_("My suggestions"), "")]
    )


@require_POST
@signed_in
def withdraw(request: KedangRequest, pk: str) -> HttpResponse:
    """Take one's own suggestion back."""
    suggesting.withdraw(request.actor, pk_of(pk))
    return leave(request, reverse("reviews.mine"), _("Taken back."))


@require_http_methods(["GET", "POST"])
@signed_in
def suggest_unseen(request: KedangRequest) -> HttpResponse:
    """Suggest something about a file that is named, whether it is seen or not; the answer is always the same."""
    _may_suggest(request)
    return _suggest(request, None)


@require_http_methods(["GET", "POST"])
@signed_in
def suggest(request: KedangRequest, pk: str) -> HttpResponse:
    """Suggest what a file that is seen should say."""
    _may_suggest(request)
    return _suggest(request, open_one(request.actor, RECORDS[selectors.CUSTOMER], pk_of(pk)))


def _suggest(request: KedangRequest, row: Any) -> HttpResponse:
    """First choose fields, then say what they should be; a fact without a field can be told at once."""
    kind, actor = RECORDS[selectors.CUSTOMER], request.actor
    offered = suggesting.suggestible(actor)
    data = request.POST if request.method == "POST" else request.GET
    names = [name for name in dict.fromkeys(data.getlist("field")) if name in offered][:CHOSEN]
    typed = {name: data.get(name, "").strip() for name in ("named", "told", "kind_key", "reason", "evidence")}
    values = _values(request, names)
    problems: Sequence[Problem] = ()
    status = 200
    if request.method == "POST" and "hand_in" in request.POST:
        given = {name: value for name, value in values.items() if value or f"{name}.empty" in request.POST}
        try:
            suggesting.hand_in(
                actor, named=typed["named"], customer=row.pk if row is not None else None, changes=given,
                told=typed["told"], kind_key=RIVAL if typed["kind_key"] == RIVAL else "news", reason=typed["reason"],
                evidence=typed["evidence"],
            )  # fmt: skip
        except Invalid as error:
            problems, status = error.problems, 422
        except KedangError as error:
            problems, status = [Problem("", error.text)], 409
        else:
            return leave(
                request, reverse("reviews.mine"), _("Handed in. You will see here what becomes of it.")
            )
    errors = {problem.field: problem.text for problem in problems}
    fields = [
        inputs.one(request, kind, kind.fields[name], values[name], errors.get(name, "")) for name in names
    ]
    url = (
        reverse("reviews.suggest_for", kwargs={"pk": ids.show(row.pk)})
        if row is not None
        else reverse("reviews.suggest")
    )
    crumbs = [(_("My suggestions"), reverse("reviews.mine")), (_("Suggest a change"), "")]
    return show(
        request, "reviews/suggest.html", status=status, row=row, url=url, fields=fields, names=names,
        back=record_url(kind, row.pk) if row is not None else reverse("reviews.mine"),
        groups=[(panel.title, [(name, kind.fields[name].label) for name in panel.fields if name in offered])
                for panel in kind.form], general=errors.get("", ""),
        rest=_rest(typed, errors, unseen=row is None), crumbs=crumbs,
    )  # fmt: skip


def _values(request: KedangRequest, names: Sequence[str]) -> dict[str, str]:
    kind, data = RECORDS[selectors.CUSTOMER], request.POST
    return {
        name: ",".join(data.getlist(name))
        if kind.fields[name].kind == "choices"
        else data.get(name, "").strip()
        for name in names
    }


def _rest(typed: Mapping[str, str], errors: Mapping[str, str], *, unseen: bool) -> list[InputView]:
    kinds = [(key, label) for key, label in active().choices("suggestion_kind") if key != "fact"]
    found = [
        InputView("told", _("What is new"), "longtext", typed["told"], error=errors.get("told", ""),
                  help=_("What fits no field: news of the customer or of rivals.")),
        InputView("kind_key", _("It is about"), "choice", typed["kind_key"] or "news", choices=kinds, required=True),
        InputView("reason", _("Reason"), "text", typed["reason"], required=True, max_length=300,
                  error=errors.get("reason", "")),
        InputView("evidence", _("Evidence"), "text", typed["evidence"], max_length=300,
                  help=_("Where you have it from: a document, a call, a page.")),
    ]  # fmt: skip
    if unseen:
        label = _("File number, social credit code or exact name")
        found.insert(
            0,
            InputView(
                "named",
                label,
                "text",
                typed["named"],
                required=True,
                max_length=120,
                error=errors.get("named", ""),
            ),
        )
    return found


@require_POST
@signed_in
def answer(request: KedangRequest, pk: str) -> HttpResponse:
    """Accept a suggestion, whole or in part, or decline it."""
    kind = RECORDS[selectors.SUGGESTION]
    row = open_one(request.actor, kind, pk_of(pk))
    url, words = record_url(kind, row.pk), request.POST.get("answer", "")[:300]
    try:
        if request.POST.get("verdict") == "decline":
            perform(request.actor, f"{kind.key}.decline", row.pk, {"answer": words})
            return leave(request, url, _("Declined; the suggester is told."))
        take = ",".join(request.POST.getlist("take"))
        if not take:
            return _told_off(request, url, _("Choose what to take, or decline it."))
        inputs_ = {"take": take, "answer": words}
        done = perform(request.actor, f"{kind.key}.accept", row.pk, inputs_, reason=row.reason)
    except Invalid as error:
        return _told_off(
            request, url, " ".join(dict.fromkeys(one.text for one in error.problems)) or error.text
        )
    except RuleBroken as error:
        return _told_off(request, url, error.text)
    if done.approval is not None:
        return leave(
            request, url, _("Asked. “%(name)s” stays as it is until somebody approves.") % {"name": row}
        )
    return leave(request, url, _("Accepted; the file is changed and the suggester is told."))


@require_GET
@signed_in
def lines(request: KedangRequest, pk: str) -> HttpResponse:
    """List the lines of one section of a meeting, a page at a time."""
    kind = RECORDS[selectors.MEETING]
    row = open_one(request.actor, kind, pk_of(pk))
    section, after = request.GET.get("section", UPDATE), request.GET.get("after", "")
    if section not in (UPDATE, FOCUS, LEVEL) or not (after.isdecimal() or not after):
        raise BadQuery(_("There is no such view."))
    rows = selectors.lines_of(request.actor, row, section, int(after) if after else -1)
    label = active().label("review_section", section)
    here = f"{request.path}?section={section}"
    return show(
        request, "reviews/lines.html", row=row, as_of=as_of(request.actor, row),
        label=label, lines=told(request.actor, rows[: selectors.PAGE]),
        section=section, first_url=here if after else "",
        next_url=f"{here}&after={rows[selectors.PAGE - 1].place}" if len(rows) > selectors.PAGE else "",
        decides=row.state_key in ("prepared", "held"), decide_url=_url("reviews.decide", row),
        crumbs=[(kind.label_plural, reverse("meetings.list")), (str(row), record_url(kind, row.pk)), (label, "")],
    )  # fmt: skip


@require_GET
@signed_in
def purchases(request: KedangRequest, pk: str) -> HttpResponse:
    """List what each customer bought in the quarter of a meeting, the largest first."""
    kind = RECORDS[selectors.MEETING]
    row = open_one(request.actor, kind, pk_of(pk))
    if not selectors.sees_amounts(request.actor) or not selectors.reads(request.actor, kind.key, "figures"):
        raise NotAllowed(_("Your role does not allow this."))
    level, after = request.GET.get("level", ""), request.GET.get("after", "")
    found = selectors.purchases_of(request.actor, row, level, _after(after))
    whole = Decimal(0)
    for one in classes(row.figures):
        whole += one.amount or Decimal(0)
    customers = RECORDS[selectors.CUSTOMER]
    listed = []
    for customer, one in found[: selectors.PAGE]:
        moved = rules.trend(one.amount, one.before)
        listed.append(
            {
                "customer": customer, "url": record_url(customers, customer.pk), "one": one,
                "level": active().label("level", one.level_key) if one.level_key else "",
                "share": rules.share(one.amount, whole), "trend": TRENDS[moved], "tone": TONES.get(moved, ""),
            }
        )  # fmt: skip
    last = found[selectors.PAGE - 1][1] if len(found) > selectors.PAGE else None
    here = f"{request.path}?level={level}"
    return show(
        request, "reviews/purchases.html", row=row, as_of=as_of(request.actor, row),
        rows=listed, level=level, levels=active().choices("level"),
        next_url=f"{here}&after={last.size}_{ids.show(last.customer_id)}" if last is not None else "",
        first_url=here if after else "", here=request.path,
        crumbs=[(kind.label_plural, reverse("meetings.list")), (str(row), record_url(kind, row.pk)),
                (_("Purchases of each customer"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def decide(request: KedangRequest, pk: str) -> HttpResponse:
    """Show what a decision about many proposals would do, then do it; each line on its own, refusals are told."""
    kind, line_kind = RECORDS[selectors.MEETING], RECORDS[selectors.LINE]
    row = open_one(request.actor, kind, pk_of(pk))
    verdict, note = request.POST.get("verdict", ""), request.POST.get("note", "").strip()[:200]
    if verdict not in VERDICTS:
        raise BadQuery(_("There is no such view."))
    wanted = [pk_of(one) for one in request.POST.getlist("line")[: selectors.PAGE]]
    model: Any = line_kind.model
    rows = model.objects.visible_to(request.actor).filter(
        pk__in=wanted, meeting=row.pk, section_key=LEVEL, state_key=OPEN
    )
    found = list(rows.select_related("customer", "owner").order_by("place"))
    back = record_url(kind, row.pk)
    if not found:
        return _told_off(request, back, _("Choose open proposals first."))
    error = _("Say why.") if verdict == "decline" and "confirm" in request.POST and not note else ""
    if "confirm" not in request.POST or error:
        crumbs = [(kind.label_plural, reverse("meetings.list")), (str(row), back), (VERDICTS[verdict], "")]
        return show(
            request, "reviews/decide.html", status=422 if error else 200, row=row, lines=told(request.actor, found),
            verdict=verdict, label=VERDICTS[verdict], decide_url=request.path, back=back, crumbs=crumbs,
            field=InputView("note", _("Reason"), "text", note, required=verdict == "decline",
                            max_length=200, error=error),
        )  # fmt: skip
    done, asked, refused = 0, 0, []
    for one in found:
        try:
            made = perform(
                request.actor, f"{line_kind.key}.{verdict}", one.pk, {"note": note}, reason=note or str(row)
            )
        except KedangError as problem:
            refused.append(f"{one.customer}{_(': ')}{problem.text}")
        else:
            asked += made.approval is not None
            done += made.approval is None
    words = [_("%(count)s decided.") % {"count": done}] if done or not asked else []
    words += [_("%(count)s asked for; a manager approves.") % {"count": asked}] if asked else []
    return leave(request, back, " ".join([*words, *refused[:5]]))


@require_GET
@signed_in
def sheet(request: KedangRequest, pk: str) -> HttpResponse:
    """Show the list of a meeting and its analysis as a page to print; that it was printed is written down."""
    kind, actor = RECORDS[selectors.MEETING], request.actor
    row = open_one(actor, kind, pk_of(pk))
    looks.note(actor, "print", kind.key, row.pk)
    facts = [
        (kind.fields[name].label, text, name == "minutes")
        for name, text in (
            ("kind_key", active().label("meeting_kind", row.kind_key)),
            ("state_key", active().label("meeting_state", row.state_key)), ("unit", str(row.unit)),
            ("as_of", _day(row.as_of)), ("held_on", _day(row.held_on)), ("attendees", row.attendees),
            ("minutes", row.minutes),
        )
        if text and selectors.reads(actor, kind.key, name)
    ]  # fmt: skip
    return render(
        request, "web/sheet.html",
        {
            "kind": kind, "row": row, "number": active().label("meeting_kind", row.kind_key), "owner": row.owner,
            "panels": [{"title": kind.label, "facts": facts}],
            "tables": [*_analysis_tables(request, row), *_line_tables(request, row)], "back": record_url(kind, row.pk),
            "by": request.user, "at": f"{clock.today().isoformat()} {formats.local(clock.now()):%H:%M}",
            "company": company().name, "actor": actor,
            "html_language": HTML_LANGUAGE.get(getattr(request, "LANGUAGE_CODE", ""), "zh-Hans"),
        },
    )  # fmt: skip


def _analysis_tables(request: KedangRequest, row: Any) -> list[dict[str, Any]]:
    may = selectors.sees_amounts(request.actor) and selectors.reads(
        request.actor, selectors.MEETING, "figures"
    )
    if not may or "classes" not in row.figures:
        return []
    heads = [_("Level"), _("Customer files"), _("Bought"), _("Orders"), _("Amount"), _("Share"), _("The period before"),
             _("A year ago"), _("Trend")]  # fmt: skip
    rows = [
        [one.label, one.figures["files"], one.figures["buyers"], one.figures["orders"], _money(one.amount),
         f"{one.share}%" if one.share is not None else "", _money(one.before), _money(one.year_ago), one.trend]
        for one in classes(row.figures)
    ]  # fmt: skip
    across, moves = matrix(row.figures)
    moved = [[label, *(count or "" for count, _same in cells)] for label, cells in moves]
    return [
        {"title": _("Analysis by level"), "heads": heads, "rows": rows, "more": False},
        {
            "title": _("Movements between levels"),
            "heads": [_("from \\ to"), *across],
            "rows": moved,
            "more": False,
        },
    ]


def _line_tables(request: KedangRequest, row: Any) -> list[dict[str, Any]]:
    found = []
    for section in (UPDATE, FOCUS, LEVEL):
        rows = selectors.lines_of(request.actor, row, section, most=PRINTED)
        if not rows:
            continue
        level = section == LEVEL
        heads = [
            _("Customer"),
            _("Owner"),
            _("Level") if level else _("Why"),
            _("State"),
            _("Decision"),
            _("Due on"),
        ]
        printed = [
            [one.row.customer, one.row.owner or "",
             f"{one.was} → {one.proposed}" if level else _("; ").join(one.reasons),
             active().label("review_state", one.row.state_key), one.decision, _day(one.due_on)]
            for one in told(request.actor, rows[:PRINTED])
        ]  # fmt: skip
        found.append(
            {
                "title": active().label("review_section", section),
                "heads": heads,
                "rows": printed,
                "more": False,
            }
        )
    return found


def _day(day: Any) -> str:
    return day.isoformat() if day is not None else ""


def _money(amount: Decimal | None) -> str:
    return str(_("no data")) if amount is None else formats.exact(amount)


def _after(text: str) -> tuple[Decimal, int] | None:
    if not text:
        return None
    size, _sep, customer = text.partition("_")
    try:
        return Decimal(size), pk_of(customer)
    except InvalidOperation as error:
        raise BadQuery(_("There is no such view.")) from error


def _url(name: str, row: Any) -> str:
    return reverse(name, kwargs={"pk": ids.show(row.pk)})


def _told_off(request: KedangRequest, url: str, text: str) -> HttpResponse:
    """Go back and say there what was wrong."""
    return leave(request, url, text)


def _tone(state: str) -> str:
    return {"open": "high", "accepted": "good", "partly": "good"}.get(state, "")


def _may_suggest(request: KedangRequest) -> None:
    if not selectors.may_suggest(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
