"""Pages of the customer file that are not generic: asking for a file that one does not see."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from kedang.areas.customers import rules, services
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Invalid, NotAllowed, Problem, RuleBroken
from kedang.kits.web.inputs import InputView
from kedang.kits.web.pages import leave, show, signed_in

USUAL_DAYS = "7"
ASKING = "engine.approval"


@require_http_methods(["GET", "POST"])
@signed_in
def ask_access(request: KedangRequest) -> HttpResponse:
    """Ask for access to another's file for some days, with a reason; its managers decide."""
    if not request.actor.may(ASKING, "create"):
        raise NotAllowed(_("Your role does not allow this."))
    if request.method == "GET":
        return _form(request, {"named": request.GET.get("named", "")[:120], "days": USUAL_DAYS})
    typed = {name: request.POST.get(name, "").strip() for name in ("named", "days", "reason")}
    days = int(typed["days"]) if typed["days"].isdecimal() and len(typed["days"]) < 4 else None
    try:
        services.ask_access(request.actor, typed["named"][:120], days, typed["reason"][:300])
    except Invalid as error:
        return _form(request, typed, error.problems, status=422)
    except RuleBroken as error:
        return _form(request, typed, [Problem("named", error.text)], status=409)
    return leave(request, f"{reverse('approvals.list')}?tab=asked", _("Asked. You will see the answer here."))


def _form(
    request: KedangRequest, typed: dict[str, str], problems: Sequence[Problem] = (), *, status: int = 200
) -> HttpResponse:
    errors = {problem.field: problem.text for problem in problems}
    labels = {
        "named": (gettext_lazy("File number, social credit code or exact name"), "text", 120),
        "days": (gettext_lazy("For how many days"), "integer", 2),
        "reason": (gettext_lazy("Reason"), "longtext", 300),
    }
    fields = [
        InputView(
            name, label, kind, typed.get(name, ""), required=True, error=errors.get(name, ""), max_length=most
        )
        for name, (label, kind, most) in labels.items()
    ]
    return show(
        request, "customers/ask_access.html", status=status, fields=fields, most=rules.LONGEST_ACCESS_DAYS,
        crumbs=[(_("Ask for access"), "")],
    )  # fmt: skip


urlpatterns = [path("ask-access", ask_access, name="customers.ask_access")]
