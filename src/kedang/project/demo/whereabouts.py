"""Where the customers of the demo company are, the check-ins made there, and a day of visits for the map."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.kernel import places, regions
from kedang.kernel.actor import Actor
from kedang.kernel.places import BD09, GCJ02, WGS84, Point
from kedang.project.demo.dice import dice

VISIT = "engagement.visit"
SYSTEMS = (GCJ02, GCJ02, GCJ02, WGS84, BD09)
IN_DISTRICT_KM, IN_CITY_KM = 2.0, 6.0
UNKNOWN = 7  # every so many a customer has no location
OFF_M = 40  # how far from the customer a check-in is made, at most
ON_THE_WAY = ("送样品并确认安装尺寸", "对账，谈下月备货", "了解新项目进度", "回访上次维修", "介绍新款增压泵")


def place_of(seed: int, number: int, address: str, region: str) -> str:
    """Return the location of a customer, near the centre of its district or city; some have none yet."""
    d = dice(seed, "whereabouts")(number)
    code = regions.guess(address) or region
    centre = places.centre(code)
    if centre is None or d[0] % UNKNOWN == 0:
        return ""
    far = IN_DISTRICT_KM if code in places.centres() and not code.endswith("00") else IN_CITY_KM
    system = SYSTEMS[d[1] % len(SYSTEMS)]
    return str(places.moved(_beside(centre, far * math.sqrt(d[2] / 65_536), d[3]), system))


def _beside(point: Point, km: float, turn: int) -> Point:
    angle = turn / 65_536 * 2 * math.pi
    north = math.degrees(km / places.EARTH_KM) * math.sin(angle)
    east = math.degrees(km / places.EARTH_KM) * math.cos(angle) / math.cos(math.radians(point.latitude))
    return replace(point, latitude=point.latitude + north, longitude=point.longitude + east)


def check_in(actor: Actor, visit: Any, place: str) -> None:
    """Check in at the customer of a visit, where its location is known: some metres from it, as a phone would."""
    if not place:
        return
    spot = places.moved(places.read(place), WGS84)
    off = visit.pk % OFF_M
    here = _beside(spot, off / 1_000, visit.pk * 7_919 % 65_536)
    inputs = {
        "latitude": f"{here.latitude:.6f}",
        "longitude": f"{here.longitude:.6f}",
        "accuracy": str(8 + off % 30),
    }
    perform(actor, f"{VISIT}.check_in", visit.pk, inputs)


def plan_day(user: User, on: date, customers: Sequence[tuple[int, str]]) -> None:
    """Plan visits to those of (id, location) that lie nearest the first, in no good order: the route has something to
    mend.
    """
    actor = actor_of(user)
    placed = [(pk, places.read(place)) for pk, place in customers if place]
    near = sorted(placed, key=lambda one: places.km(placed[0][1], one[1]))[: len(ON_THE_WAY)]
    for n, (pk, _spot) in enumerate([*near[::2], *near[1::2]]):
        inputs = {"customer": pk, "kind_key": "visit", "purpose": ON_THE_WAY[n], "planned_on": on.isoformat()}
        if n == 0:
            inputs["planned_time"] = "09:30"
        perform(actor, f"{VISIT}.create", inputs=inputs)
