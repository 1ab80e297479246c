"""What an administrator may not do, as plain sets of rights. A right is (record, action, span, line).

Pure: rights in, an answer out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

SPANS = ("none", "own", "follow", "unit", "custom", "below", "all")
# who holds all of these can still let everybody else in
KEYS_OF_THE_HOUSE = (
    ("engine.user", "view"),
    ("engine.user", "create"),
    ("engine.user", "change"),
    ("engine.role", "view"),
    ("engine.role", "change"),
)

TILES = re.compile(r"(https?://[A-Za-z0-9.-]+(?::\d{1,5})?)(/[A-Za-z0-9._~/?&=%+{}@-]*)")


def tiles_origin(address: str) -> str:
    """Return the origin of a tile server (https://tiles.example:8443) that an address with {z}, {x} and {y} names.

    Empty for anything else. What is returned goes into the content policy of a page: nothing but a plain host passes.
    """
    found = TILES.fullmatch(address)
    holes = sorted(re.findall(r"\{(.*?)\}", address))
    return found[1] if found and holes == ["x", "y", "z"] else ""


@dataclass(frozen=True, slots=True)
class Rights:
    """Everything one role says: spans by (record, action, line), modes by (record, field), limits by name."""

    spans: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    units: Mapping[tuple[str, str, str], frozenset[int]] = field(default_factory=dict)
    modes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    limits: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def administers(self) -> bool:
        """Whether this role alone can let people in and give them rights."""
        return all(
            any(self.spans.get((record, action, line)) == "all" for line in ("business", "administrative"))
            for record, action in KEYS_OF_THE_HOUSE
        )


def wider(old: Rights, new: Rights) -> list[tuple[str, str]]:
    """Return what `new` gives beyond `old`, as (record or limit, action or field)."""
    found = []
    for key, span in new.spans.items():
        had = old.spans.get(key, "none")
        more_units = span == had == "custom" and not new.units.get(key, frozenset()) <= old.units.get(
            key, frozenset()
        )
        if SPANS.index(span) > SPANS.index(had) or more_units:
            found.append((key[0], key[1]))
    found += [name for name, mode in new.modes.items() if mode > old.modes.get(name, 0)]
    found += [(name, "") for name, value in new.limits.items() if value > old.limits.get(name, Decimal(0))]
    return found


def merged(roles: Iterable[Rights]) -> Rights:
    """Return what several roles give together: the widest of each."""
    spans: dict[tuple[str, str, str], str] = {}
    units: dict[tuple[str, str, str], frozenset[int]] = {}
    modes: dict[tuple[str, str], int] = {}
    limits: dict[str, Decimal] = {}
    for role in roles:
        for key, span in role.spans.items():
            spans[key] = max(span, spans.get(key, "none"), key=SPANS.index)
        for key, chosen in role.units.items():
            units[key] = units.get(key, frozenset()) | chosen
        for name, mode in role.modes.items():
            modes[name] = max(mode, modes.get(name, 0))
        for limit, value in role.limits.items():
            limits[limit] = max(value, limits.get(limit, Decimal(0)))
    return Rights(spans, units, modes, limits)
