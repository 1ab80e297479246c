"""The columnar copy of customers and orders: what changed since the last time, read as the system."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Cast
from ibis.backends.duckdb import Backend

from kedang.engine.packs.active import active
from kedang.engine.records.types import RECORDS
from kedang.insight.store import Manifest, Mart, connect, sole_writer
from kedang.kernel import clock

CHUNK = 20_000
# A transaction may commit rows whose change is older than the last mark; reading a little again costs little.
OVERLAP = timedelta(minutes=10)
# Below this size every refresh also compares how many rows there are, which finds what no timestamp tells.
COUNTED = 1_000_000
WHOLE = pa.int64()
# What kinds of order came to nothing. A draft counts: an imported order may never leave that state.
CAME_TO_NOTHING = frozenset({"refused", "void"})


@dataclass(frozen=True, slots=True)
class Source:
    """A record type and the columns of it that the copy keeps; `counts` says which rows do."""

    record: str
    columns: dict[str, tuple[pa.DataType, Any]]
    counts: Callable[[], Q] = Q

    @property
    def schema(self) -> pa.Schema:
        """The columns of the mart, with whom a row belongs to."""
        return pa.schema([(name, kind) for name, (kind, _) in self.columns.items()])

    def rows(self) -> Any:
        """Return all rows, opened as the system, as tuples of the mart's columns and whether they count."""
        live = Q(archived_at__isnull=True) & self.counts()
        columns = {f"copy_{name}": expression for name, (_, expression) in self.columns.items()}
        opened = RECORDS[self.record].model.objects.unscoped(because="columnar copy")
        known = opened.annotate(**columns, copy_live=ExpressionWrapper(live, BooleanField()))
        return known.order_by().values_list(*columns, "copy_live")


def _states(kinds: frozenset[str]) -> list[str]:
    """Return the order states of these kinds, as the packs in force name them."""
    lists = [entry.choices for entry in active().pack.choice_list if entry.key == "order_status"]
    return [choice.key for choices in lists for choice in choices if choice.kind in kinds]


SCOPE: dict[str, tuple[pa.DataType, Any]] = {
    "id": (WHOLE, F("pk")),
    "owner_id": (WHOLE, F("owner_id")),
    "unit_id": (WHOLE, F("unit_id")),
}
SOURCES: dict[str, Source] = {
    "customers": Source("customers.customer", SCOPE | {"pool_id": (WHOLE, F("pool_id"))}),
    "orders": Source(
        "trade.order",
        SCOPE
        | {
            "customer_id": (WHOLE, F("customer_id")),
            "ordered_on": (pa.date32(), F("ordered_on")),
            "amount": (WHOLE, Cast(F("base_amount"), BigIntegerField())),
        },
        counts=lambda: Q(base_amount__isnull=False) & ~Q(status_key__in=_states(CAME_TO_NOTHING)),
    ),
}


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy as it stands: tables to compute on, and up to which moment they follow the database."""

    tables: dict[str, ir.Table]
    rows: dict[str, int]
    copied_to: datetime


def home() -> Path:
    """Return the folder of the copy."""
    return Path(settings.KEDANG_HOME) / "insight"


def engine() -> Backend:
    """Open a fresh engine over the folder of the copy. Close it with `disconnect`."""
    return connect(home())


def refresh(using: Backend, *, full: bool = False) -> Copy:
    """Bring the copy up to the database and return it; `full` reads every row again."""
    with sole_writer(home()):
        for name, source in SOURCES.items():
            _refresh(_mart(name, source), source, using, full=full)
    return opened(using)


def renew() -> None:
    """Read every row again and delete the files from before, which a plain refresh leaves to readers for a while."""
    using = engine()
    try:
        refresh(using, full=True)
    finally:
        using.disconnect()
    with sole_writer(home()):
        for name, source in SOURCES.items():
            _mart(name, source).drop_earlier()


def opened(using: Backend) -> Copy:
    """Return the copy without refreshing it; raise FileNotFoundError when there is none yet."""
    marts = {name: _mart(name, source) for name, source in SOURCES.items()}
    manifests = {name: mart.manifest() for name, mart in marts.items()}
    tables = {name: mart.table(using, manifests[name]) for name, mart in marts.items()}
    oldest = min(datetime.fromisoformat(manifest.mark) for manifest in manifests.values())
    return Copy(tables, {name: manifest.rows for name, manifest in manifests.items()}, oldest)


def _mart(name: str, source: Source) -> Mart:
    where = "/".join(str(connection.settings_dict.get(key, "")) for key in ("HOST", "PORT", "NAME"))
    return Mart(home(), name, source.schema, sha256(where.encode()).hexdigest()[:16])


def _refresh(mart: Mart, source: Source, using: Backend, *, full: bool) -> Manifest:
    upto = clock.now()
    before = mart.manifest()
    since = datetime.fromisoformat(before.mark) - OVERLAP if before.mark else None
    if full or since is None or since > upto:
        return mart.rebuild(_all(source), upto.isoformat())
    merged = mart.merge(using, _changed(source, since), upto.isoformat())
    if merged.rows <= COUNTED and merged.rows != source.rows().filter(copy_live=True).count():
        return mart.rebuild(_all(source), upto.isoformat())
    return merged


def _all(source: Source) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows that count, page by page along the key, so that no query stays open."""
    last = -1
    while True:
        rows = source.rows().filter(copy_live=True, pk__gt=last).order_by("pk")
        chunk = list(rows[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1][0]


def _changed(source: Source, since: datetime) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows changed since, whether they still count or not, in no order: an index finds them."""
    rows = source.rows().filter(changed_at__gte=since).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
