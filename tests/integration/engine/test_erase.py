"""A file waits thirty days, is erased only when somebody says so again, and then nothing of it is left but proof."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kedang.areas.customers.models import Contact, Customer
from kedang.engine.actions.perform import perform
from kedang.engine.erasing import erase as erasing
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.engine.records.types import RECORDS
from kedang.engine.records.verify import verify
from kedang.kernel import clock
from kedang.kernel.actor import Span
from kedang.kernel.errors import NotAllowed, NotVisible, RuleBroken
from world import World, build, everywhere

CUSTOMER = "customers.customer"
MARK = "绝无仅有的字号"
PHONE = "01088886666"


def later(monkeypatch: Any, days: float) -> None:
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(days=days))


def lonely(world: World) -> Customer:
    """Return a customer with a contact and a history, in the hold."""
    made = perform(world.boss, f"{CUSTOMER}.create", inputs={"name": MARK, "type_key": "individual"}).record
    perform(world.boss, f"{CUSTOMER}.update", made.pk, {"remarks": f"{MARK}的备注", "phone": PHONE})
    perform(world.boss, "customers.contact.create", inputs={"customer": made.pk, "name": f"{MARK}先生"})
    perform(world.boss, f"{CUSTOMER}.archive", made.pk, reason="停业")
    return Customer.objects.visible_to(world.boss, archived=True).get(pk=made.pk)


def everything() -> str:
    """Return every row of every table that holds a mark; the pages of FTS5 are looked at in the file."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "engine_search_data":
                continue
            cursor.execute(f"select * from {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                text = repr(row) + ascii_free(row)
                if MARK in text or PHONE in text:
                    found.append(f"{table} {row!r}")
    return "\n".join(found)


def ascii_free(row: Any) -> str:
    return " ".join(
        str(value).encode().decode("unicode_escape", "ignore") for value in row if "\\u" in str(value)
    )


def test_on_day_29_it_comes_back_and_is_not_erased(world: World, monkeypatch: Any) -> None:
    row = lonely(world)
    later(monkeypatch, 29)
    with pytest.raises(RuleBroken):
        perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    perform(world.boss, f"{CUSTOMER}.restore", row.pk)
    assert Customer.objects.visible_to(world.boss).filter(pk=row.pk).exists()


def test_after_the_hold_nothing_is_erased_by_itself_and_it_still_comes_back(
    world: World, monkeypatch: Any
) -> None:
    row = lonely(world)
    later(monkeypatch, 400)
    assert MARK in everything()
    perform(world.boss, f"{CUSTOMER}.restore", row.pk)
    assert Customer.objects.visible_to(world.boss).filter(pk=row.pk).exists()


def test_the_second_confirmation_leaves_no_value_anywhere_and_a_chain_that_verifies(
    world: World, monkeypatch: Any
) -> None:
    row = lonely(world)
    contact = Contact.objects.unscoped(because="test").get(customer=row)
    later(monkeypatch, 30)

    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="保留期满")

    assert everything() == ""
    verdict = verify()
    assert verdict.whole, verdict.faults
    for key, pk in ((CUSTOMER, row.pk), ("customers.contact", contact.pk)):
        last = HistoryEntry.objects.filter(record=key, record_id=pk).latest("seq")
        assert (last.action, last.reason, last.actor_name) == (
            f"{CUSTOMER}.erase",
            "保留期满",
            world.boss.name,
        )
    log = AccessLog.objects.get(kind="erase")
    assert (log.record, log.record_id, log.rows, log.reason) == (CUSTOMER, row.pk, 2, "保留期满")
    with pytest.raises(NotVisible):
        perform(world.boss, f"{CUSTOMER}.restore", row.pk)


def test_only_who_may_approve_confirms(world: World, monkeypatch: Any) -> None:
    row = lonely(world)
    later(monkeypatch, 31)
    li = world.actor(world.li, everywhere(Span.ALL, ("view", "change", "archive")))
    with pytest.raises(NotAllowed):
        perform(li, f"{CUSTOMER}.erase", row.pk, reason="到期")


def test_whoever_keeps_copies_elsewhere_is_told(world: World, monkeypatch: Any) -> None:
    row, told = lonely(world), []
    monkeypatch.setattr(erasing, "ERASERS", [lambda key, pks: told.append((key, len(pks)))])
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    assert told == [("customers.contact", 1), (CUSTOMER, 1)]


@pytest.mark.django_db(transaction=True)
def test_the_files_of_the_database_hold_none_of_it(monkeypatch: Any) -> None:
    world = build()
    row = lonely(world)
    later(monkeypatch, 31)
    perform(world.boss, f"{CUSTOMER}.erase", row.pk, reason="到期")
    if connection.vendor != "sqlite":
        assert everything() == ""
        return
    file = Path(str(connection.settings_dict["NAME"]))
    needles = [MARK.encode(), MARK.encode("unicode_escape"), PHONE.encode()]
    for one in file.parent.glob(f"{file.name}*"):
        content = one.read_bytes()
        assert not [needle for needle in needles if needle in content], one.name


def test_an_order_goes_with_its_file(world: World, monkeypatch: Any) -> None:
    customer = world.records[CUSTOMER]["li"]
    perform(world.boss, f"{CUSTOMER}.archive", customer.pk, reason="停业")
    later(monkeypatch, 31)
    going = {kind.key for kind, _count in erasing.counted(RECORDS[CUSTOMER], customer.pk)}
    assert going >= {"customers.contact", "trade.order", "trade.receipt"}
    perform(world.boss, f"{CUSTOMER}.erase", customer.pk, reason="到期")
    assert verify().whole
    assert not Contact.objects.unscoped(because="test").filter(customer_id=customer.pk).exists()
