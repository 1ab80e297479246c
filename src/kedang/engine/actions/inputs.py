"""From what a surface sends to the columns of a record: only fields that exist and are open to the actor."""

from collections.abc import Mapping, Set
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.records.access import modes
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import Problem

MAX_TEXT = 20_000
MAX_LINES = 500


def settable(actor: Actor, kind: RecordType, *, creating: bool) -> set[str]:
    """Return the names of the fields this actor may set: those of the form that are open, plus owner and unit
    for who may assign.
    """
    allowed = {name for name in kind.form_fields if modes(actor, kind)[name] is Mode.OPEN}
    if creating and actor.may(kind.key, "assign"):
        allowed |= {"owner", "unit"} | ({"pool"} if kind.model.pooled else set())
    return allowed


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
            spec = kind.fields[name]
            try:
                setattr(record, spec.attname, read(spec, value))
            except ValueError as error:
                problems.append(Problem(name, str(error), "invalid"))
    return lines, problems


def read(spec: FieldSpec, value: Any) -> Any:
    """Return the column value for what a surface sent; raise ValueError in words for people."""
    if value is None or value == "":
        return "" if spec.kind in TEXTS or spec.kind == "choice" else None
    match spec.kind:
        case "record" | "user" | "unit":
            return _id(value)
        case "money" | "number":
            return _decimal(value)
        case "integer":
            return _whole(value)
        case "boolean":
            return _truth(value)
        case "date":
            return _date(value)
        case "datetime":
            return _moment(value)
    text = str(value).replace("\r\n", "\n").strip()
    if "\x00" in text or len(text) > MAX_TEXT:
        raise ValueError(_("This text is too long or holds characters that cannot be stored."))
    return text


TEXTS = frozenset({"text", "longtext", "phone", "email", "url", "region"})


def _id(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return ids.read(str(value))
    except ValueError as error:
        raise ValueError(_("There is no such record, or it is not yours to see.")) from error


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool | float):
        value = str(value)
    try:
        number = Decimal(str(value).replace(",", "").replace("，", "").strip())
    except InvalidOperation as error:
        raise ValueError(_("Not a number.")) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 16:
        raise ValueError(_("This number is too large."))
    return number


def _whole(value: Any) -> int:
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueError(_("Not a whole number."))
    return int(number)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"1", "true", "on", "yes", "是"}:
        return True
    if str(value).lower() in {"0", "false", "off", "no", "否"}:
        return False
    raise ValueError(_("Answer yes or no."))


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ValueError(_("Not a date. Write it like 2026-11-23.")) from error


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ValueError(_("Not a date and time.")) from error
    if moment.tzinfo is None:
        raise ValueError(_("Not a date and time."))
    return moment


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
