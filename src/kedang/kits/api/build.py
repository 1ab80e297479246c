"""Addresses for every record type that is registered, built once at start; a new type needs nothing here."""

from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import translation
from ninja import NinjaAPI, Path, Router
from ninja.params.functions import Body

from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.registry import ActionSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kits.api import errors, files, jobs, views
from kedang.kits.api.auth import Key, Session
from kedang.kits.api.bodies import StrictParser
from kedang.kits.api.document import Told
from kedang.kits.api.schemas import Reason, body_for, body_of_action, needs_body

DESCRIPTION = "The customer files of a Kedang, through the same two doors as its pages."
Id = Annotated[str, Path(alias="id")]
NO_BODY: Any = Body(None)
SOME_BODY: Any = Body(...)
GENERIC = frozenset({"create", "update", "archive"})


def build() -> NinjaAPI:
    """Return the API over all record types; its texts are English whatever language serves."""
    with translation.override("en"):
        api = NinjaAPI(
            title="Kedang", version="1", description=DESCRIPTION, urls_namespace="api", docs_url=None,
            openapi_url=None, parser=StrictParser(), auth=[Key(), Session()],
        )  # fmt: skip
        errors.install(api)
        api.add_router("/jobs", jobs.router(), tags=["jobs"])
        for kind in sorted(RECORDS.values(), key=lambda one: (one.order, one.plural)):
            api.add_router(f"/{kind.plural}", _router(kind), tags=[kind.plural])
    return api


def _router(kind: RecordType) -> Router:
    router, told = Router(), Told(kind)
    named = {one.name: one for one in actions_of(kind.key)}
    _reads(router, kind, told)
    if "create" in named:
        _create(router, kind, told)
    if "update" in named:
        _update(router, kind, told)
    if "archive" in named:
        _archive(router, kind, told, named["archive"])
    if kind.creatable:
        files.add_to(router, kind)
    for chosen in named.values():
        if chosen.name not in GENERIC and not chosen.creates:
            _action(router, kind, told, chosen)
    return router


def _reads(router: Router, kind: RecordType, told: Told) -> None:
    @router.get("", **told.rows())
    def rows(request: KedangRequest) -> HttpResponse:
        return views.rows(request, kind)

    @router.get("/{id}", **told.one())
    def one(request: KedangRequest, pk: Id) -> HttpResponse:
        return views.one(request, kind, pk)

    @router.get("/{id}/history", **told.part("history", "History"))
    def history(request: KedangRequest, pk: Id) -> HttpResponse:
        return views.history(request, kind, pk)

    @router.get("/{id}/timeline", **told.part("timeline", "Timeline"))
    def timeline(request: KedangRequest, pk: Id) -> HttpResponse:
        return views.timeline(request, kind, pk)

    @router.get("/{id}/why", **told.part("why", "Why"))
    def why(request: KedangRequest, pk: Id) -> HttpResponse:
        return views.why(request, kind, pk)


def _create(router: Router, kind: RecordType, told: Told) -> None:
    schema: Any = body_for(kind.key, creating=True)

    @router.post("", **told.create())
    def create(request: KedangRequest, payload: schema) -> HttpResponse:
        return views.create(request, kind, payload)


def _update(router: Router, kind: RecordType, told: Told) -> None:
    schema: Any = body_for(kind.key, creating=False)

    @router.patch("/{id}", **told.update())
    def update(request: KedangRequest, pk: Id, payload: schema) -> HttpResponse:
        return views.update(request, kind, pk, payload)


def _archive(router: Router, kind: RecordType, told: Told, chosen: ActionSpec) -> None:
    @router.delete("/{id}", **told.archive(chosen))
    def archive(request: KedangRequest, pk: Id, payload: Reason | None = NO_BODY) -> HttpResponse:
        return views.archive(request, kind, pk, payload.reason if payload is not None else "")


def _action(router: Router, kind: RecordType, told: Told, chosen: ActionSpec) -> None:
    schema: Any = body_of_action(kind.key, chosen.name)
    given: Any = schema if needs_body(chosen) else schema | None
    default = SOME_BODY if needs_body(chosen) else NO_BODY

    @router.post(f"/{{id}}/{chosen.name}", **told.action(chosen))
    def act(request: KedangRequest, pk: Id, payload: given = default) -> HttpResponse:
        return views.act(request, kind, pk, chosen.key, payload)
