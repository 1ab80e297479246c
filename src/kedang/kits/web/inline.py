"""One value edited where it stands in a list: through the write door, with the other's value when two collide."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.records.access import covers_pool, open_one, shown
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Conflict, Invalid, NotAllowed
from kedang.kits.web import cells, inputs
from kedang.kits.web.filters import text_of_target
from kedang.kits.web.pages import pk_of, record_url, show, signed_in

SIMPLE = frozenset(
    {
        "text",
        "choice",
        "date",
        "money",
        "number",
        "integer",
        "boolean",
        "phone",
        "email",
        "url",
        "record",
        "user",
    }
)


def editable(kind: RecordType, spec: FieldSpec) -> bool:
    """Say whether a value of this kind is edited in a cell; the title opens the record instead."""
    return spec.kind in SIMPLE and spec.name != kind.title and spec.name in kind.form_fields


@require_http_methods(["GET", "POST"])
@signed_in
def cell(request: KedangRequest, kind: RecordType, pk: str, name: str) -> HttpResponse:
    """Show the input of one value, or store what was put in and show the cell as it now stands."""
    row = open_one(request.actor, kind, pk_of(pk), "change")
    spec = kind.fields.get(name)
    if (
        spec is None
        or not editable(kind, spec)
        or name not in settable(request.actor, kind, creating=False, row=row)
    ):
        raise NotAllowed(_("This field cannot be set here."))
    stored = inputs.of_record(kind, row, [name])[name]
    if request.method == "GET":
        return _asked(request, kind, row, spec, stored, stored)
    value = request.POST.get(name, "").strip()
    was = request.POST.get("was", "")
    if stored not in (was, value):
        return _asked(
            request, kind, row, spec, stored, value, clash=_text(request, kind, row, spec), status=412
        )
    try:
        done = perform(
            request.actor, f"{kind.key}.update", row.pk, inputs.for_door(kind, {name: value}), version=row.version
        )  # fmt: skip
    except Invalid as error:
        found = [problem.text for problem in error.problems if problem.field in (name, "")]
        others = [f"{_label(kind, problem.field)}: {problem.text}" for problem in error.problems]
        return _asked(request, kind, row, spec, stored, value, error=" ".join(found or others), status=422)
    except Conflict as error:
        return _asked(request, kind, row, spec, stored, value, error=error.text, status=412)
    return _drawn(request, kind, done.record, spec)


def _label(kind: RecordType, name: str) -> Any:
    return kind.fields[name].label if name in kind.fields else name


def _asked(
    request: KedangRequest, kind: RecordType, row: Any, spec: FieldSpec, stored: str, value: str, *, error: str = "",
    clash: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    field = inputs.single(request, kind, spec, value, error)
    return show(
        request, "web/cell.html", "cell", field=field, stored=stored, row=row, kind=kind, clash=clash, status=status,
        clashed=status == 412 and not error, cell_url=f"{record_url(kind, row.pk)}/cell/{spec.name}",
        size=request.POST.get("size") or request.GET.get("size") or "1", crumbs=[(str(row), "")],
    )  # fmt: skip


def _drawn(request: KedangRequest, kind: RecordType, row: Any, spec: FieldSpec) -> HttpResponse:
    row = kind.model.objects.visible_to(request.actor).select_related(*kind.needs_select((spec.name,))).filter(
        pk=row.pk
    ).first() or row  # fmt: skip
    try:
        size = Decimal(request.POST.get("size") or "1")
    except InvalidOperation:
        size = Decimal(1)
    column = cells.Column(spec, size=size if size in (1, 1_000, 10_000) else Decimal(1))
    value = shown(request.actor, kind, row, spec.name)
    cells.look_at(kind, request.actor, [row], [column.spec.name])
    return HttpResponse(cells.in_row(kind, value, column, request.actor, row))


def _text(request: KedangRequest, kind: RecordType, row: Any, spec: FieldSpec) -> str:
    if covers_pool(request.actor, kind, row):
        return ""
    value = getattr(row, spec.attname)
    if spec.points_at and value is not None:
        return text_of_target(request, spec, inputs.of_record(kind, row, [spec.name])[spec.name])
    return shown(request.actor, kind, row, spec.name).text or _("empty")
