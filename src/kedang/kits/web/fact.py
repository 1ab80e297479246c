"""One fact edited where it stands: an input in its place, saved when it is left, and never over another's change."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.inputs import settable
from kedang.engine.actions.perform import perform
from kedang.engine.files import services as files
from kedang.engine.records.access import modes, open_one
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Conflict, FileRefused, Invalid, NotAllowed, NotVisible, RuleBroken
from kedang.kits.web import cells, inputs
from kedang.kits.web.pages import absent_text, pk_of, record_url, show, signed_in

IN_HEAD = frozenset({"next_step", "next_step_on"})  # what the head of the page shows besides title and pills


@require_http_methods(["GET", "POST"])
@signed_in
def field(request: KedangRequest, kind: RecordType, pk: str, name: str) -> HttpResponse:
    """Show one fact, its input, or save it.

    A save names the value that its input began with. When somebody changed the record meanwhile but not this
    field, the save goes on; when they changed this field, the reader chooses.
    """
    row = open_one(request.actor, kind, pk_of(pk))
    if name not in kind.fields or modes(request.actor, kind)[name] is Mode.HIDE:
        raise NotVisible(absent_text())
    if request.method == "GET" and "shown" in request.GET:
        return _shown(request, kind, row, name)
    row = open_one(request.actor, kind, row.pk, "change")
    if name not in settable(request.actor, kind, creating=False, row=row) or not _editable(kind):
        raise NotAllowed(_("This field cannot be set here."))
    stored = inputs.of_record(kind, row, [name])[name]
    if request.method == "GET":
        return _asked(request, kind, row, name, stored, stored)
    value = inputs.given(request.actor, kind, request.POST, creating=False).get(name, "")
    base = request.POST.get("base", "")
    if (sent := request.FILES.get(f"{name}.file")) and kind.fields[name].kind == "file":
        if base != stored:
            return _asked(request, kind, row, name, stored, base, theirs=stored, status=412)
        try:
            made = files.attach(request.actor, kind, row.pk, sent.name or "", sent.chunks())
        except FileRefused as error:
            return _asked(request, kind, row, name, stored, base, error=error.text, status=422)
        row, value = open_one(request.actor, kind, row.pk, "change"), ids.show(made.pk)
    if value == stored:
        return _shown(request, kind, row, name)
    if base not in (stored, value):
        return _asked(request, kind, row, name, value, base, theirs=stored, status=412)
    if value == base:
        return _shown(request, kind, row, name)  # the reader changed nothing; what others saved stands
    try:
        perform(
            request.actor,
            f"{kind.key}.update",
            row.pk,
            inputs.for_door(kind, {name: value}),
            version=row.version,
        )
    except Conflict:
        row = open_one(request.actor, kind, row.pk, "change")
        theirs = inputs.of_record(kind, row, [name])[name]
        return _asked(request, kind, row, name, value, base, theirs=theirs, status=412)
    except Invalid as error:
        own = [problem.text for problem in error.problems if problem.field == name]
        others = [
            f"{kind.fields[problem.field].label}{_(': ')}{problem.text}"
            if problem.field in kind.fields and modes(request.actor, kind)[problem.field] >= Mode.READ
            else problem.text
            for problem in error.problems if problem.field != name
        ]  # fmt: skip
        return _asked(request, kind, row, name, value, base, error=" ".join(own + others), status=422)
    except RuleBroken as error:
        return _asked(request, kind, row, name, value, base, error=error.text, status=409)
    response = _shown(request, kind, open_one(request.actor, kind, row.pk), name)
    response.headers["HX-Trigger"] = "kedang-saved"
    if name in IN_HEAD or name in (kind.title, kind.subtitle, *kind.pills):
        response.headers["HX-Refresh"] = "true"
    return response


def editable(request: KedangRequest, kind: RecordType, row: Any) -> set[str]:
    """Return the names of the facts that this reader may change in place."""
    if not request.actor.may(kind.key, "change") or not _editable(kind):
        return set()
    return settable(request.actor, kind, creating=False, row=row)


def _editable(kind: RecordType) -> bool:
    return any(one.name == "update" for one in actions_of(kind.key))


def _shown(request: KedangRequest, kind: RecordType, row: Any, name: str) -> HttpResponse:
    may_reveal = request.actor.may(kind.key, "reveal")
    fact = cells.facts(request.actor, kind, row, [name], may_reveal, editable(request, kind, row))[0]
    return show(request, "web/inline.html", "shown", fact=fact, url=record_url(kind, row.pk), kind=kind, row=row,
                title=str(row), crumbs=[])  # fmt: skip


def _asked(
    request: KedangRequest, kind: RecordType, row: Any, name: str, value: str, base: str, *, theirs: str | None = None,
    error: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    spec = kind.fields[name]
    view = inputs.one(request, kind, spec, value, error, row)
    told = {}
    if theirs is not None:
        told = {
            "clash": True, "theirs": theirs, "theirs_text": inputs.said(request, kind, name, theirs),
            "mine_text": inputs.said(request, kind, name, value), "base_text": inputs.said(request, kind, name, base),
        }  # fmt: skip
    return show(
        request, "web/inline.html", "asked", status=status, field=view, base=theirs if theirs is not None else base,
        first=base, mine=value, url=record_url(kind, row.pk), kind=kind, row=row, title=str(row), crumbs=[], **told,
    )  # fmt: skip
