"""Beside a contact stands when the birthday comes round, by the calendar it is kept by."""

from datetime import date

import pytest

from kedang.areas.customers import parts
from kedang.areas.customers.rules import comes_round
from kedang.engine.actions.perform import perform
from kedang.engine.records.access import modes
from kedang.kernel import ids
from kedang.kernel.actor import Mode

KEY = "customers.contact"
PART = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("born", "today", "expected"),
    [
        (date(1980, 3, 5), date(2026, 3, 5), date(2026, 3, 5)),
        (date(1980, 3, 5), date(2026, 3, 6), date(2027, 3, 5)),
        (date(1980, 2, 29), date(2026, 1, 1), date(2026, 2, 28)),
        (date(1980, 2, 29), date(2028, 1, 1), date(2028, 2, 29)),
        (date(1980, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_birthday_comes_round_once_a_year(born, today, expected):
    assert comes_round(born, today) == expected


def beside(client, row):
    return client.get(f"/contacts/{ids.show(row.pk)}/beside", headers=PART).content.decode()


def test_a_lunar_birthday_has_its_day_of_this_year(world, sign_in, still_clock):
    row, client = world.records[KEY]["li"], sign_in(world.li, "sales_rep")
    assert "next on" not in beside(client, row)
    perform(world.boss, f"{KEY}.update", row.pk, {"birthday": "1978-10-20", "birthday_lunar": True})
    page = beside(client, row)  # 2026-11-25 is the 17th of the 10th month
    assert "10-20 of the lunar calendar" in page and "next on 11-28" in page
    perform(world.boss, f"{KEY}.update", row.pk, {"birthday_lunar": False})
    assert "next on 2027-10-20" in beside(client, row)


@pytest.mark.parametrize(("mode", "told"), [(Mode.READ, True), (Mode.MASK, False), (Mode.HIDE, False)])
def test_who_may_not_read_the_birthday_is_told_none(world, sign_in, mode, told, monkeypatch):
    row = world.records[KEY]["li"]
    perform(world.boss, f"{KEY}.update", row.pk, {"birthday": "1978-10-20"})
    monkeypatch.setattr(parts, "modes", lambda actor, kind: modes(actor, kind) | {"birthday": mode})
    assert ("next on" in beside(sign_in(world.li, "sales_rep"), row)) is told
