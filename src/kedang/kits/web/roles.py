"""Roles, for administrators: what each may do in words, and the matrix in which that is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from kedang.engine.administration.reach import label, rights_of
from kedang.engine.administration.record_types import ROLE
from kedang.engine.administration.rules import SPANS, Rights
from kedang.engine.identity.models import Role, RoleGrant, RoleLimit, Unit
from kedang.engine.records.types import ADMINISTERED, RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Line
from kedang.kernel.errors import NotAllowed, Problem
from kedang.kits.web import administered
from kedang.kits.web.changes import changes_of
from kedang.kits.web.pages import leave, show, signed_in
from kedang.kits.web.tabs import frame
from kedang.packs.schema import UNLIMITED

USUAL = (
    "view",
    "create",
    "change",
    "archive",
    "assign",
    "approve",
    "export",
    "import",
    "reveal",
    "claim",
    "seal",
)
ACTION_WORDS = {
    "view": gettext_lazy("look"), "create": gettext_lazy("add"), "change": gettext_lazy("change"),
    "archive": gettext_lazy("archive"), "assign": gettext_lazy("hand over"), "approve": gettext_lazy("approve"),
    "export": gettext_lazy("export"), "import": gettext_lazy("import"), "reveal": gettext_lazy("reveal"),
    "claim": gettext_lazy("claim"), "seal": gettext_lazy("seal"),
}  # fmt: skip
SPAN_WORDS = {
    "none": "—", "own": gettext_lazy("own"), "follow": gettext_lazy("as far as the customer"),
    "unit": gettext_lazy("own unit"), "custom": gettext_lazy("chosen units"),
    "below": gettext_lazy("own unit and below"), "all": gettext_lazy("all"),
}  # fmt: skip
LINE_WORDS = {
    "business": gettext_lazy("business line"),
    "administrative": gettext_lazy("administrative line"),
}
MODE_WORDS = {
    "": gettext_lazy("as usual"), "0": gettext_lazy("hidden"), "1": gettext_lazy("masked"), "2": gettext_lazy("read"),
    "3": gettext_lazy("read and change"),
}  # fmt: skip
LIMIT_WORDS = {
    "reveal_per_day": gettext_lazy("Masked values to look at in a day"),
    "export_rows": gettext_lazy("Rows of an export"),
    "discount_percent": gettext_lazy("Discount, percent"),
    "approval_amount": gettext_lazy("Amount that may be approved"),
    "claim_per_day": gettext_lazy("Customers to claim from the pool in a day"),
}
MANAGED = {
    "engine.user": gettext_lazy("People"), "engine.unit": gettext_lazy("Departments"),
    "engine.role": gettext_lazy("Roles"), "engine.company": gettext_lazy("Company"),
    "engine.pool": gettext_lazy("Pools"), "engine.log": gettext_lazy("Security log"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One right in the matrix."""

    name: str
    label: str
    span: str


@dataclass(frozen=True, slots=True)
class Row:
    """The rights over one record type along one line."""

    record: str
    label: Any
    line: str
    key: str
    cells: list[Cell]
    units: list[tuple[Unit, bool]]
    custom: bool


