"""From what a surface sends to the columns of a record: only fields that exist and are open to the actor."""

from collections.abc import Mapping, Set
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.actions.registry import ActionSpec
from kedang.engine.records.access import covers_pool, modes
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import parse, read
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Invalid, Problem

MAX_LINES = 500


def settable(actor: Actor, kind: RecordType, *, creating: bool, row: ScopedModel | None = None) -> set[str]:
    """Return the names of the fields this actor may set: those of the form that are open, plus owner and unit
    for who may assign. What the pool masks of a `row` is not set by who does not see it; a new record has no files
    to choose from.
    """
    allowed = {name for name in kind.form_fields if modes(actor, kind)[name] is Mode.OPEN}
    if row is not None and covers_pool(actor, kind, row):
        allowed -= set(kind.pool_masks)
    if creating:
        allowed = {name for name in allowed if kind.spec(name).kind != "file"}
    if creating and actor.may(kind.key, "assign"):
        allowed |= {"owner", "unit"} | ({"pool"} if kind.model.pooled else set())
    return allowed


def typed(chosen: ActionSpec, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared inputs of an action as values; raise Invalid for what is missing, wrong or unknown."""
    unknown = [name for name in inputs if name not in chosen.inputs]
    problems = [Problem(name, _("This field cannot be set here."), "not_settable") for name in unknown]
    found: dict[str, Any] = {}
    for name, declared in chosen.inputs.items():
        try:
            value = parse(declared.kind, inputs.get(name))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
            continue
        if declared.required and value in (None, ""):
            problems.append(Problem(name, _("This field is required."), "required"))
        elif value is not None:
            found[name] = value
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    return found


def apply(
    allowed: Set[str], kind: RecordType, record: ScopedModel, inputs: Mapping[str, Any]
) -> tuple[list[dict[str, Any]] | None, list[Problem]]:
    """Set those inputs on a record that are `allowed` (see `settable`).

    Return its lines where it is a document, and what could not be set.
    """
    problems: list[Problem] = []
    lines: list[dict[str, Any]] | None = None
    for name, value in inputs.items():
        if name == "lines" and kind.lines is not None:
            lines, found = _lines(kind, value)
            problems += found
        elif name not in allowed:
            problems.append(Problem(name, _("This field cannot be set here."), "not_settable"))
        else:
            spec = kind.spec(name)
            try:
                spec.put(record, read(spec, value))
            except ValueError as error:
                problems.append(Problem(name, str(error), "invalid"))
    return lines, problems


def _lines(kind: RecordType, value: Any) -> tuple[list[dict[str, Any]], list[Problem]]:
    declared = kind.lines
    assert declared is not None
    problems: list[Problem] = []
    if not isinstance(value, list) or len(value) > MAX_LINES:
        return [], [Problem("lines", _("A document holds at most %(most)s lines.") % {"most": MAX_LINES})]
    found = []
    for place, given in enumerate(value, 1):
        line: dict[str, Any] = {}
        if not isinstance(given, Mapping) or not set(given) <= set(declared.fields):
            problems.append(
                Problem("lines", _("Line %(line)s has fields that cannot be set.") % {"line": place})
            )
            continue
        for name in declared.fields:
            spec = declared.specs[name]
            try:
                line[spec.attname] = read(spec, given.get(name))
            except ValueError as error:
                text = _("Line %(line)s, %(field)s: %(text)s")
                problems.append(Problem("lines", text % {"line": place, "field": spec.label, "text": error}))
        found.append(line)
    return found, problems
