"""Guess which column of a file is which field: by the field's name and its label in every language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation

from kedang.engine.exchange.values import squeezed
from kedang.engine.records.fields import FieldSpec

IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
SHORTEST_PART = 2
ID_HEADER = "ID"


@dataclass(frozen=True, slots=True)
class Guess:
    """`columns` maps fields to headings that surely mean them, `likely` to those a person should confirm;
    `left` are the headings that mean no field.
    """

    columns: Mapping[str, str]
    likely: Mapping[str, str]
    left: tuple[str, ...]

    def stated(self, *, likely: bool = False) -> dict[str, Any]:
        """Return a mapping as data, for `read_mapping`."""
        return {"columns": dict(self.columns) | (dict(self.likely) if likely else {})}


def guess(headers: Sequence[str], specs: Iterable[FieldSpec]) -> Guess:
    """Return which heading means which of the fields; each heading and each field is used once.

    A heading surely means a field when it is the field's name or label, in any language, but for width,
    case, blanks, marks and what stands in brackets; it may mean it when one contains the other.
    """
    names = _names(specs)
    sure: dict[str, str] = {}
    left = list(headers)
    for reading in (squeezed, lambda header: squeezed(IN_BRACKETS.sub("", header))):
        for header in list(left):
            named = names.get(reading(header))
            if named and named not in sure:
                sure[named] = header
                left.remove(header)
    likely: dict[str, str] = {}
    for header in list(left):
        bare = squeezed(IN_BRACKETS.sub("", header))
        found = {name for words, name in names.items() if _alike(bare, words)} - sure.keys() - likely.keys()
        if len(found) == 1:
            likely[found.pop()] = header
            left.remove(header)
    return Guess(sure, likely, tuple(left))


def _alike(header: str, words: str) -> bool:
    return min(len(header), len(words)) >= SHORTEST_PART and (words in header or header in words)


def _names(specs: Iterable[FieldSpec]) -> dict[str, str]:
    """Return the field for each of its squeezed names; what two fields share means neither."""
    specs = list(specs)
    found: dict[str, set[str]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for spec in specs:
                found.setdefault(squeezed(str(spec.label)), set()).add(spec.name)
    names = {words: fields.pop() for words, fields in found.items() if len(fields) == 1 and words}
    return names | {squeezed(spec.name): spec.name for spec in specs} | {squeezed(ID_HEADER): "id"}
