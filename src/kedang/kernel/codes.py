"""Chinese business codes and phone numbers: checks that give reasons, normal forms, and masks.

Sources: GB 32100-2015 (unified social credit code), GB 11714 (organisation code inside it), the numbering
plan as `phonenumbers` knows it. What a standard says is an error here; what only a table says is a warning.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

import phonenumbers

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
REGISTRARS = frozenset("123456789ANY")

_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_VALUE = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")

# What the eye or the hand confuses. Letters that the code never uses stand for the one they resemble.
_LOOKS_LIKE = {
    "O": "0QD", "I": "1JL", "S": "58", "V": "UYW", "Z": "27", "0": "DQ8", "1": "7LJ", "2": "7", "5": "6",
    "8": "B3", "B": "8", "D": "0", "Q": "0", "G": "6C", "6": "G5", "C": "G", "L": "1", "J": "1", "7": "1",
    "M": "N", "N": "M", "U": "W", "W": "U", "X": "Y", "Y": "X", "3": "8", "E": "F", "F": "E", "P": "R",
    "R": "P",
}  # fmt: skip


def gettext_noop(text: str) -> str:
    """Mark a text for the translation catalogue; the surface that shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason: a stable code, an English text with named placeholders, and what fills them."""

    code: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.data if self.data else self.text


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """What a check found: the normal form, errors that refuse it, and warnings that do not."""

    code: str
    problems: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        """Say whether nothing refuses the code."""
        return not self.problems


def normal_code(typed: str) -> str:
    """Return a code in half width and capitals without blanks. Letters are never exchanged for digits."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", typed)).upper()


def check_letter(first_seventeen: str) -> str:
    """Return the 18th character of a credit code: (31 - sum(C_i * W_i) mod 31) mod 31 (GB 32100-2015)."""
    total = sum(_VALUE[letter] * weight for letter, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_letter(first_eight: str) -> str:
    """Return the 9th character of an organisation code: 11 - sum mod 11; 10 is X, 11 is 0 (GB 11714)."""
    pairs = zip(first_eight, _ORGANISATION_WEIGHTS, strict=True)
    return "0123456789X"[-sum(_ORGANISATION_VALUE[letter] * weight for letter, weight in pairs) % 11]


@lru_cache(maxsize=4096)  # an import asks twice: to find the file, and to check it
def check_credit_code(typed: str) -> CodeCheck:
    """Check a unified social credit code as typed, and say which part fails (GB 32100-2015).

    Errors are length, letter, region and check digit. The organisation code inside and an unknown registrar
    are warnings only: old codes and newer tables differ from the standard's lists.
    """
    code = normal_code(typed)
    if len(code) != 18:
        text = gettext_noop("A credit code has 18 characters, this one has %(length)s.")
        return CodeCheck(code, (Finding("length", text, {"length": len(code)}),))
    strange = tuple(place for place, letter in enumerate(code, 1) if letter not in _VALUE)
    if strange:
        letters = " ".join(dict.fromkeys(code[place - 1] for place in strange))
        text = gettext_noop("A credit code never contains %(letters)s.")
        return CodeCheck(code, (Finding("letter", text, {"letters": letters, "places": strange}),))
    problems = tuple(_credit_problems(code))
    return CodeCheck(code, problems, tuple(_credit_warnings(code)))


def _credit_problems(code: str) -> Iterator[Finding]:
    if not code[2:8].isdigit():
        yield Finding("region", gettext_noop("Characters 3 to 8 are the region code and must be digits."))
    expected = check_letter(code[:17])
    if expected != code[17]:
        text = gettext_noop(
            "The check digit does not fit: with these 17 characters it would be %(expected)s."
        )
        yield Finding("check_digit", text, {"expected": expected})


def _credit_warnings(code: str) -> Iterator[Finding]:
    if code[0] not in REGISTRARS:
        text = gettext_noop("The registrar %(registrar)s is not in our list.")
        yield Finding("registrar", text, {"registrar": code[0]})
    if organisation_letter(code[8:16]) != code[16]:
        yield Finding("organisation", gettext_noop("The organisation code inside fails its own check."))


def suggest(typed: str) -> tuple[str, ...]:
    """Return up to five valid codes one slip away from a wrong one, the likeliest first.

    They are offered, never applied. Slips: letters the code never uses, one character that looks like
    another, two neighbours exchanged, one character typed twice, and a last character that alone is wrong
    while the organisation code holds.
    """
    code = normal_code(typed)
    if check_credit_code(code).valid:
        return ()
    found = dict.fromkeys(option for option in _slips(code) if check_credit_code(option).valid)
    return tuple(sorted(found, key=lambda option: len(check_credit_code(option).warnings))[:5])


def _slips(code: str) -> Iterator[str]:
    if any(letter in "OISVZ" for letter in code):
        yield "".join(_LOOKS_LIKE[letter][0] if letter in "OISVZ" else letter for letter in code)
    if len(code) == 19:
        doubled = (place for place in range(18) if code[place] == code[place + 1])
        yield from (code[:place] + code[place + 1 :] for place in doubled)
    if len(code) != 18:
        return
    for place, letter in enumerate(code):
        for other in _LOOKS_LIKE.get(letter, ""):
            yield code[:place] + other + code[place + 1 :]
    for place in range(17):
        yield code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    body = code[:17]
    if all(letter in _VALUE for letter in body) and organisation_letter(body[8:16]) == body[16]:
        yield body + check_letter(body)


def check_tax_number(typed: str) -> CodeCheck:
    """Check the length of a tax number (15, 17, 18 or 20 letters and digits); it is not otherwise proved."""
    code = normal_code(typed)
    if len(code) in (15, 17, 18, 20) and code.isascii() and code.isalnum():
        return CodeCheck(code)
    text = gettext_noop("A tax number has 15, 17, 18 or 20 letters and digits.")
    return CodeCheck(code, (Finding("length", text),))


@dataclass(frozen=True, slots=True)
class PhoneCheck:
    """A phone number as typed and canonical; kind is mobile, landline, hotline, service or foreign."""

    typed: str
    canonical: str = ""
    kind: str = ""
    problems: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        """Say whether the number has a canonical form."""
        return not self.problems


_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d\d)(\d{7,8})")
_CANONICAL = re.compile(r"1[3-9]\d{9}|(?:010|02\d|0[3-9]\d\d)-\d{7,8}", re.ASCII)
_HOTLINE = re.compile(r"[48]00\d{7}")
_SERVICE = re.compile(r"95\d{3,4}")
_EXTENSION = re.compile(r"\s*(?:-|转|分机|#|x|ext\.?)\s*(\d{1,6})$")
_MARKS = re.compile(r"[\s\-()（）.·_—–]+")
_NEIGHBOURS = re.compile(r"(?:852|853)\d{8}|886\d{8,9}")
_SEVERAL = re.compile(r"[/,;、，；|或]")


