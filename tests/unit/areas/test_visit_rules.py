"""The minutes of a visit, and the point of a check-in."""

from datetime import date
from decimal import Decimal

import pytest

from kedang.areas.engagement.rules import faults_of_minutes, point

TODAY = date(2026, 11, 25)
TOMORROW = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("done_on", "step", "step_on", "promise", "promise_on", "faulty"),
    [
        (None, "", None, "", None, []),
        (TODAY, "送样", TODAY, "补票", TOMORROW, []),
        (TOMORROW, "", None, "", None, ["done_on"]),
        (None, "送样", None, "", None, ["next_step_on"]),
        (None, "", TOMORROW, "", None, ["next_step"]),
        (None, "送样", date(2026, 11, 24), "", None, ["next_step_on"]),
        (None, "", None, "补票", None, ["promise_on"]),
        (None, "  ", None, " ", None, []),
    ],
)
def test_minutes_say_what_was_done_and_by_when_the_rest_follows(
    done_on, step, step_on, promise, promise_on, faulty
):
    found = faults_of_minutes(TODAY, done_on, step, step_on, promise, promise_on)
    assert [name for name, _text in found] == faulty


@pytest.mark.parametrize(
    ("latitude", "longitude", "accuracy", "kept"),
    [
        ("23.12911", "113.264385", 12, "23.129110,113.264385 ±12 WGS-84"),
        ("-33.5", "-70", None, "-33.500000,-70.000000 WGS-84"),
        ("90", "180", 1_000_000, "90.000000,180.000000 ±99999 WGS-84"),
        ("90.000001", "0", None, ""),
        ("0", "-180.5", None, ""),
    ],
)
def test_a_point_is_kept_with_its_system_or_refused(latitude, longitude, accuracy, kept):
    assert point(Decimal(latitude), Decimal(longitude), accuracy) == kept
