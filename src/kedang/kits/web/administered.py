"""Forms and refusals of what administrators keep: one way for people, departments, roles and the company."""

from collections.abc import Mapping, Sequence
from typing import Any

from kedang.engine.actions.perform import Done, perform
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Conflict, Invalid, LimitReached, NotAllowed, NotVisible, Problem, RuleBroken
from kedang.kits.web.filters import pick_url, text_of_target
from kedang.kits.web.inputs import InputView, Section, of_record
from kedang.kits.web.pages import absent_text, pk_of

STATUS = {Invalid: 422, RuleBroken: 409, Conflict: 412, NotAllowed: 403, LimitReached: 429}


def sections(
    request: KedangRequest, kind: RecordType, values: Mapping[str, str], problems: Sequence[Problem] = ()
) -> list[Section]:
    """Return the form of an administered row with these values."""
    errors = {problem.field: problem.text for problem in problems}
    found = []
    for panel in kind.form:
        inputs = []
        for name in panel.fields:
            spec, value = kind.fields[name], values.get(name, "")
            inputs.append(
                InputView(
                    name=name,
                    label=spec.label,
                    kind=spec.kind,
                    value=value,
                    error=errors.get(name, ""),
                    text=text_of_target(request, spec, value) if spec.points_at and value else "",
                    pick=pick_url(spec) if spec.points_at else "",
                    required=name in kind.required,
                    max_length=spec.max_length,
                    help=spec.help,
                )
            )
        found.append(Section(panel.title, inputs))
    return found


def given(request: KedangRequest, kind: RecordType) -> dict[str, str]:
    """Return what a form of this kind sent."""
    found = {}
    for name in kind.form_fields:
        if kind.fields[name].kind == "boolean":
            if f"{name}.shown" in request.POST:
                found[name] = "1" if request.POST.get(name) in ("1", "on") else "0"
        elif name in request.POST:
            found[name] = request.POST[name]
    return found


def stored(kind: RecordType, row: Any) -> dict[str, str]:
    """Return the stored values as the form holds them."""
    return of_record(kind, row, kind.form_fields)


def row_of(request: KedangRequest, kind: RecordType, shown: str, verb: str = "view") -> Any:
    """Return the row that an address names, or raise NotVisible."""
    row = kind.model.objects.visible_to(request.actor, verb).filter(pk=pk_of(shown)).first()
    if row is None:
        raise NotVisible(absent_text())
    return row


def attempt(
    request: KedangRequest, key: str, pk: int | None, inputs: Mapping[str, Any]
) -> tuple[Done | None, list[Problem], int]:
    """Do an action; return what came of it, or the problems to show in the form with their status."""
    version = request.POST.get("version", "")
    try:
        done = perform(
            request.actor, key, pk, inputs, reason=request.POST.get("reason", ""),
            version=int(version) if version.isdecimal() and pk is not None else None,
        )  # fmt: skip
    except Invalid as error:
        return None, list(error.problems) or [Problem("", error.text)], 422
    except (RuleBroken, Conflict, NotAllowed, LimitReached) as error:
        if isinstance(error, NotAllowed) and not request.actor.may(*_right(key)):
            raise
        return None, [Problem("", error.text)], STATUS[type(error)]
    return done, [], 200


def general(problems: Sequence[Problem], known: Sequence[str]) -> list[str]:
    """Return the problems that belong to no input of the form."""
    return [problem.text for problem in problems if problem.field not in known]


def _right(key: str) -> tuple[str, str]:
    from_record, _dot, name = key.rpartition(".")
    verbs = {"create": "create", "deactivate": "archive", "reactivate": "archive"}
    return from_record, verbs.get(name, "change")
