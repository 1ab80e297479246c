"""What is measured, as declarations: a name, a budget, and a function on a filled company.

    @scenario("list, own", p95_ms=60, queries=15)
    def own_list(stage: Stage) -> Timing:
        return page(stage.client(stage.company.rep), lambda n: "/customers", TIMES)

A function returns a Timing, or figures by name (`at_least` and `at_most` are the budgets of figures). A module of
scenarios is one line in `budgets.MODULES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.test import Client

from kedang.engine.identity.models import User
from kedang.project.bench._company import Company
from kedang.project.bench._measure import Timing

TIMES = 200
Figures = Mapping[str, float]
Found = Timing | Figures


@dataclass(frozen=True)
class Stage:
    """What a scenario has: the company, and a folder for its files that is gone afterwards."""

    company: Company
    folder: Path

    def client(self, user: User) -> Client:
        """Return a browser in which somebody signed in."""
        return _client(user)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that is measured, and what is expected of it."""

    name: str
    measure: Callable[[Stage], Found]
    p95_ms: float = 0
    queries: int = 0
    at_least: Figures = field(default_factory=dict)
    at_most: Figures = field(default_factory=dict)

    def missed(self, found: Found) -> list[str]:
        """Return the budgets that were not kept, with what was measured."""
        if isinstance(found, Timing):
            late = (
                [f"p95 {found.p95} ms, budget {self.p95_ms:g} ms"]
                if self.p95_ms and not found.within(self.p95_ms)
                else []
            )
            many = (
                [f"{found.queries} queries, budget {self.queries}"]
                if self.queries and (found.queries or 0) > self.queries
                else []
            )
            return [f"{self.name}: {text}" for text in late + many]
        low = [(name, limit) for name, limit in self.at_least.items() if found[name] < limit]
        high = [(name, limit) for name, limit in self.at_most.items() if found[name] > limit]
        return [f"{self.name}: {name} {found[name]:,g}, budget {limit:,g}" for name, limit in low + high]

    def shown(self, found: Found) -> str:
        """Return what was measured as it stands in the table."""
        if isinstance(found, Timing):
            queries = f" ({found.queries})" if found.queries is not None else ""
            return f"{found.p50} / {found.p95}{queries}"
        return " · ".join(f"{name} {value:,g}" for name, value in found.items())


SCENARIOS: list[Scenario] = []
Measure = Callable[[Stage], Any]


def scenario(name: str, **budget: Any) -> Callable[[Measure], Measure]:
    """Declare a scenario with its budget: p95_ms, queries, at_least, at_most."""

    def wrap(measure: Measure) -> Measure:
        SCENARIOS.append(Scenario(name, measure, **budget))
        return measure

    return wrap


@cache
def _client(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client
