"""Create and edit any record: sections from the type, errors beside their field, and two people at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.actions import requests
from kedang.engine.actions.checks import NEEDS_APPROVAL
from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.access import open_one
from kedang.engine.records.lines import lines_of
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import parse
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.errors import Conflict, Invalid, NotAllowed, Problem, RuleBroken
from kedang.kits.web import checks, inputs
from kedang.kits.web.pages import leave, pk_of, record_url, show, signed_in


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two people changed: what each wants there, and what stood there before both."""

    name: str
    label: Any
    mine: str
    theirs: str
    mine_text: str
    theirs_text: str
    base: str
    base_text: str
    settled: bool


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Show the form of a new record, or file it."""
    actor = request.actor
    if not kind.creatable or not actor.may(kind.key, "create"):
        raise NotAllowed(_("Your role does not allow this."))
    if request.method == "GET":
        known = settable(actor, kind, creating=True)
        values = {name: value for name, value in _defaults(kind, known).items() if value}
        values |= {name: request.GET[name] for name in known if name in request.GET}
        return _form(request, kind, values, creating=True)
    values = inputs.given(actor, kind, request.POST, creating=True)
    lines = inputs.lines_given(kind, request.POST)
    if request.GET.get("again"):
        return _form(request, kind, values, lines=lines, creating=True)
    if request.GET.get("check"):
        return checks.told(request, kind, values)
    if not request.POST.get("similar_seen") and not requests.used(actor, request.POST.get("request_key", "")):
        met = checks.likes(request, kind, values, reason="create")
        if met["stop"]:
            return _form(request, kind, values, lines=lines, creating=True, met=met)
    try:
        sent = inputs.for_door(
            kind, {name: value for name, value in values.items() if value != "" or name != "owner"}
        )
        done = perform(
            actor, f"{kind.key}.create", None, _with_lines(kind, sent, lines, request.POST),
            request_key=request.POST.get("request_key", ""),
        )  # fmt: skip
    except Invalid as error:
        return _form(request, kind, values, error.problems, lines=lines, creating=True)
    except RuleBroken as error:
        return _form(request, kind, values, [Problem("", error.text)], lines=lines, creating=True)
    _say(request, done.warnings)
    goal = request.POST.get("next", "")
    if goal == "another":
        return leave(
            request, reverse(f"{kind.plural}.create"), _("“%(name)s” is filed.") % {"name": done.record}
        )
    return leave(request, record_url(kind, done.record.pk), _("“%(name)s” is filed.") % {"name": done.record})


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: KedangRequest, kind: RecordType, pk: str) -> HttpResponse:
    """Show the form of a record, or save what was changed in it."""
    actor = request.actor
    row = open_one(actor, kind, pk_of(pk), "change")
    own = {spec.name for spec in actions_of(kind.key)}
    if "update" not in own:
        raise NotAllowed(_("This cannot be edited."))
    names = settable(actor, kind, creating=False, row=row)
    if request.method == "GET":
        lines = _stored_lines(kind, row.pk)
        return _form(request, kind, inputs.of_record(kind, row, names), row=row, lines=lines)
    values = inputs.of_record(kind, row, names) | inputs.given(actor, kind, request.POST, creating=False)
    lines = inputs.lines_given(kind, request.POST)
    if request.GET.get("again"):
        return _form(request, kind, values, row=row, lines=lines)
    if request.GET.get("check"):
        return checks.told(request, kind, values, row)
    given = inputs.given(actor, kind, request.POST, creating=False)
    version = (
        int(request.POST.get("version") or row.version)
        if request.POST.get("version", "").isdecimal()
        else row.version
    )
    try:
        sent = _with_lines(kind, inputs.for_door(kind, given), lines, request.POST)
        reason = request.POST.get("reason", "")
        done = perform(actor, f"{kind.key}.update", row.pk, sent, version=version, reason=reason)
    except Invalid as error:
        return _form(request, kind, values, error.problems, row=row, lines=lines, version=version)
    except RuleBroken as error:
        return _form(request, kind, values, [Problem("", error.text)], row=row, lines=lines, version=version)
    except Conflict:
        return _settle(request, kind, pk_of(pk), given, version)
    if done.approval is not None:
        said = _("Asked. “%(name)s” stays as it is until somebody approves.") % {"name": row}
        return leave(request, record_url(kind, row.pk), said)
    _say(request, done.warnings)
    return leave(request, record_url(kind, done.record.pk), _("Saved."))


def _say(request: KedangRequest, warnings: Sequence[Problem]) -> None:
    """What looks wrong was stored, and is said on the next page."""
    for warning in warnings:
        messages.warning(request, warning.text)


def _defaults(kind: RecordType, names: set[str]) -> dict[str, str]:
    found = {}
    for name in names & set(kind.form_fields):
        column = kind.fields[name].model_field
        if column.has_default() and not callable(column.default) and column.default is not None:
            found[name] = inputs.typed(column.default)
        elif name in kind.required and kind.fields[name].kind == "date":
            found[name] = inputs.typed(clock.today())
    return found


def _stored_lines(kind: RecordType, pk: int) -> list[dict[str, str]]:
    return inputs.lines_of_record(kind, lines_of(kind, [pk])[pk]) if kind.lines is not None else []


def _with_lines(
    kind: RecordType, sent: dict[str, Any], lines: Sequence[Mapping[str, str]], data: QueryDict
) -> dict[str, Any]:
    """Send the lines where the form held them: a form without them leaves them as they are."""
    held = kind.lines is not None and any(name.startswith("lines.") for name in data)
    return {**sent, "lines": list(lines)} if held else sent


def _form(
    request: KedangRequest, kind: RecordType, values: Mapping[str, str], problems: Sequence[Problem] = (), *,
    row: Any = None, lines: Sequence[Mapping[str, str]] = (), creating: bool = False, version: int | None = None,
    met: Mapping[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    known = settable(request.actor, kind, creating=creating, row=row)
    general = [
        problem.text for problem in problems if problem.field not in known and problem.field != "lines"
    ]
    if problems and not general:
        general = [_("Some fields need another look.")]
    belongs = inputs.belonging(request, kind, values, problems) if creating else []
    met = met or checks.likes_of_slip(problems, kind)
    return show(
        request, "web/form.html", "sections", status=422 if problems else 409 if met.get("stop") else 200,
        kind=kind, row=row,
        sections=inputs.sections(request, kind, values, problems, creating=creating, row=row), belongs=belongs,
        line_table=inputs.line_table(request, kind, lines, problems), general=general, creating=creating,
        asks_why=any(problem.code == NEEDS_APPROVAL for problem in problems),
        version=version if version is not None else getattr(row, "version", 0),
        request_key=request.POST.get("request_key") or ids.show(ids.new_id()),
        again_url=request.path + "?again=1" if kind.key in inputs.DEMANDS else "",
        back=record_url(kind, row.pk) if row is not None else reverse(f"{kind.plural}.list"),
        crumbs=_crumbs(kind, row), watched=checks.WATCHED.get(kind.key, ()),
        check_url=request.path + "?check=1", asking=True, **met,
    )  # fmt: skip


def _crumbs(kind: RecordType, row: Any) -> list[tuple[Any, str]]:
    listed = (kind.label_plural, reverse(f"{kind.plural}.list"))
    if row is None:
        return [listed, (_("New %(label)s") % {"label": kind.label}, "")]
    return [listed, (str(row), record_url(kind, row.pk)), (_("Edit"), "")]


def _settle(
    request: KedangRequest, kind: RecordType, pk: int, mine: Mapping[str, str], version: int
) -> HttpResponse:
    """Show what somebody else saved meanwhile, field by field, so that nothing is lost and nothing is guessed."""
    row = open_one(request.actor, kind, pk, "change")
    names = [name for name in kind.form_fields if name in mine]
    theirs = inputs.of_record(kind, row, names)
    entries = list(
        HistoryEntry.objects.filter(record=kind.key, record_id=pk, seq__gt=version).order_by("seq")
    )
    before = _before(kind, entries)
    clashes, kept = [], {}
    for name in names:
        attname = kind.fields[name].told_as
        if attname not in before or mine[name] == theirs[name]:
            kept[name] = mine[name]
            continue
        old = "" if before[attname] is None else _as_typed(kind, name, before[attname])
        clashes.append(
            Clash(
                name,
                kind.fields[name].label,
                mine[name],
                theirs[name],
                inputs.said(request, kind, name, mine[name]),
                inputs.said(request, kind, name, theirs[name]),
                old,
                inputs.said(request, kind, name, old),
                settled=mine[name] == old,
            )
        )
    return show(
        request, "web/conflict.html", status=412, kind=kind, row=row, clashes=clashes, kept=kept,
        crumbs=_crumbs(kind, row),
        lines=inputs.lines_given(kind, request.POST),
        who=[entry.actor_name for entry in entries][-1:],
        at=entries[-1].at if entries else row.changed_at,
        back=record_url(kind, pk),
    )  # fmt: skip


def _before(kind: RecordType, entries: Sequence[HistoryEntry]) -> dict[str, Any]:
    """Return what each field held at the version the form was opened with."""
    found: dict[str, Any] = {}
    for entry in entries:
        for attname, change in entry.changes.items():
            if isinstance(change, list):
                found.setdefault(attname, change[0])
            else:
                found.setdefault(attname, None)
    return found


def _as_typed(kind: RecordType, name: str, old: Any) -> str:
    spec = kind.fields[name]
    if spec.points_at and isinstance(old, int):
        return ids.show(old)
    if spec.custom:
        return inputs.typed(parse(spec.kind, old))
    return inputs.typed(spec.model_field.to_python(old) if isinstance(old, str) else old)
