"""Conditions of a list as an address writes them, with groups: parsed, checked, and made into a query.

A parameter is a field with an operator behind it: `level_key=gold`, `city.has=广`, `next_step_on.before=today`,
`amount_from=1000`. Several values of one parameter are alternatives; but several texts that a field must contain,
or several days it must lie before or after, all count where all conditions do.

A group leads the name: the conditions of `any1.` are joined by OR, those of `all1.` by AND, and groups nest:
`any1.all1.city=北京`. At the top all hold.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from kedang.engine.identity.actors import directory
from kedang.engine.identity.models import User
from kedang.engine.records import custom_filters, days
from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import TEXTS, read
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import BadQuery
from kedang.kernel.trees import TREES

RANGES = frozenset({"date", "datetime", "money", "number", "integer"})
DAYS = frozenset({"date", "datetime"})
ENDS = ("from", "to")
NOBODY = "none"
ME = "me"
MY_UNIT = "my-unit"
MAX_VALUES = 50
MAX_VALUE = 200
MAX_CONDITIONS = 30
MAX_DEPTH = 3
GROUP = re.compile(r"(any|all)[1-9]\d?")
OPERATORS = ("not", "has", "starts", "empty", "before", "after")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. Operator "" is equality, "range" holds the two ends of a range as its values."""

    spec: FieldSpec
    operator: str
    values: tuple[str, ...]
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups that all hold, or of which any holds. The path is what leads their parameters."""

    any: bool = False
    path: tuple[str, ...] = ()
    parts: list["Condition | Group"] = field(default_factory=list)

    @property
    def conditions(self) -> Iterator[Condition]:
        """All conditions, those of inner groups included."""
        for part in self.parts:
            if isinstance(part, Condition):
                yield part
            else:
                yield from part.conditions

    @property
    def prefix(self) -> str:
        """What the names of its parameters begin with."""
        return "".join(f"{step}." for step in self.path)


def operators(spec: FieldSpec) -> tuple[str, ...]:
    """Return the operators that a field may be asked with, the plain one first."""
    if hasattr(spec, "meaning"):
        return ("", "not")
    if spec.kind in DAYS:
        return ("", "range", "before", "after", "empty")
    if spec.kind in RANGES:
        return ("", "range", "empty")
    if spec.kind == "boolean":
        return ("",)
    if spec.points_at or spec.kind in ("choice", "choices", "country", *TREES):
        return ("", "not", "empty")
    return ("", "has", "starts", "not", "empty")


def parse(
    actor: Actor, kind: RecordType, asked: Mapping[str, Sequence[str]], brought: Mapping[str, FieldSpec] | None = None
) -> Group:  # fmt: skip
    """Return the conditions that parameters ask for; raise BadQuery in words for what cannot be asked."""
    groups: dict[tuple[str, ...], Group] = {(): Group()}
    ranges: dict[tuple[tuple[str, ...], str], dict[str, str]] = {}
    count = 0
    for param, given in asked.items():
        values = tuple(value for value in given if value.strip())
        path, spec, operator, end = _named(actor, kind, param, brought or {})
        if not values:
            continue
        count += 1
        if count > MAX_CONDITIONS:
            raise BadQuery(_("At most %(most)s conditions at once.") % {"most": MAX_CONDITIONS})
        if len(values) > MAX_VALUES or any(len(value) > MAX_VALUE for value in values):
            raise BadQuery(_("Too many values for “%(name)s”.") % {"name": spec.label})
        group = _group(groups, path)
        if end:
            ends = ranges.setdefault((path, spec.name), {})
            if not ends:
                group.parts.append(Condition(spec, "range", (), ()))
            ends[end] = values[0]
            names = tuple(f"{group.prefix}{spec.name}_{one}" for one in ENDS if one in ends)
            place = next(
                place for place, part in enumerate(group.parts)
                if isinstance(part, Condition) and part.operator == "range" and part.spec.name == spec.name
            )  # fmt: skip
            group.parts[place] = Condition(spec, "range", tuple(ends.get(one, "") for one in ENDS), names)
        else:
            group.parts.append(Condition(spec, operator, values, (param,)))
    tree = groups[()]
    meaning(actor, tree)
    return tree


def meaning(actor: Actor, tree: Group) -> Q:
    """Return the query of a tree of conditions; raise BadQuery for a value that its field cannot hold."""
    whole = Q()
    for part in tree.parts:
        one = meaning(actor, part) if isinstance(part, Group) else _meaning(actor, part, tree.any)
        whole = whole | one if tree.any else whole & one
    return whole


def names(kind: RecordType) -> Iterator[tuple[str, FieldSpec, str]]:
    """Yield the parameters that filter this type, with the field and the operator of each; groups lead them."""
    for name in kind.filters:
        spec = kind.fields[name]
        for operator in operators(spec):
            if operator == "range":
                for end in ENDS:
                    yield f"{name}_{end}", spec, "range"
            else:
                yield f"{name}.{operator}" if operator else name, spec, operator


def _named(
    actor: Actor, kind: RecordType, param: str, brought: Mapping[str, FieldSpec]
) -> tuple[tuple[str, ...], FieldSpec, str, str]:  # fmt: skip
    """Return the path, the field, the operator and the end of a range that a parameter names."""
    *steps, last = param.split(".")
    operator = ""
    if steps and last in OPERATORS:
        operator, last = last, steps.pop()
    unknown = BadQuery(_("This list has no filter of that name."))
    if any(GROUP.fullmatch(step) is None for step in steps):
        raise unknown
    if len(steps) > MAX_DEPTH:
        raise BadQuery(_("Groups nest at most %(most)s deep.") % {"most": MAX_DEPTH})
    end = ""
    for one in ENDS:
        stem = last.removesuffix(f"_{one}")
        if stem != last and stem in kind.filters and kind.fields[stem].kind in RANGES and not operator:
            last, end = stem, one
    spec = brought.get(last)
    if spec is None:
        if last not in kind.filters or not askable(actor, kind, last):
            raise unknown
        spec = kind.fields[last]
    if not end and operator not in operators(spec):
        raise BadQuery(_("“%(name)s” cannot be filtered like that.") % {"name": spec.label})
    return tuple(steps), spec, operator, end


def _group(groups: dict[tuple[str, ...], Group], path: tuple[str, ...]) -> Group:
    if path not in groups:
        groups[path] = Group(path[-1].startswith("any"), path)
        _group(groups, path[:-1]).parts.append(groups[path])
    return groups[path]


def _meaning(actor: Actor, one: Condition, either: bool) -> Q:
    spec = one.spec
    try:
        told = getattr(spec, "meaning", None)
        if told is not None:
            found: Q = told(actor, one.values)
            return ~found if one.operator == "not" else found
        match one.operator:
            case "range":
                return _range(spec, *one.values)
            case "before":
                edges = [_between(spec, None, _edge(value, 0) - timedelta(1)) for value in one.values]
                return _joined(edges, either)
            case "after":
                edges = [_between(spec, _edge(value, 1) + timedelta(1), None) for value in one.values]
                return _joined(edges, either)
            case "empty":
                return _empty(spec) if _truth(one.values[0]) else ~_empty(spec)
            case "has" | "starts":
                lookup = "icontains" if one.operator == "has" else "istartswith"
                parts = [_asks(spec, lookup, read(spec, value)) for value in one.values]
                return _joined(parts, either or one.operator == "starts")
        found = _joined([_equal(actor, spec, value) for value in one.values], True)
        return ~found if one.operator == "not" else found
    except (ValueError, ValidationError, OverflowError) as error:
        raise BadQuery(_("“%(name)s” cannot be filtered by that value.") % {"name": spec.label}) from error


def _joined(parts: Sequence[Q], either: bool) -> Q:
    whole = Q()
    for part in parts:
        whole = whole | part if either else whole & part
    return whole


def _equal(actor: Actor, spec: FieldSpec, value: str) -> Q:
    if value == NOBODY:
        return _empty(spec)
    if spec.kind == "user" and value == ME:
        return _asks(spec, "exact", actor.user_id)
    if spec.kind in ("user", "unit") and value == MY_UNIT:
        units = sorted(directory().below(actor.unit_id))
        if spec.kind == "unit":
            return _asks(spec, "in", units)
        return _asks(spec, "in", User.objects.filter(unit__in=units).values_list("pk", flat=True))
    if spec.kind in DAYS:
        return _between(spec, *days.span(value, clock.today()))
    found = read(spec, value)
    if spec.kind in TREES:
        return Q(**{f"{spec.attname}__in": TREES[spec.kind].within(str(found))})
    return _asks(spec, "exact", found)


def _asks(spec: FieldSpec, lookup: str, value: Any) -> Q:
    """Return one comparison: of a column, or of the copies of a custom attribute."""
    return (
        custom_filters.asks(spec, lookup, value) if spec.custom else Q(**{f"{spec.attname}__{lookup}": value})
    )


def _empty(spec: FieldSpec) -> Q:
    if spec.custom:
        return custom_filters.empty(spec)
    missing = Q(**{f"{spec.name}__isnull": True}) if spec.model_field.null else Q(pk__in=[])
    if not spec.points_at and (spec.kind in TEXTS or spec.kind == "choice"):
        blank = Q(**{spec.attname: ""})
        return missing | blank if spec.model_field.null else blank
    return missing


def _truth(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError(value)
    return value == "1"


def _edge(value: str, end: int) -> date:
    """Return the first (0) or the last (1) day that a value names; an open end is no edge."""
    found = days.span(value, clock.today())[end]
    if found is None:
        raise ValueError(value)
    return found


def _range(spec: FieldSpec, low: str, high: str) -> Q:
    """Return what lies between two values, both counted; an empty one leaves that end open."""
    if spec.kind in DAYS:
        return _between(spec, _edge(low, 0) if low else None, _edge(high, 1) if high else None)
    found = Q()
    if low:
        found &= _asks(spec, "gte", read(spec, low))
    return found & _asks(spec, "lte", read(spec, high)) if high else found


def _between(spec: FieldSpec, first: date | None, last: date | None) -> Q:
    """Return the days from the first to the last one, both counted; a day here begins at midnight in China."""
    found = Q()
    if first is not None:
        found &= _asks(spec, "gte", _moment(first) if spec.kind == "datetime" else first)
    if last is not None and spec.kind == "datetime":
        return found & _asks(spec, "lt", _moment(last + timedelta(1)))
    return found & _asks(spec, "lte", last) if last is not None else found


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=clock.ZONE).astimezone(UTC)
