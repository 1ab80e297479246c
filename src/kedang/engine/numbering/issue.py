"""Give numbers to records as they are stored: inside the transaction, once, and never again."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from kedang.engine.actions.bulk import insert_values
from kedang.engine.actions.drafts import Draft
from kedang.engine.numbering.compose import Codes, compose, series_of
from kedang.engine.numbering.models import IssuedNumber
from kedang.engine.numbering.series import take
from kedang.engine.packs.active import active
from kedang.kernel import clock
from kedang.kernel.ids import new_ids
from kedang.packs.schema import NumberRule

if TYPE_CHECKING:
    from kedang.engine.actions.work import Work


def issue(work: "Work", drafts: list[Draft], *, day: str = "", renew: bool = False) -> None:
    """Number the new records that have no number; with `renew`, also those whose parts changed.

    `day` names the date field whose day the number shows. The rule comes from the pack; without one the
    records keep the numbers they were given.
    """
    pack = active().pack
    rule = pack.number_rule_of(drafts[0].kind.key)
    if rule is None:
        return
    known: Codes = {}

    def number(draft: Draft, serial: int, on: date) -> None:
        values = {part.field: getattr(draft.record, part.field) for part in rule.parts}
        draft.put("number", compose(rule, pack, values, serial, on, known))

    fresh = [draft for draft in drafts if draft.creating and not draft.record.number]  # type: ignore[attr-defined]
    series: dict[str, list[tuple[Draft, date]]] = defaultdict(list)
    for draft in fresh:
        on = (getattr(draft.record, day) if day else None) or clock.today()
        series[series_of(rule, on)].append((draft, on))
    issued = list(fresh)
    for name, group in series.items():
        for serial, (draft, on) in zip(take(name, len(group)), group, strict=True):
            if renew:
                draft.put("serial", serial)
            number(draft, serial, on)
    if renew:
        issued += _renewed(rule, drafts, number)
    _remember(issued)


def _renewed(
    rule: NumberRule, drafts: list[Draft], number: Callable[[Draft, int, date], None]
) -> list[Draft]:
    """A new level or type issues a new display number with the same serial (ruling 23)."""
    watched = [part.field for part in rule.parts]
    again = [draft for draft in drafts if not draft.creating and draft.alters(*watched)]
    for draft in again:
        number(draft, draft.record.serial or 0, clock.today())  # type: ignore[attr-defined]
    return again


def _remember(drafts: list[Draft]) -> None:
    now = clock.now()
    rows = [
        (pk, draft.kind.key, draft.record.pk, draft.value("number"), now)
        for pk, draft in zip(new_ids(len(drafts)), drafts, strict=True)
    ]
    # A level that goes back brings back a number this very record had before.
    insert_values(IssuedNumber, ("id", "record", "record_id", "number", "issued_at"), rows, or_ignore=True)
