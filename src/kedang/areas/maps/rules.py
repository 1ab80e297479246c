"""What a map draws at which zoom, and how large. Pure: no database, no clock, no Django."""

import math
from dataclasses import dataclass

PROVINCE, CITY, DISTRICT = 2, 4, 6  # digits of a region's code
FILES, SALES, VISITS = "files", "sales", "visits"
MEASURES = (FILES, SALES, VISITS)
POINTS = 400
# the smallest and the largest mark, in pixels across
SMALL, LARGE = 26, 64
DOT, PLAIN_DOT, BIG_DOT = 12, 14, 30


@dataclass(frozen=True, slots=True)
class Window:
    """What a map shows: its edges in degrees, and the zoom of its base (0 the whole world, 18 a house)."""

    south: float
    west: float
    north: float
    east: float
    zoom: int


def digits_at(zoom: int) -> int:
    """Return of how many digits regions are that a zoom draws: provinces from afar, then cities, then districts."""
    return PROVINCE if zoom < 6 else CITY if zoom < 9 else DISTRICT


def draws_points(zoom: int, files: int) -> bool:
    """Say whether customers are drawn one by one: from near, or where there are few of them."""
    return digits_at(zoom) == DISTRICT or (files <= POINTS and zoom >= 6)


def below(code: str) -> int:
    """Return of how many digits the regions right below one are; provinces below nothing."""
    if not code:
        return PROVINCE
    return CITY if code.endswith("0000") else DISTRICT


def across(value: float, most: float, small: int = SMALL, large: int = LARGE) -> int:
    """Return how wide the mark of a value is, in pixels: its area goes with the value; the largest of all is `large`.

    Nothing, and what is below nothing (more was returned than sold), has the smallest mark.
    """
    if value <= 0 or most <= 0:
        return small
    return round(small + (large - small) * math.sqrt(min(value / most, 1)))
