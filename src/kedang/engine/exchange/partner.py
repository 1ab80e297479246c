"""A second process that takes every other batch of a long import, where there is a second processor.

Two thirds of a batch are reading and checking, one third is storing; one process checks while the other stores. They
store in the order of the file, so numbers, history and refusals are those of one process, and the cursor of the run is
moved within each transaction: whoever is killed leaves whole batches behind. A batch about which the partner is not
sure (see `foresight`) the import takes itself.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Self

from django.db import DatabaseError, connection, connections
from django.utils import translation

from kedang.engine.exchange.foresight import Unsure, points_at_own
from kedang.engine.exchange.mapping import ImportMapping
from kedang.engine.exchange.models import ImportRun
from kedang.engine.exchange.passage import Passage, tally
from kedang.engine.exchange.rows import Entry, Key, Plan
from kedang.engine.exchange.suspects import Judge, Suspected
from kedang.engine.records.types import RECORDS
from kedang.kernel import clock
from kedang.kernel.actor import Actor
from kedang.kernel.errors import KedangError
from kedang.kernel.garbage import fewer_collections

FEWEST_ROWS = 3_000  # below, the import is over before a second process has come up
PATIENCE_SECONDS = 0.0  # how long the import waits for it to come up
ALLOWED_DOUBTS = 3
PROGRAM = "import django; django.setup(); from kedang.engine.exchange import partner; partner.main()"


@dataclass(frozen=True, slots=True)
class Order:
    """What the partner has to know of an import."""

    actor: Actor
    record: str
    mapping: ImportMapping
    headers: tuple[str, ...]
    run_id: int
    answers: Mapping[str, str] | None
    otherwise: str
    language: str
    database: Any


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes before is stored: the keys of what was not when the batch was given, whether records there were have
    changed, where the run stands, how long the lock was held and when it was given up.
    """

    keys: frozenset[Key]
    changed: bool
    cursor: int
    counts: Mapping[str, int]
    held: float
    freed: float


@dataclass(frozen=True, slots=True)
class Done:
    """A batch that the partner has stored."""

    tally: Mapping[str, int]
    suspected: Sequence[Suspected]
    keys: frozenset[Key]
    held: float
    freed: float


