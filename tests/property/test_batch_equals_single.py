"""The batch form of the write door does what saving row by row does."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.actions.perform import perform
from kedang.engine.ledger.models import HistoryEntry, TimelineEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import business_digest, verify
from kedang.kernel.errors import Invalid
from world import World

CUSTOMER = "customers.customer"
NAMES = st.sampled_from(["红光酒业", "澜石水务", "  佛岭陶瓷 ", "", "天麓食品饮料有限公司"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "type_key": st.sampled_from(["enterprise", "individual", "none"]),
            "level_key": st.sampled_from(["gold", "silver", "", "tin"]),
            "phone": st.sampled_from(["", "13900000001", "020-39000042"]),
            "country": st.sampled_from(["CN", "cn", ""]),
            "credit_code": st.sampled_from(
                ["", "91350100M000100Y43", "91350100M000100Y4Z", "9144030071526726XG"]
            ),
            "external_no": st.sampled_from(["", "A1", "A2", "A3"]),
            "credit_limit": st.sampled_from(["", "100", "0.005", "-1"]),
            "owner": st.just("somebody"),
        },
    ),
    min_size=1,
    max_size=8,
)


class Undone(Exception):
    """Roll an example back."""


def outcome_of(play: Any) -> tuple[Any, ...]:
    """Run one way of saving in a transaction that is rolled back, and return what it left behind."""
    try:
        with transaction.atomic():
            kinds = play()
            found = (
                kinds,
                business_digest(),
                HistoryEntry.objects.count(),
                TimelineEntry.objects.count(),
                verify().faults,
            )
            raise Undone
    except Undone:
        return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_batch_is_equal_to_saving_row_by_row(world: World, rows: list[dict[str, Any]]) -> None:
    kind = RECORDS[CUSTOMER]

    def together() -> list[Any]:
        outcomes = batch_save(world.boss, kind, [Row(row) for row in rows], action=f"{CUSTOMER}.create")
        return [
            sorted({p.field for p in o.problems}) if o.kind is Kind.REFUSED else "stored" for o in outcomes
        ]

    def one_by_one() -> list[Any]:
        found: list[Any] = []
        for row in rows:
            try:
                perform(world.boss, f"{CUSTOMER}.create", inputs=row)
                found.append("stored")
            except Invalid as error:
                found.append(sorted({problem.field for problem in error.problems}))
        return found

    assert outcome_of(together) == outcome_of(one_by_one)


@pytest.mark.parametrize("size", [1, 7])
def test_a_second_batch_of_the_same_values_changes_nothing(world: World, size: int) -> None:
    kind = RECORDS[CUSTOMER]
    rows = [
        {"name": f"第{n}家有限公司", "type_key": "individual", "external_no": f"X{n}"} for n in range(size)
    ]
    first = batch_save(world.boss, kind, [Row(row) for row in rows])
    assert {outcome.kind for outcome in first} == {Kind.CREATED}
    before = (HistoryEntry.objects.count(), business_digest())
    again = [Row(row, outcome.pk) for row, outcome in zip(rows, first, strict=True)]
    assert {outcome.kind for outcome in batch_save(world.boss, kind, again)} == {Kind.UNCHANGED}
    assert (HistoryEntry.objects.count(), business_digest()) == before
