"""Regions of China (GB/T 2260): three levels by code, names in and out, what was before, and a guess from an address.

A code has six digits, two for each level: 440000 广东省, 440100 广州市, 440106 天河区. Districts of the four
municipalities stand right below them. A code that is no longer in force keeps its name and its last year.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from kedang.kernel.text import normal_form

MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
# 自治 regions and prefectures go by a short name that no rule of spelling gives.
_SHORT = {
    "内蒙古自治区": "内蒙古", "广西壮族自治区": "广西", "西藏自治区": "西藏", "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆", "香港特别行政区": "香港", "澳门特别行政区": "澳门", "恩施土家族苗族自治州": "恩施",
    "大理白族自治州": "大理", "西双版纳傣族自治州": "西双版纳", "延边朝鲜族自治州": "延边",
    "湘西土家族苗族自治州": "湘西",
    "凉山彝族自治州": "凉山", "伊犁哈萨克自治州": "伊犁", "昌吉回族自治州": "昌吉", "楚雄彝族自治州": "楚雄",
    "红河哈尼族彝族自治州": "红河州", "黔东南苗族侗族自治州": "黔东南", "黔南布依族苗族自治州": "黔南",
    "黔西南布依族苗族自治州": "黔西南", "巴音郭楞蒙古自治州": "巴音郭楞", "临夏回族自治州": "临夏",
}  # fmt: skip
_ENDS = ("自治县", "特别行政区", "自治州", "自治旗", "地区", "林区", "省", "市", "区", "县", "州", "盟", "旗")


@dataclass(frozen=True, slots=True)
class Region:
    """One region. `until` is the last year its code was in force, 0 for one that is."""

    code: str
    name: str
    until: int = 0
    dial: str = ""

    @property
    def level(self) -> int:
        """1 for a province, 2 for a city, 3 for a county or district."""
        return 1 if self.code.endswith("0000") else 2 if self.code.endswith("00") else 3


@cache
def table() -> Mapping[str, Region]:
    """Return every region that is or was, by code."""
    found = {}
    text = files("kedang.kernel").joinpath("data/regions.tsv").read_text("utf-8")
    for line in text.splitlines():
        code, name, until, dial = (*line.split("\t"), "", "")[:4]
        found[code] = Region(code, name, int(until or 0), dial)
    return found


def above(code: str) -> str:
    """Return the code of the region right above one, or an empty text for a province."""
    for upper in (f"{code[:4]}00", f"{code[:2]}0000"):
        if upper != code and upper in table():
            return upper
    return ""


def path(code: str) -> tuple[Region, ...]:
    """Return a region with those it lies in, the province first; nothing for a code nobody gave out."""
    own = table().get(code) or table().get(f"{code[:4]}00") or table().get(f"{code[:2]}0000")
    if own is None or len(code) != 6 or not code.isdigit():
        return ()
    upper = above(own.code)
    return (*path(upper), own) if upper else (own,)


def name_of(code: str) -> str:
    """Return the whole name of a region (广东省广州市天河区), or the code where nobody gave it out.

    One that is no longer in force says until when it was: its name may be another region's today.
    """
    found = path(code)
    until = found[-1].until if found else 0
    return ("".join(region.name for region in found) or code) + (f"（至{until}年）" if until else "")


def below(code: str = "") -> list[Region]:
    """Return the regions in force right below one, or the provinces."""
    return _children().get(code, [])


@cache
def _children() -> Mapping[str, list[Region]]:
    found: dict[str, list[Region]] = defaultdict(list)
    for region in table().values():
        if not region.until:
            found[above(region.code)].append(region)
    return found


def within(code: str) -> list[str]:
    """Return the codes of a region and of all that lie or lay in it; 110100 stands for Beijing in old files."""
    start = prefix(code)
    return sorted({code, f"{start}0100"[:6], *(one for one in table() if one.startswith(start))})


def prefix(code: str) -> str:
    """Return what the codes of a region and of all below it begin with: 44 for 440000."""
    return code.removesuffix("0000") if code.endswith("0000") else code.removesuffix("00")


@lru_cache(maxsize=8_192)
def short(name: str) -> str:
    """Return a region's name as people say it: 广东, 广州, 天河; a name of two characters stays whole."""
    if name in _SHORT:
        return _SHORT[name]
    for end in _ENDS:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end)
    return name


