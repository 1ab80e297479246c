"""Turn the text of cells into the values of fields, as people here write them.

A converter is made once for a field and used for each row: it takes text that is not empty and returns a
value, or raises Unreadable with a sentence for the person who has the file. It never guesses: 11/3/2026 is
refused, since nobody can say whether it is March or November. References stay text; who they name is found
set by set where the database is at hand.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from kedang.engine.exchange.formulas import restored
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.values import BETWEEN
from kedang.kernel.clock import ZONE

Converter = Callable[[str], Any]

REMEMBERED = 4096
YES = frozenset({"是", "有", "对", "√", "✓", "真", "y", "yes", "true", "t", "1", "on"})
NO = frozenset(
    {"否", "无", "無", "不", "不是", "错", "錯", "×", "✗", "假", "n", "no", "false", "f", "0", "off"}
)
UNITS = {"万": Decimal(10_000), "萬": Decimal(10_000), "亿": Decimal(100_000_000), "億": Decimal(100_000_000)}
CURRENCY_MARKS = re.compile(r"^(?:CNY|RMB|人民币|[¥$€£])\s*|\s*(?:CNY|RMB|元整?|圆整?)$", re.IGNORECASE)
# 钻石级 is 钻石, where no choice is called 钻石级
CALLED = ("级客户", "类客户", "牌客户", "客户", "级", "級", "类", "類", "牌")
SHORTENED = re.compile(r"\d(?:\.\d+)?E\+\d{2,3}", re.IGNORECASE)
YMD = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})[日号號]?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
CLOCK = re.compile(r"(\d{1,2})[:时時点點](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?)?[分秒]?")
SERIAL = re.compile(r"([2-9]\d{4})(\.\d+)?")
SERIAL_START = dt.datetime(1899, 12, 30)  # noqa: DTZ001  a serial number has no zone
GROUPS = r"\d{1,3}(?:%s\d{3})+|\d{1,4}(?:%s\d{4})+|\d+"


class Unreadable(ValueError):
    """A cell's text is no value of its field; the sentence says why."""

    def __init__(self, text: str, code: str = "invalid") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


def converter(
    spec: FieldSpec, *, dates: Sequence[str] = (), decimal: str = ".", thousands: str = ","
) -> Converter:
    """Return the function that reads the text of one field.

    `dates` are strptime patterns that replace the usual forms; `decimal` and `thousands` are the marks in
    numbers. The function returns str, Decimal, int, date, aware datetime or bool, by the field's kind.
    """
    match spec.kind:
        case "integer":
            return remembering(lambda text: _integer(text, decimal, thousands))
        case "number" | "money":
            return remembering(lambda text: _decimal(text, decimal, thousands))
        case "date":
            return remembering(lambda text: _date(text, dates))
        case "datetime":
            return remembering(lambda text: _moment(text, dates))
        case "boolean":
            return remembering(_boolean)
        case "choice":
            return remembering(_choice_reader(spec))
        case "choices":
            return remembering(_several(_choice_reader(spec)))
        case "longtext":
            return _long_text
        case "email":
            return lambda text: _line(text).replace(" ", "")
    return _line


def remembering(read: Converter) -> Converter:
    """Wrap a converter so that a value which repeats down a column is read once."""
    known: dict[str, Any] = {}

    def lookup(text: str) -> Any:
        if text in known:
            return known[text]
        value = read(text)
        if len(known) < REMEMBERED:
            known[text] = value
        return value

    return lookup


