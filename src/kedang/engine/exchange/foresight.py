"""Whether the checks of a batch hold although the batch before it was not stored yet when they ran.

Two batches of one import are checked at the same time, and stored in the order of the file. A batch that only files
new records depends on the one before it in few ways: both name the same record, one points at a record of the other,
or a check looks at other records of the type. Who cannot rule that out is unsure, and takes the batch anew. What the
database keeps by itself (unique values, versions) needs no foresight: it raises when the batch is stored.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from kedang.engine.actions.batch import Kind, Outcome
from kedang.engine.exchange.matching import keys_of
from kedang.engine.exchange.rows import Entry, Key, Plan
from kedang.engine.records import hidden
from kedang.engine.scope.doors import reads_for_integrity
from kedang.kernel.errors import Problem

# What the engine finds by looking at other records of the type. A check that looks at none finds what lies in the row.
OF_OTHERS = frozenset({"ambiguous", "not_allowed", "not_found", "taken", hidden.CODE})


class Unsure(Exception):
    """What was checked may not hold; the batch is taken anew once the one before it is stored."""


def points_at_own(plan: Plan) -> bool:
    """Say whether a column of the file names records of the type that the file brings."""
    columns = (*plan.columns, *plan.line_columns)
    return any(column.spec.points_at == plan.kind.key for column in columns)


class Foresight:
    """What was looked at while one batch was checked."""

    def __init__(self, plan: Plan, entries: Sequence[Entry]) -> None:
        self.plan, self.entries = plan, entries
        self.keys: frozenset[Key] = frozenset()
        self.looked_around = False
        models = [plan.kind.model, *([plan.kind.lines.model] if plan.kind.lines else [])]
        columns = (*plan.columns, *plan.line_columns)
        self._names_others = {column.name for column in columns if column.is_reference}
        self._tables = [connection.ops.quote_name(model._meta.db_table) for model in models]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice whether a check looks at other records of the type."""
        self.keys = keys_of(self.plan, self.entries)
        with connection.execute_wrapper(self._notice):
            yield

    def check(self, outcomes: Sequence[Outcome], before: frozenset[Key]) -> None:
        """Raise Unsure unless the outcomes are the same after a batch with the keys `before` was stored."""
        if self.looked_around or self.keys & before:
            raise Unsure
        for outcome in outcomes:
            if outcome.kind not in (Kind.CREATED, Kind.REFUSED) or outcome.pk is not None:
                raise Unsure
        if any(entry.pk is not None for entry in self.entries):
            raise Unsure
        problems = [problem for outcome in outcomes for problem in outcome.problems]
        problems += [problem for entry in self.entries for problem in entry.problems]
        if any(self._may_be_of_others(problem) for problem in problems):
            raise Unsure

    def _may_be_of_others(self, problem: Problem) -> bool:
        """A name that another type does not know it will not know after the batch before either."""
        names_others = problem.field in self._names_others or problem.field.startswith("lines.")
        return problem.code in OF_OTHERS and not (names_others and problem.code != hidden.CODE)

    def _notice(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not reads_for_integrity() and any(table in sql for table in self._tables):
            self.looked_around = True
        return execute(sql, params, many, context)
