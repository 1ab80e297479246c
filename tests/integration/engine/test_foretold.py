"""What a batch works out before it locks the database is stored as it is, or anew when others were faster."""

import pytest
from django.db import transaction

from kedang.areas.customers.models import Customer
from kedang.engine.actions import store
from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.numbering.models import IssuedNumber, NumberSeries
from kedang.engine.numbering.series import take
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from world import World

CUSTOMER = RECORDS["customers.customer"]
FACTS = {"type_key": "enterprise", "country": "CN", "phone": "020-39000042"}

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def sheets(monkeypatch):
    """Return a list that grows by one whenever it is worked out what to store."""
    found = []
    work_out = store._sheet

    def counted(*words):
        found.append(1)
        return work_out(*words)

    monkeypatch.setattr(store, "_sheet", counted)
    return found


@pytest.fixture
def faster(monkeypatch):
    """Let somebody else take three serials of customers between what is foretold and what is stored."""
    foretell = store.foretell

    def and_then(*words):
        sheet = foretell(*words)
        with transaction.atomic():
            take(CUSTOMER.key, 3)
        return sheet

    monkeypatch.setattr(store, "foretell", and_then)


def batch(world: World) -> list[Customer]:
    """File three customers and give one that is there another level; return them as they are stored."""
    there = world.records[CUSTOMER.key]["li"]
    rows = [Row(FACTS | {"name": f"第{n}家水务设备有限公司"}) for n in range(3)]
    outcomes = batch_save(world.boss, CUSTOMER, [*rows, Row({"level_key": "silver"}, there.pk)])
    assert [one.problems for one in outcomes] == [[]] * 4
    assert [one.kind for one in outcomes] == [Kind.CREATED] * 3 + [Kind.UPDATED]
    opened = Customer.objects.unscoped(because="test").in_bulk([one.pk for one in outcomes])
    return [opened[one.pk] for one in outcomes]


def last() -> int:
    return NumberSeries.objects.get(key=CUSTOMER.key).last


def test_what_was_foretold_is_stored(world, sheets):
    before = last()
    stored = batch(world)
    assert len(sheets) == 2  # the new ones and the changed one, each once
    assert [one.serial for one in stored[:3]] == [before + 1, before + 2, before + 3]
    assert last() == before + 3
    agree(stored)


def test_serials_that_others_took_first_are_not_given_again(world, sheets, faster):
    before, serial = last(), world.records[CUSTOMER.key]["li"].serial
    stored = batch(world)
    assert len(sheets) == 3
    # both kinds of work were foretold before the lock, and each time three were taken
    assert [one.serial for one in stored[:3]] == [before + 7, before + 8, before + 9]
    assert last() == before + 9
    assert stored[3].serial == serial
    agree(stored)


def agree(stored: list[Customer]) -> None:
    """Number, history and the numbers ever issued say the same of each, and the chain is whole."""
    for one in stored:
        assert one.number.endswith(f"{one.serial:05}")
        entry = HistoryEntry.objects.filter(record=CUSTOMER.key, record_id=one.pk).latest("seq")
        assert entry.changes["number"][1] == one.number
        assert (entry.seq, entry.digest) == (one.version, one.head)
        assert entry.at == one.changed_at
        assert IssuedNumber.objects.filter(record_id=one.pk, number=one.number).count() == 1
    issued = IssuedNumber.objects.filter(record_id__in=[one.pk for one in stored[:3]])
    assert issued.count() == 3
    assert verify().whole
