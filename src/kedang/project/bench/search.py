"""Search as you type over the documents of invented customers, for a representative and for who sees all.

The documents are made by the same code as everywhere and stored without their records: a million of them in minutes.
"""

import random
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import islice
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction

from kedang.engine.records.types import RECORDS
from kedang.engine.search import index
from kedang.engine.search.documents import documents_of
from kedang.engine.search.find import questions_of
from kedang.kernel.actor import Actor, Grant, Share
from kedang.kernel.text import initials
from kedang.project import prepare
from kedang.project.bench._company import AS_OF, CUSTOMER, REPS, SEED, SHARES
from kedang.project.bench._measure import Timing, machine, timed
from kedang.project.demo.companies import customers

DEFAULT_SIZE = 100_000
BATCH = 5_000
TIMES = 400
SHOWN = 20
BUDGET_MS = 30
MOST_SAMPLES = 5_000
GIN = "CREATE INDEX search_tokens ON engine_searchdocument USING gin (tokens) WITH (fastupdate = off)"


def run(size: int) -> dict[str, Any]:
    """Fill an empty database with `size` documents, search, and say what is within the budget."""
    size = size or DEFAULT_SIZE
    prepare.migrate()
    began = time.perf_counter()
    samples = _fill(size)
    filled = time.perf_counter() - began
    own = Actor("rep", 1, 1, grants={f"{CUSTOMER}:view": Grant(own=True)}, shares={CUSTOMER: _shares(size)})
    everything = Actor("chief", 99, 1, grants={f"{CUSTOMER}:view": Grant(everything=True)})
    found: dict[str, Timing] = {}
    for who, actor in (("own", own), ("all", everything)):
        for name, typed in TYPED.items():
            words = _words(samples, typed)
            found[f"{name}, {who}"] = timed(_asker(actor, words), TIMES)
    missed = [f"{name}: p95 {one.p95} ms" for name, one in found.items() if not one.within(BUDGET_MS)]
    return {
        "machine": machine(), "database": connection.vendor, "documents": size,
        "fill_per_s": round(size / filled), "seed": SEED,
        "timings": {name: asdict(one) for name, one in found.items()}, "budget_ms": BUDGET_MS, "missed": missed,
        "within": not missed,
    }  # fmt: skip


def _fill(size: int) -> list[Any]:
    rows = map(_row, range(1, size + 1), customers(SEED, 0, size, AS_OF))
    samples: list[Any] = []
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute("DROP INDEX search_tokens")
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic():
                index.put(documents_of(RECORDS[CUSTOMER], batch))
            samples += batch[:: max(1, size // MOST_SAMPLES)]
        if postgres:
            cursor.execute(GIN)
        cursor.execute("ANALYZE")
    return samples


def _row(place: int, made: Any) -> Any:
    """Return what a document is made of: the owner is one of fifty, the units are four."""
    values = dict.fromkeys(RECORDS[CUSTOMER].search, "") | {
        name: made.get(name, "") for name in RECORDS[CUSTOMER].search
    }
    values["number"] = f"KH-{'ABCDE'[place % 5]}-{place:07}"
    return SimpleNamespace(
        pk=place << 20,
        owner_id=1 + place % REPS,
        unit_id=1 + place % 4,
        pool_id=None,
        archived_at=None,
        **values,
    )


def _shares(size: int) -> tuple[Share, ...]:
    step = max(1, size // SHARES)
    return tuple(Share((1 + place * step) << 20, "view") for place in range(SHARES))


def _words(samples: list[Any], typed: Callable[[Any, random.Random], str]) -> list[str]:
    draw = random.Random(SEED)  # noqa: S311  the same words each time
    words: list[str] = []
    while len(words) < TIMES + 10:
        word = typed(draw.choice(samples), draw)
        if len(word) > 1:
            words.append(word)
    return words


def _asker(actor: Actor, words: list[str]) -> Callable[[int], None]:
    return lambda place: _ask(actor, words[place])


def _ask(actor: Actor, typed: str) -> None:
    """Ask as the palette does: exact hits and all hits."""
    index.find(questions_of(actor, RECORDS[CUSTOMER], typed, SHOWN))


def _part(text: str, size: int, draw: random.Random) -> str:
    start = draw.randrange(max(1, len(text) - size + 1))
    return text[start : start + size]


TYPED: dict[str, Callable[[Any, random.Random], str]] = {
    "two characters": lambda row, draw: _part(row.name, 2, draw),
    "four characters": lambda row, draw: _part(row.name, 4, draw),
    "initials": lambda row, draw: _part(initials(row.name), draw.choice((2, 3, 4)), draw),
    "end of a phone": lambda row, draw: row.phone[-4:],
    "number": lambda row, draw: row.number[: draw.choice((6, 9, 12))],
    "serial": lambda row, draw: row.number[-5:].lstrip("0"),
}
