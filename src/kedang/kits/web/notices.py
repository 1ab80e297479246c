"""What the reader should know: the bell, the list, and the way to what a notice is about."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kedang.engine.notices import telling
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible
from kedang.kits.web.pages import absent_text, leave, pk_of, show, signed_in

ON_DESK = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as the page shows it."""

    line: telling.Line
    open_url: str

    @property
    def row(self) -> Any:
        """The notice itself."""
        return self.line.row


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List the reader's notices, newest first."""
    fresh = request.GET.get("tab", "") == "unread"
    before = request.GET.get("before", "")
    found = _told(telling.lines(request.actor, before=pk_of(before) if before else None, fresh=fresh))
    more = ids.show(found[telling.MOST - 1].row.pk) if len(found) > telling.MOST else ""
    tabs = [("all", _("All")), ("unread", _("Unread"))]
    return show(
        request, "web/notices.html", "rows", notices=found[: telling.MOST], more=more, tabs=tabs,
        tab="unread" if fresh else "all", crumbs=[(_("Notices"), "")],
    )  # fmt: skip


@require_POST
@signed_in
def open_one(request: KedangRequest, pk: str) -> HttpResponse:
    """Go to what a notice is about; it is read then."""
    notice = telling.find(request.actor, pk_of(pk))
    if notice is None:
        raise NotVisible(absent_text())
    telling.read(request.actor, notice.pk)
    return leave(request, notice.url if _ours(notice.url) else reverse("notices.list"))


@require_POST
@signed_in
def read_all(request: KedangRequest) -> HttpResponse:
    """Mark every notice of the reader's as read."""
    telling.read(request.actor)
    return leave(request, reverse("notices.list"))


def for_desk(request: KedangRequest) -> dict[str, object] | None:
    """Return the newest unread notices, for the desk."""
    found = _told(telling.lines(request.actor, most=ON_DESK, fresh=True))
    return {"notices": found[:ON_DESK], "more": len(found) > ON_DESK} if found else None


def _ours(url: str) -> bool:
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, None)


def _told(lines: list[telling.Line]) -> list[Told]:
    return [
        Told(
            line,
            reverse("notices.open", kwargs={"pk": ids.show(line.row.pk)})
            if line.row.url and not line.closed
            else "",
        )
        for line in lines
    ]
