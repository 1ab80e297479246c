"""From the rows of a table to entries: one for each record, with its values and what is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.actions.inputs import settable
from kedang.engine.exchange.mapping import Getter, ImportMapping, Source
from kedang.engine.exchange.reader import Row
from kedang.engine.exchange.values import Converter, Unreadable, converter
from kedang.engine.records.access import askable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, Problem

ID = "id"
ASSIGNED = ("owner", "unit", "pool")

Key = tuple[str, Any]


@dataclass(slots=True)
class Entry:
    """One record of the file: the rows it is made of, its values, and what its references are called."""

    rows: list[tuple[int, list[str]]]
    inputs: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    line_names: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    pk: int | None = None
    skipped: bool = False
    closed: bool = False

    @property
    def first(self) -> int:
        """The number of its first row."""
        return self.rows[0][0]

    @property
    def last(self) -> int:
        """The number of its last row."""
        return self.rows[-1][0]

    def copy(self) -> "Entry":
        """Return an entry of the same values that can be joined and judged on its own."""
        return Entry(
            self.rows, dict(self.inputs), dict(self.names), [dict(line) for line in self.lines],
            [dict(names) for names in self.line_names], list(self.problems), self.keys, self.pk, self.skipped,
            self.closed,
        )  # fmt: skip

    def refuse(self, name: str, text: str, code: str = "invalid", *, closed: bool = False) -> None:
        """Say what is wrong; `closed` keeps the entry from being looked at any further."""
        self.problems.append(Problem(name, text, code))
        self.closed = self.closed or closed


@dataclass(frozen=True, slots=True)
class Column:
    """One field on its way from a cell: where its text stands and how it is read."""

    name: str
    spec: FieldSpec
    take: Getter
    read: Converter
    place: int | None
    direct: bool

    @property
    def is_reference(self) -> bool:
        """Whether the text is the name of another record."""
        return bool(self.spec.points_at)


class Plan:
    """A mapping that was joined to a record type, an actor and the headings of a file."""

    def __init__(
        self, actor: Actor, kind: RecordType, mapping: ImportMapping, headers: Sequence[str]
    ) -> None:
        self.kind, self.mapping, self.headers = kind, mapping, list(headers)
        self.places = {name: place for place, name in enumerate(headers)}
        self.identify = _identify(actor, kind, mapping)
        identifying = {name for names in self.identify for name in names}
        self.may_set = settable(actor, kind, creating=True)
        _check_fields(kind, mapping, self.may_set | set(ASSIGNED) | identifying | {ID})
        fields, lines = mapping.getters(headers)
        offered = [name for name, source in mapping.columns.items() if source.offer]
        self.offered = {name: kind.offers[name].work_out for name in offered}
        self.take_id = fields.pop(ID, None)
        self.columns = [
            self._column(kind.fields, name, take, mapping.columns[name]) for name, take in fields.items()
        ]
        specs = kind.lines.specs if kind.lines else {}
        self.line_columns = [
            self._column(specs, name, take, mapping.lines[name]) for name, take in lines.items()
        ]
        self.unique = [self.places[name] for name in mapping.unique]
        self.group = [self.places[name] for name in mapping.group]
        self.constants = Entry([(0, [])])
        fixed = {name for name, source in mapping.columns.items() if source.const is not None}
        for column in (column for column in self.columns if column.name in fixed):
            self._read(column, Row(0, []), self.constants, self.constants.inputs, self.constants.names)
        self.varying = [column for column in self.columns if column.name not in fixed]

    def _column(self, specs: Mapping[str, FieldSpec], name: str, take: Getter, source: Source) -> Column:
        spec = specs[name]
        read = converter(spec, dates=source.dates, decimal=source.decimal, thousands=source.thousands)
        place = self.places.get(source.column) if source.column else None
        return Column(name, spec, take, read, place, source.is_plain)

    def entries(self, rows: Iterable[Row], after: int) -> Iterator[Entry]:
        """Yield the entries of the rows, in order; those up to row `after` are only remembered.

        A row that repeats the `unique` columns of an earlier one is skipped, and an entry that names a record
        which an earlier one named is refused, so that the outcome does not depend on where a batch ends.
        """
        seen: dict[int, int] = {}
        named: dict[int, int] = {}
        for entry in self._documents(rows, seen, after):
            if entry.skipped:
                yield entry
                continue
            for key in () if entry.closed else entry.keys:
                earlier = named.setdefault(hash(key), entry.first)
                if earlier != entry.first:
                    text = _("Row %(row)s of this file is about the same record.") % {"row": earlier}
                    entry.refuse(key[0].split("+")[0], text, "repeated", closed=True)
                    break
            if entry.last > after:
                yield entry

    def offer(self, entries: Iterable[Entry]) -> None:
        """Fill in what can be worked out, in new records that say nothing of it."""
        for name, work_out in self.offered.items():
            for entry in entries:
                new = entry.pk is None and not entry.skipped and not entry.closed
                if new and not entry.inputs.get(name) and (found := work_out(entry.inputs)):
                    entry.inputs[name] = found

    def _documents(self, rows: Iterable[Row], seen: dict[int, int], after: int) -> Iterator[Entry]:
        current: Entry | None = None
        current_key: tuple[str, ...] = ()
        for row in rows:
            key = tuple(row.cells[place].strip() for place in self.unique or self.group)
            if current is not None and self.group and key == current_key and any(key):
                self._add_line(current, row)
                current.rows.append((row.number, row.cells))
                continue
            if current is not None:
                yield current
            current, current_key = Entry([(row.number, row.cells)]), key
            if any(key) and seen.setdefault(hash(key), row.number) != row.number:
                if self.unique:
                    current.skipped = True
                    if row.number <= after:
                        current = None
                    continue
                text = _("The rows of one document must follow one another; it began in row %(row)s.")
                current.refuse("", text % {"row": seen[hash(key)]}, "scattered", closed=True)
            self._fill(current, row)
        if current is not None:
            yield current

    def _fill(self, entry: Entry, row: Row) -> None:
        if row.surplus:
            entry.refuse("", _("The row has more cells than there are headings."), "surplus")
        entry.inputs.update(self.constants.inputs)
        entry.names.update(self.constants.names)
        entry.problems += self.constants.problems
        for column in self.varying:
            self._read(column, row, entry, entry.inputs, entry.names)
        named = self.take_id(row.cells, row.number).strip() if self.take_id is not None else ""
        if named:
            entry.inputs[ID] = named
            entry.keys.append((ID, named))
        for names in () if named else self.identify:
            values = tuple([entry.names.get(name) or entry.inputs.get(name) for name in names])
            if None not in values and "" not in values:
                entry.keys.append(("+".join(names), values))
        if self.line_columns:
            self._add_line(entry, row)

    def _add_line(self, entry: Entry, row: Row) -> None:
        line: dict[str, Any] = {}
        names: dict[str, str] = {}
        for column in self.line_columns:
            self._read(column, row, entry, line, names)
        if names or any(value is not None for value in line.values()):
            entry.lines.append(line)
            entry.line_names.append(names)

    def _read(
        self, column: Column, row: Row, entry: Entry, inputs: dict[str, Any], names: dict[str, str]
    ) -> None:
        # The way of nearly every cell, some millions of times: no call that it does not need.
        text = row.cells[column.place] if column.direct else column.take(row.cells, row.number)  # type: ignore[index]
        if not text or text.isspace():
            if self.mapping.clears:
                inputs[column.name] = None
            return
        if row.lost and column.place in row.lost:
            shown = _("“%(text)s” is a number of more than 15 digits, which a sheet program rounds.")
            entry.refuse(column.name, shown % {"text": text}, "digits_lost")
            return
        try:
            if column.spec.points_at:
                names[column.name] = column.read(text)
            else:
                inputs[column.name] = column.read(text)
        except Unreadable as error:
            entry.refuse(column.name, error.text, error.code)


def _identify(actor: Actor, kind: RecordType, mapping: ImportMapping) -> list[tuple[str, ...]]:
    """Return the sets of fields that name a record, in the order in which they are asked.

    Only fields whose value the actor may see: matching by a hidden one would tell it.
    """
    stated = mapping.match or kind.match or ("+".join(kind.natural),)
    sets = [tuple(part.split("+")) for part in stated if part]
    mapped = mapping.columns.keys()
    unknown = [Problem("match", _("“%(name)s” is no field") % {"name": name}, "mapping")
               for names in sets for name in names if name not in kind.fields]  # fmt: skip
    if unknown:
        raise Invalid(unknown[0].text, unknown)
    return [names for names in sets if all(name in mapped and _may_ask(actor, kind, name) for name in names)]


def _may_ask(actor: Actor, kind: RecordType, name: str) -> bool:
    return askable(actor, kind, name) or name in kind.pool_masks


def _check_fields(kind: RecordType, mapping: ImportMapping, known: set[str]) -> None:
    problems = []
    if mapping.record and mapping.record not in (kind.plural, kind.key):
        problems.append(
            Problem("record", _("this mapping is for %(record)s") % {"record": mapping.record}, "mapping")
        )
    for name in mapping.columns.keys() - known:
        text = _("you cannot set this field") if name in kind.fields else _("there is no such field")
        problems.append(Problem(f"columns.{name}", text, "mapping"))
    offered = {name for name, source in mapping.columns.items() if source.offer}
    for name in offered - kind.offers.keys():
        problems.append(Problem(f"columns.{name}", _("cannot be worked out of others"), "mapping"))
    line_fields = kind.lines.fields if kind.lines else ()
    for name in mapping.lines.keys() - set(line_fields):
        problems.append(Problem(f"lines.{name}", _("there is no such field"), "mapping"))
    if problems:
        raise Invalid(f"{problems[0].field}: {problems[0].text}", problems)
