"""When a job is tried again and when a schedule comes next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kedang.engine.jobs.rules import MAX_TRIES, next_time, pause

CHINA = ZoneInfo("Asia/Shanghai")


def china(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def test_pauses_grow_and_end():
    pauses = [pause(tries) for tries in range(1, MAX_TRIES)]
    assert pauses == sorted(set(pauses))
    assert pauses[0] >= timedelta(seconds=5)
    assert pause(MAX_TRIES) is None


@pytest.mark.parametrize(
    ("rhythm", "after", "expected"),
    [
        ("daily 02:30", china(2026, 11, 25, 1), china(2026, 11, 25, 2, 30)),
        ("daily 02:30", china(2026, 11, 25, 2, 30), china(2026, 11, 26, 2, 30)),
        ("daily 02:30", china(2026, 12, 31, 23), china(2027, 1, 1, 2, 30)),
        ("weekly 1 06:00", china(2026, 11, 25, 12), china(2026, 11, 30, 6)),
        ("weekly 3 06:00", china(2026, 11, 25, 5), china(2026, 11, 25, 6)),
        ("monthly 31 06:00", china(2027, 1, 31, 6), china(2027, 2, 28, 6)),
        ("monthly 31 06:00", china(2028, 2, 1), china(2028, 2, 29, 6)),
        ("monthly 1 06:00", china(2026, 11, 2), china(2026, 12, 1, 6)),
        ("every 15 minutes", china(2026, 11, 25, 10, 7), china(2026, 11, 25, 10, 22)),
    ],
)
def test_a_rhythm_follows_the_wall_clock(rhythm, after, expected):
    found = next_time(rhythm, after, CHINA)
    assert found == expected
    assert found.utcoffset() == timedelta(0)


def test_an_hour_that_summer_time_leaves_out_still_comes_once_a_day():
    berlin = ZoneInfo("Europe/Berlin")
    moment, found = datetime(2026, 3, 28, 12, tzinfo=UTC), []
    for _ in range(3):
        moment = next_time("daily 02:30", moment, berlin)
        found.append(moment.astimezone(berlin).date().day)
    assert found == [29, 30, 31]


@pytest.mark.parametrize(
    "rhythm", ["", "daily", "daily 24:00", "weekly 0 06:00", "monthly 32 06:00", "every 0 minutes", "hourly"]
)
def test_what_is_no_rhythm_is_refused(rhythm):
    with pytest.raises(ValueError, match="not a rhythm"):
        next_time(rhythm, china(2026, 1, 1), CHINA)
