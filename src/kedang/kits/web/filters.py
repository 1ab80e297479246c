"""The filters of a list as people meet them: chips that can be taken off, and an editor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.identity.models import Unit, User
from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.queries import ME, NOBODY, RANGES
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kits.web.brought import brought_to
from kedang.kits.web.pages import query_with, url_of
from kedang.kits.web.rows import Asked, filter_of

PEOPLE: dict[str, Any] = {"user": User, "unit": Unit}
SPELLED = 3


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address without it."""

    label: Any
    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Editor:
    """One filter in the editor, with what it is set to."""

    spec: FieldSpec
    shape: str
    options: Sequence[Option] = field(default_factory=list)
    value: str = ""
    text: str = ""
    low: str = ""
    high: str = ""
    pick: str = ""


def chips(request: KedangRequest, kind: RecordType, asking: Asked) -> list[Chip]:
    """Return a chip for each filter in force; the two ends of a range are one chip."""
    found = []
    done: set[str] = set()
    for name, values in asking.filters.items():
        spec, end = filter_of(request.actor, kind, name)
        if spec.name in done:
            continue
        done.add(spec.name)
        names = (f"{spec.name}_from", f"{spec.name}_to") if end else (spec.name,)
        text = _range_text(asking, spec) if end else _values_text(request, spec, values)
        found.append(Chip(spec.label, text, "?" + query_with(request, drop=(*names, "after", "before"))))
    return found


def editors(request: KedangRequest, kind: RecordType, asking: Asked) -> list[Editor]:
    """Return the filters this reader may set."""
    own = [kind.fields[name] for name in kind.filters if askable(request.actor, kind, name)]
    return [_editor(request, spec, asking) for spec in (*own, *brought_to(request.actor, kind.key))]


def pick_url(spec: FieldSpec) -> str:
    """Return where a picker asks for what a field may point at."""
    if spec.kind in PEOPLE:
        return url_of(f"pick.{spec.kind}")
    target = RECORDS.get(spec.points_at)
    return url_of(f"{target.plural}.pick") if target else ""


def text_of_target(request: KedangRequest, spec: FieldSpec, shown_id: str) -> str:
    """Return the name of what an id in an address points at, if this reader may see it."""
    found: Any = None
    try:
        pk = ids.read(shown_id)
    except ValueError:
        return ""
    if spec.kind in PEOPLE:
        found = PEOPLE[spec.kind].objects.filter(pk=pk).first()
    elif target := RECORDS.get(spec.points_at):
        found = target.model.objects.visible_to(request.actor).filter(pk=pk).first()
    return str(found) if found is not None else ""


def _editor(request: KedangRequest, spec: FieldSpec, asking: Asked) -> Editor:
    chosen = asking.filters.get(spec.name, ())
    first = chosen[0] if chosen else ""
    if spec.kind in RANGES:
        low = (asking.filters.get(f"{spec.name}_from") or (first,))[0]
        high = (asking.filters.get(f"{spec.name}_to") or (first,))[0]
        return Editor(spec, "day" if spec.kind in ("date", "datetime") else "range", low=low, high=high)
    if spec.choice_list:
        options = [Option(value, label, value in chosen) for value, label in spec.choices()]
        return Editor(spec, "ticks", options)
    if spec.kind == "boolean":
        options = [
            Option("", _("Any"), not first),
            Option("1", _("Yes"), first == "1"),
            Option("0", _("No"), first == "0"),
        ]
        return Editor(spec, "radio", options)
    if spec.points_at:
        quick = [Option(ME, _("Me"), ME in chosen)] if spec.kind == "user" else []
        if spec.model_field.null:
            quick.append(Option(NOBODY, _("Nobody") if spec.kind == "user" else _("None"), NOBODY in chosen))
        named = first if first not in (ME, NOBODY) else ""
        text = text_of_target(request, spec, named) if named else ""
        return Editor(spec, "pick", quick, value=named, text=text, pick=pick_url(spec))
    return Editor(spec, "text", value=first)


def _values_text(request: KedangRequest, spec: FieldSpec, values: Sequence[str]) -> str:
    words = [_value_text(request, spec, value) for value in values[:SPELLED]]
    text = _(", ").join(words)
    if len(values) > SPELLED:
        return _("%(some)s and %(more)s more") % {"some": text, "more": len(values) - SPELLED}
    return text


def _value_text(request: KedangRequest, spec: FieldSpec, value: str) -> str:
    if value == NOBODY:
        return _("Nobody") if spec.kind == "user" else _("None")
    if value == ME:
        return _("Me")
    if spec.choice_list:
        return dict(spec.choices()).get(value, value)
    if spec.kind == "boolean":
        return _("Yes") if value == "1" else _("No")
    if spec.points_at:
        return text_of_target(request, spec, value) or _("one that is not yours to see")
    return value


def _range_text(asking: Asked, spec: FieldSpec) -> str:
    low = (asking.filters.get(f"{spec.name}_from") or ("",))[0]
    high = (asking.filters.get(f"{spec.name}_to") or ("",))[0]
    if low and high:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _("from %(low)s") % {"low": low} if low else _("up to %(high)s") % {"high": high}
