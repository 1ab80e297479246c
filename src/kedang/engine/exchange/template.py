"""A workbook to fill in and import: headings in the reader's language, an example, and the choices to choose from."""

from collections.abc import Iterable
from io import BytesIO
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _
from rustpy_xlsxwriter import write_worksheets

from kedang.engine.exchange.formulas import written
from kedang.engine.exchange.imports import check_may_import, importable
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.kernel import clock
from kedang.kernel.actor import Actor

BLANK_ROWS = 500
INLINE_LIST = 255  # what a sheet program takes as a list to choose from
WIDTH = 18.0


def template(actor: Actor, kind: RecordType) -> bytes:
    """Return the workbook for a record type: one sheet to fill in, one with an example and every choice.

    Its columns are the fields that this actor may set. Raises NotAllowed without the right to import.
    """
    check_may_import(actor, kind)
    columns = headings(actor, kind)
    sheet, help_sheet = _("Fill in here"), _("Example and choices")
    blank = dict.fromkeys(columns)
    lists = {name: labels for name, spec in columns.items() if (labels := _choices(spec))}
    short = {name: labels for name, labels in lists.items() if len(",".join(labels)) <= INLINE_LIST}
    out = BytesIO()
    write_worksheets(
        [(sheet, [blank] * BLANK_ROWS), (help_sheet, list(_examples(actor, kind, columns, lists)))],
        out,
        freeze_panes={"general": {"row": 1, "col": 0}},
        bold_headers=True,
        column_width={"general": WIDTH},
        data_validations={
            sheet: {
                name: {"type": "list", "values": labels, "ignore_blank": True}
                for name, labels in short.items()
            }
        },
    )
    return out.getvalue()


def headings(actor: Actor, kind: RecordType) -> dict[str, FieldSpec]:
    """Return the columns of the template by their heading, those that must be filled marked, the required first."""
    specs = [*importable(actor, kind), *(kind.lines.specs.values() if kind.lines else ())]
    found: dict[str, FieldSpec] = {}
    for spec in sorted(specs, key=lambda spec: spec.name not in kind.required):
        label = written(str(spec.label))
        heading = _("%(label)s (required)") % {"label": label} if spec.name in kind.required else label
        found.setdefault(heading, spec)
    return found


def _examples(
    actor: Actor, kind: RecordType, columns: dict[str, FieldSpec], lists: dict[str, list[str]]
) -> Iterable[dict[str, Any]]:
    yield {name: _example(actor, spec, required=spec.name in kind.required) for name, spec in columns.items()}
    for row in zip_longest(*lists.values()):
        yield {**dict.fromkeys(columns), **dict(zip(lists, row, strict=True))}


def _choices(spec: FieldSpec) -> list[str]:
    if spec.kind == "boolean":
        return [_("yes"), _("no")]
    return [written(str(label)) for _value, label in spec.choices()]


def _example(actor: Actor, spec: FieldSpec, *, required: bool) -> str:
    match spec.kind:
        case "choice":
            return next(iter(_choices(spec)), "")
        case "boolean":
            return _("yes")
        case "date" | "datetime":
            return clock.today().isoformat()
        case "money":
            return "12800.50"
        case "integer" | "number":
            return "1"
        case "phone":
            return "020-38880000"
        case "email":
            return "name@example.com"
        case "country":
            return "CN"
        case "user":
            return actor.name
    return _("%(label)s, as you write it") % {"label": spec.label} if required else ""
