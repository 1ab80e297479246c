"""Compose a number from its rule. Pure: the same values, serial and day give the same number."""

import re
from collections.abc import Mapping
from datetime import date

from kedang.packs.schema import NumberPart, NumberRule, Pack

Codes = dict[tuple[str, str], str]
DAYS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "yymm": "%y%m", "dd": "%d"}
SLOT = re.compile(r"\{([^}]+)\}")


def compose(
    rule: NumberRule, pack: Pack, values: Mapping[str, object], serial: int, on: date, known: Codes
) -> str:
    """Return the number that a rule gives to a record with these values and this serial on this day.

    `known` keeps the codes found so far: a batch asks for few different ones.
    """
    parts = {part.key: part for part in rule.parts}

    def said(found: re.Match[str]) -> str:
        name, _colon, width = found.group(1).partition(":")
        if name == "serial":
            return f"{serial:0{int(width)}}"
        if (part := parts.get(name)) is not None:
            return code_of(part, pack, str(values.get(part.field) or ""), known)
        return on.strftime(DAYS[name])

    return SLOT.sub(said, rule.template)


def code_of(part: NumberPart, pack: Pack, value: str, known: Codes) -> str:
    """Return the code that stands for a value: the list's own, the longest fitting prefix, or the default."""
    code = known.get((part.key, value))
    if code is None:
        code = known[part.key, value] = _found(part, pack, value)
    return code


def _found(part: NumberPart, pack: Pack, value: str) -> str:
    if not value:
        return part.default
    if part.codes_from:
        found = next((choice for choice in pack.choices(part.codes_from) if choice.key == value), None)
        return found.code if found and found.code else part.default
    prefixes = (value[:size] for size in range(len(value), -1, -1))
    return next((part.codes[prefix] for prefix in prefixes if prefix in part.codes), part.default)


def series_of(rule: NumberRule, on: date) -> str:
    """Return the name of the series a rule takes its serials from on a day."""
    match rule.resets:
        case "year":
            return f"{rule.record}:{on:%Y}"
        case "month":
            return f"{rule.record}:{on:%Y%m}"
    return rule.record
