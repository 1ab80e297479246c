"""The calendar's table: filled from what is published, changed by administrators, heard of by who counts with it."""

from datetime import date

import pytest
from django.test import Client

from api.calling import give
from kedang.engine.calendar import table
from kedang.engine.calendar.models import CalendarDay, CalendarYear
from kedang.engine.ledger.models import OutboxEvent
from kedang.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
PAGE = "/settings/calendar"


@pytest.fixture(autouse=True)
def _filled(db):
    table.workdays.forget()
    table.fill()


def test_the_published_years_are_there():
    known = table.workdays()
    assert known.count(date(2026, 1, 1), date(2026, 12, 31)) == 248
    assert known.count(date(2025, 1, 1), date(2025, 12, 31)) == 248
    assert known.add(date(2026, 2, 13), 5) == date(2026, 2, 27)
    assert known.add(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert known.provisional(date(2027, 1, 4))
    assert not known.provisional(date(2026, 10, 10))


def test_filling_again_changes_nothing_that_was_entered():
    table.take_out(date(2026, 10, 10))
    rows = CalendarDay.objects.count()
    assert table.fill() == 0
    assert CalendarDay.objects.count() == rows
    assert not table.workdays().is_working(date(2026, 10, 10))


def test_a_new_year_is_entered_and_published():
    table.put(date(2027, 2, 5), date(2027, 2, 12), working=False, name="春节")
    assert table.workdays().provisional(date(2027, 2, 8))
    assert not table.workdays().is_working(date(2027, 2, 8))
    table.publish(2027, published=True)
    assert not table.workdays().provisional(date(2027, 2, 8))
    told = OutboxEvent.objects.filter(type=table.CHANGED).order_by("-pk").first()
    assert told.payload == {"years": [2027]}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2027, 2, 2), date(2027, 2, 1)), (date(2027, 1, 1), date(2027, 3, 1)),
        (date(1999, 1, 1), date(1999, 1, 2)), (date(2026, 12, 31), date(2027, 1, 2)),
    ],
)  # fmt: skip
def test_days_that_make_no_sense_are_refused(first, last):
    with pytest.raises(Invalid):
        table.put(first, last, working=False)


def test_administrators_change_it_on_a_page_and_nobody_else(world):
    root, li = Client(), Client()
    root.force_login(give(world.chief, "administrator"))
    li.force_login(give(world.li, "general_manager"))
    text = root.get(PAGE, {"year": "2026"}).content.decode()
    assert "248" in text
    assert "国庆" in text
    days = {"year": "2027", "first": "2027-02-05", "last": "2027-02-12", "kind": "off", "name": "春节"}
    before = CalendarDay.objects.count()
    for answer in (
        li.get(PAGE), li.post(f"{PAGE}/put", days), li.post(f"{PAGE}/publish", {"year": "2027", "published": "1"}),
        li.post(f"{PAGE}/out", {"first": "2026-10-10", "last": "2026-10-10"}),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert CalendarDay.objects.count() == before
    assert root.post(f"{PAGE}/put", days).status_code == 302
    assert (
        root.post(f"{PAGE}/put", {"first": "2027-02-14", "kind": "worked", "name": "春节"}).status_code == 302
    )
    assert root.post(f"{PAGE}/publish", {"year": "2027", "published": "1"}).status_code == 302
    assert CalendarYear.objects.get(year=2027).published
    assert table.workdays().is_working(date(2027, 2, 14))
    assert root.post(f"{PAGE}/out", {"first": "2027-02-05", "last": "2027-02-12"}).status_code == 302
    assert table.workdays().is_working(date(2027, 2, 8))


@pytest.mark.parametrize(
    ("where", "data", "status"),
    [
        ("put", {"year": "2027", "first": "2027-02-30"}, 422), ("put", {"year": "2027", "first": ""}, 422),
        ("put", {"year": "2027", "first": "2027-02-05", "last": "2027-02-01"}, 422),
        ("out", {"first": "x", "last": "y"}, 422), ("out", {"first": "2026-01-01", "last": "2030-01-01"}, 422),
        ("publish", {"year": "1", "published": "1"}, 400), ("publish", {"year": "²⁰²⁷", "published": "1"}, 400),
    ],
)  # fmt: skip
def test_bad_input_is_answered_and_changes_nothing(world, where, data, status):
    root = Client()
    root.force_login(give(world.chief, "administrator"))
    before = CalendarDay.objects.count(), CalendarYear.objects.count()
    assert root.post(f"{PAGE}/{where}", data).status_code == status
    assert (CalendarDay.objects.count(), CalendarYear.objects.count()) == before
