"""For administrators: how the installation is, which backups there are, and one more now."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kedang.engine.administration.company import company
from kedang.engine.administration.record_types import COMPANY
from kedang.engine.jobs import job_url, queue
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import NotAllowed
from kedang.kits.web.pages import leave, show, signed_in
from kedang.kits.web.tabs import Tab, frame, register, with_right
from kedang.project.operations import backup, doctor
from kedang.project.operations.jobs import KIND

TAB = register(
    Tab(
        "operations",
        gettext_lazy("Backups and health"),
        "settings.operations",
        "wrench",
        160,
        with_right(COMPANY.key),
    )
)
SHOWN = 30


@never_cache
@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show what the doctor finds, the worst first, and the newest backups."""
    context = frame(request, TAB.key)
    titles = doctor.titles()
    order = (doctor.BAD, doctor.WARN, doctor.FINE)
    found = sorted(doctor.look(), key=lambda one: order.index(one.state))
    kept = backup.there()
    return show(
        request, "operations/page.html", findings=[(titles[one.what], one) for one in found],
        good=all(one.state == doctor.FINE for one in found), backups=kept[:SHOWN], count=len(kept),
        folder=backup.folder(), policy=company(), may_back_up=request.actor.may(COMPANY.key, "change"), **context,
    )  # fmt: skip


@require_POST
@signed_in
def back_up(request: KedangRequest) -> HttpResponse:
    """Queue a backup, and show how far it is."""
    if not request.actor.may(COMPANY.key, "change"):
        raise NotAllowed(_("Only administrators look here."))
    return leave(request, job_url(queue(request.actor, KIND, {})))
