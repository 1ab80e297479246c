"""From what a surface sends to the value of one column."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.records.fields import FieldSpec
from kedang.kernel import countries, ids
from kedang.kernel.trees import TREES

MAX_TEXT = 20_000
MAX_DIGITS = 16  # before the point, and after it
MAX_ID = 2**63
MAX_CHOICES = 50
BETWEEN = re.compile(r"[,，、;；\n]")
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # a database of UTF-8 text holds neither
TEXTS = frozenset({"text", "longtext", "phone", "email", "url", "country", "person", *TREES})
EMPTY: tuple[Any, ...] = (None, "", {}, [])
AS_TYPED = TEXTS - {"country", *TREES} | {"choice"}


def read(spec: FieldSpec, value: Any) -> Any:
    """Return the column value for what a surface sent; raise ValueError in words for people."""
    if type(value) is str and spec.kind in AS_TYPED and len(value) <= MAX_TEXT and value.isprintable():
        return value.strip()  # what parse would say of nearly every text
    return parse(spec.kind, value)


def parse(kind: str, value: Any) -> Any:
    """Return a value of a kind (see FieldSpec) from what a surface sent; raise ValueError in words for people."""
    if value is None or value == "":
        return "" if kind in TEXTS or kind == "choice" else None
    match kind:
        case "record" | "user" | "unit" | "file":
            return _id(value)
        case "money" | "number":
            return _decimal(value)
        case "integer":
            return _whole(value)
        case "boolean":
            return _truth(value)
        case "choices":
            return _several(value)
        case "date":
            return _date(value)
        case "datetime":
            return _moment(value)
        case "country":
            return _country(value)
        case _ if kind in TREES:
            return _coded(kind, value)
    text = str(value).replace("\r\n", "\n").strip()
    if isinstance(value, dict | list) or len(text) > MAX_TEXT or UNSTORABLE.search(text):
        raise ValueError(_("This text is too long or holds characters that cannot be stored."))
    return text


def _id(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_ID:
        return value
    try:
        return ids.read(str(value))
    except ValueError as error:
        raise ValueError(_("There is no such record, or it is not yours to see.")) from error


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool | float):
        value = str(value)
    try:
        number = Decimal(str(value).replace(",", "").replace("，", "").strip())
    except InvalidOperation as error:
        raise ValueError(_("Not a number.")) from error
    if not number.is_finite() or number.adjusted() >= MAX_DIGITS:
        raise ValueError(_("This number is too large."))
    if number.adjusted() < -MAX_DIGITS and number:
        raise ValueError(_("Not a number."))
    return number


def _whole(value: Any) -> int:
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueError(_("Not a whole number."))
    return int(number)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"1", "true", "on", "yes", "是"}:
        return True
    if str(value).lower() in {"0", "false", "off", "no", "否"}:
        return False
    raise ValueError(_("Answer yes or no."))


def _several(value: Any) -> list[str]:
    """Several keys of a list, each once, as they were given or as one text with marks between them."""
    parts = value if isinstance(value, list | tuple) else BETWEEN.split(str(value))
    if len(parts) > MAX_CHOICES or not all(isinstance(part, str) for part in parts):
        raise ValueError(_("Too many choices."))
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ValueError(_("Not a date. Write it like 2026-11-23.")) from error


def _country(value: Any) -> str:
    try:
        return countries.code_of(str(value))
    except ValueError as error:
        raise ValueError(_("There is no country of that name.")) from error


def _coded(kind: str, value: Any) -> str:
    try:
        return TREES[kind].code_of(str(value))
    except ValueError as error:
        text = _("“%(name)s” is no region, or the name of several: write the province and the city too.")
        raise ValueError(
            text % {"name": value} if kind == "region" else _("There is no trade of that name.")
        ) from error


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ValueError(_("Not a date and time.")) from error
    if moment.tzinfo is None:
        raise ValueError(_("Not a date and time."))
    return moment
