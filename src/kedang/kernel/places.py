"""Points on the earth that carry their system of coordinates, the ways between the systems, distances, and centres
of regions.

Maps of China are drawn in GCJ-02, which moves a point by some hundred metres from WGS-84 (what a GPS gives); Baidu
moves it once more, to BD-09. A pair of figures without its system is therefore no place. Both shifts have no published
standard; the formulas here are those that became known and are used everywhere, as collected in `eviltransform`
(https://github.com/googollee/eviltransform, MIT) and `coordtransform` (https://github.com/wandergis/coordtransform,
MIT), whose published vectors test them. Outside China nothing is moved.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kedang.kernel.codes import gettext_noop

WGS84, GCJ02, BD09 = "WGS-84", "GCJ-02", "BD-09"
SYSTEMS = (WGS84, GCJ02, BD09)
PLACES = 6  # of a degree: about 0.1 m
EARTH_KM = 6371.0
# what people call the systems, and whose maps use them
NAMES = {
    WGS84: ("wgs84", "gps", "天地图", "cgcs2000"),
    GCJ02: ("gcj02", "火星", "高德", "腾讯", "amap"),
    BD09: ("bd09", "百度", "baidu"),
}
NO_PAIR = gettext_noop("Give latitude and longitude, as in 23.129110, 113.264385.")
NO_SYSTEM = gettext_noop("Say which system it is: WGS-84 (GPS), GCJ-02 (Amap, Tencent) or BD-09 (Baidu).")
NOWHERE = gettext_noop("This is no place on earth.")
_FIGURE = re.compile(r"-?\d{1,3}(?:\.\d+)?")
_NEAR = re.compile(r"±\s*(\d{1,5})")
_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323  # of the ellipsoid of Krassowsky 1940
_BAIDU = math.pi * 3000 / 180


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees of a system. `accuracy` is how far off it may be, in metres, where that is known."""

    latitude: float
    longitude: float
    system: str = WGS84
    accuracy: int | None = None

    def __str__(self) -> str:
        near = f" ±{self.accuracy}" if self.accuracy is not None else ""
        return f"{self.latitude:.{PLACES}f},{self.longitude:.{PLACES}f}{near} {self.system}"


def read(text: str) -> Point:
    """Return the point that a text names, with its system; raise ValueError with what is missing.

    Latitude comes first. Maps of China copy the longitude first: a pair that lies in China only the other way round is
    turned.
    """
    typed = unicodedata.normalize("NFKC", text).casefold()
    system = next((key for key, names in NAMES.items() if any(name in _plain(typed) for name in names)), "")
    near = _NEAR.search(typed)
    rest = _NEAR.sub(" ", typed)
    for word in ("wgs-84", "wgs84", "gcj-02", "gcj02", "bd-09", "bd09", "cgcs2000"):
        rest = rest.replace(word, " ")
    figures = [float(one) for one in _FIGURE.findall(rest)]
    if len(figures) != 2:
        raise ValueError(NO_PAIR)
    latitude, longitude = figures
    if not in_china(latitude, longitude) and in_china(longitude, latitude):
        latitude, longitude = longitude, latitude
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(NOWHERE)
    if not system:
        raise ValueError(NO_SYSTEM)
    return Point(latitude, longitude, system, int(near[1]) if near else None)


def _plain(text: str) -> str:
    return text.replace("-", "").replace(" ", "")


