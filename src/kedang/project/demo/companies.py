"""A stream of invented Chinese companies, shops and people as customers, the same for the same seed."""

from collections.abc import Iterator, Sequence
from datetime import date

from kedang.project.demo import tables
from kedang.project.demo.dice import Draw, dice
from kedang.project.demo.naming import Identity, identity, person_name
from kedang.project.demo.profile import CREDIT, KINDS, POTENTIALS, mobile
from kedang.project.demo.rowtypes import CustomerRow

MULTIPLIER = 2_654_435_761  # has no factor in common with CODES, so every index gets its own code
_DAY = 65_536
_EXCHANGES = (22, 23, 26, 28, 31, 33, 36, 38, 52, 55, 58, 61, 62, 66, 68, 81, 82, 83, 85, 86, 87, 88, 89)
_STEPS = {"active": 55, "prospect": 70, "dormant": 10, "lost": 3}


def customers(
    seed: int, start: int, count: int, as_of: date, cities: Sequence[str] = ()
) -> Iterator[CustomerRow]:
    """Yield customers number `start` to `start + count` of an endless list, each made without the others.

    `cities` are GB/T 2260 codes that narrow where they are. Dates are counted back from `as_of`.
    """
    maker = Maker(seed, as_of, cities)
    return map(maker.row, range(start, start + count))


