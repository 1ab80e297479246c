"""A draft: one record on its way through the write door, with what it was and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

from kedang.engine.custom.storage import loaded
from kedang.engine.ledger.chain import Stated, plain
from kedang.engine.overlay import PREFIX
from kedang.engine.records.lines import plain_lines
from kedang.engine.records.types import RecordType
from kedang.engine.records.values import EMPTY
from kedang.engine.scope.models import ScopedModel
from kedang.kernel.errors import Problem


@dataclass(slots=True)
class Draft:
    """One record to be stored. `before` holds the columns as loaded, or nothing for a new record.

    `beside` holds changes to note in the record's history that are stored elsewhere: whom it was opened to. `answers`
    is the line of a timeline that it replies to. `stated` is what a batch has stated of its changes before the database
    was locked, `late` what was put since.
    """

    kind: RecordType
    record: ScopedModel
    before: dict[str, Any]
    lines: list[dict[str, Any]] | None = None
    lines_before: list[dict[str, Any]] | None = None
    beside: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    answers: int | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    stated: dict[str, Stated] = field(default_factory=dict)
    late: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def creating(self) -> bool:
        """Whether the record is new."""
        return not self.before

    @property
    def differs(self) -> bool:
        """Whether there is anything to store or to note."""
        return bool(self.changed or self.beside or self.lines_changed)

    @property
    def lines_changed(self) -> bool:
        """Whether the document's lines differ from those stored."""
        if self.lines is None or not self.lines_before:
            return bool(self.lines)
        return plain_lines(self.lines) != plain_lines(self.lines_before)

    def value(self, name: str) -> Any:
        """Return the value of a column as it will be stored."""
        return getattr(self.record, self.kind.spec(name).attname)

    def was(self, name: str) -> Any:
        """Return the value of a column as it was loaded."""
        return self.kind.spec(name).was(self.before)

    def alters(self, *names: str) -> bool:
        """Say whether the draft is new or changes one of these fields."""
        return self.creating or any(self.value(name) != self.was(name) for name in names)

    def refuse(self, name: str, text: str, code: str = "invalid", offers: tuple[str, ...] = ()) -> None:
        """Say what is wrong with one field, or with the record when `name` is empty; offer what would be right."""
        self.problems.append(Problem(name, text, code, offers))

    def warn(self, name: str, text: str, code: str, offers: tuple[str, ...] = ()) -> None:
        """Say what looks wrong and is stored all the same."""
        self.warnings.append(Problem(name, text, code, offers))

    def compare(self) -> None:
        """Work out what differs from what was loaded."""
        values, before = self.record.__dict__, self.before
        if before:
            found = {
                name: (before[name], values[name])
                for name in self.kind.tracked
                if before[name] != values[name]
            }
        else:
            found = {
                name: (None, value)
                for name in self.kind.tracked
                if (value := values[name]) or value not in EMPTY  # nearly all that is false is empty too
            }
        self.changed = found

    def put(self, name: str, value: Any) -> None:
        """Set a column as the record is stored, after it was compared: a number is drawn within the transaction."""
        attname = self.kind.spec(name).attname
        setattr(self.record, attname, value)
        change = (self.before.get(attname), value)
        if attname in self.kind.tracked and change[0] != value:
            self.changed[attname] = change
            if attname not in self.kind.silent:
                self.late[attname] = (plain(change[0]), plain(value))

    def told(self) -> dict[str, tuple[Any, Any]]:
        """Return the changes as plain values for the history."""
        silent = self.kind.silent
        plainly = {
            name: change
            if type(change[1]) is str and change[0] is None
            else (plain(change[0]), plain(change[1]))
            for name, change in self.changed.items()
            if name != "custom" and name not in silent
        }
        if "custom" in self.changed:
            plainly |= self._told_custom()
        if self.lines_changed:
            plainly["lines"] = (plain_lines(self.lines_before or []) or None, plain_lines(self.lines or []))
        return plainly | self.beside if self.beside else plainly

    def _told_custom(self) -> dict[str, tuple[Any, Any]]:
        """Return each custom attribute that changed as a field of its own, so that each can be hidden or erased."""
        old, new = self.changed.get("custom", ({}, {}))
        old = old or {}
        specs = {spec.custom: spec for spec in self.kind.fields.values() if spec.custom}
        found = {}
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                was, now = (
                    plain(loaded(specs[key].kind, side.get(key))) if key in specs else side.get(key)
                    for side in (old, new)
                )
                found[f"{PREFIX}{key}"] = (was if key in old else None, now)
        return found


def snapshot(record: ScopedModel, kind: RecordType) -> dict[str, Any]:
    """Return the tracked columns of a loaded record."""
    return {attname: getattr(record, attname) for attname in kind.tracked}
