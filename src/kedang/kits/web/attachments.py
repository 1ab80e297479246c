"""Files on the page of any record: hand in, look at, download, put a version over, remove, take back."""

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.files import content, preview, rules, services
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach
from kedang.kernel import ids
from kedang.kernel.errors import FileRefused, Invalid, NotVisible
from kedang.kits.web import formats
from kedang.kits.web.pages import absent_text, leave, pk_of, record_url, show, signed_in, wants_part

ICONS = {rules.PICTURE: "camera", rules.PDF: "file", rules.TEXT: "rows", rules.OTHER: "clip"}
INERT = "sandbox; default-src 'none'; frame-ancestors 'none'"
KILO = 1024


def size(value: int) -> str:
    """Return a number of bytes in few letters: 3.4 MB."""
    for unit in ("B", "KB", "MB"):
        if value < KILO or unit == "MB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value = value / KILO  # type: ignore[assignment]
    return ""


def zone(request: KedangRequest, kind: RecordType, row: Any, *, held: bool = False) -> dict[str, Any]:
    """Return what the files of an opened record need on its page."""
    may = not held and admitted(kind.model, reach(request.actor, kind.model, "change"), [row])[0]
    found = [_told(kind, row, one) for one in services.files_of(kind, row.pk)]
    return {
        "files": found, "files_url": f"{record_url(kind, row.pk)}/files", "may_attach": may,
        "file_most": rules.FILE_BYTES, "files_at_once": rules.AT_ONCE,
    }  # fmt: skip


def _told(kind: RecordType, row: Any, one: Attachment) -> dict[str, Any]:
    versions = list(one.versions.all())
    last: AttachmentVersion = versions[0]
    url = f"{record_url(kind, row.pk)}/files/{ids.show(one.pk)}"
    return {
        "name": one.name, "url": url, "get": f"{url}/{last.no}", "icon": ICONS[last.kind], "size": size(last.size),
        "by": formats.person(last.by_name), "at": last.at, "count": len(versions), "last": last, "row": one,
        "versions": [(old, size(old.size), f"{url}/{old.no}") for old in versions],
    }  # fmt: skip


def _opened(request: KedangRequest, kind: RecordType, pk: str) -> Any:
    if not kind.creatable:
        raise NotVisible(absent_text())
    return open_one(request.actor, kind, pk_of(pk))


