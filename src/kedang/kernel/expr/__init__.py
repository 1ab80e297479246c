"""The small language of pack conditions: `level in ['diamond', 'gold'] and credit_limit is missing`.

    condition   = both {"or" both}
    both        = negation {"and" negation}
    negation    = "not" negation | "(" condition ")" | test
    test        = name ("==" | "!=" | "<" | "<=" | ">" | ">=") value
                | name ["not"] "in" "[" value {"," value} "]"
                | name "is" ["not"] "missing"
    value       = 'text' | 12 | 12.5 | 2026-01-31 | true | false

A condition is read once into a tree and rendered by each engine that needs it: here over plain rows,
elsewhere as a database filter. It has no calls, no attributes and no arithmetic, and it always has an answer:

- a value is missing when it is None, an empty text, an empty list or no figure at all (NaN);
- a test of a missing value is false, `!=` and `not in` included, and so is one against another kind of value;
- `not` turns the answer round: `not (level == 'gold')` holds where the level is missing.

Text has no order here, because no two databases agree on one.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kedang.kernel.errors import PackError
from kedang.kernel.expr.reader import parse
from kedang.kernel.expr.tree import (
    All,
    Among,
    Compare,
    Either,
    Kind,
    Missing,
    Node,
    Not,
    Op,
    Value,
    is_missing,
    kind_of,
    tests,
)

__all__ = [
    "All",
    "Among",
    "Compare",
    "Either",
    "Kind",
    "Missing",
    "Node",
    "Not",
    "Op",
    "Value",
    "check",
    "holds",
    "is_missing",
    "kind_of",
    "parse",
    "show",
    "tests",
]

COMPARISONS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}


def holds(node: Node, row: Mapping[str, object]) -> bool:
    """Say whether the condition holds for one row. A name that the row lacks is missing."""
    match node:
        case Compare(name, op, value):
            return _same_kind(found := row.get(name), value) and COMPARISONS[op](found, value)
        case Among(name, op, values):
            found = row.get(name)
            return _same_kind(found, values[0]) and (found in values) == (op is Op.IN)
        case Missing(name):
            return is_missing(row.get(name))
        case Not(part):
            return not holds(part, row)
        case All(parts):
            return all(holds(part, row) for part in parts)
        case Either(parts):
            return any(holds(part, row) for part in parts)


def check(node: Node, known: Mapping[str, Kind]) -> None:
    """Raise PackError when a name is unknown, or is compared with a value of another kind."""
    for test in tests(node):
        if test.name not in known:
            raise PackError(f"{test.name}: no such field", name=test.name)
        if isinstance(test, Missing):
            continue
        value = test.value if isinstance(test, Compare) else test.values[0]
        if kind_of(value) is not (wanted := known[test.name]):
            raise PackError(f"{test.name} is of kind {wanted}: {show(test)}", name=test.name)


def show(node: Node) -> str:
    """Write a condition out again; reading it gives the same tree."""
    match node:
        case Compare(name, op, value):
            return f"{name} {op} {_literal(value)}"
        case Among(name, op, values):
            return f"{name} {op} [{', '.join(map(_literal, values))}]"
        case Missing(name):
            return f"{name} is missing"
        case Not(Missing(name)):
            return f"{name} is not missing"
        case Not(part):
            return f"not {_bracketed(part)}"
        case All(parts):
            return " and ".join(map(_bracketed, parts))
        case Either(parts):
            return " or ".join(map(_bracketed, parts))


def _same_kind(found: object, value: Value) -> bool:
    return not is_missing(found) and kind_of(found) is kind_of(value)


def _bracketed(part: Node) -> str:
    return f"({show(part)})" if isinstance(part, All | Either) else show(part)


def _literal(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    return str(value)
