"""What installing a pack would change, before it does."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from kedang.kernel.actor import Line
from kedang.packs.schema import KINDS, Pack, Role
from kedang.packs.words import Entry, parts_of

NEEDS_AN_HEIR = frozenset({"customer_type", "level", "role", "choice"})

Json = str | int | float | bool | list[Any] | None
Usage = Mapping[tuple[str, str], int]


class What(StrEnum):
    """What happens to an entry."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    REVIVED = "revived"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of an entry, before and after."""

    path: str
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one entry, and how many records have it now."""

    kind: str
    key: str
    what: What
    differences: tuple[Difference, ...] = ()
    records: int = 0
    heir: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """What stands in the way: records have something that would leave without an heir."""

    kind: str
    key: str
    records: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an installation would change, and what forbids it."""

    changes: tuple[Change, ...] = ()
    blocked: tuple[Block, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    @property
    def possible(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.blocked

    def as_data(self) -> dict[str, Any]:
        """Return the plan as plain values that JSON can hold."""
        return {"possible": self.possible, **asdict(self)}

    def lines(self) -> list[str]:
        """Return the plan for a terminal: + added, ~ changed, - retired, ! in the way."""
        signs = {What.ADDED: "+", What.CHANGED: "~", What.RETIRED: "-", What.REVIVED: "+"}
        lines = []
        for change in self.changes:
            heir = f" → {change.heir}" if change.heir else ""
            count = f" ({change.records})" if change.records else ""
            lines.append(f"{signs[change.what]} {change.kind} {change.key}{count}{heir}")
            if change.what is not What.ADDED:
                lines += [f"    {d.path}: {_said(d.old)} → {_said(d.new)}" for d in change.differences]
        return lines + [f"! {block.kind} {block.key} ({block.records})" for block in self.blocked]


def plan(installed: Pack | None, wanted: Pack, usage: Usage | None = None) -> Plan:
    """Return what installing `wanted` over `installed` would change.

    `usage` counts the records that have an entry, by kind and ref; a choice of a list or field counts as
    ("choice", "<ref of the list>.<key of the choice>"). What leaves is retired, never lost: a field keeps its
    data, but a type, a level, a choice or a role that is in use cannot leave without naming its heir.
    """
    counts = usage or {}
    after = carry(installed, wanted)
    changes = []
    for kind, entry in after.entries():
        before = installed.find(kind, entry.ref) if installed else None
        if before == entry:
            continue
        differences = _differences(before, entry)
        if before is None or differences:
            count = counts.get((kind, entry.ref), 0)
            what = _what(before, entry)
            changes.append(Change(kind, entry.ref, what, differences, count, entry.heir))
    return Plan(tuple(changes), tuple(_blocks(installed, after, counts)))


def carry(installed: Pack | None, wanted: Pack) -> Pack:
    """Return what is in force after the installation: the wanted pack, and retired all that it left out."""
    if installed is None:
        return wanted
    kept: dict[str, tuple[Entry, ...]] = {}
    for kind in KINDS:
        named = {entry.ref for entry in wanted.of(kind)}
        gone = (entry for entry in installed.of(kind) if entry.ref not in named)
        stay = (_with_its_choices(installed.find(kind, entry.ref), entry) for entry in wanted.of(kind))
        kept[kind] = (*stay, *(_retired(entry) for entry in gone))
    return wanted.model_copy(update=kept)


def _with_its_choices(before: Entry | None, entry: Entry) -> Entry:
    named = {choice.key for choice in parts_of(entry)}
    gone = [_retired(choice) for choice in (parts_of(before) if before else ()) if choice.key not in named]
    return entry.model_copy(update={"choices": (*parts_of(entry), *gone)}) if gone else entry


def _retired(entry: Entry) -> Entry:
    return entry if entry.retired else entry.model_copy(update={"retired": True})


def _what(before: Entry | None, entry: Entry) -> What:
    if before is None:
        return What.ADDED
    if before.retired != entry.retired:
        return What.RETIRED if entry.retired else What.REVIVED
    return What.CHANGED


def _blocks(installed: Pack | None, after: Pack, counts: Usage) -> Iterator[Block]:
    """Yield what leaves in use and without an heir; what had left before may not come to harm again."""
    for kind, entry in after.entries():
        before = installed.find(kind, entry.ref) if installed else None
        if before is None:
            continue
        if kind in NEEDS_AN_HEIR and _leaves(before, entry) and (count := counts.get((kind, entry.ref), 0)):
            yield Block(kind, entry.ref, count)
        now = {choice.key: choice for choice in parts_of(entry)}
        for choice in parts_of(before):
            ref = f"{entry.ref}.{choice.key}"
            whole = entry.retired and not before.retired
            if (_leaves(choice, now[choice.key]) or whole) and (count := counts.get(("choice", ref), 0)):
                yield Block("choice", ref, count)


def _leaves(before: Entry, after: Entry) -> bool:
    return after.retired and not before.retired and not after.heir


def _differences(before: Entry | None, after: Entry) -> tuple[Difference, ...]:
    old = _flat(before) if before else {}
    new = _flat(after)
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(
        Difference(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    )


def _flat(entry: Entry) -> dict[str, Json]:
    values = entry.model_dump(mode="json", exclude={"key"})
    if isinstance(entry, Role):
        values["grants"] = {
            f"{grant.record}.{action}"
            + ("" if grant.line is Line.BUSINESS else f".{grant.line}"): grant.span.value
            for grant in entry.grants
            for action in grant.actions
        }
        values["field_rights"] = {f"{right.record}.{right.field}": right.mode for right in entry.field_rights}
    return dict(_leaf(values, ""))


def _leaf(value: Any, path: str) -> Iterator[tuple[str, Json]]:
    match value:
        case dict():
            for key, part in value.items():
                yield from _leaf(part, f"{path}.{key}" if path else key)
        case [{"key": _}, *_]:
            yield path, [part["key"] for part in value]
            for part in value:
                inner = {key: held for key, held in part.items() if key != "key"}
                yield from _leaf(inner, f"{path}.{part['key']}")
        case _:
            yield path, value


def _said(value: Json) -> str:
    match value:
        case None | []:
            return "—"
        case list():
            return ", ".join(map(str, value))
        case bool():
            return "yes" if value else "no"
    return str(value)
