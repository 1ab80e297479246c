"""Settings → attributes: an administrator gives record types fields of the company's own."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.attributes import filling, rules
from kedang.engine.attributes.define import (
    Definition,
    bring_back,
    define,
    extends,
    extensible,
    filter_by,
    may_define,
    retire,
    revise,
    unfilter,
)
from kedang.engine.custom.catalogue import custom_fields
from kedang.engine.custom.models import CustomAttribute, CustomFilter
from kedang.engine.identity.models import FieldRight, Role
from kedang.engine.jobs import job_url
from kedang.engine.overlay import PREFIX
from kedang.engine.packs.active import said
from kedang.engine.records.types import RECORDS, RecordType, title_of
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Invalid, NotAllowed, NotVisible, RuleBroken
from kedang.kits.web.pages import leave, pk_of, show, signed_in
from kedang.kits.web.tabs import frame
from kedang.packs.words import Text

TAB = "attributes"
KIND_NAMES = {
    "text": gettext_lazy("Text"), "longtext": gettext_lazy("Long text"), "number": gettext_lazy("Number"),
    "integer": gettext_lazy("Whole number"), "money": gettext_lazy("Amount"), "date": gettext_lazy("Date"),
    "choice": gettext_lazy("One of a list"), "choices": gettext_lazy("Several of a list"),
    "boolean": gettext_lazy("Yes or no"), "user": gettext_lazy("Person"), "record": gettext_lazy("Link to a record"),
    "file": gettext_lazy("File"),
}  # fmt: skip
UNFILTERED = frozenset({"longtext", "file"})
BASES = {
    "consent": gettext_lazy("consent of the person"), "contract": gettext_lazy("needed for a contract"),
    "duty": gettext_lazy("duty by law"), "public": gettext_lazy("lawfully public"),
}  # fmt: skip
GUARDS = {
    "open": gettext_lazy("Everybody who sees the record"),
    "mask": gettext_lazy("Masked, but for the roles below"),
    "hide": gettext_lazy("Hidden, but for the roles below"),
}


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List the attributes of one record type, those of packs and retired ones included."""
    _only(request)
    kinds = _kinds()
    chosen = RECORDS.get(request.GET.get("record", ""), kinds[0])
    if chosen not in kinds:
        raise NotVisible(_("There is no such kind of record."))
    filters = {row.key: row for row in CustomFilter.objects.filter(record=chosen.key)}
    rows = list(CustomAttribute.objects.filter(record=chosen.key).order_by("place", "key"))
    own: list[dict[str, Any]] = [
        {"row": row, "id": ids.show(row.pk), "label": _label(row.label), "kind": KIND_NAMES[row.kind],
         "filter": filters.get(row.key), "may_filter": row.kind not in UNFILTERED}
        for row in rows
    ]  # fmt: skip
    packs = [
        {"label": said(one.label, _language()), "kind": KIND_NAMES.get(one.kind, one.kind), "key": one.key,
         "filter": filters.get(one.key), "may_filter": one.kind not in UNFILTERED}
        for one in custom_fields(chosen.key).attributes.values() if one.pack
    ]  # fmt: skip
    return show(
        request, "web/settings/attributes.html", kinds=kinds, chosen=chosen, living=[one for one in own
        if not one["row"].retired_at], retired=[one for one in own if one["row"].retired_at], packs=packs,
        **frame(request, TAB),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: KedangRequest) -> HttpResponse:
    """Define an attribute."""
    _only(request)
    kind = extensible(request.GET.get("record", "") or request.POST.get("record", ""))
    if request.method == "GET":
        return _form(request, kind, None, Definition(label=""))
    given = _given(request)
    try:
        row = define(request.actor, kind.key, given)
    except (Invalid, RuleBroken) as error:
        return _form(request, kind, None, given, error)
    return leave(request, _url(kind), _("“%(name)s” is defined.") % {"name": _label(row.label)})


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: KedangRequest, pk: str) -> HttpResponse:
    """Change an attribute."""
    _only(request)
    row = CustomAttribute.objects.filter(pk=pk_of(pk)).first()
    if row is None:
        raise NotVisible(_("There is no such attribute."))
    kind = extensible(row.record)
    if request.method == "GET":
        return _form(request, kind, row, _stated(row))
    given = _given(request)
    try:
        revise(request.actor, row.pk, given)
    except (Invalid, RuleBroken) as error:
        return _form(request, kind, row, given, error)
    return leave(request, _url(kind), _("Saved."))


