"""Give numbers to records as they are stored: inside the transaction, once, and never again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from kedang.engine.actions.bulk import insert_values
from kedang.engine.actions.drafts import Draft
from kedang.engine.numbering.compose import Codes, compose, series_of
from kedang.engine.numbering.models import IssuedNumber, NumberSeries
from kedang.engine.numbering.series import take
from kedang.engine.packs.active import active
from kedang.engine.records.types import Numbered, RecordType
from kedang.kernel import clock
from kedang.kernel.ids import new_ids
from kedang.packs.schema import NumberRule, Pack

Serials = dict[str, int]  # the first that is taken of each series
ISSUED = ("id", "record", "record_id", "number", "issued_at")


def numbers_of(kind: RecordType, drafts: Sequence[Draft]) -> "Numbers | None":
    """Return the numbers that drafts of a type get; None where no rule of the packs numbers it."""
    if kind.numbered is None:
        return None
    pack = active().pack
    rule = pack.number_rule_of(kind.key)
    return Numbers(kind.numbered, rule, pack, drafts) if rule else None


class Numbers:
    """The numbers of drafts that are stored together: of new records that have none and, where the type renews them,
    of those whose parts changed (ruling 23).
    """

    def __init__(self, numbered: Numbered, rule: NumberRule, pack: Pack, drafts: Sequence[Draft]) -> None:
        self.rule, self.pack, self.renews = rule, pack, numbered.renewed
        self._known: Codes = {}
        self._rows: list[tuple[Any, ...]] = []
        self.series: dict[str, list[tuple[Draft, date]]] = defaultdict(list)
        for draft in drafts:
            if draft.creating and not draft.record.number:  # type: ignore[attr-defined]
                on = (getattr(draft.record, numbered.day) if numbered.day else None) or clock.today()
                self.series[series_of(rule, on)].append((draft, on))
        watched = [part.field for part in rule.parts]
        self.again = [
            draft for draft in drafts if self.renews and not draft.creating and draft.alters(*watched)
        ]

    def expected(self) -> Serials:
        """Return the serials that would be taken now. Somebody else may take them before these drafts are stored."""
        last = dict(NumberSeries.objects.filter(key__in=list(self.series)).values_list("key", "last"))
        return {name: last.get(name, 0) + 1 for name in self.series}

    def take(self) -> Serials:
        """Take the serials, inside the transaction that stores the drafts."""
        return {name: take(name, len(group)).start for name, group in self.series.items()}

    def put(self, serials: Serials) -> None:
        """Give each draft its number by these serials."""
        given = [
            (draft, serial, on)
            for name, group in self.series.items()
            for serial, (draft, on) in enumerate(group, serials[name])
        ]
        if self.renews:
            for draft, serial, _on in given:
                draft.put("serial", serial)
            # A new level or type issues a new display number with the same serial.
            given += [(draft, draft.record.serial or 0, clock.today()) for draft in self.again]  # type: ignore[attr-defined]
        for draft, serial, on in given:
            draft.put("number", self._composed(draft, serial, on))
        now = clock.now()
        self._rows = [
            (pk, draft.kind.key, draft.record.pk, draft.value("number"), now)
            for pk, (draft, _serial, _on) in zip(new_ids(len(given)), given, strict=True)
        ]

    def remember(self) -> None:
        """Keep the numbers that were put: each finds its record for ever."""
        # A level that goes back brings back a number this very record had before.
        insert_values(IssuedNumber, ISSUED, self._rows, or_ignore=True)

    def _composed(self, draft: Draft, serial: int, on: date) -> str:
        values = {part.field: getattr(draft.record, part.field) for part in self.rule.parts}
        return compose(self.rule, self.pack, values, serial, on, self._known)
