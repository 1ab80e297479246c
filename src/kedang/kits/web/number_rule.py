"""How customer files are numbered, for administrators: the usual templates, one of one's own, and what each gives."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.actions.perform import perform
from kedang.engine.administration import numbers
from kedang.engine.administration.models import Company
from kedang.engine.packs.active import active
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Invalid, NotVisible
from kedang.kits.web.pages import absent_text, leave, show, signed_in
from kedang.kits.web.tabs import frame


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show the rule with what another one would give, and put another in force."""
    around = frame(request, "numbers")
    rule = active().number_rule(numbers.RECORD)
    now = rule.template if rule else ""
    error = ""
    if request.method == "POST":
        typed = (request.POST.get("own", "") or request.POST.get("template", "")).strip()[:60]
        row = Company.objects.first()
        if row is None:
            raise NotVisible(absent_text())
        try:
            perform(request.actor, "engine.company.number", row.pk, {"template": typed})
        except Invalid as refused:
            error = refused.text
        else:
            return leave(
                request, reverse("settings.numbers"), _("New files are numbered this way from now on.")
            )
    own = request.POST.get("own", "") or request.GET.get("own", "")
    return show(
        request, "web/settings/numbers.html", "sample", status=422 if error else 200, now=now,
        templates=numbers.samples(), parts=numbers.parts(), own=own[:60], sample=numbers.sample(own[:60]),
        error=error, **around,
    )  # fmt: skip
