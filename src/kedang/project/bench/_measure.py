"""Time things and say what the slow ones took."""

import gc
import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

WARM_UP = 5
COUNTED = 10_000_000


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a thing took, in milliseconds, and how many queries it needs."""

    p50: float
    p95: float
    queries: int | None = None

    def within(self, budget_ms: float) -> bool:
        """Say whether 95 of 100 kept the budget."""
        return self.p95 <= budget_ms


def machine() -> str:
    """Return what this is measured on, and how fast that is now: machines of one size, or one at two times, differ by
    two times and more.
    """
    began = time.perf_counter()
    for _number in range(COUNTED):
        pass
    seconds = time.perf_counter() - began
    named = f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    return f"{named}, counts to ten million in {seconds:.2f} s"


def timing(found: list[float], queries: int | None = None) -> Timing:
    """Return the median and the 95th percentile of seconds, in milliseconds."""
    ranked = sorted(found)
    half, most = ranked[len(ranked) // 2], ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]
    return Timing(round(half * 1000, 1), round(most * 1000, 1), queries)


def timed(act: Callable[[int], Any], times: int) -> Timing:
    """Do a thing a number of times, after some that do not count."""
    for place in range(WARM_UP):
        act(place)
    gc.collect()
    found = []
    for place in range(times):
        began = time.perf_counter()
        act(place + WARM_UP)
        found.append(time.perf_counter() - began)
    return timing(found)


def page(client: Client, address: Callable[[int], str], times: int) -> Timing:
    """Fetch pages through the whole stack, in this process, and count the queries of one."""

    def fetch(place: int) -> None:
        response = client.get(address(place))
        if response.status_code != 200:
            raise AssertionError(f"{address(place)} answered {response.status_code}")

    found = timed(fetch, times)
    with CaptureQueriesContext(connection) as queries:
        fetch(0)
    return Timing(found.p50, found.p95, len(queries))


class Alongside:
    """Do a thing again and again in another process, as people's saves are, and remember how long each took."""

    def __init__(self, act: Callable[[int], Any], pause: float) -> None:
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._stop = context.Event()
        connection.close()  # a forked process opens its own
        self._process = context.Process(target=_keep_doing, args=(act, pause, self._stop, theirs))
        self.found: list[float] = []
        self.failures: list[str] = []

    def __enter__(self) -> "Alongside":
        self._process.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self.found, self.failures = self._ours.recv()
        self._process.join()


def _keep_doing(act: Callable[[int], Any], pause: float, stop: Any, answer: Any) -> None:
    connection.close()
    found: list[float] = []
    failures: list[str] = []
    place = 0
    while not stop.wait(pause):
        began = time.perf_counter()
        try:
            act(place)
        except Exception as error:  # noqa: BLE001  a failed save is a finding of the measurement
            failures.append(repr(error))
        found.append(time.perf_counter() - began)
        place += 1
    answer.send((found, failures))
