"""What a map draws from afar and from near; and that its base has no borders."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kedang.areas.maps import rules
from kedang.engine.administration.rules import tiles_origin

LAND = Path(rules.__file__).parents[2] / "kits/web/static/vendor/world-atlas/land-50m.json"


@pytest.mark.parametrize(
    ("zoom", "digits"),
    [(3, rules.PROVINCE), (5, rules.PROVINCE), (6, rules.CITY), (8, rules.CITY), (9, rules.DISTRICT)],
)
def test_regions_become_smaller_from_near(zoom: int, digits: int) -> None:
    assert rules.digits_at(zoom) == digits


def test_customers_are_drawn_one_by_one_from_near_or_where_they_are_few() -> None:
    assert not rules.draws_points(5, 3)
    assert rules.draws_points(6, rules.POINTS)
    assert not rules.draws_points(8, rules.POINTS + 1)
    assert rules.draws_points(9, 100_000)


def test_below_a_province_are_cities_and_below_a_city_districts() -> None:
    assert [rules.below(code) for code in ("", "440000", "440100")] == [2, 4, 6]


def test_the_area_of_a_mark_goes_with_its_value() -> None:
    assert [rules.across(value, 100, 10, 50) for value in (0, -5, 1, 25, 100, 400)] == [
        10,
        10,
        14,
        30,
        50,
        50,
    ]
    assert rules.across(5, 0) == rules.SMALL


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example"),
        ("http://10.0.0.8:8080/wmts?x={x}&y={y}&l={z}", "http://10.0.0.8:8080"),
        ("https://tiles.example/{z}/{x}.png", ""),
        ("https://tiles.example/{z}/{x}/{y}/{s}", ""),
        ("https://a.example; script-src *; https://b/{z}/{x}/{y}", ""),
        ("https://a.example *.evil/{z}/{x}/{y}", ""),
        ("javascript:alert(1)//{z}{x}{y}", ""),
        ("https://*/{z}/{x}/{y}", ""),
        ("", ""),
    ],
)
def test_only_a_plain_host_goes_into_the_content_policy(address: str, origin: str) -> None:
    assert tiles_origin(address) == origin


def arcs(names: Any) -> Iterator[int]:
    for one in names:
        if isinstance(one, int):
            yield ~one if one < 0 else one
        else:
            yield from arcs(one)


def test_the_base_has_no_line_between_two_lands() -> None:
    """A border is a line that two areas share: here each line is the edge of one land and nothing else."""
    topology = json.loads(LAND.read_text("utf-8"))
    assert list(topology["objects"]) == ["land"]
    used = Counter(n for shape in topology["objects"]["land"]["geometries"] for n in arcs(shape["arcs"]))
    assert set(used.values()) == {1}
    assert len(used) > 1_000