class Maker:
    """Makes the customers of one seed; holds the tables so that a row costs few look-ups."""

    def __init__(self, seed: int, as_of: date, cities: Sequence[str] = ()) -> None:
        self._shift = seed * 7_919
        self._today = as_of.toordinal()
        self._places = tables.city_table(tuple(cities))
        self._dice = dice(seed, "customer")
        self._more = dice(seed, "customer more")
        self._banks = tables.table("banks")
        self._sources = tables.table("sources")
        self._products = tuple(tables.company("kinds").split())
        self._free = {
            key: tuple(tables.company(key).split())
            for key in (
                "remarks",
                "philosophy",
                "capability",
                "trading",
                "next_steps",
                "rivals",
                "rival_terms",
            )
        }

    def row(self, index: int) -> CustomerRow:
        """Return the customer of an index."""
        d, e = self._dice(index), self._more(index)
        type_key, level, status = KINDS[(d[0] << 16 | d[1]) % len(KINDS)]
        city = self._places[(d[2] << 4 | d[3] & 15) % len(self._places)]
        district = city.districts[d[3] % len(city.districts)]
        who = identity(type_key, city, district, d)
        limits, terms, ratings = CREDIT[level]
        credit_code = self._credit_code(index, who, district.code, status, d[10])
        known = status != "prospect"
        dealer = type_key == "dealer"
        step = e[20] % 100 < _STEPS[status]
        local = self._telephone(city, who.private, d)
        return {
            "name": who.name,
            "short_name": who.short_name,
            "type_key": type_key,
            "level_key": level,
            "status_key": status,
            "region_code": city.code,
            "address": self._address(city, district, who.private, d, e),
            "phone": local,
            "fax": self._fax(local, d[16]) if not who.private else "",
            "email": f"{('info', 'sales', 'office')[d[17] % 3]}@{who.domain}" if who.domain else "",
            "website": f"https://www.{who.domain}" if who.domain and d[17] & 64 else "",
            "industry_key": who.trade.industry if who.trade else "",
            "credit_code": credit_code,
            "tax_number": credit_code if known else "",
            "bank": self._bank(city, district, e) if known and credit_code else "",
            "bank_account": f"{e[2]:05d}{e[3]:05d}{e[4]:05d}{e[5] % 10000:04d}"
            if known and credit_code
            else "",
            "swift": "",
            "country": "CN",
            "city": city.short,
            "source_key": self._sources[e[6] % len(self._sources)],
            "remarks": self._text("remarks", e[7], 6),
            "since": self._since(status, d),
            "kinds": self._kinds(e),
            "legal_person": person_name(d[20], d[21], d[22]) if credit_code else "",
            "market_area": self._market(city, e) if dealer else "",
            "business_scope": who.trade.scope if who.trade else "",
            "sales_capability": self._text("capability", e[10], 1) if dealer else "",
            "potential_key": POTENTIALS[e[11] & 3],
            "philosophy": self._text("philosophy", e[12], 3) if not who.private else "",
            "competitors": self._competitors(e) if not who.private else "",
            "trading_state": self._text("trading", e[13], 1) if status == "active" else "",
            "credit_limit": limits[e[14] % len(limits)],
            "credit_term_days": terms[e[15] % len(terms)],
            "credit_rating": ratings[e[14] % len(ratings)],
            "external_no": f"K{index + 1:07d}",
            "next_step": self._text("next_steps", e[16], 1) if step else "",
            "next_step_on": self._step_day(e) if step else None,
        }

    def _credit_code(self, index: int, who: Identity, district: str, status: str, number: int) -> str:
        if not who.registrar or (status == "prospect" and number % 5 < 2):
            return ""
        serial = (index * MULTIPLIER + self._shift) % tables.CODES
        return tables.credit_code(who.registrar + district, serial)

    def _telephone(self, city: tables.City, private: bool, d: Draw) -> str:
        if private or d[11] % 6 == 0:
            return mobile(d[11], d[12], d[13])
        rest = (d[12] << 16 | d[13]) % 10 ** (city.digits - 2)
        return f"{city.dial}-{_EXCHANGES[d[11] % len(_EXCHANGES)]}{rest:0{city.digits - 2}d}"

    def _fax(self, phone: str, number: int) -> str:
        area, dash, local = phone.partition("-")
        if not dash or number & 3:
            return ""
        return f"{area}-{local[:-1]}{(int(local[-1]) + 1 + number % 8) % 10}"

    def _address(self, city: tables.City, district: tables.District, private: bool, d: Draw, e: Draw) -> str:
        names, kinds = tables.street_names(), tables.table("road_kinds")
        road = f"{names[d[14] % len(names)]}{kinds[d[15] % len(kinds)]}{1 + e[0] % 680}号"
        road = f"{city.name}{district.name}{road}"
        if private:
            estates = tables.estates()
            return f"{road}{estates[e[1] % len(estates)]}{1 + e[2] % 28}栋{1 + e[3] % 30}{e[4] % 4 + 1:02d}"
        if e[1] % 3:
            return road
        parks = tables.parks()
        return f"{road}{parks[e[1] % len(parks)]}{'ABCDE'[e[2] % 5]}{1 + e[3] % 9}栋"

    def _bank(self, city: tables.City, district: tables.District, e: Draw) -> str:
        name = self._banks[e[8] % len(self._banks)]
        if name.startswith("农村"):
            return f"{city.short}{name}{district.short}支行"
        return f"{name}{city.short}{district.short}支行"

    def _since(self, status: str, d: Draw) -> date:
        days = 1 + d[18] * 150 // _DAY if status == "prospect" else 200 + d[18] * d[19] * 5400 // _DAY // _DAY
        return date.fromordinal(self._today - days)

    def _kinds(self, e: Draw) -> str:
        first, size = e[9], len(self._products)
        picked = dict.fromkeys(self._products[(first * step) % size] for step in range(1, 2 + first % 4))
        return "、".join(picked)

    def _market(self, city: tables.City, e: Draw) -> str:
        names = city.districts
        first = e[17] % len(names)
        return "、".join(
            names[(first + step) % len(names)].short for step in range(min(len(names), 2 + e[18] % 3))
        )

    def _competitors(self, e: Draw) -> str:
        rivals, terms, number = self._free["rivals"], self._free["rival_terms"], e[19]
        if number & 1:
            return ""
        first = f"{rivals[number % len(rivals)]}约{5 + number % 36}%"
        if number & 2:
            return f"{first}，{rivals[(number // 7 + 5) % len(rivals)]}约{3 + number % 11}%"
        return f"{first}，{terms[number // 11 % len(terms)]}"

    def _text(self, key: str, number: int, one_in: int) -> str:
        texts = self._free[key]
        return "" if number % one_in else texts[number // one_in % len(texts)]

    def _step_day(self, e: Draw) -> date:
        return date.fromordinal(self._today - 6 + e[21] % 36)