@require_http_methods(["GET", "POST"])
@signed_in
def files(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show the files of a record; take in new ones."""
    row = _opened(request, kind, pk)
    problems: list[str] = []
    if request.method == "POST":
        sent = request.FILES.getlist("file")
        if not sent or len(sent) > rules.AT_ONCE:
            problems.append(_("Choose one to %(most)s files.") % {"most": rules.AT_ONCE})
            sent = []
        done = 0
        for one in sent:
            try:
                services.attach(request.actor, kind, row.pk, one.name or "", one.chunks())
                done += 1
            except FileRefused as error:
                problems.append(error.text)
        if not problems and not wants_part(request):
            said = ngettext("%(count)s file attached.", "%(count)s files attached.", done) % {"count": done}
            return leave(request, record_url(kind, row.pk), said)
    return show(
        request, "web/files/page.html", "zone", status=422 if problems else 200, kind=kind, row=row,
        url=record_url(kind, row.pk), file_problems=problems, removed=services.files_of(kind, row.pk, removed=True),
        crumbs=_crumbs(kind, row), **zone(request, kind, row),
    )  # fmt: skip


@require_GET
@signed_in
def one(request: KedangRequest, kind: RecordType, pk: str, file: str) -> HttpResponse:
    """Show a file: a picture or a page drawn anew, a text, and every version."""
    row = _opened(request, kind, pk)
    found = services.find(kind, row.pk, pk_of(file))
    told = _told(kind, row, found)
    number = request.GET.get("page", "0")
    page = int(number) if number.isdecimal() and len(number) < 5 else 0
    words, cut = preview.text(told["last"])
    return show(
        request, "web/files/one.html", "dialog", kind=kind, row=row, file=told, words=words, cut=cut, page=page,
        is_picture=told["last"].kind == rules.PICTURE, is_pdf=told["last"].kind == rules.PDF,
        may_attach=zone(request, kind, row)["may_attach"], file_most=rules.FILE_BYTES, url=record_url(kind, row.pk),
        crumbs=[*_crumbs(kind, row), (found.name, "")],
    )  # fmt: skip


@require_GET
@signed_in
def download(request: KedangRequest, kind: RecordType, pk: str, file: str, number: int) -> HttpResponseBase:
    """Hand out one version, to be saved and never to be run."""
    row = _opened(request, kind, pk)
    version = services.version_of(services.find(kind, row.pk, pk_of(file)), number)
    path = content.path_of(version.digest)
    if not path.exists():
        raise NotVisible(_("There is no such file, or it was removed."))
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    named = content_disposition_header(as_attachment=True, filename=version.name)
    response.headers["Content-Disposition"] = named or "attachment"
    return _inert(response)


@require_GET
@signed_in
def picture(request: KedangRequest, kind: RecordType, pk: str, file: str, number: int) -> HttpResponseBase:
    """Show a picture, or a page of a PDF, drawn anew."""
    row = _opened(request, kind, pk)
    version = services.version_of(services.find(kind, row.pk, pk_of(file)), number)
    asked = request.GET.get("page", "0")
    drawn, media = preview.picture(version, int(asked) if asked.isdecimal() and len(asked) < 5 else 0)
    response = HttpResponse(drawn, content_type=media)
    response.headers["Content-Disposition"] = "inline"
    return _inert(response)


def _inert(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Content-Security-Policy"] = INERT
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@require_POST
@signed_in
def revise(request: KedangRequest, kind: RecordType, pk: str, file: str) -> HttpResponse:
    """Take in a new version of a file."""
    row = _opened(request, kind, pk)
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid(_("Choose a file."))
    services.revise(request.actor, kind, row.pk, pk_of(file), sent.name or "", sent.chunks())
    return leave(request, record_url(kind, row.pk), _("The new version is on top; the older ones are kept."))


@require_http_methods(["GET", "POST"])
@signed_in
def remove(request: KedangRequest, kind: RecordType, pk: str, file: str) -> HttpResponse:
    """Ask why, and put a file into the hold."""
    row = _opened(request, kind, pk)
    found = services.find(kind, row.pk, pk_of(file))
    error = ""
    if request.method == "POST":
        try:
            services.remove(request.actor, kind, row.pk, found.pk, request.POST.get("reason", ""))
        except Invalid as invalid:
            error = invalid.problems[0].text
        else:
            return leave(
                request, record_url(kind, row.pk), _("“%(name)s” is in the hold.") % {"name": found.name}
            )
    return show(
        request, "web/files/remove.html", "dialog", status=422 if error else 200, kind=kind, row=row, error=error,
        file=_told(kind, row, found), reason=request.POST.get("reason", ""), crumbs=_crumbs(kind, row),
    )  # fmt: skip


@require_POST
@signed_in
def restore(request: KedangRequest, kind: RecordType, pk: str, file: str) -> HttpResponse:
    """Take a file back from the hold."""
    row = _opened(request, kind, pk)
    services.restore(request.actor, kind, row.pk, pk_of(file))
    return leave(request, f"{record_url(kind, row.pk)}/files", _("The file is back."))


def _crumbs(kind: RecordType, row: Any) -> list[tuple[Any, str]]:
    listed = (kind.label_plural, reverse(f"{kind.plural}.list"))
    return [listed, (str(row), record_url(kind, row.pk)), (_("Files"), "")]


Pages = dict[str, tuple[str, Callable[..., HttpResponseBase]]]
PAGES: Pages = {
    "files": ("files", files),
    "file": ("files/<str:file>", one),
    "file_download": ("files/<str:file>/<int:number>", download),
    "file_picture": ("files/<str:file>/<int:number>/picture", picture),
    "file_revise": ("files/<str:file>/revise", revise),
    "file_remove": ("files/<str:file>/remove", remove),
    "file_restore": ("files/<str:file>/restore", restore),
}
