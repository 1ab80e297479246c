"""What bears on the pool and is known elsewhere: later areas say what was done last and what shields a customer."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from kedang.areas.pool import rules


@dataclass(frozen=True, slots=True)
class Some:
    """The customers a question is about: those of these ids, or all whose id lies between two."""

    first: int
    last: int
    pks: Sequence[int] = ()

    def q(self, column: str = "customer") -> Q:
        """Return the condition on a column that holds a customer's id."""
        if self.pks:
            return Q(**{f"{column}__in": self.pks})
        return Q(**{f"{column}__gte": self.first, f"{column}__lte": self.last})


Days = Callable[[Some], Mapping[int, date]]
Ids = Callable[[Some, date], Collection[int]]
LAST: dict[str, list[Days]] = defaultdict(list)
KEEPING: dict[str, list[Ids]] = defaultdict(list)


def contribute_last(basis: str, source: Days) -> None:
    """Let an area say on which day a customer was last followed up, ordered, or had a contract end.

    The source asks one query for all customers in question. An unknown basis fails at start.
    """
    if basis not in rules.BASES:
        raise ValueError(f"no rule of a pool counts from {basis!r}")
    if source not in LAST[basis]:
        LAST[basis].append(source)


def contribute_shield(name: str, source: Ids) -> None:
    """Let an area say which customers something shields on a day. An unknown name fails at start."""
    if name not in rules.SHIELDS:
        raise ValueError(f"nothing called {name!r} shields a customer from the pool")
    if source not in KEEPING[name]:
        KEEPING[name].append(source)


def last_days(some: Some) -> dict[str, dict[int, date]]:
    """Return for each basis the last day of each customer that has one."""
    found: dict[str, dict[int, date]] = {}
    for basis, sources in LAST.items():
        days = found.setdefault(basis, {})
        for source in sources:
            for pk, day in source(some).items():
                if pk not in days or day > days[pk]:
                    days[pk] = day
    return found


def shields(some: Some, as_of: date) -> dict[int, frozenset[str]]:
    """Return what shields each customer on a day; those that nothing shields are left out."""
    found: dict[int, set[str]] = defaultdict(set)
    for name, sources in KEEPING.items():
        for source in sources:
            for pk in source(some, as_of):
                found[pk].add(name)
    return {pk: frozenset(names) for pk, names in found.items()}
