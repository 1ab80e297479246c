"""Compute RFM for everybody on one day, and store what it takes to show it and to repeat it."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow.parquet as pq
from django.db import connection, transaction
from ibis.backends.duckdb import Backend

from kedang.insight import extract
from kedang.insight.metrics import rfm
from kedang.insight.models import RfmRun, RfmScore
from kedang.insight.rules import Method, Thresholds
from kedang.insight.store import sole_writer
from kedang.kernel import clock
from kedang.kernel.money import from_minor

BATCH = 5_000
# Embedded there is one writer at a time: between batches the people who are saving get their turn.
PAUSE_SECONDS = 0.12
DAYS_KEPT = 12


def folder() -> Path:
    """Return where the scores of the runs lie, one columnar file each."""
    return extract.home() / "rfm"


def file_of(run: RfmRun) -> Path:
    """Return the columnar scores of a run."""
    return folder() / f"{run.pk}.parquet"


def run_rfm(
    as_of: date, *, method: Method = Method.MEAN, typed: Thresholds | None = None, full: bool = False
) -> RfmRun:
    """Score every customer as of a day and make this the current run of that day.

    Thresholds are the mean or the median of all customers with an order, or `typed`. Repeating a run over
    the same orders gives the same thresholds and scores. `full` copies every row again first.
    """
    with sole_writer(folder()):
        engine = extract.engine()
        try:
            run, scored = _compute(engine, as_of, method, typed, full=full)
            engine.to_parquet(scored, str(file_of(run)))
        finally:
            engine.disconnect()
        _store_scores(run)
        _make_current(run)
        _clear()
    return run


def _compute(
    engine: Backend, as_of: date, method: Method, typed: Thresholds | None, *, full: bool
) -> tuple[RfmRun, ir.Table]:
    copy = extract.refresh(engine, full=full)
    orders, customers = copy.tables["orders"], copy.tables["customers"]
    known = orders.semi_join(customers, orders.customer_id == customers.id)
    measured = engine.create_table("measured", rfm.measures(known, as_of), temp=True)
    thresholds = typed or rfm.thresholds_from(_rows(rfm.middles(measured))[0], method)
    scored = engine.create_table("scored", rfm.classify(measured, thresholds), temp=True)
    cells = {row["type"]: [row["customers"], row["monetary"]] for row in _rows(rfm.grid(scored))}
    bought = sum(count for count, _ in cells.values())
    run = RfmRun.objects.create(
        as_of=as_of,
        method=thresholds.method.value,
        recency=str(thresholds.recency),
        frequency=str(thresholds.frequency),
        monetary=str(thresholds.monetary),
        orders=int(measured.frequency.sum().to_pyarrow().as_py() or 0),
        scored=bought,
        never_bought=copy.rows["customers"] - bought,
        counts=cells,
        copied_to=copy.copied_to,
        computed_at=clock.now(),
    )
    return run, scored


def _rows(table: ir.Table) -> list[dict[str, Any]]:
    return list(table.to_pyarrow().to_pylist())


def _store_scores(run: RfmRun) -> None:
    for batch in pq.ParquetFile(file_of(run)).iter_batches(BATCH):
        RfmScore.objects.bulk_create(
            RfmScore(run=run, **row | {"monetary": from_minor(row["monetary"])}) for row in batch.to_pylist()
        )
        _give_way(batch.num_rows)


def _make_current(run: RfmRun) -> None:
    with transaction.atomic():
        RfmRun.objects.filter(as_of=run.as_of, current=True).update(current=False)
        run.current = True
        run.save(update_fields=["current"])


def _clear() -> None:
    """Drop runs that were replaced or never finished, and the scores of all but the newest days."""
    replaced = RfmRun.objects.filter(current=False)
    old = RfmRun.objects.filter(current=True).order_by("-as_of")[DAYS_KEPT:]
    for run in [*replaced, *old]:
        while batch := list(run.scores.values_list("pk", flat=True)[:BATCH]):
            RfmScore.objects.filter(pk__in=batch).delete()
            _give_way(len(batch))
        file_of(run).unlink(missing_ok=True)
        if not run.current:
            run.delete()


def _give_way(size: int) -> None:
    if size == BATCH and connection.vendor == "sqlite":
        time.sleep(PAUSE_SECONDS)
