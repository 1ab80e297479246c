"""Reply to a line of a timeline where it stands; a reader without scripts gets a page for it."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.records.access import open_one
from kedang.engine.records.types import RecordType
from kedang.engine.replies import services
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, RuleBroken
from kedang.kits.web import story
from kedang.kits.web.acts import status_of_refusal
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in, wants_part


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: KedangRequest, kind: RecordType, pk: str, entry: str) -> HttpResponse:
    """Open the reply under a line, put it away again (`shown`), or send it."""
    if kind.follows:  # what hangs on a record has its lines there
        raise NotVisible(absent_text())
    row, entry_id = open_one(request.actor, kind, pk_of(pk)), pk_of(entry)
    url = record_url(kind, row.pk)
    if request.method == "POST":
        try:
            services.reply(request.actor, kind, row, entry_id, request.POST.get("text", ""), f"{url}#line")
        except Invalid as error:
            return _shown(request, kind, row, entry_id, asks=True, problem=error.problems[0].text, status=422)
        except RuleBroken as error:
            problem, status = error.text, status_of_refusal(error)
            return _shown(request, kind, row, entry_id, asks=True, problem=problem, status=status)
        if not wants_part(request):
            return leave(request, url, _("Your reply stands under the line."))
        return _shown(request, kind, row, entry_id, asks=False)
    return _shown(request, kind, row, entry_id, asks="shown" not in request.GET)


def _shown(
    request: KedangRequest, kind: RecordType, row: Any, entry_id: int, *, asks: bool, problem: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    line = story.one_line(request.actor, kind, row, services.line_of(request.actor, kind, row, entry_id))
    if not line.may_reply:
        raise NotAllowed(_("You can see this record, but you may not do this to it."))
    url, listed = record_url(kind, row.pk), reverse(f"{kind.plural}.list")
    return show(
        request, "web/reply.html", "line", status=status, told=line, asks=asks, problem=problem, back=not asks,
        text=request.POST.get("text", "") if asks else "", most=services.LONGEST, pins=True, url=url,
        may_attach=admitted(kind.model, reach(request.actor, kind.model, "change"), [row])[0], title=str(row),
        crumbs=[(kind.label_plural, listed), (str(row), url), (_("Reply"), "")],
    )  # fmt: skip