@require_POST
@signed_in
def act(request: KedangRequest, pk: str, name: str) -> HttpResponse:
    """Retire an attribute or bring it back."""
    _only(request)
    done = {"retire": retire, "restore": bring_back}.get(name)
    if done is None:
        raise NotVisible(_("There is no such action."))
    row = done(request.actor, pk_of(pk))
    text = (
        _("“%(name)s” is off every page; its values are kept.")
        if name == "retire"
        else _("“%(name)s” is back, with its values.")
    )
    return leave(request, _url(RECORDS[row.record]), text % {"name": _label(row.label)})


@require_POST
@signed_in
def narrow(request: KedangRequest) -> HttpResponse:
    """Let lists be narrowed by an attribute, or no longer."""
    _only(request)
    kind, key = extensible(request.POST.get("record", "")), request.POST.get("key", "")
    if request.POST.get("off"):
        unfilter(request.actor, kind.key, key)
        return leave(request, _url(kind), _("Lists no longer filter by it."))
    begun = filter_by(request.actor, kind.key, key)
    job = filling.begin(request.actor, begun)
    return leave(
        request, job_url(job), _("The values are being gathered; the filter appears when that is done.")
    )


def _only(request: KedangRequest) -> None:
    if not may_define(request.actor):
        raise NotAllowed(_("Only administrators define attributes."))


def _kinds() -> list[RecordType]:
    found = [kind for kind in RECORDS.values() if extends(kind)]
    return sorted(found, key=lambda kind: kind.order)


def _url(kind: RecordType) -> str:
    return f"{reverse('settings.attributes')}?record={kind.key}"


def _language() -> str:
    return get_language() or "zh-hans"


def _label(label: dict[str, str]) -> str:
    return said(Text(**label), _language())


def _given(request: KedangRequest) -> Definition:
    data = request.POST
    return Definition(
        label=data.get("label", ""), label_en=data.get("label_en", ""), help=data.get("help", ""),
        kind=data.get("kind", "text"), key=data.get("key", "").strip(), required=data.get("required") == "1",
        default=data.get("default", ""), choices=data.get("choices", "").splitlines(), target=data.get("target", ""),
        for_types=data.getlist("for_types"), panel=data.get("panel", ""), place=data.get("place", "100"),
        guard=data.get("guard", "open"), roles=data.getlist("roles"), purpose=data.get("purpose", ""),
        basis=data.get("basis", ""), kept=data.get("kept", ""),
    )  # fmt: skip


def _stated(row: CustomAttribute) -> Definition:
    rights = FieldRight.objects.filter(record=row.record, field=f"{PREFIX}{row.key}")
    roles = Role.objects.filter(pk__in=list(rights.values_list("role", flat=True))).values_list(
        "key", flat=True
    )
    guard = {Mode.MASK: "mask", Mode.HIDE: "hide"}.get(Mode(row.guard), "open")
    living = [one["label"]["zh_hans"] for one in row.choices if not one["retired"]]
    return Definition(
        row.label.get("zh_hans", ""), row.label.get("en", ""), row.help.get("zh_hans", ""), row.kind, row.key,
        row.required, _default(row), living, row.target, row.for_types, row.panel, str(row.place), guard, list(roles),
        row.purpose, row.basis, row.kept,
    )  # fmt: skip


def _default(row: CustomAttribute) -> str:
    if row.default is None:
        return ""
    if row.kind == "choice":
        return next((one["label"]["zh_hans"] for one in row.choices if one["key"] == row.default), "")
    if row.kind == "boolean":
        return _("yes") if row.default else _("no")
    return f"{row.default / 100:.2f}" if row.kind == "money" else str(row.default)


def _form(
    request: KedangRequest,
    kind: RecordType,
    row: CustomAttribute | None,
    stated: Definition,
    error: Any = None,
) -> HttpResponse:
    errors = {problem.field: problem.text for problem in getattr(error, "problems", ())}
    types = kind.fields[kind.type_field].choices() if kind.type_field else []
    roles = [
        (role.key, _label(role.label)) for role in Role.objects.order_by("key") if role.label.get("zh_hans")
    ]
    return show(
        request, "web/settings/attribute.html", status=422 if error else 200, record=kind, row=row, stated=stated,
        errors=errors, general=error.text if error and not errors else "", types=types, roles=roles,
        kinds=[(key, KIND_NAMES[key]) for key in rules.KINDS], kind_name=KIND_NAMES.get(stated.kind, ""),
        targets=[(one.key, one.label) for one in _kinds()], guards=list(GUARDS.items()), bases=list(BASES.items()),
        panels=[(title_of(panel), panel.title) for panel in kind.__dict__["form"]],
        choices="\n".join(stated.choices), back=_url(kind), **frame(request, TAB),
    )  # fmt: skip
