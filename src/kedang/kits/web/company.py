"""The company's own settings: its name, how people sign in, how backups are kept."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.administration.models import Company
from kedang.engine.administration.record_types import COMPANY
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import NotAllowed, Problem
from kedang.kits.web import administered
from kedang.kits.web.changes import changes_of
from kedang.kits.web.pages import leave, show, signed_in
from kedang.kits.web.tabs import frame


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show and change the settings."""
    context = frame(request, "company")
    row = Company.objects.order_by("pk").first()
    if not request.actor.may(COMPANY.key, "change"):
        raise NotAllowed(_("Only administrators look here."))
    values = administered.stored(COMPANY, row or Company())
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        values = administered.given(request, COMPANY)
        key = "engine.company.update" if row else "engine.company.create"
        done, problems, status = administered.attempt(request, key, row.pk if row else None, values)
        if done is not None:
            return leave(request, reverse("settings.company"), _("Saved."))
    entries, _more = changes_of([(COMPANY.key, row.pk)], None) if row else ([], 0)
    return show(
        request, "web/settings/administered.html", status=status, row=row, title=_("Company"), entries=entries,
        sections=administered.sections(request, COMPANY, values, problems), back=reverse("settings"),
        general=administered.general(problems, COMPANY.form_fields),
        note=_("0 failures asks for the letters at every sign-in."), **context,
    )  # fmt: skip
