"""The page on which columns become fields: what may be chosen, and what was chosen as a mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from kedang.engine.exchange.imports import importable
from kedang.engine.exchange.models import ImportUpload
from kedang.engine.exchange.rows import ID
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, Problem

FIXED = 4
FIELD, LINE = "f.", "l."
OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a column may be: its key in the form, its name, and whether a new record needs it."""

    key: str
    label: Any
    required: bool = False


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column of the file: its heading, what stands in it, and what was chosen."""

    place: int
    header: str
    samples: Sequence[str]
    chosen: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class FixedView:
    """A field that no column fills: every row gets the same text, or a text made of columns.

    `options` are what the text may be, where it is a choice.
    """

    place: int
    key: str
    how: str
    text: str
    error: str = ""
    options: Sequence[Any] = ()


def targets(actor: Actor, kind: RecordType) -> list[tuple[Any, list[Target]]]:
    """Return what a column may be, in groups: the fields this actor may set or match by, lines, the ID."""
    needed = _needed(kind)
    fields = [Target(FIELD + spec.name, spec.label, spec.name in needed) for spec in importable(actor, kind)]
    fields.sort(key=lambda one: not one.required)
    found: list[tuple[Any, list[Target]]] = [(kind.label, [*fields, Target(FIELD + ID, "ID")])]
    if kind.lines is not None:
        lines = [spec for spec in kind.lines.specs.values() if spec.name != kind.lines.order_by]
        found.append((kind.lines.label, [Target(LINE + spec.name, spec.label) for spec in lines]))
    return found


def _needed(kind: RecordType) -> set[str]:
    """Return what every new record must have: what the type asks for, and what it is called by."""
    title = kind.own_fields.get(kind.title)
    return {*kind.required, *([kind.title] if title is not None and not title.blank else [])}


def missing(actor: Actor, kind: RecordType, upload: ImportUpload) -> list[Target]:
    """Return the fields that a new record needs and that no column or fixed text fills so far."""
    filled = {key for key, _source in _column_of(upload.stated)} | {
        row[0] for row in _fixed_of(upload.stated)
    }
    fields = targets(actor, kind)[0][1]
    return [one for one in fields if one.required and one.key not in filled]


def worked_out(kind: RecordType) -> list[tuple[Any, list[Any]]]:
    """Return the names of the fields that can be worked out of others, and of those others."""
    fields = kind.own_fields
    return [
        (fields[name].label, [fields[one].label for one in offer.of]) for name, offer in kind.offers.items()
    ]


def labels(actor: Actor, kind: RecordType) -> dict[str, Any]:
    """Return the name of every target by its key."""
    return {one.key: one.label for _group, group in targets(actor, kind) for one in group}


def matches(actor: Actor, kind: RecordType) -> list[tuple[str, Any]]:
    """Return by which fields rows may be joined to records there are; the first is the type's own order."""
    specs = {spec.name: spec for spec in importable(actor, kind)}
    sets = dict.fromkeys((*kind.match, "+".join(kind.natural)))
    named = [(names, _named(specs, names)) for names in sets if names]
    own = _(", ").join(str(label) for _names, label in named if label)
    return [
        ("", own or _("nothing")),
        *((n, label) for n, label in named if label and len(named) > 1),
        (ID, "ID"),
    ]


def _named(specs: Mapping[str, FieldSpec], names: str) -> str:
    parts = names.split("+")
    return (
        " + ".join(str(specs[name].label) for name in parts) if all(name in specs for name in parts) else ""
    )


def columns(
    upload: ImportUpload, errors: Mapping[str, str], post: QueryDict | None = None
) -> list[ColumnView]:
    """Return the columns of an upload, with what was chosen before or has just been sent."""
    chosen = {header: key for key, header in _column_of(upload.stated)}
    found = []
    for place, header in enumerate(upload.found["headers"]):
        name = f"c.{place}"
        samples = dict.fromkeys(
            row[place] for row in upload.found["samples"] if place < len(row) and row[place]
        )
        key = post.get(name, "") if post is not None else chosen.get(header, "")
        found.append(ColumnView(place, header, list(samples)[:3], key, errors.get(name, "")))
    return found


