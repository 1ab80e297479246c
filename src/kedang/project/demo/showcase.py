"""The customers one meets first: written by hand where it shows, generated like the others where it does not."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from lunar_python import Solar

from kedang.kernel.text import initials
from kedang.project.demo import tables
from kedang.project.demo.companies import customers
from kedang.project.demo.dice import dice
from kedang.project.demo.naming import person_name
from kedang.project.demo.orders import Rhythm
from kedang.project.demo.people import contacts_of
from kedang.project.demo.profile import mobile
from kedang.project.demo.rowtypes import ContactRow, CustomerRow

Entry = dict[str, Any]
SHOWCASE_CODES = 200_000_000  # credit codes far from those of generated customers
_REGISTRAR = {"enterprise": "91", "dealer": "91", "terminal": "92", "other": "12"}


@cache
def showcase() -> tuple[Entry, ...]:
    """Return the entries of showcase.toml in the order one meets them."""
    text = files(__package__).joinpath("showcase.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["customer"])


def showcase_customer(entry: Entry, seed: int, index: int, as_of: date) -> CustomerRow:
    """Return the file of an entry: its own facts, and for the rest those generated for its city and index."""
    type_key = entry.get("type", "enterprise")
    city = next(city for city in tables.cities() if city.code[:4] == entry["district"][:4])
    district = next((one for one in city.districts if one.code == entry["district"]), city.districts[0])
    (row,) = customers(seed, index, 1, as_of, cities=(city.code,))
    person = type_key == "individual"
    code = "" if person else _code(_REGISTRAR[type_key] + district.code, index)
    d = dice(seed, "showcase")(index)
    exchange = 82 + d[0] % 7 if city.digits == 8 else 33
    phone = f"{city.dial}-{exchange}{(d[1] << 16 | d[2]) % 10 ** (city.digits - 2):0{city.digits - 2}d}"
    road = row["address"].removeprefix(city.name)
    for other in city.districts:
        road = road.removeprefix(other.name)
    row |= {
        "name": entry["name"],
        "short_name": entry["short"],
        "type_key": type_key,
        "level_key": entry["level"],
        "status_key": "active",
        "region_code": entry["district"],
        "address": entry.get("address", f"{city.name}{district.name}{road}"),
        "phone": mobile(d[3], d[4], d[5]) if person else entry.get("phone", phone),
        "fax": "",
        "email": "",
        "website": "",
        "industry_key": entry.get("industry", ""),
        "business_scope": entry.get("scope", ""),
        "credit_code": code,
        "tax_number": code,
        "bank": "" if person else f"中国建设银行{city.short}{district.short}支行",
        "bank_account": "" if person else f"4400{d[6]:05d}{d[7]:05d}{d[8]:05d}",
        "legal_person": "" if person else entry.get("legal_person", person_name(d[9], d[10], d[11])),
        "market_area": entry.get("market", ""),
        "sales_capability": entry.get("capability", ""),
        "philosophy": entry.get("philosophy", ""),
        "competitors": entry.get("competitors", row["competitors"]),
        "since": date.fromisoformat(entry["since"]) if "since" in entry else _since(row, as_of),
        "next_step": "",
        "next_step_on": None,
    }
    return row


def _code(head: str, index: int) -> str:
    return tables.credit_code(head, SHOWCASE_CODES + index)


def _since(row: CustomerRow, as_of: date) -> date:
    return min(row["since"], as_of - timedelta(days=900))


def showcase_contacts(
    entry: Entry, seed: int, index: int, customer: CustomerRow, as_of: date
) -> Iterator[ContactRow]:
    """Yield the people of an entry: those it names, or generated ones where it names none."""
    throw = dice(seed, "showcase contact")
    made = tuple(contacts_of(seed, index, customer, as_of))
    for place, one in enumerate(entry.get("contacts", ())):
        d = throw(index * 16 + place)
        row = ContactRow(**made[place % len(made)])
        number, letters = mobile(d[0], d[1], d[2]), initials(one["name"], person=True)
        row |= {
            "name": one["name"],
            "position": one["position"],
            "layer_key": one["layer"],
            "attitude_key": one["attitude"],
            "influence": one["influence"],
            "mobile": number,
            "email": "",
            "wechat": f"{letters}_{number[-6:]}",
            "birthday": date(as_of.year - 34 - d[3] % 24, 1 + d[4] % 12, 1 + d[5] % 28),
            "birthday_lunar": d[6] % 4 == 0,
            "hobbies": one.get("hobbies", row["hobbies"]),
            "remarks": "",
        }
        if "birthday_in" in one:
            lunar = one.get("lunar", False)
            row["birthday"], row["birthday_lunar"] = _birthday(as_of, one["birthday_in"], lunar), lunar
        yield row
    if "contacts" not in entry:
        yield from made


def _birthday(as_of: date, days: int, lunar: bool) -> date:
    """Return a birthday that comes round in `days` days; a lunar one is kept as month and day of that calendar."""
    day = as_of + timedelta(days=days)
    month, number = day.month, day.day
    if lunar:
        found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
        month, number = abs(found.getMonth()), found.getDay()
    return date(1978, month, min(number, 28))


def showcase_rhythm(entry: Entry, as_of: date) -> Rhythm:
    """Return how an entry buys: its yearly amount in orders of its usual distance, and since when it is quiet."""
    quiet = entry.get("quiet")
    return Rhythm(
        gap=entry["gap"],
        spread=0.2,
        growth=0.12,
        value=entry["yearly"] * 10_000 * entry["gap"] / 365 * 0.8,  # growth and large orders lift the sum
        slows_on=None,
        stops_on=as_of - timedelta(days=quiet) if quiet else None,
        swing=0.2,
        seasons=0.5,
    )
