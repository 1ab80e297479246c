"""Pages of personal data: how requests are answered, the register, a person's copy, and what is sealed."""

import io
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kedang.areas.personal import dossier, register, sealing, selectors
from kedang.engine.exchange.writer import write_table
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in

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


def _only_who_may(request: KedangRequest) -> None:
    if not may_look(request.actor):
        raise NotAllowed(_("Your role does not allow this."))


def _download(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    header = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = header or "attachment"
    response.headers["Cache-Control"] = "no-store"
    return response
