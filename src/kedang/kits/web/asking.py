"""The editor of conditions: a row for each, in groups of which all or any must hold.

The names of its inputs are the parameters of the list's address, so that sending the form is showing the list. A row
is drawn here, also when somebody chose another field or operator in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.identity.stamps import state
from kedang.engine.records.conditions import (
    DAYS,
    GROUP,
    MAX_DEPTH,
    ME,
    MY_UNIT,
    NOBODY,
    RANGES,
    Group,
    operators,
)  # fmt: skip
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import BadQuery
from kedang.kernel.trees import TREES
from kedang.kits.web import filters, words
from kedang.kits.web.brought import Brought
from kedang.kits.web.pages import show, signed_in


@dataclass(frozen=True, slots=True)
class Row:
    """One condition in the editor: its field, its operator, and the inputs for its value."""

    path: str
    spec: FieldSpec
    operator: str
    fields: Sequence[tuple[str, Any, bool]]
    operators: Sequence[tuple[str, str, bool]]
    shape: str
    name: str
    values: Sequence[str] = ()
    options: Sequence[tuple[str, Any, bool]] = ()
    pick: str = ""
    picked: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A group in the editor. `add` leads the names of its own conditions."""

    any: bool
    add: str
    depth: int
    parts: list["Row | Box"] = field(default_factory=list)

    @property
    def may_nest(self) -> bool:
        """Whether another group fits inside."""
        return self.depth < MAX_DEPTH


@dataclass(frozen=True, slots=True)
class Editor:
    """The editor of a list's conditions. Where it names no records it is the same for all who have the same fields and
    conditions: `key` says so.
    """

    box: Callable[[], Box]
    key: str = ""


@require_GET
@signed_in
def row(request: KedangRequest, kind: RecordType) -> HttpResponse:
    """Draw an empty row, or one for the field and the operator that were chosen."""
    offered = {spec.name: spec for spec in filters.offered(request, kind)}
    path, name, operator = (request.GET.get(key, "") for key in ("path", "field", "operator"))
    steps = [step for step in path.split(".") if step]
    if not offered or (name and name not in offered) or len(steps) > MAX_DEPTH or any(
        GROUP.fullmatch(step) is None for step in steps
    ):  # fmt: skip
        raise BadQuery(_("This list has no filter of that name."))
    spec = offered[name] if name else next(iter(offered.values()))
    prefix = "".join(f"{step}." for step in steps)
    drawn = _row(request, kind, prefix, spec, operator, ())
    if "group" not in request.GET or not steps:
        return show(request, "web/condition.html", "row", drawn=drawn, kind=kind)
    box = Box(steps[-1].startswith("any"), prefix, len(steps), [drawn])
    return show(request, "web/condition.html", "group", box=box, kind=kind)


def editor(request: KedangRequest, kind: RecordType, group: Group) -> Editor | None:
    """Return the editor of a list's conditions; None where none is in force and its reader may put none on."""
    offered = filters.offered(request, kind)
    if group.parts:
        box, asked = partial(tree, request, kind, group), [one.spec for one in group.conditions]
    elif offered:
        box, asked = partial(_blank, request, kind, offered[0]), offered[:1]
    else:
        return None
    if any(isinstance(spec, Brought) or spec.points_at for spec in asked):
        return Editor(box)
    return Editor(box, " ".join((kind.key, *(one.name for one in offered), _spelled(group), state())))


def _spelled(group: Group) -> str:
    """Return conditions as one text: others, or in another order, spell otherwise."""
    parts = [
        _spelled(one) if isinstance(one, Group) else repr((one.spec.name, one.operator, one.values))
        for one in group.parts
    ]
    return f"{group.prefix!r}{'any' if group.any else 'all'}{parts}"


def _blank(request: KedangRequest, kind: RecordType, spec: FieldSpec) -> Box:
    return Box(any=False, add="", depth=0, parts=[_row(request, kind, "", spec, "", ())])


def tree(request: KedangRequest, kind: RecordType, group: Group, depth: int = 0) -> Box:
    """Return the conditions in force as the editor shows them."""
    box = Box(group.any, group.prefix, depth)
    for part in group.parts:
        if isinstance(part, Group):
            box.parts.append(tree(request, kind, part, depth + 1))
        else:
            box.parts.append(_row(request, kind, group.prefix, part.spec, part.operator, part.values))
    return box


def _row(
    request: KedangRequest, kind: RecordType, path: str, spec: FieldSpec, operator: str, values: Sequence[str]
) -> Row:  # fmt: skip
    possible = operators(spec)
    operator = operator if operator in possible else _usual(spec)
    fields = [(one.name, one.label, one.name == spec.name) for one in filters.offered(request, kind)]
    named = [(one, words.operator(spec, one), one == operator) for one in possible]
    name = f"{path}{spec.name}" + (f".{operator}" if operator and operator != "range" else "")
    shape, options = _shape(spec, operator, values)
    found = [value for value in values if not filters.word_of(spec, value)] if shape == "pick" else []
    return Row(
        path, spec, operator, fields, named, shape, name, values or ("",), options,
        pick=filters.pick_url(spec) if shape == "pick" else "",
        picked=[(value, filters.text_of_target(request, spec, value)) for value in found] or [("", "")],
    )  # fmt: skip


def _usual(spec: FieldSpec) -> str:
    """What most people mean when they choose this field."""
    if spec.kind in RANGES - DAYS:
        return "range"
    return "has" if "has" in operators(spec) else ""


def _shape(spec: FieldSpec, operator: str, values: Sequence[str]) -> tuple[str, list[tuple[str, Any, bool]]]:
    """Return which inputs the value of a condition has, and what they offer."""
    if operator == "empty":
        return "select", [("0", _("yes"), "0" in values), ("1", _("no"), "1" in values)]
    if operator == "range":
        return ("days" if spec.kind in DAYS else "figures"), []
    if spec.kind in DAYS:
        offered = words.offered(edges=bool(operator))
        return "day", [(word, label, word in values) for word, label in offered]
    if spec.kind == "boolean":
        return "select", [("1", _("Yes"), "1" in values), ("0", _("No"), "0" in values)]
    if spec.choice_list:
        return "ticks", [*filters.options_of(spec, values)]
    if spec.kind in TREES:
        return "pick", [(NOBODY, _("None"), NOBODY in values)]
    if spec.points_at:
        quick = [ME] if spec.kind == "user" else []
        quick += [MY_UNIT] if spec.kind in filters.PEOPLE else []
        quick += [NOBODY] if spec.model_field.null else []
        return "pick", [(word, filters.word_of(spec, word), word in values) for word in quick]
    return ("figure" if spec.kind in RANGES else "text"), []
