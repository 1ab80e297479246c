"""Points with their system: read, moved between systems by published vectors, distances, centres of regions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedang.kernel import places, regions
from kedang.kernel.places import BD09, GCJ02, SYSTEMS, WGS84, Point

# The vectors of eviltransform and, the last, of coordtransform: WGS-84, GCJ-02.
TO_GCJ = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
]
# The vectors of coordtransform: GCJ-02, BD-09.
TO_BD = [
    ((39.915, 116.404), (39.92133699351021, 116.41036949371029)),
    ((39.90865673957631, 116.39762729119315), (39.915, 116.404)),
]


@pytest.mark.parametrize(("wgs", "gcj"), TO_GCJ)
def test_the_published_vectors_of_gcj_hold_both_ways(
    wgs: tuple[float, float], gcj: tuple[float, float]
) -> None:
    there = places.moved(Point(*wgs, WGS84), GCJ02)
    assert there.system == GCJ02
    assert (there.latitude, there.longitude) == pytest.approx(gcj, abs=1e-9)
    back = places.moved(Point(*gcj, GCJ02), WGS84)
    assert (back.latitude, back.longitude) == pytest.approx(wgs, abs=1e-7)


@pytest.mark.parametrize(("gcj", "bd"), TO_BD)
def test_the_published_vectors_of_bd_hold_both_ways(
    gcj: tuple[float, float], bd: tuple[float, float]
) -> None:
    there = places.moved(Point(*gcj, GCJ02), BD09)
    assert (there.latitude, there.longitude) == pytest.approx(bd, abs=2e-6)
    back = places.moved(Point(*bd, BD09), GCJ02)
    assert (back.latitude, back.longitude) == pytest.approx(gcj, abs=2e-6)


@given(st.floats(18, 53), st.floats(74, 135), st.sampled_from(SYSTEMS), st.sampled_from(SYSTEMS))
def test_a_point_that_goes_to_another_system_and_back_is_where_it_was(
    latitude: float, longitude: float, system: str, other: str
) -> None:
    start = Point(latitude, longitude, system)
    back = places.moved(places.moved(start, other), system)
    assert (back.latitude, back.longitude) == pytest.approx((latitude, longitude), abs=1e-7)


def test_the_systems_differ_by_some_hundred_metres_in_china_and_not_elsewhere() -> None:
    plain = Point(23.1291, 113.2644, WGS84)
    assert 0.4 < places.km(plain, Point(plain.latitude, plain.longitude, GCJ02)) < 0.7
    assert 0.5 < places.km(plain, Point(plain.latitude, plain.longitude, BD09)) < 2
    denver = Point(39.7392, -104.9903, WGS84)
    assert places.moved(denver, GCJ02) == Point(39.7392, -104.9903, GCJ02)


def test_distances_are_straight_lines_over_the_globe() -> None:
    shanghai, beijing = Point(*TO_GCJ[0][1]), Point(*TO_GCJ[2][1])
    assert places.km(shanghai, beijing) == pytest.approx(
        1078.164 * 6371 / 6378.137, abs=0.001
    )  # published for the equator's radius
    assert places.km(shanghai, shanghai) == 0


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("23.129110,113.264385 WGS-84", Point(23.12911, 113.264385, WGS84)),
        ("113.264385, 23.129110 高德", Point(23.12911, 113.264385, GCJ02)),
        ("百度 23.129110，113.264385", Point(23.12911, 113.264385, BD09)),
        ("纬度23.1 经度113.2 GCJ02", Point(23.1, 113.2, GCJ02)),
        ("39.739200, -104.990300 gps", Point(39.7392, -104.9903, WGS84)),
        ("23.129110,113.264385 ±12 WGS-84", Point(23.12911, 113.264385, WGS84, 12)),
    ],
)  # fmt: skip
def test_a_point_is_read_as_people_and_maps_write_it(text: str, point: Point) -> None:
    assert places.read(text) == point
    assert places.read(str(point)) == point


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", places.NO_PAIR),
        ("体育西路1号", places.NO_PAIR),
        ("23.1 WGS-84", places.NO_PAIR),
        ("23.129110,113.264385", places.NO_SYSTEM),
        ("91.5, 200.1 WGS-84", places.NOWHERE),
    ],
)
def test_what_is_no_point_with_a_system_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        places.read(text)
    assert str(refused.value) == why


def test_every_city_has_a_centre_and_it_lies_in_its_province() -> None:
    cities = [one for one in regions.table().values() if not one.until and one.level == 2]
    assert [one.name for one in cities if one.code not in places.centres()] == []
    for one in cities:
        seat = places.centre(f"{one.code[:2]}0000")
        assert seat is not None
        assert places.km(places.centres()[one.code], seat) < 1_700, one.name


def test_a_district_without_a_place_of_its_own_lies_at_its_city() -> None:
    assert places.centre("440106") == places.centre("440100") != places.centre("440112")
    assert places.centre("999999") is None
    assert places.centre("") is None
