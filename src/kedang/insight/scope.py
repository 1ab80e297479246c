"""The same reach that narrows the ORM, rendered for Ibis. A property test holds the two equal."""

from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from kedang.engine.scope.reach import Reach


def narrow(table: ir.Table, reach: Reach, *, prefix: str = "", follows: str = "") -> ir.Table:
    """Keep the rows within `reach`.

    The table carries `id`, `owner_id`, `unit_id` and `pool_id` of the record, each name led by `prefix`; one
    that follows another record, or needs it in view, carries the same four of that one, led by its name:
    `customer_id`, `customer_owner_id` and so on.
    """
    condition = _condition(table, reach, prefix, follows)
    return table if condition is None else table.filter(condition)


def _condition(table: ir.Table, reach: Reach, prefix: str, follows: str) -> ir.BooleanValue | None:
    """Return the condition of being within reach, or None where everything is."""
    met = [] if (parts := _any_part(table, reach, prefix, follows)) is None else [parts]
    for need in reach.needs:
        within = _condition(table, need.span, f"{prefix}{need.key}_", need.follows)
        if within is not None:
            met.append(within | table[f"{prefix}{need.key}_id"].isnull())
    return reduce(and_, met) if met else None


def _any_part(table: ir.Table, reach: Reach, prefix: str, follows: str) -> ir.BooleanValue | None:
    if reach.everything:
        return None
    parts: list[ir.BooleanValue] = []
    held = (
        ("owner_id", reach.owners),
        ("unit_id", reach.units),
        ("id", reach.shared),
        ("pool_id", reach.pools),
    )
    for column, ids in held:
        if ids:
            parts.append(table[f"{prefix}{column}"].isin(sorted(ids)))
    if reach.parent is not None:
        upward = _condition(table, reach.parent, f"{prefix}{follows}_", "")
        # one that follows nothing is its owner's alone
        parts.append(table[f"{prefix}{follows}_id"].notnull() if upward is None else upward)
    return reduce(or_, parts) if parts else ibis.literal(False)