def fixed(
    upload: ImportUpload, errors: Mapping[str, str], post: QueryDict | None = None, *, wanted: Sequence[Target] = ()
) -> list[FixedView]:  # fmt: skip
    """Return the constants and templates of an upload, what is `wanted` and has no text yet, some empty rows for more,
    and what is worked out.
    """
    if post is not None:
        given = [
            (post.get(f"x.{n}.f", ""), post.get(f"x.{n}.how", ""), post.get(f"x.{n}.v", ""))
            for n in range(40)
        ]
        rows = [one for one in given if one[0] or one[2]]
    else:
        rows = [*((one.key, "const", "") for one in wanted), *_fixed_of(upload.stated)]
    offered = [row for row in rows if row[1] == OFFER]
    rows = [row for row in rows if row[1] != OFFER]
    rows += [*[("", "const", "")] * max(1, FIXED - len(rows) - len(offered)), *offered]
    kind = RECORDS[upload.record]
    return [
        FixedView(n, *row, errors.get(f"x.{n}", ""), _options(kind, row[0])) for n, row in enumerate(rows)
    ]


def _options(kind: RecordType, key: str) -> list[Any]:
    """Return the choices of the field that a key of the form stands for."""
    spec = kind.fields.get(key.removeprefix(FIELD))
    return [label for _value, label in spec.choices()] if spec is not None and spec.kind == "choice" else []


def _column_of(stated: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for table, prefix in (("columns", FIELD), ("lines", LINE)):
        for name, source in stated.get(table, {}).items():
            column = source if isinstance(source, str) else source.get("column", "")
            if column:
                found.append((prefix + name, column))
    return found


def _fixed_of(stated: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for table, prefix in (("columns", FIELD), ("lines", LINE)):
        for name, source in stated.get(table, {}).items():
            for how in ("const", "template", OFFER):
                if not isinstance(source, str) and how in source:
                    found.append((prefix + name, how, "" if how == OFFER else str(source[how])))
    return found


def stated(actor: Actor, kind: RecordType, upload: ImportUpload, post: QueryDict) -> dict[str, Any]:
    """Return the mapping that a form states; raise Invalid with a problem for each field of the form."""
    known = labels(actor, kind)
    tables: dict[str, dict[str, Any]] = {FIELD: {}, LINE: {}}
    problems: list[Problem] = []

    def put(place: str, key: str, source: Any) -> None:
        prefix, name = key[:2], key[2:]
        if key not in known:
            problems.append(Problem(place, _("There is no such field."), "mapping"))
        elif name in tables[prefix]:
            text = _("“%(field)s” is filled twice; choose one of them.") % {"field": known[key]}
            problems.append(Problem(place, text, "mapping"))
        else:
            tables[prefix][name] = source

    for place, header in enumerate(upload.found["headers"]):
        if key := post.get(f"c.{place}", ""):
            put(f"c.{place}", key, _as_before(upload, key, header))
    for one in fixed(upload, {}, post):
        place, key, how, text = one.place, one.key, one.how, one.text
        if not key and not text:
            continue
        if how != OFFER and not text and (key[2:] in tables.get(key[:2], ()) or post.get("mode") == "update"):
            continue  # it was asked for, and a column fills it, or nothing new is filed
        if how == OFFER and key.removeprefix(FIELD) in kind.offers:
            put(f"x.{place}", key, {OFFER: True})
        elif how == OFFER:
            problems.append(Problem(f"x.{place}", _("This field cannot be worked out of others."), "mapping"))
        elif not key or not text:
            problems.append(Problem(f"x.{place}", _("Say both the field and its text."), "mapping"))
        else:
            put(f"x.{place}", key, {"template" if how == "template" else "const": text})
    found: dict[str, Any] = {"columns": tables[FIELD], "mode": post.get("mode", "both")}
    if tables[LINE]:
        found["lines"] = tables[LINE]
        if post.get("group") in upload.found["headers"]:
            found["group"] = [post["group"]]
    match = post.get("match", "")
    if match == ID and ID not in tables[FIELD]:
        problems.append(Problem("match", _("No column is mapped to the ID."), "mapping"))
    elif match and match != ID:
        if missing := [name for name in match.split("+") if name not in tables[FIELD]]:
            text = _("No column is mapped to “%(field)s”.") % {
                "field": known.get(FIELD + missing[0], missing[0])
            }
            problems.append(Problem("match", text, "mapping"))
        found["match"] = [match]
    if post.get("empty") == "clear":
        found["empty"] = "clear"
    if not tables[FIELD]:
        problems.append(Problem("", _("Map at least one column."), "mapping"))
    if problems:
        raise Invalid(_("Some columns need another look."), problems)
    return found


def _as_before(upload: ImportUpload, key: str, header: str) -> Any:
    """Keep how a column was read when it still means the same field: translated values, date forms."""
    before = upload.stated.get("columns" if key.startswith(FIELD) else "lines", {}).get(key[2:])
    return before if isinstance(before, Mapping) and before.get("column") == header else header
