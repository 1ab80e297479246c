"""Times, weeks and months, and the file that calendar programs read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from kedang.areas.engagement.rules import Entry, calendar_file, clock_time, month_of, week_of

CHINA = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(("typed", "stored"), [("14:30", "14:30"), ("9:05", "09:05"), (" 08：00 ", "08:00")])
def test_a_time_has_one_form(typed, stored):
    assert clock_time(typed) == stored


@pytest.mark.parametrize("typed", ["24:00", "9", "12:60", "noon", "14:30:00", "²:30"])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(ValueError):
        clock_time(typed)


def test_a_week_begins_on_monday():
    assert week_of(date(2026, 11, 25))[0] == date(2026, 11, 23)
    assert week_of(date(2026, 11, 29))[-1] == date(2026, 11, 29)


@pytest.mark.parametrize(
    ("day", "weeks"), [(date(2026, 11, 25), 6), (date(2027, 2, 1), 4), (date(2026, 12, 31), 5)]
)
def test_a_month_is_whole_weeks(day, weeks):
    found = month_of(day)
    assert len(found) == weeks
    days = [one for week in found for one in week]
    assert days == sorted(set(days))
    assert sum(one.month == day.month for one in days) in (28, 29, 30, 31)


def entry(**values):
    given = {
        "uid": "x@kedang",
        "title": "回访",
        "on": date(2026, 11, 25),
        "at": "",
        "note": "",
        "url": "http://h/t",
    }
    return Entry(**(given | values), changed=AT)


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def test_a_task_without_a_time_lasts_all_day():
    lines = unfolded(calendar_file("任务", [entry()], CHINA))
    assert "DTSTART;VALUE=DATE:20261125" in lines
    assert "DTEND;VALUE=DATE:20261126" in lines
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_a_time_is_told_in_utc():
    lines = unfolded(calendar_file("任务", [entry(at="07:30")], CHINA))
    assert "DTSTART:20261124T233000Z" in lines
    assert "DTEND:20261125T000000Z" in lines


def test_a_title_cannot_write_lines_of_its_own():
    title = "a;b,c\\d\r\nBEGIN:VEVENT\nSUMMARY:x\x00\x85"
    lines = unfolded(calendar_file("n", [entry(title=title)], CHINA))
    assert "SUMMARY:a\\;b\\,c\\\\d\\nBEGIN:VEVENT\\nSUMMARY:x" in lines
    assert lines.count("BEGIN:VEVENT") == 1


def test_long_lines_are_folded_between_letters():
    title = "给华南区所有钻石客户寄送新年礼品并逐个电话确认收到" * 4
    text = calendar_file("n", [entry(title=title)], CHINA)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert f"SUMMARY:{title}" in unfolded(text)
