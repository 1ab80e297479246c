"""The tree of departments, for administrators: add, rename, move."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kedang.engine.administration.record_types import UNIT
from kedang.engine.identity.models import Unit, User
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import NotAllowed, Problem
from kedang.kits.web import administered
from kedang.kits.web.changes import changes_of
from kedang.kits.web.pages import leave, show, signed_in
from kedang.kits.web.tabs import frame

MOST = 2_000


@dataclass(frozen=True, slots=True)
class Branch:
    """One department in the tree: how deep it lies and how many people belong to it."""

    unit: Unit
    depth: int
    people: int
    url: str


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show the tree."""
    context = frame(request, "units")
    rows = list(Unit.objects.order_by("path")[:MOST])
    members = User.objects.filter(is_active=True).order_by().values_list("unit").annotate(n=Count("pk"))
    counts = Counter(dict(members))
    order: dict[int | None, list[Unit]] = {}
    for unit in sorted(rows, key=lambda one: one.name):
        order.setdefault(unit.parent_id, []).append(unit)
    branches: list[Branch] = []

    def walk(above: int | None, depth: int) -> None:
        for unit in order.get(above, []):
            branches.append(Branch(unit, depth, counts[unit.pk], _address(unit)))
            walk(unit.pk, depth + 1)

    walk(None, 0)
    may = request.actor.may
    return show(
        request, "web/settings/units.html", branches=branches, may_add=may(UNIT.key, "create"),
        may_change=may(UNIT.key, "change"), **context,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def unit(request: KedangRequest, pk: str = "") -> HttpResponse:
    """Add a department, or rename and move one; what lies below moves along."""
    row = administered.row_of(request, UNIT, pk) if pk else None
    verb = "change" if row else "create"
    if not request.actor.may(UNIT.key, verb):
        raise NotAllowed(_("Only administrators look here."))
    title = str(row) if row else _("New department")
    context = frame(request, "units", (title, ""))
    values = administered.stored(UNIT, row) if row else {"parent": request.GET.get("parent", "")}
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        values = administered.given(request, UNIT)
        key = "engine.unit.update" if row else "engine.unit.create"
        done, problems, status = administered.attempt(request, key, row.pk if row else None, values)
        if done is not None:
            return leave(request, reverse("settings.units"), _("Saved."))
    entries, _more = changes_of([(UNIT.key, row.pk)], None) if row else ([], 0)
    return show(
        request, "web/settings/administered.html", status=status, row=row, title=title, entries=entries,
        sections=administered.sections(request, UNIT, values, problems), back=reverse("settings.units"),
        general=administered.general(problems, UNIT.form_fields),
        note=_("People and records keep their department; who leads from above sees what moves below.") if row else "",
        **context,
    )  # fmt: skip


def _address(row: Unit) -> str:
    return reverse("settings.unit", kwargs={"pk": ids.show(row.pk)})
