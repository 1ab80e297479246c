"""What a handover may be. Pure: no database, no clock, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """The records of one type that belong to somebody: those within reach, those handed over, those that stayed."""

    before: int = 0
    moved: int = 0
    stayed: int = 0
    beyond: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every record that was there is accounted for."""
        return self.before == self.moved + self.stayed


def whole(counts: Mapping[str, Count]) -> Count:
    """Return the sum over all record types."""
    values = list(counts.values())
    return Count(
        sum(one.before for one in values), sum(one.moved for one in values), sum(one.stayed for one in values),
        sum(one.beyond for one in values),
    )  # fmt: skip
