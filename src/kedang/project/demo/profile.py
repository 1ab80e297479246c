"""How customers differ: shares of types, levels and states, and what credit each level has."""

from decimal import Decimal

from kedang.project.demo.dice import weighted

TYPES = (
    ("enterprise", 60),
    ("dealer", 15),
    ("terminal", 9),
    ("individual", 8),
    ("household", 4),
    ("other", 4),
)
LEVELS = {
    "enterprise": (("diamond", 4), ("gold", 14), ("silver", 32), ("member", 50)),
    "dealer": (("diamond", 8), ("gold", 26), ("silver", 38), ("member", 28)),
    "terminal": (("gold", 4), ("silver", 36), ("member", 60)),
    "individual": (("silver", 15), ("member", 85)),
    "household": (("member", 100),),
    "other": (("diamond", 2), ("gold", 12), ("silver", 36), ("member", 50)),
}
STATUSES = {
    "diamond": (("active", 95), ("dormant", 5)),
    "gold": (("prospect", 3), ("active", 86), ("dormant", 9), ("lost", 2)),
    "silver": (("prospect", 12), ("active", 66), ("dormant", 16), ("lost", 6)),
    "member": (("prospect", 31), ("active", 40), ("dormant", 19), ("lost", 10)),
}
KINDS = weighted(
    ((type_key, level, status), weight * level_weight * share // 100)
    for type_key, weight in TYPES
    for level, level_weight in LEVELS[type_key]
    for status, share in STATUSES[level]
)


def _thousands(*amounts: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount * 1000) for amount in amounts)


# Per level: credit limits, days of credit, ratings.
CREDIT: dict[str, tuple[tuple[Decimal, ...], tuple[int, ...], tuple[str, ...]]] = {
    "diamond": (_thousands(500, 800, 1000, 1500, 2000), (60, 90), ("AAA", "AA")),
    "gold": (_thousands(200, 300, 400, 500), (45, 60), ("AA", "A")),
    "silver": (_thousands(50, 80, 100, 150), (30, 45), ("A", "BBB")),
    "member": (_thousands(0, 0, 20, 30), (0, 30), ("BBB", "BB", "")),
}
# The sections of GB/T 4754 by their letter, as the general pack names them.
INDUSTRIES = {
    "A": "agriculture",
    "B": "mining",
    "C": "manufacturing",
    "D": "utilities",
    "E": "construction",
    "F": "wholesale_retail",
    "G": "transport",
    "H": "hospitality",
    "I": "information",
    "K": "real_estate",
    "L": "business_services",
    "M": "research",
    "N": "public_facilities",
    "O": "personal_services",
    "P": "education",
    "Q": "health",
    "R": "culture",
    "S": "public_administration",
}
POTENTIALS = ("high", "medium", "medium", "low")

_MOBILE_HEADS = """
    130 131 132 133 135 136 137 138 139 150 151 152 153 155 156 157 158 159 166 173 175 176 177 178
    180 181 182 183 185 186 187 188 189 191 193 198 199
"""
MOBILE_HEADS = tuple(_MOBILE_HEADS.split())


def mobile(first: int, second: int, third: int) -> str:
    """Return a mobile number of an assigned series for three numbers of 16 bits."""
    return f"{MOBILE_HEADS[first % len(MOBILE_HEADS)]}{(second << 16 | third) % 100_000_000:08d}"