def in_china(latitude: float, longitude: float) -> bool:
    """Say whether a point lies in the rectangle in which the systems differ."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def moved(point: Point, system: str) -> Point:
    """Return the same place in another system, to about a millimetre."""
    if point.system == system:
        return point
    latitude, longitude = point.latitude, point.longitude
    if point.system == BD09:
        latitude, longitude = _from_baidu(latitude, longitude)
    if point.system != WGS84 and system != GCJ02 and not (point.system == GCJ02 and system == BD09):
        latitude, longitude = _unshifted(latitude, longitude)
    elif point.system == WGS84:
        latitude, longitude = _shifted(latitude, longitude)
    if system == BD09:
        latitude, longitude = _to_baidu(latitude, longitude)
    return Point(latitude, longitude, system, point.accuracy)


def _shifted(latitude: float, longitude: float) -> tuple[float, float]:
    """Return a point of WGS-84 in GCJ-02."""
    if not in_china(latitude, longitude):
        return latitude, longitude
    north, east = _polynomials(longitude - 105.0, latitude - 35.0)
    radians = math.radians(latitude)
    bent = 1 - _ECCENTRICITY * math.sin(radians) ** 2
    root = math.sqrt(bent)
    north = north * 180 / (_AXIS * (1 - _ECCENTRICITY) / (bent * root) * math.pi)
    east = east * 180 / (_AXIS / root * math.cos(radians) * math.pi)
    return latitude + north, longitude + east


def _polynomials(x: float, y: float) -> tuple[float, float]:
    """Return by how many metres a point moves north and east; `x` and `y` are degrees from 105° E, 35° N."""
    pi, root = math.pi, math.sqrt(abs(x))
    both = 20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (both + 20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (both + 20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    return north, east


def _unshifted(latitude: float, longitude: float) -> tuple[float, float]:
    """Return a point of GCJ-02 in WGS-84: the one whose shift leads here, found step by step."""
    back = (latitude, longitude)
    for _step in range(10):
        there = _shifted(*back)
        back = (back[0] + latitude - there[0], back[1] + longitude - there[1])
        if abs(there[0] - latitude) < 1e-9 and abs(there[1] - longitude) < 1e-9:
            break
    return back


def _to_baidu(latitude: float, longitude: float) -> tuple[float, float]:
    if not in_china(latitude, longitude):
        return latitude, longitude
    far = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _BAIDU)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _BAIDU)
    return far * math.sin(angle) + 0.006, far * math.cos(angle) + 0.0065


def _from_baidu(latitude: float, longitude: float) -> tuple[float, float]:
    """Return a point of BD-09 in GCJ-02, found step by step like the way back from GCJ-02."""
    if not in_china(latitude, longitude):
        return latitude, longitude
    back = (latitude - 0.006, longitude - 0.0065)
    for _step in range(10):
        there = _to_baidu(*back)
        back = (back[0] + latitude - there[0], back[1] + longitude - there[1])
        if abs(there[0] - latitude) < 1e-9 and abs(there[1] - longitude) < 1e-9:
            break
    return back


def km(one: Point, other: Point) -> float:
    """Return the straight line between two points over the globe, in kilometres."""
    a, b = moved(one, WGS84), moved(other, WGS84)
    north, east = math.radians(b.latitude - a.latitude), math.radians(b.longitude - a.longitude)
    flat = math.cos(math.radians(a.latitude)) * math.cos(math.radians(b.latitude))
    half = math.sin(north / 2) ** 2 + flat * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def around(point: Point, far: float) -> tuple[float, float, float, float]:
    """Return the window (south, west, north, east) that holds all that lies within so many kilometres of a point."""
    tall = math.degrees(far / EARTH_KM)
    wide = tall / max(math.cos(math.radians(point.latitude)), 0.01)
    return point.latitude - tall, point.longitude - wide, point.latitude + tall, point.longitude + wide


@cache
def centres() -> Mapping[str, Point]:
    """Return where the seats of regions lie, by code: provinces, cities, and those districts whose place is known."""
    found = {}
    text = files("kedang.kernel").joinpath("data/places.tsv").read_text("utf-8")
    for line in text.splitlines():
        code, latitude, longitude = line.split("\t")
        found[code] = Point(float(latitude), float(longitude))
    return found


@cache
def centre(code: str) -> Point | None:
    """Return the centre of a region, else of the city or province it lies in; None for a code nobody gave out."""
    known = centres()
    return next((known[one] for one in holders(code) if one in known), None)


def holders(code: str) -> tuple[str, ...]:
    """Return a region's code with those of its city and province, the narrowest first: 440106, 440100, 440000."""
    return tuple(dict.fromkeys((code, f"{code[:4]}00", f"{code[:2]}0000"))) if len(code) == 6 else ()
