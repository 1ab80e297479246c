"""Join entries to the records they are about, set by set, in the importer's reach.

A record that the importer may not see is no match: its entry is refused as already on file, with the unit
that has it and nothing else (ruling 28). Such hits are counted a day, for they tell that a record exists.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from kedang.engine.exchange.references import References, chunks, id_of
from kedang.engine.exchange.rows import ASSIGNED, ID, Column, Entry, Key, Plan
from kedang.engine.exchange.values import Unreadable
from kedang.engine.identity.models import Unit
from kedang.engine.records import hidden
from kedang.engine.records.types import RecordType
from kedang.engine.scope.reach import reach
from kedang.kernel.actor import Actor
from kedang.kernel.codes import check_credit_code
from kedang.kernel.text import normal_form

CODE_LENGTH = 18
MASK = "***"

Values = tuple[Any, ...]


class Matcher:
    """Finds what each entry of a batch is about and settles what depends on it."""

    def __init__(self, actor: Actor, plan: Plan) -> None:
        self.actor, self.plan, self.kind = actor, plan, plan.kind
        self.references = References(actor)
        self.may_assign = actor.may(plan.kind.key, "assign")
        self.sees_all = reach(actor, plan.kind.model, "view").everything
        self.changes_all = reach(actor, plan.kind.model, "change").everything

    def settle(self, entries: list[Entry], *, counting: bool = True) -> None:
        """Find the record of each entry, put ids in the place of names, drop what need not or must not be set.

        Hits that the importer may not see are counted unless this is tried before it is done.
        """
        entries = [entry for entry in entries if not entry.skipped]
        self._learn(entries)
        for entry in entries:
            self._resolve(entry, {})
        open_entries = [entry for entry in entries if not entry.closed]
        self._by_id(open_entries)
        for names in self.plan.identify:
            self._match([entry for entry in open_entries if entry.pk is None and not entry.closed], names)
        unmatched = [entry for entry in open_entries if entry.pk is None and not entry.closed]
        self._refuse_hidden(unmatched, counting=counting)
        self._refuse_unknown(open_entries)
        self._refuse_unchangeable(open_entries)
        current = self._current(open_entries)
        for entry in open_entries:
            self._resolve(entry, current.get(entry.pk or 0, {}), last=True)
            self._tidy(entry, current.get(entry.pk or 0, {}))
            self._choose(entry)

    def _learn(self, entries: list[Entry]) -> None:
        for column in (column for column in self.plan.columns if column.is_reference):
            self.references.learn(
                column.spec, [e.names[column.name] for e in entries if column.name in e.names]
            )
        for column in (column for column in self.plan.line_columns if column.is_reference):
            texts = [names[column.name] for e in entries for names in e.line_names if column.name in names]
            self.references.learn(column.spec, texts)

    def _resolve(self, entry: Entry, current: dict[str, Any], *, last: bool = False) -> None:
        """Turn names into ids. What several records are named waits for the record the entry is about."""
        for column in self.plan.columns:
            if column.name in entry.names:
                self._find(
                    entry, column, entry.inputs, entry.names, current.get(column.spec.attname), last=last
                )
        if not last:
            return
        for line, names in zip(entry.lines, entry.line_names, strict=True):
            for column in self.plan.line_columns:
                if column.name in names:
                    self._find(entry, column, line, names, None, last=True)
        if entry.lines:
            entry.inputs["lines"] = entry.lines

    def _find(
        self, entry: Entry, column: Column, inputs: dict[str, Any], names: dict[str, str], present: Any, *, last: bool
    ) -> None:  # fmt: skip
        try:
            inputs[column.name] = self.references.find(column.spec, names[column.name], present)
            names.pop(column.name)
        except Unreadable as error:
            if last:
                entry.refuse(column.name, error.text, error.code)

    def _by_id(self, entries: list[Entry]) -> None:
        asked = {entry.first: entry.inputs.pop(ID, "") for entry in entries}
        wanted = {number: id_of(text) for number, text in asked.items() if text}
        rows = self.kind.model.objects.visible_to(self.actor)
        found: set[int] = set()
        for part in chunks([pk for pk in wanted.values() if pk is not None]):
            found |= set(rows.filter(pk__in=part).values_list("pk", flat=True))
        for entry in entries:
            if entry.first in wanted:
                pk = wanted[entry.first]
                if pk in found:
                    entry.pk = pk
                else:
                    text = _("There is no such record, or it is not yours to see.")
                    entry.refuse(ID, text, "not_found", closed=True)

    def _match(self, entries: list[Entry], names: tuple[str, ...]) -> None:
        asked = _asked(entries, names)
        found = _stored(self.kind.model.objects.visible_to(self.actor), self.kind, names, asked)
        for values, group in asked.items():
            pks = found.get(values, [])
            for entry in group:
                if len(pks) == 1:
                    entry.pk = pks[0]
                elif pks and entry.pk is None:
                    text = _("Several records have this value; say which by its ID.")
                    entry.refuse(names[-1], text, "ambiguous", closed=True)

    def _refuse_unknown(self, entries: list[Entry]) -> None:
        """A value that can only name a record, such as a number that we give ourselves, must name one."""
        for name in dict.fromkeys(name for names in self.plan.identify for name in names):
            if name in self.plan.may_set:
                continue
            for entry in entries:
                if entry.pk is None and not entry.closed and entry.inputs.get(name):
                    text = _("There is no such record, or it is not yours to see.")
                    entry.refuse(name, text, "not_found", closed=True)

    def _refuse_hidden(self, entries: list[Entry], *, counting: bool) -> None:
        if self.sees_all:
            return
        hits: list[tuple[Entry, tuple[str, ...], int]] = []
        for names in self.plan.identify:
            known = {entry.first for entry, _names, _unit in hits}
            asked = _asked([entry for entry in entries if entry.first not in known], names)
            everyone = self.kind.model.objects.unscoped(because="duplicates that the importer may not see")
            found = _stored(everyone.filter(archived_at__isnull=True), self.kind, names, asked, "unit_id")
            for values, homes in found.items():
                hits += [(entry, names, homes[0]) for entry in asked[values]]
        if not hits:
            return
        if counting:
            hidden.count_hits(self.actor, self.kind.key, len(hits), "import")
        units = dict(
            Unit.objects.filter(pk__in={unit for _entry, _names, unit in hits}).values_list("pk", "name")
        )
        for entry, names, unit in hits:
            entry.refuse(names[-1], hidden.told(units.get(unit, "")), hidden.CODE, closed=True)

    def _refuse_unchangeable(self, entries: list[Entry]) -> None:
        if self.changes_all:
            return
        matched = [entry for entry in entries if entry.pk is not None and not entry.closed]
        rows = self.kind.model.objects.visible_to(self.actor, "change")
        allowed: set[int] = set()
        for part in chunks([entry.pk for entry in matched]):
            allowed |= set(rows.filter(pk__in=part).values_list("pk", flat=True))
        for entry in matched:
            if entry.pk not in allowed:
                entry.refuse(
                    "", _("You can see this record, but you may not change it."), "not_allowed", closed=True
                )

    def _current(self, entries: list[Entry]) -> dict[int, dict[str, Any]]:
        """Return the present owner, unit, pool and ambiguous references of the matched records, where asked."""
        asked = [
            column.spec.attname
            for column in self.plan.columns
            if column.is_reference and not column.spec.custom
        ]
        pks = [entry.pk for entry in entries if entry.pk is not None and not entry.closed]
        if not asked or not pks:
            return {}
        rows = self.kind.model.objects.visible_to(self.actor)
        found = {}
        for part in chunks(pks):
            for pk, *values in rows.filter(pk__in=part).values_list("pk", *asked):
                found[pk] = dict(zip(asked, values, strict=True))
        return found

    def _tidy(self, entry: Entry, current: dict[str, Any]) -> None:
        for name in ASSIGNED:
            if name in entry.inputs:
                self._assigned(entry, name, entry.inputs[name], current)
        for names in self.plan.identify:
            for name in names:
                if name not in self.plan.may_set and name not in ASSIGNED:
                    entry.inputs.pop(name, None)
        for name in (*self.kind.pool_masks, *self.kind.guards):
            if MASK in str(entry.inputs.get(name, "")):
                del entry.inputs[name]  # an export showed it masked; the mask is not its value

    def _assigned(self, entry: Entry, name: str, value: Any, current: dict[str, Any]) -> None:
        """Who has a record is changed by handing over; an import may say it for a new record only."""
        if entry.pk is not None:
            own: Any = current.get(self.kind.fields[name].attname)
            text = _("Who has a record is changed by handing it over, not by an import.")
        else:
            if self.may_assign and name in self.plan.may_set:
                return
            own = {"owner": self.actor.user_id, "unit": self.actor.unit_id}.get(name)
            text = _("You may not file records for others.")
        del entry.inputs[name]
        if value not in (own, None):
            entry.refuse(name, text, "not_assignable")

    def _choose(self, entry: Entry) -> None:
        mode = self.plan.mapping.mode
        if (mode == "create" and entry.pk is not None) or (mode == "update" and entry.pk is None):
            entry.skipped = not entry.problems


def keys_of(plan: Plan, entries: Sequence[Entry]) -> frozenset[Key]:
    """Return what settled entries name records by, in the form in which it is stored."""
    return frozenset(
        ("+".join(names), tuple(map(_tidied, values)))
        for names in plan.identify
        for values in _asked(entries, names)
    )


def _asked(entries: Sequence[Entry], names: tuple[str, ...]) -> dict[Values, list[Entry]]:
    asked: dict[Values, list[Entry]] = defaultdict(list)
    for entry in entries:
        values = tuple(entry.inputs.get(name) for name in names)
        if all(value not in (None, "") for value in values):
            asked[values].append(entry)
    return asked


def _stored(
    rows: Any, kind: RecordType, names: tuple[str, ...], asked: dict[Values, list[Entry]], wanted: str = "pk"
) -> dict[Values, list[Any]]:
    """Return what is stored under the asked values, also under their normal forms: one query for 900 of them."""
    found: dict[Values, list[Any]] = defaultdict(list)
    if not asked:
        return found
    forms = {tuple(form): values for values in asked for form in _forms(values)}
    attnames = [kind.fields[name].attname for name in names]
    # The column with the most values narrows most.
    widest = max(range(len(names)), key=lambda place: len({form[place] for form in forms}))
    if isinstance(kind.fields[names[widest]].model_field, models.CharField):
        # Nothing empty is asked for; only a question that says so can use an index that leaves it out.
        rows = rows.exclude(**{attnames[widest]: ""})
    for part in chunks(list({form[widest] for form in forms})):
        for row in rows.filter(**{f"{attnames[widest]}__in": part}).values_list(wanted, *attnames):
            values = forms.get(tuple(row[1:]))
            if values is not None:
                found[values].append(row[0])
    return found


def _forms(values: Values) -> list[Values]:
    """Return the forms in which a value may have been stored: as typed, and as the write door tidies it."""
    tidied = tuple(_tidied(value) for value in values)
    return [values] if tidied == values else [tidied, values]


def _tidied(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.isascii() and len(value) != CODE_LENGTH:
        return value  # blanks were tidied when the cell was read
    tidy = normal_form(value)
    return check_credit_code(tidy).code if len(tidy) == CODE_LENGTH else tidy
