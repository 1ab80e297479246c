"""The columnar copy: Parquet files that are replaced, never changed, and a manifest naming the current ones.

A mart is a base and a small delta. Fresh rows go to the delta, which wins over the base by id; a row that is
gone leaves a tombstone (`live` false). When the delta has grown to a tenth of the base the two become a new
base. The manifest is replaced in one step, so a reader sees the copy before a refresh or after it.
"""

import fcntl
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

SMALLEST_MERGE = 200_000
ROW_GROUP = 122_880  # the vector groups of DuckDB
LIVE = pa.field("live", pa.bool_())


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which files are current, up to which moment of the source, and how many live rows they hold."""

    source: str
    columns: tuple[str, ...]
    generation: int = 0
    base: str = ""
    delta: str = ""
    base_rows: int = 0
    delta_rows: int = 0
    rows: int = 0
    mark: str = ""


def connect(home: Path) -> Backend:
    """Open an engine in memory that spills to the data folder; it never asks the network for anything."""
    spill = home / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    settings = {
        "temp_directory": str(spill),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    return ibis.duckdb.connect(**settings)


@contextmanager
def sole_writer(home: Path) -> Iterator[None]:
    """Let one process at a time replace files of the copy; another waits."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Mart:
    """One copied table: `id` first, then its columns, whole numbers, dates and texts only."""

    def __init__(self, home: Path, name: str, schema: pa.Schema, source: str) -> None:
        self.folder = home / name
        self.schema = schema
        self.stored = schema.append(LIVE)
        self.source = source

    def manifest(self) -> Manifest:
        """Return the current manifest; an empty one when there is no copy of this source and shape."""
        fresh = Manifest(self.source, tuple(self.schema.names))
        path = self.folder / "manifest.json"
        if not path.exists():
            return fresh
        found = json.loads(path.read_text("utf-8"))
        manifest = Manifest(**(found | {"columns": tuple(found["columns"])}))
        if (manifest.source, manifest.columns) != (fresh.source, fresh.columns):
            return replace(fresh, generation=manifest.generation)
        return manifest

    def table(self, engine: Backend, manifest: Manifest | None = None) -> ir.Table:
        """Return the live rows as one table; raise FileNotFoundError before the first refresh."""
        manifest = manifest or self.manifest()
        if not manifest.base:
            raise FileNotFoundError(self.folder)
        base = engine.read_parquet(str(self.folder / manifest.base))
        if not manifest.delta:
            return base.drop("live")
        delta = engine.read_parquet(str(self.folder / manifest.delta))
        return base.anti_join(delta, "id").union(delta.filter(delta.live)).drop("live")

    def rebuild(self, chunks: Iterable[list[tuple[object, ...]]], mark: str) -> Manifest:
        """Replace the whole copy by the rows given; one that says it is not live is left out."""
        old = self.manifest()
        name = f"base-{old.generation + 1:06d}.parquet"
        rows = self._write(name, chunks)
        return self._replace(
            old, Manifest(self.source, old.columns, base=name, base_rows=rows, rows=rows, mark=mark)
        )

    def merge(self, engine: Backend, chunks: Iterable[list[tuple[object, ...]]], mark: str) -> Manifest:
        """Let the rows given, live or tombstones, win over those of the copy by id."""
        old = self.manifest()
        if not old.base:
            return self.rebuild(chunks, mark)
        name = f"fresh-{old.generation + 1:06d}.parquet"
        if not self._write(name, chunks):
            (self.folder / name).unlink()
            return self._replace(old, replace(old, mark=mark))
        delta = engine.read_parquet(str(self.folder / name))
        if old.delta:
            before = engine.read_parquet(str(self.folder / old.delta))
            delta = before.anti_join(delta, "id").union(delta)
        target = f"delta-{old.generation + 1:06d}.parquet"
        engine.to_parquet(delta, str(self.folder / target))
        (self.folder / name).unlink()
        new = replace(old, delta=target, delta_rows=self._count(target), mark=mark)
        if new.delta_rows > max(SMALLEST_MERGE, new.base_rows // 10):
            new = self._compact(engine, new)
        rows = self.table(engine, new).count().to_pyarrow().as_py()
        return self._replace(old, replace(new, rows=rows))

    def drop_earlier(self) -> None:
        """Delete every file that is not current."""
        now = self.manifest()
        for path in self.folder.glob("*.parquet"):
            if path.name not in {now.base, now.delta}:
                path.unlink()

    def _compact(self, engine: Backend, manifest: Manifest) -> Manifest:
        name = f"base-{manifest.generation + 1:06d}.parquet"
        whole = self.table(engine, manifest).mutate(live=ibis.literal(True))
        engine.to_parquet(whole, str(self.folder / name))
        (self.folder / manifest.delta).unlink()
        return replace(manifest, base=name, base_rows=self._count(name), delta="", delta_rows=0)

    def _count(self, name: str) -> int:
        return int(pq.read_metadata(self.folder / name).num_rows)

    def _write(self, name: str, chunks: Iterable[list[tuple[object, ...]]]) -> int:
        """Write rows as they come, so that memory holds one chunk; return how many."""
        self.folder.mkdir(parents=True, exist_ok=True)
        count = 0
        with pq.ParquetWriter(self.folder / name, self.stored, compression="zstd") as file:
            for chunk in chunks:
                columns = [
                    pa.array(values, field.type)
                    for values, field in zip(zip(*chunk, strict=True), self.stored, strict=True)
                ]
                file.write_table(pa.Table.from_arrays(columns, schema=self.stored), row_group_size=ROW_GROUP)
                count += len(chunk)
        return count

    def _replace(self, old: Manifest, new: Manifest) -> Manifest:
        """Make the new files current in one step; the ones before stay for readers that have them open."""
        new = replace(new, generation=old.generation + 1)
        draft = self.folder / "manifest.json.new"
        draft.write_text(json.dumps(asdict(new)), "utf-8")
        draft.replace(self.folder / "manifest.json")
        keep = {new.base, new.delta, old.base, old.delta}
        for path in self.folder.glob("*.parquet"):
            if path.name not in keep:
                path.unlink()
        return new
