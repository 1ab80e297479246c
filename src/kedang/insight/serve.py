"""Answer a figure for one actor: narrowed to the actor's reach first, added up after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis.expr.types as ir
from django.utils.translation import gettext as _
from ibis.backends.duckdb import Backend

from kedang.engine.records.types import RECORDS
from kedang.engine.scope.reach import reach
from kedang.insight import extract, runs, selectors
from kedang.insight.metrics import rfm
from kedang.insight.rules import NEVER_BOUGHT
from kedang.insight.scope import narrow
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotVisible


@dataclass(frozen=True, slots=True)
class Rows:
    """What a figure came to within one actor's reach, and how fresh it is. Money is in minor units."""

    rows: list[dict[str, Any]]
    as_of: date
    computed_at: datetime
    copied_to: datetime


def query(actor: Actor, metric: str, *, as_of: date | None = None) -> Rows:
    """Return a metric for what the actor may see, as of a day, by default the newest one computed.

    Raise NotAllowed without sight of orders and amounts, NotVisible when the metric was not computed for
    that day, KeyError for an unknown metric.
    """
    selectors.require_value(actor)
    answer = METRICS[metric]
    engine = extract.engine()
    try:
        return answer(actor, engine, as_of)
    finally:
        engine.disconnect()


def customers_within(actor: Actor, using: Backend) -> ir.Table:
    """Return the copied customers that this actor may view."""
    model = RECORDS[selectors.CUSTOMER].model
    return narrow(extract.opened(using).tables["customers"], reach(actor, model, "view"))


def _rfm(actor: Actor, using: Backend, as_of: date | None) -> Rows:
    run = selectors.run_of(as_of)
    if run is None or not runs.file_of(run).exists():
        raise NotVisible(_("RFM has not been computed for this day."))
    mine = customers_within(actor, using)
    scored = using.read_parquet(str(runs.file_of(run)))
    seen = scored.semi_join(mine, scored.customer_id == mine.id)
    rows = list(rfm.grid(seen).to_pyarrow().to_pylist())
    bought = sum(row["customers"] for row in rows)
    everybody = mine.count().to_pyarrow().as_py()
    rows.append({"type": NEVER_BOUGHT, "customers": everybody - bought, "monetary": 0})
    return Rows(rows, run.as_of, run.computed_at, run.copied_to)


METRICS: Mapping[str, Callable[[Actor, Backend, date | None], Rows]] = {"rfm": _rfm}
