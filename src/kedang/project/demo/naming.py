"""Names as they are registered: region, own name (字号), trade, legal form; and names of people."""

from typing import NamedTuple

from kedang.project.demo import tables
from kedang.project.demo.dice import Draw
from kedang.project.demo.tables import City, District, Trade


class Identity(NamedTuple):
    """Who a customer is. Private people have no registrar and no domain."""

    name: str
    short_name: str
    registrar: str = ""
    domain: str = ""
    trade: Trade | None = None
    private: bool = False


def identity(type_key: str, city: City, district: District, d: Draw) -> Identity:
    """Return the name of a customer of a type in a place, for a row of numbers."""
    if type_key in ("individual", "household"):
        return _private(type_key, district, d)
    trades = tables.trades(type_key)
    trade = trades[d[4] % len(trades)]
    mark, latin = own_name(d[5], d[6], d[7])
    domain = f"{latin}.example" if d[8] & 1 else ""
    if type_key == "other":
        name = f"{_region(city, district, 1)}{mark}{trade.word}"
        return Identity(name, mark + trade.word, "12", domain, trade)
    if type_key == "terminal" or (d[9] & 15) == 0:
        forms = tables.table("shop_forms" if type_key == "terminal" else "workshop_forms")
        form = forms[d[8] % len(forms)]
        return Identity(
            f"{_region(city, district, d[9] >> 4)}{mark}{trade.word}{form}",
            f"{mark}{trade.word}{form if len(form) == 1 else ''}",
            "93" if form == "合作社" else "92",
            domain if type_key != "terminal" else "",
            trade,
        )
    forms = tables.table("forms")
    rest = f"{trade.word}{forms[d[8] % len(forms)]}"
    return Identity(_company(city, district, mark, rest, d[9] >> 4), mark + trade.word, "91", domain, trade)


def _company(city: City, district: District, mark: str, rest: str, way: int) -> str:
    if way % 32 == 0:
        return f"{mark}（{city.short}）{rest}"
    name = f"{_region(city, district, way)}{mark}{rest}"
    return f"{name}{district.short}分公司" if way % 97 == 1 else name


def _region(city: City, district: District, way: int) -> str:
    match way % 8:
        case 0 | 1:
            return city.name
        case 2:
            return f"{city.name}{district.name}"
        case 3:
            return city.province
        case _:
            return city.short


def own_name(first: int, second: int, third: int) -> tuple[str, str]:
    """Return an invented name of two or three characters and its pinyin."""
    marks = tables.marks()
    mark, latin = marks[(first << 8 | second & 255) % len(marks)]
    if third & 7 in (0, 1):
        tails = tables.affixes("tail")
        tail, sound = tails[third // 8 % len(tails)]
        if tail not in mark:
            return mark + tail, latin + sound
    if third & 7 == 2:
        heads = tables.affixes("head")
        head, sound = heads[third // 8 % len(heads)]
        if head not in mark:
            return head + mark, sound + latin
    return mark, latin


def person_name(first: int, second: int, third: int) -> str:
    """Return a surname by its share among people and a given name."""
    surnames, given = tables.people("surnames"), tables.given_names()
    return surnames[first % len(surnames)] + given[(second << 8 | third & 255) % len(given)]


def _private(type_key: str, district: District, d: Draw) -> Identity:
    person = person_name(d[4], d[5], d[6])
    if type_key == "household":
        estates = tables.estates()
        return Identity(f"{person}（{estates[d[7] % len(estates)]}{1 + d[8] % 28}栋）", person, private=True)
    crafts = tables.table("crafts_table")
    place = district.short if d[8] % 3 else ""
    return Identity(f"{person}（{place}{crafts[d[7] % len(crafts)]}）", person, private=True)
