"""Who acts. Every read and every write names one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any


class Span(StrEnum):
    """How far a grant reaches. FOLLOW is for what hangs on a customer: as far as the customer does."""

    NONE = "none"
    OWN = "own"
    UNIT = "unit"
    BELOW = "below"
    CUSTOM = "custom"
    ALL = "all"
    FOLLOW = "follow"


class Mode(IntEnum):
    """What an actor may do with one field, from least to most."""

    HIDE = 0
    MASK = 1
    READ = 2
    OPEN = 3


class Line(StrEnum):
    """The two lines a person reports on: business for customer data, administrative for the rest."""

    BUSINESS = "business"
    ADMINISTRATIVE = "administrative"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one or more roles give over one record type and action, with units already resolved."""

    everything: bool = False
    own: bool = False
    follow: bool = False
    units: frozenset[int] = frozenset()
    sources: tuple[tuple[str, Span], ...] = ()

    def __or__(self, other: "Grant") -> "Grant":
        return Grant(
            self.everything or other.everything,
            self.own or other.own,
            self.follow or other.follow,
            self.units | other.units,
            self.sources + other.sources,
        )


@dataclass(frozen=True, slots=True)
class Share:
    """Access to one record that was given to one person: as a collaborator, or for a time."""

    record_id: int
    level: str
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, an automation acting for one, or the system itself.

    `modes` holds the widest mode any role states for a field; `silent` names the fields of which another
    role that sees the record says nothing, so that the type's own default counts too. `stands_in` names the
    absent colleagues whose records this actor looks after today. `above` holds the actor's unit and
    all units above it. `known` remembers what was worked out from `grants`, `modes` and `silent` alone: all who
    have the same roles and the same homes share it.
    """

    name: str
    user_id: int | None = None
    unit_id: int | None = None
    acting_for: int | None = None
    language: str = "zh-hans"
    grants: Mapping[str, Grant] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    shares: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)
    pools: frozenset[int] = frozenset()
    above: frozenset[int] = frozenset()
    stands_in: frozenset[int] = frozenset()
    needs_factor: bool = False
    known: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def grant(self, record: str, action: str) -> Grant | None:
        """Return what this actor was given over `record` for `action`, or None."""
        return self.grants.get(f"{record}:{action}")

    def may(self, record: str, action: str) -> bool:
        """Say whether this actor may do `action` to any record of the type at all."""
        return f"{record}:{action}" in self.grants

    def limit(self, key: str) -> Decimal:
        """Return a numeric limit; what no role gives is zero."""
        return self.limits.get(key, Decimal(0))