def _line(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text
    bare = " ".join(restored(text).split())
    if "+" in bare and SHORTENED.fullmatch(bare):
        raise Unreadable(
            _("“%(text)s” is a long number that a sheet program shortened; its digits are lost")
            % {"text": bare},
            "digits_lost",
        )
    return bare


def _long_text(text: str) -> str:
    return restored(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(text: str) -> str:
    """Return figures and marks as ASCII, without blanks at the ends."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _decimal(text: str, decimal: str, thousands: str) -> Decimal:
    bare = CURRENCY_MARKS.sub("", plain(restored(text)))
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1].strip() if negative else bare
    factor = UNITS.get(bare[-1:])
    bare = bare[:-1].strip() if factor else bare
    sign, digits = (bare[0], bare[1:].lstrip()) if bare[:1] in ("-", "+") else ("", bare)
    digits = CURRENCY_MARKS.sub("", digits)
    whole, mark, rest = digits.partition(decimal)
    grouped = GROUPS % (re.escape(thousands), re.escape(thousands)) if thousands else r"\d+"
    if (
        not re.fullmatch(grouped, whole or "0")
        or (mark and not re.fullmatch(r"\d*", rest))
        or not digits.strip(decimal)
    ):
        raise Unreadable(_("“%(text)s” is not a number") % {"text": text.strip()})
    try:
        amount = Decimal(f"{whole.replace(thousands, '') if thousands else whole}.{rest or '0'}")
    except InvalidOperation as error:
        raise Unreadable(_("“%(text)s” is not a number") % {"text": text.strip()}) from error
    amount = amount * factor if factor else amount
    if not rest and not factor:
        amount = amount.quantize(Decimal(1))
    return -amount if negative != (sign == "-") else amount


def _integer(text: str, decimal: str, thousands: str) -> int:
    amount = _decimal(text, decimal, thousands)
    if amount != int(amount):
        raise Unreadable(_("“%(text)s” is not a whole number") % {"text": text.strip()})
    return int(amount)


def _date(text: str, patterns: Sequence[str]) -> dt.date:
    return _moment_parts(text, patterns).date()


def _moment(text: str, patterns: Sequence[str]) -> dt.datetime:
    moment = _moment_parts(text, patterns)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _moment_parts(text: str, patterns: Sequence[str]) -> dt.datetime:
    bare = plain(restored(text))
    try:
        if patterns:
            return _by_patterns(bare, patterns)
        if "T" in bare:
            return dt.datetime.fromisoformat(bare)
        if serial := SERIAL.fullmatch(bare):
            return SERIAL_START + dt.timedelta(
                days=int(serial[1]), seconds=round(float(serial[2] or 0) * 86400)
            )
        found = YMD.match(bare) or COMPACT.match(bare)
        if found:
            return dt.datetime.combine(
                dt.date(int(found[1]), int(found[2]), int(found[3])), _clock(bare[found.end() :].strip())
            )
    except ValueError as error:
        raise Unreadable(_("“%(text)s” is not a day of the calendar") % {"text": bare}) from error
    raise Unreadable(
        _("“%(text)s” is not a date such as 2026-11-03, 2026年11月3日 or 20261103") % {"text": bare}
    )


def _by_patterns(bare: str, patterns: Sequence[str]) -> dt.datetime:
    for pattern in patterns:
        try:
            return dt.datetime.strptime(bare, pattern)  # noqa: DTZ007  a sheet has no zone; the caller sets it
        except ValueError:
            continue
    raise Unreadable(
        _("“%(text)s” is not a date in the form %(pattern)s")
        % {"text": bare, "pattern": _(", ").join(patterns)}
    )


def _clock(bare: str) -> dt.time:
    if not bare:
        return dt.time()
    if found := CLOCK.fullmatch(bare):
        return dt.time(int(found[1]), int(found[2]), int(found[3] or 0))
    return dt.time.fromisoformat(bare)


def _boolean(text: str) -> bool:
    bare = plain(text).casefold()
    if bare in YES:
        return True
    if bare in NO:
        return False
    raise Unreadable(_("“%(text)s” is neither yes nor no") % {"text": text.strip()})


def squeezed(text: str) -> str:
    """Return what two spellings of one label share: width, case, blanks and marks do not count."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _choice_reader(spec: FieldSpec) -> Converter:
    known = choice_keys(spec)

    def read(text: str) -> str:
        said = squeezed(restored(text))
        key = known.get(said) or next(
            (known[said.removesuffix(word)] for word in CALLED if said.removesuffix(word) in known), None
        )
        if key is None:
            shown = _(", ").join(str(label) for _value, label in spec.choices()[:20])
            raise Unreadable(
                _("“%(text)s” is not one of: %(choices)s") % {"text": text.strip(), "choices": shown},
                "choice",
            )
        return key

    return read


def _several(read: Converter) -> Converter:
    """Read each of the choices that one cell holds."""
    return lambda text: [read(part) for part in BETWEEN.split(restored(text)) if part.strip()]


def choice_keys(spec: FieldSpec) -> Mapping[str, str]:
    """Return the key of each choice by its key and by its label in every language, squeezed."""
    labels: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for value, label in spec.choices():
                labels.setdefault(squeezed(str(label)), value)
    # A key always means itself, even where another choice is labelled so.
    return labels | {squeezed(value): value for value, _label in spec.choices()}