class Partner:
    """The import's side of the second process. When that one dies its batches come back as if it were not sure."""

    def __init__(self, order: Order) -> None:
        self._given = self._doubts = 0
        self._up = self._lost = False
        self._compares = order.answers is not None  # else nobody asks what earlier rows are like
        self._pipe, theirs = Pipe()
        with theirs:
            self._join = _start(theirs, self._pipe)
        self._send(order)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Let it end what it is storing, and go."""
        self._pipe.close()
        self._join()

    @property
    def is_of_use(self) -> bool:
        """Whether it has come up, is alive and mostly sure."""
        if not self._up and not self._lost and self._pipe.poll(PATIENCE_SECONDS):
            self._up = self._receive() is True
        return self._up and not self._lost and self._doubts <= ALLOWED_DOUBTS + self._given // 10

    def give(self, earlier: list[Entry], following: list[Entry]) -> None:
        """Give it the batch that follows ours, to check, and what comes before and may not be stored yet."""
        self._given += 1
        self._send((earlier if self._compares else [], following))

    def go_on(self, turn: Turn) -> None:
        """Tell it that ours is stored."""
        self._send(turn)

    def result(self) -> Done | None:
        """Wait until the batch it was given is stored; None when it has stored nothing."""
        done: Done | None = self._receive()
        self._doubts += done is None
        return done

    def _send(self, what: Any) -> None:
        try:
            self._pipe.send(what)
        except OSError:
            self._lost = True

    def _receive(self) -> Any:
        try:
            return None if self._lost else self._pipe.recv()
        except (EOFError, OSError):
            self._lost = True
            return None


def _start(theirs: "Connection[Any, Any]", ours: "Connection[Any, Any]") -> Callable[[], object]:
    """Start the process with its end of the pipe; return how to wait for its end.

    A fork is there at once. It copies no other thread, though, and what such a thread holds stays held for ever: beside
    other threads, as in the worker, the program is started anew, which takes a second or two.
    """
    if threading.active_count() > 1:
        end = theirs.fileno()
        command = [sys.executable, "-c", PROGRAM, str(end)]
        return subprocess.Popen(
            command, pass_fds=[end], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ).wait
    connections.close_all()  # a connection belongs to one process
    process = get_context("fork").Process(target=_forked, args=(theirs, ours), daemon=True)
    process.start()
    return process.join


def partner_of(job: Passage, mapping: ImportMapping, rows: int) -> Partner | None:
    """Return a second process for an import of so many rows, where one helps and sees what this one sees."""
    database: Any = connection
    hidden_from_it = connection.in_atomic_block or clock.is_frozen()
    if database.vendor == "sqlite":
        hidden_from_it = hidden_from_it or database.is_in_memory_db()
    depends = points_at_own(job.plan) or job.plan.kind.checked_in_turn
    if job.run is None or rows < FEWEST_ROWS or processors() < 2 or hidden_from_it or depends:
        return None
    language = translation.get_language() or job.actor.language
    name = connection.settings_dict["NAME"]
    headers = tuple(job.plan.headers)
    judge = job.judge
    return Partner(
        Order(
            job.actor, job.plan.kind.key, mapping, headers, job.run.pk, judge.answers, judge.otherwise, language, name
        )
    )  # fmt: skip


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main() -> None:
    """Be the partner: the first word is the number of our end of the pipe."""
    _serve(Connection(int(sys.argv[1])))


def _forked(pipe: "Connection[Any, Any]", theirs: "Connection[Any, Any]") -> None:
    theirs.close()  # else the pipe would never end
    _serve(pipe)


def _serve(pipe: "Connection[Any, Any]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the import, which closes the pipe
    with suppress(EOFError, OSError), fewer_collections():
        _work(pipe, pipe.recv())
    connections.close_all()


def _work(pipe: "Connection[Any, Any]", order: Order) -> None:
    connection.settings_dict["NAME"] = order.database
    kind = RECORDS[order.record]
    with translation.override(order.language):
        plan = Plan(order.actor, kind, order.mapping, order.headers)
        run = ImportRun.objects.get(pk=order.run_id)
        passage = Passage(order.actor, plan, run, Judge(order.actor, kind, order.answers, order.otherwise))
        inbox: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=_listen, args=(pipe, inbox), daemon=True).start()
        pipe.send(True)
        while (given := inbox.get()) is not None:
            earlier, batch = given
            pipe.send(_take(passage, run, earlier, batch, inbox))


def _listen(pipe: "Connection[Any, Any]", inbox: "SimpleQueue[Any]") -> None:
    """Take what comes while a batch is being checked or stored: the import never waits to be heard."""
    with suppress(EOFError, OSError):
        while True:
            inbox.put(pipe.recv())
    inbox.put(None)


def _take(
    passage: Passage, run: ImportRun, earlier: list[Entry], batch: list[Entry], inbox: "SimpleQueue[Any]"
) -> Done | None:  # fmt: skip
    """Take one batch through; return None when it is not stored."""
    turns: list[Turn] = []

    def before() -> frozenset[Key]:
        turn: Turn | None = inbox.get()
        if turn is None:
            raise EOFError
        turns.append(turn)
        run.cursor, passage.counts = turn.cursor, dict(turn.counts)
        passage.pace.follow(len(batch), turn.held, turn.freed)
        if turn.changed and passage.judge.answers is not None:
            raise Unsure  # what was compared may be another now
        return turn.keys

    try:
        outcomes, keys = passage.take_ahead(batch, earlier, before)
    except (Unsure, KedangError, DatabaseError):
        if not turns:
            before()
        return None
    return Done(tally(batch, outcomes), passage.judge.suspected, keys, passage.pace.held, passage.pace.freed)
