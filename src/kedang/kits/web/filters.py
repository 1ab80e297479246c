"""The conditions of a list as people meet them: chips that can be taken off, quick ones, and what is offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kedang.engine.identity.models import Unit, User
from kedang.engine.records.access import Shown, askable
from kedang.engine.records.conditions import DAYS, ME, MY_UNIT, NOBODY, Condition, Group
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import clock, ids
from kedang.kernel.trees import TREES
from kedang.kits.web import words
from kedang.kits.web.brought import brought_to
from kedang.kits.web.pages import query_with, url_of
from kedang.kits.web.rows import Asked

PEOPLE: dict[str, Any] = {"user": User, "unit": Unit}
SPELLED = 3
QUICK = 5


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in force, or a group of them, and the address without it."""

    label: Any
    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Quick:
    """A condition that one click puts on."""

    label: str
    url: str


def chips(request: KedangRequest, asking: Asked) -> list[Chip]:
    """Return a chip for each condition in force; a group of conditions is one chip."""
    found = []
    for part in asking.tree.parts:
        if isinstance(part, Condition):
            text, label, params = text_of(request, part), part.spec.label, part.params
        else:
            text, label = group_text(request, part), _("Any of") if part.any else _("All of")
            params = tuple(param for one in part.conditions for param in one.params)
        found.append(Chip(label, text, "?" + query_with(request, drop=(*params, "after", "before"))))
    return found


def quick(request: KedangRequest, kind: RecordType, asking: Asked) -> list[Quick]:
    """Return the conditions people put on most, as far as this list has them and they are not on yet."""
    used = {one.spec.name for one in asking.tree.conditions}
    found: list[tuple[str, str, str]] = []
    for spec in offered(request, kind):
        if spec.name in used:
            continue
        if spec.name == "owner" and asking.tab != "mine":
            found.append((_("Mine"), "owner", ME))
            found.append((_("My unit"), "owner", MY_UNIT))
        elif spec.kind in DAYS and spec.name.endswith("_on"):
            found.append((f"{spec.label} {words.day('overdue')}", spec.name, "overdue"))
            found.append((f"{spec.label} {words.day('this-week')}", spec.name, "this-week"))
        elif spec.name == "changed_at":
            text = _("Unchanged for 90 days")
            found.append((text, "changed_at.before", "90-days-ago"))
    return [
        Quick(text, "?" + query_with(request, ("after", "before"), **{name: value}))
        for text, name, value in found[:QUICK]
    ]


def offered(request: KedangRequest, kind: RecordType) -> list[FieldSpec]:
    """Return the fields this reader may put conditions on, those that other parts bring included."""
    own = [kind.fields[name] for name in kind.filters if askable(request.actor, kind, name)]
    return [*own, *brought_to(request.actor, kind.key)]


def group_text(request: KedangRequest, group: Group) -> str:
    """Return a group of conditions in words."""
    told = []
    for part in group.parts:
        if isinstance(part, Condition):
            told.append(f"{part.spec.label} {text_of(request, part)}")
        else:
            told.append(f"({group_text(request, part)})")
    return (_(" or ") if group.any else _(" and ")).join(told)


def text_of(request: KedangRequest, one: Condition) -> str:
    """Return what a condition asks of its field, in words."""
    match one.operator:
        case "range":
            return _range_text(one)
        case "empty":
            return _("filled in") if one.values[0] == "0" else _("not filled in")
        case "before":
            return _("before %(day)s") % {"day": words.day(one.values[0])}
        case "after":
            return _("after %(day)s") % {"day": words.day(one.values[0])}
    spelled = _(", ").join(_value_text(request, one.spec, value) for value in one.values[:SPELLED])
    if len(one.values) > SPELLED:
        spelled = _("%(some)s and %(more)s more") % {"some": spelled, "more": len(one.values) - SPELLED}
    match one.operator:
        case "not":
            return _("not %(values)s") % {"values": spelled}
        case "has":
            return _("contains “%(text)s”") % {"text": spelled}
        case "starts":
            return _("begins with “%(text)s”") % {"text": spelled}
    return spelled


def by_this(value: Shown) -> SafeString | str:
    """Return the mark of a cell by whose value its list can be narrowed: the condition, as an address writes it."""
    if value.masked:
        return ""
    found, name = value.value, value.spec.name
    if found in (None, ""):
        return _mark(f"{name}.empty", "1") if value.spec.kind != "boolean" else ""
    if isinstance(found, bool):
        text = "1" if found else "0"
    elif isinstance(found, datetime):
        text = found.astimezone(clock.ZONE).date().isoformat()
    else:
        text = ids.show(found) if value.spec.points_at else str(found)
    return _mark(name, text)


@lru_cache(maxsize=4_096)
def _mark(name: str, text: str) -> SafeString:
    """Return the mark of one condition; the cells of a column say the same few again and again."""
    return format_html(' data-by="{}"', urlencode({name: text}))


def pick_url(spec: FieldSpec) -> str:
    """Return where a picker asks for what a field may point at."""
    if spec.kind in PEOPLE or spec.kind in TREES:
        return url_of(f"pick.{spec.kind}")
    target = RECORDS.get(spec.points_at)
    return url_of(f"{target.plural}.pick") if target else ""


def text_of_target(request: KedangRequest, spec: FieldSpec, shown_id: str) -> str:
    """Return the name of what an id in an address points at, if this reader may see it."""
    if spec.kind in TREES:
        return TREES[spec.kind].name_of(shown_id)
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


def word_of(spec: FieldSpec, value: str) -> str:
    """Return what a value that is a word stands for, or nothing where it is a value of the field."""
    if value == NOBODY:
        return _("Nobody") if spec.kind == "user" else _("None")
    if value == ME and spec.kind == "user":
        return _("Me")
    if value == MY_UNIT and spec.kind in PEOPLE:
        return _("My unit")
    return ""


def _value_text(request: KedangRequest, spec: FieldSpec, value: str) -> str:
    if word := word_of(spec, value):
        return word
    if spec.choice_list:
        return dict(spec.choices()).get(value, value)
    if spec.kind == "boolean":
        return _("Yes") if value == "1" else _("No")
    if spec.kind in TREES:
        return TREES[spec.kind].name_of(value)
    if spec.points_at:
        return text_of_target(request, spec, value) or _("one that is not yours to see")
    return words.day(value) if spec.kind in DAYS else value


def _range_text(one: Condition) -> str:
    spell: Any = words.day if one.spec.kind in DAYS else str
    low, high = (spell(value) if value else "" for value in one.values)
    if low and high:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _("from %(low)s") % {"low": low} if low else _("up to %(high)s") % {"high": high}


def options_of(spec: FieldSpec, chosen: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Return the choices of a field as value, label and whether it is chosen."""
    return [(value, label, value in chosen) for value, label in spec.choices()]
