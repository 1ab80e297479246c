"""What a picker asks while somebody types: at most ten names, only of what they may see."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from kedang.engine.identity.models import Unit, User
from kedang.engine.records.access import askable, shown
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.request import KedangRequest
from kedang.engine.search.find import hits
from kedang.kernel import ids
from kedang.kernel.errors import NotAllowed
from kedang.kernel.trees import Tree
from kedang.kits.web.pages import absent_text, signed_in

MOST = 10


@require_GET
@signed_in
def records(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Find records of a type by what their list can be searched by."""
    if not request.actor.may(kind.key, "view"):
        raise NotAllowed(absent_text())
    text = request.GET.get("q", "").strip()
    if text:
        rows = [row for hit in hits(request.actor, [kind], text, MOST) for row in hit.rows]
    else:
        newest = kind.model.objects.visible_to(request.actor).select_related(
            *kind.needs_select((kind.subtitle,))
        )
        rows = list(newest.order_by("-pk")[:MOST])
    return _answer([(row.pk, str(row), _note(request, kind, row)) for row in rows])


@require_GET
@signed_in
def users(request: KedangRequest) -> HttpResponse:
    """Find colleagues who still work here, by name."""
    text = _typed(request)
    found = User.objects.filter(is_active=True).filter(
        Q(name__icontains=text) | Q(username__istartswith=text)
    )
    rows = found.select_related("unit").order_by("name")[:MOST]
    return _answer([(row.pk, str(row), str(row.unit or "")) for row in rows])


@require_GET
@signed_in
def units(request: KedangRequest) -> HttpResponse:
    """Find units by name."""
    rows = Unit.objects.filter(name__icontains=_typed(request)).order_by("path")[:MOST]
    return _answer([(row.pk, row.name, row.code) for row in rows])


@require_GET
@signed_in
def coded(request: KedangRequest, tree: Tree) -> HttpResponse:
    """Find codes by name, or walk down from the top: what has more below says so."""
    text, within = _typed(request), request.GET.get("within", "")[:6]
    found = tree.search(text, MOST) if text else tree.below(within)
    results = [
        {"id": code, "text": tree.name_of(code), "note": "", "more": bool(tree.below(code))}
        for code, _name in found
    ]
    return JsonResponse({"results": results})


def _typed(request: KedangRequest) -> str:
    return UNSTORABLE.sub("", request.GET.get("q", "")).strip()[:60]


def _note(request: KedangRequest, kind: RecordType, row: Any) -> str:
    if not kind.subtitle or not askable(request.actor, kind, kind.subtitle):
        return ""
    return shown(request.actor, kind, row, kind.subtitle).text


def _answer(rows: list[tuple[int, str, str]]) -> HttpResponse:
    results = [{"id": ids.show(pk), "text": text, "note": note} for pk, text, note in rows]
    return JsonResponse({"results": results}, headers={"Cache-Control": "no-store"})