def check_phone(typed: str) -> PhoneCheck:
    """Read one phone number and return its canonical form.

    13812345678 for a mobile, 020-39000042 or 020-39000042-801 for a land line, 4008001234 for a hotline,
    95588 for a service number, +85221234567 (E.164) for Hong Kong, Macao, Taiwan and abroad.
    A series that the numbering plan has not given out is a warning.
    """
    found = _read_phone(typed)
    if found.kind == "mobile":
        known = _series_in_use(found.canonical[:5])
    elif found.kind == "landline":
        area, local = found.canonical.split("-")[:2]
        known = _in_use_at_home(f"{area[1:]}{local}")
    else:
        return found
    return found if known else replace(found, warnings=(_UNASSIGNED,))


def canonical_phone(typed: str) -> str:
    """Return the canonical form of a phone number, or an empty text when it is none."""
    return typed if _CANONICAL.fullmatch(typed) else _read_phone(typed).canonical


def _read_phone(typed: str) -> PhoneCheck:
    """Read a number without asking whether its series is in use at home."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub(" ", typed)).strip().lower()
    if _SEVERAL.search(text):
        problem = Finding("several", gettext_noop("Enter one phone number a field."))
        return PhoneCheck(typed, problems=(problem,))
    if _is_foreign(text):
        return _foreign(typed, text)
    main, extension = _without_extension(text)
    digits = _without_country(_MARKS.sub("", main))
    if not extension:
        if _MOBILE.fullmatch(digits):
            return PhoneCheck(typed, digits, "mobile")
        if _HOTLINE.fullmatch(digits):
            return PhoneCheck(typed, digits, "hotline")
        if _SERVICE.fullmatch(digits):
            return PhoneCheck(typed, digits, "service")
    return _landline(typed, digits, extension)


def _is_foreign(text: str) -> bool:
    digits = _MARKS.sub("", text)
    if digits.startswith("+"):
        return not digits.startswith("+86")
    if digits.startswith("00"):
        return not digits.startswith("0086")
    return bool(_NEIGHBOURS.fullmatch(digits))


def _without_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.search(text)
    if match is None:
        return text, ""
    main = text[: match.start()]
    # "020-39000042" ends like an extension too; it is one only when a whole number stands before it.
    whole = _LANDLINE.fullmatch(_without_country(_MARKS.sub("", main)))
    return (main, match[1]) if whole else (text, "")


def _without_country(digits: str) -> str:
    for prefix in ("+86", "0086"):
        if digits.startswith(prefix):
            return _domestic(digits.removeprefix(prefix))
    if digits.startswith("86") and len(digits) > 11:
        rest = _domestic(digits[2:])
        if any(form.fullmatch(rest) for form in (_MOBILE, _HOTLINE, _LANDLINE)):
            return rest
    return digits


def _domestic(rest: str) -> str:
    """Put the trunk 0 back before an area code: +86 20 ... is dialled 020 ... at home."""
    if rest.startswith("0") or _MOBILE.fullmatch(rest) or _HOTLINE.fullmatch(rest):
        return rest
    return "0" + rest


def _landline(typed: str, digits: str, extension: str) -> PhoneCheck:
    match = _LANDLINE.fullmatch(digits)
    if match is None:
        return PhoneCheck(typed, problems=(_why_no_phone(digits),))
    canonical = f"{match[1]}-{match[2]}" + (f"-{extension}" if extension else "")
    return PhoneCheck(typed, canonical, "landline")


def _why_no_phone(digits: str) -> Finding:
    if digits.isdigit() and 7 <= len(digits) <= 8:
        return Finding("area", gettext_noop("Add the area code before the number."))
    if digits.isdigit() and digits.startswith("1") and digits[1:2] in tuple("3456789"):
        text = gettext_noop("A mobile number has 11 digits, this one has %(length)s.")
        return Finding("length", text, {"length": len(digits)})
    return Finding("form", gettext_noop("This is not a phone number we know."))


def _foreign(typed: str, text: str) -> PhoneCheck:
    digits = "".join(filter(str.isdigit, text))
    try:
        number = phonenumbers.parse("+" + digits.removeprefix("00"), None)
    except phonenumbers.NumberParseException:
        return PhoneCheck(typed, problems=(_why_no_phone(""),))
    if re.search(r"[^\d+\s\-().]", text) or not phonenumbers.is_possible_number(number):
        return PhoneCheck(typed, problems=(_why_no_phone(""),))
    canonical = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    known = phonenumbers.is_valid_number(number)
    return PhoneCheck(typed, canonical, "foreign", warnings=() if known else (_UNASSIGNED,))


_UNASSIGNED = Finding("unassigned", gettext_noop("This series of numbers is not known to be in use."))


@lru_cache(maxsize=20_000)
def _series_in_use(first_five: str) -> bool:
    """The plan gives out mobile series by their first five digits, so one answer serves the whole series."""
    return _in_use_at_home(f"{first_five}000000")


def _in_use_at_home(digits: str) -> bool:
    lines = _fixed_lines()
    if len(digits) in lines[1] and lines[0].fullmatch(digits):
        return True  # what nearly all are; the library would try every kind of number first
    number = phonenumbers.PhoneNumber(country_code=86, national_number=int(digits))
    return bool(phonenumbers.is_valid_number(number))


@cache
def _fixed_lines() -> tuple[re.Pattern[str], frozenset[int]]:
    """Return how the library's plan spells the land lines of the mainland, and how long they are."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    kind = plan.fixed_line if plan else None
    if kind is None:
        return re.compile(r"(?!)"), frozenset()
    return re.compile(kind.national_number_pattern or r"(?!)"), frozenset(kind.possible_length)


