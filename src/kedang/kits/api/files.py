"""Files of any record over the API: list them with their digests, hand in, download. The record decides who may."""

from typing import Annotated, Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Path, Router

from kedang.engine.files import content, services
from kedang.engine.files.models import Attachment
from kedang.engine.records.access import open_one
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import FileRefused, Invalid, NotVisible, Problem
from kedang.kits.api.bodies import check_query
from kedang.kits.api.document import told_files
from kedang.kits.api.errors import WrongMedia
from kedang.kits.api.shapes import answered, moment

BYTES = "application/octet-stream"
CHUNK = 64 * 1024
Id = Annotated[str, Path(alias="id")]
FileId = Annotated[str, Path(alias="file")]


def add_to(router: Router, kind: RecordType) -> None:
    """Add the addresses of the files of a type."""
    said = told_files(kind)

    @router.get("/{id}/files", **said["list"])
    def listed(request: KedangRequest, pk: Id) -> HttpResponse:
        check_query(request)
        row = open_one(request.actor, kind, _pk(pk))
        return answered({"items": [_shape(one) for one in services.files_of(kind, row.pk)], "next": None})

    @router.post("/{id}/files", **said["attach"])
    def attach(request: KedangRequest, pk: Id) -> HttpResponse:
        return _attach(request, kind, pk)

    @router.get("/{id}/files/{file}/{number}", **said["download"])
    def download(request: KedangRequest, pk: Id, file: FileId, number: int) -> HttpResponseBase:
        check_query(request)
        row = open_one(request.actor, kind, _pk(pk))
        version = services.version_of(services.find(kind, row.pk, _pk(file)), number)
        path = content.path_of(version.digest)
        if not path.exists():
            raise NotVisible(_("There is no such file, or it was removed."))
        return FileResponse(path.open("rb"), as_attachment=True, filename=version.name, content_type=BYTES)


def _attach(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    check_query(request, "name")
    if request.content_type != BYTES:
        raise WrongMedia(_("Send the bytes of the file, declared as application/octet-stream."))
    name = request.GET.get("name", "")
    try:
        chunks = iter(lambda: request.read(CHUNK), b"")
        made = services.attach(request.actor, kind, _pk(pk), name, chunks)
    except FileRefused as error:
        raise Invalid(error.text, [Problem("", error.text, str(error.data.get("limit", "file")))]) from error
    return answered(_shape(made), 201)


def _shape(one: Attachment) -> dict[str, Any]:
    versions = [
        {
            "number": old.no, "name": old.name, "size": old.size, "sha256": old.digest, "kind": old.kind,
            "at": moment(old.at), "by": old.by_name,
        }
        for old in one.versions.all()
    ]  # fmt: skip
    return {"id": ids.show(one.pk), "name": one.name, "versions": versions}


def _pk(shown: str) -> int:
    try:
        return ids.read(shown)
    except ValueError as error:
        raise NotVisible(_("There is no such record, or it is not yours to see.")) from error
