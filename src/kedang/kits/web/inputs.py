"""The fields of a form as people meet them, and what they sent, as the write door takes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from kedang.engine.actions.inputs import settable
from kedang.engine.custom.catalogue import asked_for
from kedang.engine.files import services as files
from kedang.engine.packs.active import active
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Problem
from kedang.kernel.trees import TREES
from kedang.kits.web.filters import pick_url, text_of_target

WIDE = frozenset({"longtext", "choices"})
BLANK_LINES = 3
MOST_LINES = 500
Required = Callable[[Mapping[str, str]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Demand:
    """Which fields a form requires, given what some deciding fields say."""

    decides: tuple[str, ...]
    required: Required


DEMANDS: dict[str, Demand] = {}


def demand(record: str, decides: Sequence[str], required: Required) -> None:
    """Let an area say what its form requires, beyond what the record type always does."""
    DEMANDS[record] = Demand(tuple(decides), required)


@dataclass(frozen=True, slots=True)
class InputView:
    """One input of a form."""

    name: str
    label: Any
    kind: str
    value: str = ""
    text: str = ""
    choices: Sequence[tuple[str, str]] = ()
    pick: str = ""
    required: bool = False
    decides: bool = False
    error: str = ""
    max_length: int | None = None
    help: Any = ""
    upload: bool = False

    @property
    def several(self) -> list[str]:
        """The keys chosen, where several may be."""
        return self.value.split(",") if self.value else []

    @property
    def wide(self) -> bool:
        """Whether the input takes the whole width."""
        return self.kind in WIDE

    @property
    def id(self) -> str:
        """The id its label and its error point at."""
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of inputs."""

    title: Any
    inputs: Sequence[InputView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LineTable:
    """The lines of a document in its form."""

    label: Any
    heads: Sequence[FieldSpec]
    rows: Sequence[Sequence[InputView]]
    spare: Sequence[InputView]
    error: str = ""


def sections(
    request: KedangRequest, kind: RecordType, values: Mapping[str, str], problems: Sequence[Problem] = (), *,
    creating: bool, row: Any = None, texts: Mapping[str, str] | None = None,
) -> list[Section]:  # fmt: skip
    """Return the form of a record: only fields this reader may set, marked where they are required."""
    allowed = settable(request.actor, kind, creating=creating, row=row)
    demanded = DEMANDS.get(kind.key)
    required = {*kind.required, *(demanded.required(values) if demanded else ()), *asked_for(kind.key)}
    errors = {problem.field: problem.text for problem in problems}
    shown: list[Section] = []
    for panel in kind.form:
        inputs = [
            _input(request, kind.fields[name], values.get(name, ""), name in required or _must(kind.fields[name]),
                   errors.get(name, ""), name in demanded.decides if demanded else False, texts or {},
                   files=_files(kind, kind.fields[name], row))
            for name in panel.fields if name in allowed and kind.concerns(values.get(kind.type_field, ""), name)
            and (row is not None or kind.fields[name].kind != "file")
        ]  # fmt: skip
        if inputs:
            shown.append(Section(panel.title, inputs))
    return shown


def belonging(
    request: KedangRequest, kind: RecordType, values: Mapping[str, str], problems: Sequence[Problem]
) -> list[InputView]:
    """Return the inputs for whom a new record belongs to, where this reader may say so."""
    names = settable(request.actor, kind, creating=True) - set(kind.form_fields) - {"pool", "unit"}
    errors = {problem.field: problem.text for problem in problems}
    return [
        _input(request, kind.fields[name], values.get(name, ""), False, errors.get(name, ""), False, {})
        for name in sorted(names)
    ]


def single(
    request: KedangRequest, kind: RecordType, spec: FieldSpec, value: str, error: str = ""
) -> InputView:
    """Return the input of one field alone."""
    return _input(request, spec, value, spec.name in kind.required or _must(spec), error, False, {})


def _must(spec: FieldSpec) -> bool:
    column = spec.model_field
    return not column.blank and not column.has_default() and spec.kind != "boolean"


def _input(
    request: KedangRequest, spec: FieldSpec, value: str, required: bool, error: str, decides: bool,
    texts: Mapping[str, str], *, files: Sequence[tuple[str, str]] = (), upload: bool = False,
) -> InputView:  # fmt: skip
    text = texts.get(spec.name, "")
    if spec.kind in TREES and value:
        text = TREES[spec.kind].name_of(value)
    if spec.points_at and value and not text:
        text = text_of_target(request, spec, value)
    return InputView(
        name=spec.name, label=spec.label, kind=spec.kind, value=value, text=text, required=required, decides=decides,
        choices=files or _choices(spec, value), error=error, max_length=spec.max_length, help=spec.help, upload=upload,
        pick=pick_url(spec) if spec.points_at or spec.kind in TREES else "",
    )  # fmt: skip


def _choices(spec: FieldSpec, value: str) -> list[tuple[str, str]]:
    """Return the choices in force, and a retired one where the record still has it."""
    if not spec.choice_list:
        return []
    found = spec.choices()
    known = dict(found)
    held = value.split(",") if spec.kind == "choices" else [value]
    retired = [(key, active().label(spec.choice_list, key)) for key in held if key and key not in known]
    return [*found, *retired]


def _files(kind: RecordType, spec: FieldSpec, row: Any) -> list[tuple[str, str]]:
    """Return the files of a record that a field of it may show."""
    if spec.kind != "file" or row is None:
        return []
    return [(ids.show(one.pk), one.name) for one in files.files_of(kind, row.pk)]


def one(
    request: KedangRequest, kind: RecordType, spec: FieldSpec, value: str, error: str, row: Any = None
) -> InputView:
    """Return the input of one field by itself; a file can be handed in right there."""
    required = spec.name in kind.required or spec.name in asked_for(kind.key) or _must(spec)
    return _input(
        request, spec, value, required, error, False, {}, files=_files(kind, spec, row),
        upload=spec.kind == "file" and row is not None,
    )  # fmt: skip


def said(request: KedangRequest, kind: RecordType, name: str, value: str) -> str:
    """Return what an input holds in words."""
    spec = kind.fields[name]
    if spec.choice_list:
        keys = value.split(",") if spec.kind == "choices" else [value]
        return _(", ").join(active().label(spec.choice_list, key) for key in keys if key)
    if spec.kind == "boolean":
        return _("Yes") if value == "1" else _("No") if value == "0" else ""
    if spec.kind == "file":
        return files.name_of(request.actor, kind, _read(value))
    if spec.points_at and value:
        return text_of_target(request, spec, value)
    return TREES[spec.kind].name_of(value) if spec.kind in TREES and value else value


def _read(shown: str) -> int | None:
    try:
        return ids.read(shown)
    except ValueError:
        return None


def typed(value: Any) -> str:
    """Return a stored value as an input holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(clock.ZONE).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return ",".join(value)
    return str(value)


def of_record(kind: RecordType, row: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the values of a stored record as a form holds them."""
    found = {}
    for name in names:
        spec = kind.fields[name]
        value = getattr(row, spec.attname)
        found[name] = ids.show(value) if spec.points_at and value is not None else typed(value)
    return found


def given(actor: Actor, kind: RecordType, data: QueryDict, *, creating: bool) -> dict[str, str]:
    """Return what a form sent, for the fields that it may set and did hold."""
    allowed = settable(actor, kind, creating=creating)
    found = {}
    for name in allowed:
        spec = kind.fields[name]
        if spec.kind == "boolean" and f"{name}.shown" in data:
            found[name] = "1" if data.get(name) in ("1", "on") else "0"
        elif spec.kind == "choices" and f"{name}.shown" in data:
            found[name] = ",".join(data.getlist(name))
        elif name in data:
            found[name] = str(data[name])
    return found


def for_door(kind: RecordType, values: Mapping[str, str]) -> dict[str, Any]:
    """Return form values as the write door reads them: a moment gets the zone of the wall clock here."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if kind.fields[name].kind == "datetime" and value:
            found[name] = _with_zone(value)
        else:
            found[name] = value
    return found


def _with_zone(value: str) -> str:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=clock.ZONE).isoformat()
    except ValueError:
        return value


def lines_given(kind: RecordType, data: QueryDict) -> list[dict[str, str]]:
    """Return the lines of a document that a form sent; wholly empty ones are left out."""
    if kind.lines is None:
        return []
    found: list[dict[str, str]] = []
    names = [name for name in kind.lines.fields if name != kind.lines.order_by]
    for place in range(min(len(data.getlist(f"lines.{names[0]}")), MOST_LINES)):
        line = {name: (data.getlist(f"lines.{name}")[place : place + 1] or [""])[0].strip() for name in names}
        if any(line.values()):
            if kind.lines.order_by in kind.lines.fields:
                line[kind.lines.order_by] = str(len(found) + 1)
            found.append(line)
    return found


def lines_of_record(kind: RecordType, stored: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the stored lines of a document as a form holds them."""
    assert kind.lines is not None
    found: list[dict[str, str]] = []
    for line in stored:
        values = {}
        for name in kind.lines.fields:
            spec = kind.lines.specs[name]
            value = line.get(spec.attname)
            values[name] = ids.show(value) if spec.points_at and value is not None else typed(value)
        found.append(values)
    return found


def line_table(
    request: KedangRequest, kind: RecordType, lines: Sequence[Mapping[str, str]], problems: Sequence[Problem]
) -> LineTable | None:
    """Return the table of lines in a document's form, with spare rows for who has no script."""
    declared = kind.lines
    if declared is None:
        return None
    heads = [declared.specs[name] for name in declared.fields if name != declared.order_by]

    def row(values: Mapping[str, str]) -> list[InputView]:
        made = []
        for spec in heads:
            value = values.get(spec.name, "")
            made.append(_input(request, spec, value, _must(spec), "", False, {}))
        return made

    spare = row({})
    rows = [row(line) for line in lines] or [spare] * BLANK_LINES
    error = " ".join(problem.text for problem in problems if problem.field == "lines")
    return LineTable(declared.label, heads, rows, spare, error)