_COMPOUND_SURNAMES = """
    欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 令狐 慕容 司徒 司空 长孙 宇文 夏侯 端木 百里 南宫 独孤
    轩辕 澹台 万俟 闻人 申屠 公冶 太史 呼延 钟离 淳于 单于 濮阳 赫连 鲜于 东郭 西门 左丘 公羊 拓跋
"""
COMPOUND_SURNAMES = frozenset(_COMPOUND_SURNAMES.split())


def mask_phone(number: str) -> str:
    """Hide the middle of a phone number: 138****5678, 020-****0042, +852****4567."""
    check = _read_phone(number)
    if check.kind in ("mobile", "hotline"):
        return f"{check.canonical[:3]}****{check.canonical[-4:]}"
    if check.kind == "landline":
        area, local = check.canonical.split("-")[:2]
        return f"{area}-****{local[-4:]}"
    if check.kind == "foreign":
        return f"+{phonenumbers.parse(check.canonical, None).country_code}****{check.canonical[-4:]}"
    return "****" if number.strip() else ""


def mask_name(name: str) -> str:
    """Keep the surname of a person: 张**, 欧阳**, and the first letter of a Latin name."""
    plain = name.strip()
    if not plain:
        return ""
    kept = 2 if len(plain) > 2 and plain[:2] in COMPOUND_SURNAMES else 1
    return plain[:kept] + "**"


def mask_email(address: str) -> str:
    """Keep the first letter and the domain of an address: z***@x.cn."""
    plain = address.strip()
    local, at, domain = plain.rpartition("@")
    if not at:
        return "***" if plain else ""
    return f"{local[:1]}***@{domain}"


def mask_code(code: str) -> str:
    """Keep the first and last four characters of a code or account, and less of a short one."""
    plain = code.strip()
    if len(plain) >= 12:
        return f"{plain[:4]}{'*' * (len(plain) - 8)}{plain[-4:]}"
    if len(plain) > 4:
        return "****" + plain[-2:]
    return "****" if plain else ""