@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """List the roles with what they may do, in words."""
    context = frame(request, "roles")
    found = []
    rows = Role.objects.prefetch_related("grants").annotate(people=Count("membership")).order_by("key")
    for role in rows:
        table: dict[str, list[RoleGrant]] = {}
        for grant in sorted(role.grants.all(), key=lambda one: (one.record, _place(one.action))):
            table.setdefault(grant.record, []).append(grant)
        named = [(_record_label(key), grants) for key, grants in table.items()]
        found.append((role, label(role), named, _address(role)))
    return show(
        request, "web/settings/roles.html", roles=found, may_add=request.actor.may(ROLE.key, "create"),
        may_change=request.actor.may(ROLE.key, "change"), **context,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: KedangRequest) -> HttpResponse:
    """Add a role, with the rights of another to begin with."""
    if not request.actor.may(ROLE.key, "create"):
        raise NotAllowed(_("Only administrators look here."))
    context = frame(request, "roles", (_("New role"), ""))
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        inputs = {"name": request.POST.get("name", ""), "like": request.POST.get("like", "")}
        done, problems, status = administered.attempt(request, "engine.role.create", None, inputs)
        if done is not None:
            return leave(request, _address(done.record), _("The role is there. Set what it may do."))
    return show(
        request, "web/settings/role_new.html", status=status, problems=problems,
        likes=[(one.key, label(one)) for one in Role.objects.all()], name=request.POST.get("name", ""), **context,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def role(request: KedangRequest, pk: str) -> HttpResponse:
    """Show the matrix of one role; store it with a reason, or rename the role."""
    row: Role = administered.row_of(request, ROLE, pk)
    problems: list[Problem] = []
    status, rights = 200, rights_of([row.pk])[row.pk]
    if request.method == "POST":
        if "name" in request.POST:
            inputs: dict[str, Any] = {
                "name": request.POST["name"], "second_factor": request.POST.get("second_factor", "0"),
            }  # fmt: skip
            done, problems, status = administered.attempt(request, "engine.role.update", row.pk, inputs)
        else:
            inputs = sent(request.POST, rights)
            done, problems, status = administered.attempt(request, "engine.role.rights", row.pk, inputs)
        if done is not None:
            return leave(request, _address(row), _("Saved. It counts from the next page on."))
        if "name" not in request.POST:
            rights = _as_sent(inputs)
    entries, _more = changes_of([(ROLE.key, row.pk)], None)
    errors = {problem.field: problem.text for problem in problems}
    return show(
        request, "web/settings/role.html", status=status, role=row, name=label(row), rows=_matrix(rights),
        spans=list(SPAN_WORDS.items()), actions=[ACTION_WORDS[one] for one in USUAL], fields=_fields(rights),
        modes=list(MODE_WORDS.items()), lines=list(LINE_WORDS.items()), entries=entries,
        limits=_limits(rights, errors, request.POST), reason=request.POST.get("reason", ""),
        reason_error=errors.get("reason", ""), may_change=request.actor.may(ROLE.key, "change"),
        people=row.users.filter(is_active=True).count(),
        general=[one.text for one in problems if one.field != "reason" and not one.field.startswith("limit.")],
        **frame(request, "roles", (label(row), "")),
    )  # fmt: skip


def sent(data: Any, old: Rights) -> dict[str, Any]:
    """Return what the matrix sent, as the action takes it. What it does not show is kept as it was."""
    spans: dict[tuple[str, str, str], tuple[str, tuple[int, ...]]] = {}
    modes: dict[tuple[str, str], int] = {}
    limits: dict[str, str] = {}
    for name in data:
        what, _bar, rest = name.partition("|")
        if what == "span" and rest.count("|") == 2:
            record, line, action = rest.split("|")
            chosen = data.get(f"line|{record}|{line}", line)
            units = tuple(_id(one) for one in data.getlist(f"units|{record}|{line}"))
            spans[record, action, chosen] = (data[name], units)
        elif what == "mode" and rest.count("|") == 1 and data[name] != "":
            record, field = rest.split("|")
            modes[record, field] = int(data[name]) if data[name] in MODE_WORDS else -1
        elif what == "limit" and data[name].strip():
            text = data[name].strip()
            limits[rest] = str(UNLIMITED) if text.lower() in {"unlimited", _("unlimited")} else text
    for (record, action, line), span in old.spans.items():
        if action not in USUAL and f"line|{record}|{line}" in data:
            spans.setdefault((record, action, line), (span, tuple(old.units.get((record, action, line), ()))))
    return {"spans": spans, "modes": modes, "limits": limits}


def _as_sent(inputs: Mapping[str, Any]) -> Rights:
    """Return what was refused, so that the form comes back as it was filled in."""
    spans = {key: span for key, (span, _units) in inputs["spans"].items() if span in SPANS}
    units = {key: frozenset(chosen) for key, (_span, chosen) in inputs["spans"].items()}
    modes = {key: mode for key, mode in inputs["modes"].items() if mode >= 0}
    return Rights(spans, units, modes, {})


def _matrix(rights: Rights) -> list[Row]:
    units = list(Unit.objects.order_by("path")[:500])
    rows = []
    records = [*RECORDS, *(key for key in MANAGED if key in ADMINISTERED or key == "engine.log")]
    for record in records:
        used = {line for (key, _action, line) in rights.spans if key == record}
        usual = Line.BUSINESS if record in RECORDS else Line.ADMINISTRATIVE
        for line in sorted(used) or [str(usual)]:
            chosen = {
                unit
                for (key, _a, along), ids_ in rights.units.items()
                if key == record and along == line
                for unit in ids_
            }
            cells = [
                Cell(f"span|{record}|{line}|{action}", f"{_record_label(record)}: {ACTION_WORDS[action]}",
                     rights.spans.get((record, action, line), "none"))
                for action in USUAL
            ]  # fmt: skip
            custom = any(cell.span == "custom" for cell in cells)
            rows.append(
                Row(
                    record,
                    _record_label(record),
                    line,
                    f"{record}|{line}",
                    cells,
                    [(u, u.pk in chosen) for u in units],
                    custom,
                )
            )
    return rows


def _fields(rights: Rights) -> list[tuple[Any, list[tuple[str, Any, str]]]]:
    found = []
    for key, kind in RECORDS.items():
        names = sorted({*kind.guards, *(field for record, field in rights.modes if record == key)})
        rows = [
            (f"mode|{key}|{name}", kind.fields[name].label, str(rights.modes.get((key, name), "")))
            for name in names if name in kind.fields
        ]  # fmt: skip
        if rows:
            found.append((kind.label_plural, rows))
    return found


def _limits(
    rights: Rights, errors: Mapping[str, str], sent: Mapping[str, str]
) -> list[tuple[str, Any, str, str]]:
    known = sorted({*LIMIT_WORDS, *RoleLimit.objects.values_list("key", flat=True)})
    stored = {key: _amount(value) for key, value in rights.limits.items()}
    return [
        (f"limit|{key}", LIMIT_WORDS.get(key, key), sent.get(f"limit|{key}", stored.get(key, "")),
         errors.get(f"limit.{key}", ""))
        for key in known
    ]  # fmt: skip


def _amount(value: Decimal) -> str:
    return _("unlimited") if value >= UNLIMITED else f"{value:f}"


def _place(action: str) -> int:
    return USUAL.index(action) if action in USUAL else len(USUAL)


def _record_label(key: str) -> Any:
    return RECORDS[key].label_plural if key in RECORDS else MANAGED.get(key, key)


def _id(shown: str) -> int:
    try:
        return ids.read(shown)
    except ValueError:
        return 0


def _address(row: Role) -> str:
    return reverse("settings.role", kwargs={"pk": ids.show(row.pk)})
