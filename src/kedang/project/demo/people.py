"""Contacts: the people at a customer by layer, with what makes them different."""

from collections.abc import Iterator
from datetime import date

from kedang.kernel.text import initials
from kedang.project.demo import tables
from kedang.project.demo.dice import Draw, dice, weighted, words
from kedang.project.demo.naming import person_name
from kedang.project.demo.profile import mobile
from kedang.project.demo.rowtypes import ContactRow, CustomerRow

# How many people are known at a customer of a level, at least and at most.
KNOWN = {"diamond": (4, 8), "gold": (2, 5), "silver": (1, 3), "member": (1, 2)}
PER_CUSTOMER = 16  # room between the contacts of two customers in the endless list

# Who is met first: the one who buys, then who decides, then who uses; the image layer last.
_LAYERS = (
    "implementation",
    "decision",
    "use",
    "implementation",
    "use",
    "decision",
    "image",
    "implementation",
)
_ATTITUDES = weighted(
    (("champion", 1), ("supporter", 3), ("neutral", 4), ("sceptic", 1), ("opponent", 1)),
)


def contacts_of(seed: int, index: int, customer: CustomerRow, as_of: date) -> Iterator[ContactRow]:
    """Yield the contacts of a customer; `index` is the customer's own in its list."""
    throw = dice(seed, "contact")
    first = throw(index * PER_CUSTOMER)
    if customer["type_key"] in ("individual", "household"):
        yield _self(customer, first, as_of)
        return
    least, most = KNOWN[customer["level_key"]]
    if customer["status_key"] == "prospect":
        least, most = 1, 2
    for number in range(least + first[31] % (most - least + 1)):
        layer = _LAYERS[number]
        yield _contact(customer, layer, throw(index * PER_CUSTOMER + number), as_of)


def _self(customer: CustomerRow, d: Draw, as_of: date) -> ContactRow:
    row = _contact(customer, "decision", d, as_of)
    row["name"], row["mobile"] = customer["short_name"], customer["phone"]
    row["position"] = row["phone"] = row["wechat"] = row["email"] = ""
    return row


def _contact(customer: CustomerRow, layer: str, d: Draw, as_of: date) -> ContactRow:
    name = person_name(d[0], d[1], d[2])
    letters = initials(name, person=True)
    positions = tables.people(f"positions_{layer}")
    number = mobile(d[3], d[4], d[5])
    domain = customer["email"].partition("@")[2]
    known_well = customer["level_key"] != "member" or d[12] & 3 == 0
    return {
        "customer": customer["external_no"],
        "name": name,
        "position": positions[d[6] % len(positions)],
        "layer_key": layer,
        "attitude_key": _ATTITUDES[d[7] % len(_ATTITUDES)],
        "influence": _influence(layer, d[8]),
        "mobile": number,
        "phone": customer["phone"] if "-" in customer["phone"] and d[9] % 3 == 0 else "",
        "email": f"{letters}{d[10] % 90 + 10}@{domain}" if domain and d[9] & 4 else "",
        "wechat": f"{letters}_{number[-6:]}" if d[11] % 3 == 0 else "",
        "birthday": _birthday(d, as_of) if known_well else None,
        "birthday_lunar": known_well and d[13] % 10 < 3,
        "hobbies": _hobbies(d) if known_well else "",
        "remarks": _remark(d),
    }


def _influence(layer: str, number: int) -> int:
    low, high = {"image": (3, 5), "decision": (4, 5), "implementation": (2, 4), "use": (1, 3)}[layer]
    return low + number % (high - low + 1)


def _birthday(d: Draw, as_of: date) -> date:
    """A lunar birthday is kept as typed; the 28th is in every month of both calendars."""
    return date(as_of.year - 25 - d[14] % 36, 1 + d[15] % 12, 1 + d[16] % 28)


def _hobbies(d: Draw) -> str:
    known = words(tables.word_lists()["people"]["hobbies"])
    if d[17] & 1:
        return ""
    picked = dict.fromkeys((known[d[18] % len(known)], known[d[19] % len(known)]))
    return "、".join(picked)


def _remark(d: Draw) -> str:
    known = words(tables.word_lists()["people"]["notes"])
    return known[d[21] % len(known)] if d[20] % 5 == 0 else ""
