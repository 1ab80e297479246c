"""Pages of personal data: how requests are answered, the register, a person's copy, what is sealed, leaks."""

import io
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.areas.personal import dossier, leaks, register, sealing, selectors
from kedang.engine.exchange.writer import write_table
from kedang.engine.identity.models import User
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, Problem
from kedang.kits.web import formats
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in

DAYS, LONGEST, MOST_MEASURES = 30, 400, 200  # days of a report on a leak, characters
Asked = dict[str, str]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_look(actor: Actor) -> bool:
    """Say whether somebody looks after personal data: of the role that seals, or an administrator who reads logs."""
    return sealing.may_any(actor) or actor.may("engine.log", "view")


@require_GET
@signed_in
def home(request: KedangRequest) -> HttpResponse:
    """Show how requests of the last year were answered, and what is sealed."""
    _only_who_may(request)
    today = clock.today()
    return show(
        request, "personal/home.html", clock=selectors.answered(request.actor, today),
        late=selectors.overdue(request.actor, today), kind=RECORDS[selectors.REQUEST], today=today,
        seals=[(line, reverse("personal.sealed", kwargs={"pk": ids.show(line.made.pk)}))
               for line in sealing.standing(request.actor)],
        may_seal=sealing.may_any(request.actor), crumbs=[(_("Personal data"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def registered(request: KedangRequest) -> HttpResponse:
    """Show the register of processing."""
    _only_who_may(request)
    return show(
        request, "personal/register.html", lines=register.lines(request.actor), unspoken=register.unspoken(),
        today=clock.today(), crumbs=[(_("Personal data"), reverse("personal")), (_("Register of processing"), "")],
    )  # fmt: skip


@require_GET
@signed_in
def register_sheet(request: KedangRequest) -> HttpResponse:
    """Give the register of processing as a sheet."""
    _only_who_may(request)
    heads = (_("Category"), _("Records of"), _("Fields"), _("Purpose of use"), _("Basis"), _("How long it is kept"),
             _("Who may see it"), _("Held now"), _("Sensitive"))  # fmt: skip
    rows = (
        (
            one.category,
            str(one.record),
            one.fields,
            one.purpose,
            one.basis,
            one.kept,
            one.sees,
            one.count,
            one.sensitive,
        )
        for one in register.lines(request.actor)
    )
    sheet = io.BytesIO()
    write_table(sheet, "xlsx", heads, rows)
    return _download(sheet.getvalue(), f"processing-{clock.today().isoformat()}.xlsx", SHEET)


@require_http_methods(["GET", "POST"])
@signed_in
def copy(request: KedangRequest, plural: str, pk: str) -> HttpResponse:
    """Show what is held about a person, and give it out to who says how the identity was checked."""
    kind = next((RECORDS[key] for key in sealing.PEOPLE if RECORDS[key].plural == plural), None)
    if kind is None:
        raise NotVisible(absent_text())
    row = open_one(request.actor, kind, pk_of(pk), "export")
    if not dossier.is_person(row):
        raise NotAllowed(_("Only what is held about a person is given out this way."))
    made = dossier.gather(request.actor, row)
    asked = selectors.asked_for_copy(request.actor, row)
    identity = request.POST.get("identity", asked.identity if asked else "").strip()
    if request.method == "POST" and identity:
        body = dossier.as_zip(made, request.actor)
        dossier.note(request.actor, made, identity)
        return _download(
            body, f"{plural}-{ids.show(row.pk)}-{clock.today().isoformat()}.zip", "application/zip"
        )
    error = _("Say how the identity was checked.") if request.method == "POST" else ""
    return show(
        request, "personal/copy.html", status=422 if error else 200, made=made, row=row, identity=identity, error=error,
        asked=asked, asked_url=record_url(RECORDS[selectors.REQUEST], asked.pk) if asked else "",
        url=record_url(kind, row.pk), files=len(made.files),
        crumbs=[(kind.label_plural, reverse(f"{kind.plural}.list")), (str(row), record_url(kind, row.pk)),
                (_("Copy of the data"), "")],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def sealed(request: KedangRequest, pk: str) -> HttpResponse:
    """Show a seal without what lies in it; open it, or put it back, for who says why."""
    if not sealing.may_any(request.actor):
        raise NotAllowed(_("Your role does not allow this."))
    made = sealing.one(request.actor, pk_of(pk))
    kind = RECORDS[made.record]
    sections: list[Any] = []
    error, reason = "", request.POST.get("reason", "")
    if request.method == "POST":
        try:
            if request.POST.get("do") == "back":
                row = sealing.back(request.actor, made, reason)
                return leave(request, record_url(kind, row.pk), _("Put back: %(name)s") % {"name": row})
            sections = sealing.read(request.actor, made, reason)
        except Invalid as refused:
            error = refused.problems[0].text if refused.problems else refused.text
    counts = [
        (RECORDS[key].label_plural if key in RECORDS else _("Attached files"), many)
        for key, many in made.counts.items()
    ]
    response = show(
        request, "personal/sealed.html", status=422 if error else 200, made=made, counts=counts, label=kind.label,
        sections=sections, error=error, reason=reason,
        crumbs=[(_("Personal data"), reverse("personal")), (_("Seal"), "")],
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
@signed_in
def leak(request: KedangRequest) -> HttpResponse:
    """Ask what the report shall be about; with a question, draw it up. Drawing one up is itself written down."""
    _only_who_may(request)
    asked = _asked(request.GET)
    made, found, errors = None, [], {}
    if request.GET.get("do"):
        try:
            question = _question(request, asked)
        except Invalid as refused:
            errors = {problem.field: problem.text for problem in refused.problems}
        else:
            made = leaks.report(question)
            found = list(leaks.lines(request.actor, question, leaks.SHOWN))
            leaks.note(request.actor, question, made.count)
    return show(
        request, "personal/leaks.html", status=422 if errors else 200, asked=asked, errors=errors, made=made,
        lines=found, people=_people(asked["who"]), now=clock.now(), more=made is not None and made.count > len(found),
        crumbs=[(_("Personal data"), reverse("personal")), (_("In case of a leak"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def leak_sheet(request: KedangRequest) -> HttpResponse:
    """Give the report as a sheet, with what else was done about it in the words of who draws it up."""
    _only_who_may(request)
    question = _question(request, _asked(request.POST))
    measures = " ".join(request.POST.get("measures", "").split())[:MOST_MEASURES]
    made = leaks.report(question)
    leaks.note(request.actor, question, made.count, measures)
    heads = (_("When"), _("Who"), _("What they did"), _("Records of"), _("Whose data"), _("Fields"), _("Rows"),
             _("Reason"), _("Address"))  # fmt: skip
    rows = (
        (formats.full_moment(one.at), one.who, str(one.what), str(one.record), one.whose, one.fields, one.rows or "",
         one.reason, one.address)
        for one in leaks.lines(request.actor, question, leaks.MOST)
    )  # fmt: skip
    taken = [
        (formats.full_moment(at), who, _("Measure: %(what)s") % {"what": what}, "", "", "", "", why, "")
        for at, who, what, why in made.measures
    ]
    if measures:
        taken.append(
            (
                formats.full_moment(clock.now()),
                request.actor.name,
                _("Measures"),
                "",
                "",
                "",
                "",
                measures,
                "",
            )
        )
    body = io.BytesIO()
    write_table(body, "xlsx", heads, chain(rows, taken))
    return _download(body.getvalue(), f"leak-{clock.today().isoformat()}.xlsx", SHEET)


def _asked(sent: QueryDict) -> Asked:
    """Return the question as it was typed; without one, the last days up to now."""
    now = clock.now().astimezone(clock.ZONE)
    usual = {"first": _moment(now - timedelta(days=DAYS)), "last": _moment(now), "who": "", "customer": ""}
    return {name: sent.get(name, value).strip()[:80] for name, value in usual.items()}


def _question(request: KedangRequest, asked: Asked) -> leaks.Question:
    problems: list[Problem] = []
    first, last = (_read(asked[name], name, problems) for name in ("first", "last"))
    if first and last and not timedelta() < last - first <= timedelta(days=LONGEST):
        text = _("The end comes after the beginning, at most %(days)s days later.") % {"days": LONGEST}
        problems.append(Problem("last", text))
    user = customer = None
    if asked["who"]:
        user = User.objects.filter(pk=_id(asked["who"])).first()
        if user is None:
            problems.append(Problem("who", _("There is no such account.")))
    if asked["customer"]:
        try:
            customer = leaks.customer_of(request.actor, asked["customer"])
        except NotVisible as refused:
            problems.append(Problem("customer", refused.text))
    if problems or first is None or last is None:
        raise Invalid(_("Some fields need another look."), problems)
    return leaks.Question(first, last + timedelta(seconds=59), user, customer)


def _read(text: str, name: str, problems: list[Problem]) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.ZONE)
    except ValueError:
        problems.append(Problem(name, _("Give a day and a time.")))
        return None


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def _people(chosen: str) -> list[tuple[str, Any, bool]]:
    rows = User.objects.order_by("-is_active", "name")[:500]
    return [(ids.show(one.pk), one, ids.show(one.pk) == chosen) for one in rows]


def _id(text: str) -> int:
    try:
        return ids.read(text)
    except ValueError:
        return 0


def _only_who_may(request: KedangRequest) -> None:
    if not may_look(request.actor):
        raise NotAllowed(_("Your role does not allow this."))


def _download(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    header = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = header or "attachment"
    response.headers["Cache-Control"] = "no-store"
    return response
