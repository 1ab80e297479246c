"""Guess which column of a file is which field: by the field's name, its label in every language, and other words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation

from kedang.engine.exchange.values import squeezed
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import Lines
from kedang.kernel.companies import simplified

IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
SHORTEST_PART = 2
ID_HEADER = "ID"
NO_WORDS: Mapping[str, Sequence[str]] = {}


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


def guess(
    headers: Sequence[str],
    specs: Iterable[FieldSpec],
    of: Any = "",
    also: Mapping[str, Sequence[str]] = NO_WORDS,
) -> Guess:
    """Return which heading means which of the fields; each heading and each field is used once.

    A heading surely means a field when it is the field's name or label, in any language, or one of the words that files
    use for it (`also`, by field), but for width, case, blanks, marks, traditional characters, what stands in brackets,
    and what the records are called (`of`): 客户名称 is the 名称 of a 客户. It may mean it when one contains the other.
    """
    called = _in_every_language(of)
    names = _names(specs, also)
    sure: dict[str, str] = {}
    left = list(headers)
    readings = (
        squeezed,
        lambda header: simplified(squeezed(header)),
        lambda header: squeezed(IN_BRACKETS.sub("", header)),
        lambda header: _without(called, simplified(squeezed(IN_BRACKETS.sub("", header)))),
    )
    for reading in readings:
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


def line_heading(lines: Lines, spec: FieldSpec) -> str:
    """Return the heading under which an export shows one field of the lines of a document."""
    return f"{lines.label}: {spec.label}"


def guess_lines(headers: Sequence[str], lines: Lines) -> dict[str, str]:
    """Return which heading means which field of a line: those of an export, in any language."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            named = {squeezed(line_heading(lines, spec)): name for name, spec in lines.specs.items()}
            found |= {name: header for header in headers if (name := named.get(squeezed(header), ""))}
    return found


def _in_every_language(label: Any) -> frozenset[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(squeezed(str(label)))
    return frozenset(found - {""})


def _without(called: frozenset[str], header: str) -> str:
    return next((header.removeprefix(name) for name in called if header.startswith(name)), header)


def _alike(header: str, words: str) -> bool:
    return min(len(header), len(words)) >= SHORTEST_PART and (words in header or header in words)


def _names(specs: Iterable[FieldSpec], also: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the field for each of its squeezed names; what two fields share means neither."""
    specs = list(specs)
    found: dict[str, set[str]] = {}
    for spec in specs:
        for words in also.get(spec.name, ()):
            found.setdefault(squeezed(words), set()).add(spec.name)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for spec in specs:
                found.setdefault(squeezed(str(spec.label)), set()).add(spec.name)
    names = {words: fields.pop() for words, fields in found.items() if len(fields) == 1 and words}
    return names | {squeezed(spec.name): spec.name for spec in specs} | {squeezed(ID_HEADER): "id"}