@lru_cache(maxsize=4_096)
def code_of(text: str) -> str:
    """Return the code of a region given by code, by name or by path; raise ValueError for none or several.

    广东省广州市天河区, 广东 广州 天河区, 天河区 and 440106 all give 440106.
    """
    typed = "".join(normal_form(text).replace("/", " ").replace("-", " ").split())
    if typed.isascii() and typed.isdigit() and (known := path(typed)):
        return known[-1].code  # 110100 was the inner city of Beijing: a file that has it means Beijing
    if typed in _whole_names():
        return _whole_names()[typed]
    found, rest = _walk(typed)
    if found and not rest:
        return found
    raise ValueError(f"no one region is called {text}")


@cache
def _whole_names() -> Mapping[str, str]:
    return {normal_form(name_of(code)): code for code in table()}


def read(address: str) -> tuple[str, str]:
    """Return the region that an address without blanks begins with, and what follows its name."""
    return _walk(address)


def guess(address: str = "", phone: str = "") -> str:
    """Return the region that an address begins with, else the city of a land line; an empty text if unsure."""
    found, _rest = _walk("".join(normal_form(address).split()))
    if found:
        return found
    area, dash, _local = phone.partition("-")
    return _by_dial().get(area, "") if dash else ""


@cache
def _by_dial() -> Mapping[str, str]:
    return {region.dial: region.code for region in table().values() if region.dial}


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Return codes by name. Districts are known by their whole name only, since 长安 is a mark as well."""
    found: dict[str, list[str]] = defaultdict(list)
    for region in sorted(table().values(), key=lambda one: one.until):
        spelled = {region.name} if region.level == 3 else {region.name, short(region.name)}
        for name in spelled:
            if len(name) > 1:
                found[name].append(region.code)
    return {name: tuple(codes) for name, codes in found.items()}


def head(text: str) -> str:
    """Return the longest name of a region that a text begins with, or an empty text."""
    for name in _by_start().get(text[:2], ()):
        if text.startswith(name):
            return name
    return ""


def search(text: str, most: int) -> list[tuple[str, str]]:
    """Return code and whole name of regions in force that a text finds, the widest first."""
    typed = "".join(normal_form(text).split())
    found = [
        region
        for region in table().values()
        if not region.until
        and (typed in region.name or typed in name_of(region.code) or region.code.startswith(typed))
    ]
    found.sort(key=lambda region: (not region.name.startswith(typed), region.level, region.code))
    return [(region.code, name_of(region.code)) for region in found[:most]]


@cache
def _by_start() -> Mapping[str, list[str]]:
    """Return the names that begin with two characters, the longest first."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(_names(), key=len, reverse=True):
        found[name[:2]].append(name)
    return dict(found)


def _walk(text: str) -> tuple[str, str]:
    """Read names of regions from the left, each inside the one before; return the last code and what is left."""
    starts, within = _by_start(), ""
    while True:
        for name in starts.get(text[:2], ()):
            if text.startswith(name) and (code := _inside(name, within)) != "":
                break
        else:
            return within, text
        if code is None:
            return within, text
        within, text = code, text[len(name) :]


@lru_cache(maxsize=20_000)
def _inside(name: str, within: str) -> str | None:
    """Return the code that a name means inside a region, "" where it means none there, None where it could be
    several: 朝阳区 is in two provinces, and is not 朝阳 followed by 区; 吉林 is a province before it is a city in it.
    """
    inside = [
        code for code in _names()[name] if not within or (code.startswith(prefix(within)) and code != within)
    ]
    alive = [code for code in inside if not table()[code].until] or inside
    widest = min(alive, key=lambda code: table()[code].level, default="")
    if alive and all(code.startswith(prefix(widest)) for code in alive):
        return widest
    return None if alive and not within else ""
