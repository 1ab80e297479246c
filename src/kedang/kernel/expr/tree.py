"""What a condition is made of, and which sorts of value there are."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Value = str | bool | int | Decimal | date


class Op(StrEnum):
    """How a value is compared with what the condition says."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    NOT_IN = "not in"


class Kind(StrEnum):
    """What sort of value a name stands for. OTHER can only be asked whether it is missing."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    OTHER = "other"


ORDERED = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
LISTED = frozenset({Op.IN, Op.NOT_IN})


@dataclass(frozen=True, slots=True)
class Compare:
    """One value against one literal."""

    name: str
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """One value against a list of literals of one kind."""

    name: str
    op: Op
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing is filled in."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of its part."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Node", ...]


Node = Compare | Among | Missing | Not | All | Either


def kind_of(value: object) -> Kind:
    """Return the kind of a value; a moment (date with time) and a list are OTHER."""
    match value:
        case bool():
            return Kind.BOOLEAN
        case str():
            return Kind.TEXT
        case int() | Decimal() | float():
            return Kind.NUMBER
        case datetime():
            return Kind.OTHER
        case date():
            return Kind.DATE
    return Kind.OTHER


def is_missing(value: object) -> bool:
    """Say whether nothing is filled in: None, an empty text, an empty list, a figure that is none."""
    match value:
        case None | "" | () | []:
            return True
        case Decimal():
            return not value.is_finite()
        case float():
            return not math.isfinite(value)
    return False


def tests(node: Node) -> Iterator[Compare | Among | Missing]:
    """Walk the single tests of a condition, from left to right."""
    match node:
        case Not(part):
            yield from tests(part)
        case All(parts) | Either(parts):
            for part in parts:
                yield from tests(part)
        case _:
            yield node
