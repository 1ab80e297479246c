"""The bodies that writes take, checked by type; the door checks what they mean. And both, as OpenAPI tells them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from kedang.engine.actions.generic import actions_of
from kedang.engine.actions.registry import ActionSpec, Input
from kedang.engine.jobs.models import STATES as JOB_STATES
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kits.api.bodies import MAX_REASON
from kedang.kits.api.shapes import public_fields

Json = dict[str, Any]
ID_PATTERN = "^[0-9a-hjkmnp-tv-z]{13}$"
ID: Json = {"type": "string", "pattern": ID_PATTERN, "examples": ["06xyf8n2k3m4p"]}
AMOUNT: Json = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["1200.00"]}
STRICT = ConfigDict(extra="forbid", strict=True)


class Body(BaseModel):
    """The base of every body: unknown fields are refused, and no value is turned into another kind."""

    model_config = STRICT


class Reason(Body):
    """Why somebody does this."""

    reason: str = Field("", max_length=MAX_REASON)


def name_of(kind: RecordType) -> str:
    """Return the name of a type's schemas, such as Customer."""
    return kind.model.__name__


@cache
def body_for(key: str, *, creating: bool) -> type[Body]:
    """Return the body that creates or changes a record of a type."""
    kind = RECORDS[key]
    names = list(kind.form_fields)
    if creating:
        names += [name for name in ("owner", "unit", "pool") if name in kind.fields and name not in names]
    fields: Json = {name: _field(kind.fields[name]) for name in names}
    if kind.lines is not None:
        columns: Json = {name: _field(spec) for name, spec in kind.lines.specs.items()}
        line: Any = create_model(
            f"{name_of(kind)}LineIn", __base__=Body, __doc__=f"{kind.lines.label}: one line.",
            **columns,
        )  # fmt: skip
        fields["lines"] = (list[line], Field(default_factory=list, description=str(kind.lines.label)))
    fields["custom"] = (dict[str, Any] | None, Field(None, description="Custom attributes to set, by key."))
    title = f"{name_of(kind)}{'In' if creating else 'Change'}"
    text = f"{kind.label}: " + ("a new record." if creating else "the fields to change; the others stay.")
    required: list[Any] = [name for name in kind.required if name in names] if creating else []
    made: type[Body] = create_model(title, __base__=Body, __doc__=text, **fields)
    if required:
        made.model_config = ConfigDict(**STRICT, json_schema_extra={"required": required})
    return made


@cache
def body_of_action(key: str, name: str) -> type[Body]:
    """Return the body of one action: its inputs, and why."""
    chosen = next(one for one in actions_of(key) if one.name == name)
    fields: Json = {name: _input(one) for name, one in chosen.inputs.items()}
    title = f"{name_of(RECORDS[key])}{chosen.name.title().replace('_', '')}"
    made: type[Body] = create_model(title, __base__=Reason, __doc__=f"{chosen.label}.", **fields)
    return made


def needs_body(chosen: ActionSpec) -> bool:
    """Say whether an action cannot be called without a body."""
    return chosen.asks_reason or any(one.required for one in chosen.inputs.values())


def _field(spec: FieldSpec) -> tuple[Any, Any]:
    return (_type(spec.kind, spec.max_length) | None, Field(None, description=_described(spec)))


def _input(one: Input) -> tuple[Any, Any]:
    label = f"{one.label}: a key of the list `{one.choice_list}`." if one.choice_list else f"{one.label}."
    if one.required:
        return (_type(one.kind), Field(..., description=label))
    return (_type(one.kind) | None, Field(None, description=label))


def _type(kind: str, most: int | None = None) -> Any:
    """Return the Python type that a value of a kind must have in JSON, with what OpenAPI tells of it."""
    match kind:
        case "integer":
            return int
        case "boolean":
            return bool
        case "money" | "number":
            told: Json = {"anyOf": [AMOUNT, {"type": "number"}]}
            return Annotated[str | int | Decimal, WithJsonSchema(told)]
    return Annotated[str, WithJsonSchema(_told(kind, most))]


def _described(spec: FieldSpec) -> str:
    label = str(spec.label).capitalize() if str(spec.label).islower() else str(spec.label)
    if spec.choice_list:
        return f"{label}: a key of the list `{spec.choice_list}`."
    return f"{label}: the id of a `{spec.points_at}`." if spec.points_at else f"{label}."


def _told(kind: str, most: int | None = None) -> Json:
    """Return the JSON schema of one value, as it is written in answers; a text has at most `most` letters."""
    match kind:
        case "record" | "user" | "unit":
            return ID
        case "money" | "number":
            return AMOUNT
        case "integer" | "boolean":
            return {"type": kind}
        case "date":
            return {"type": "string", "format": "date"}
        case "datetime":
            return {"type": "string", "format": "date-time"}
    return {"type": "string"} | ({"maxLength": most} if most else {})


def components() -> Json:
    """Return the schemas of answers: a record and a list of each type, history, timeline, problem."""
    found: Json = {"Problem": PROBLEM, "History": HISTORY, "Timeline": TIMELINE, "Why": WHY, "Job": JOB}
    found |= {"File": FILE, "FileList": paged(ref("File"), "The files of a record, newest first.")}
    found["JobList"] = paged(ref("Job"), "A page of your jobs, newest first.")
    for kind in RECORDS.values():
        found[name_of(kind)] = _record(kind)
        found[f"{name_of(kind)}List"] = paged(ref(name_of(kind)), f"A page of {kind.label_plural}.")
    return found


def ref(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed(properties: Mapping[str, Json], required: Iterable[str] | None = None, **more: Any) -> Json:
    """Return the schema of an object that has these properties and no others."""
    names = list(properties if required is None else required)
    return {
        "type": "object",
        "properties": dict(properties),
        "required": names,
        "additionalProperties": False,
        **more,
    }


def paged(item: Json, text: str) -> Json:
    """Return the schema of one page."""
    items = {"type": "array", "items": item}
    return closed({"items": items, "next": maybe({"type": "string"})}, description=text)


def maybe(schema: Json) -> Json:
    """Return a schema that also takes null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _record(kind: RecordType) -> Json:
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    fields = {
        name: maybe(_told(kind.fields[name].kind)) | {"description": _described(kind.fields[name])}
        for name in public_fields(kind.key)
    }
    properties = {
        "id": ID, "version": {"type": "integer"}, **fields, "archived_at": maybe(MOMENT),
        "custom": {"type": "object", "description": "Custom attributes you may see, by key."},
        "_labels": texts | {"description": "What foreign keys point at, by field."},
        "_masked": texts | {"description": "Masks of the values this key may not read, by field; the value is null."},
    }  # fmt: skip
    if kind.lines is not None:
        lines = {name: maybe(_told(spec.kind)) for name, spec in kind.lines.specs.items()}
        properties["lines"] = {"type": "array", "items": closed({**lines, "_labels": texts})}
    return closed(
        properties, ("id", "version"), description=f"{kind.label}. Fields hidden from you are absent."
    )


TEXT: Json = {"type": "string"}
MOMENT: Json = {"type": "string", "format": "date-time"}
CHANGE = closed({"field": maybe(TEXT), "label": TEXT, "old": TEXT, "new": TEXT})
CHANGES: Json = {"type": "array", "items": CHANGE}
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `detail` is for people.",
    "properties": {
        "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": TEXT, "detail": TEXT,
        "problems": {"type": "array", "items": closed({"field": TEXT, "code": TEXT, "text": TEXT})},
    },
    "required": ["type", "title", "status", "code", "detail"],
}  # fmt: skip
HISTORY = paged(
    closed({
        "seq": {"type": "integer"}, "at": MOMENT, "actor": TEXT, "signer": maybe(TEXT), "action": TEXT, "reason": TEXT,
        "changes": CHANGES,
    }),
    "What changed, newest first.",
)  # fmt: skip
TIMELINE = paged(
    closed({
        "at": MOMENT, "kind": TEXT, "record": TEXT, "id": ID, "title": TEXT, "actor": TEXT, "action": maybe(TEXT),
        "reason": TEXT, "changes": CHANGES,
        "replies": {"type": "array", "items": closed({"at": MOMENT, "actor": TEXT, "text": TEXT})},
    }),
    "What happened around a record, newest first.",
)  # fmt: skip
SHARE = closed({"user": ID, "name": TEXT, "level": TEXT, "until": maybe(MOMENT)})
WHY = closed({
    "reasons": {"type": "array", "items": TEXT},
    "shared_with": {"type": "array", "items": SHARE},
}, description="Why you see this record, and to whom else it was opened.")  # fmt: skip
FILE_VERSION = closed({
    "number": {"type": "integer"}, "name": TEXT, "size": {"type": "integer"}, "sha256": TEXT,
    "kind": {"type": "string", "enum": ["picture", "pdf", "text", "other"]}, "at": MOMENT, "by": TEXT,
})  # fmt: skip
FILE = closed({
    "id": ID, "name": TEXT, "versions": {"type": "array", "items": FILE_VERSION},
}, description="A file of a record with its versions, newest first.")  # fmt: skip
JOB = closed({
    "id": ID, "kind": TEXT, "label": TEXT, "state": {"type": "string", "enum": [*JOB_STATES]},
    "done": {"type": "integer"}, "total": maybe({"type": "integer"}), "text": TEXT, "error": TEXT,
    "queued_at": MOMENT, "started_at": maybe(MOMENT), "ended_at": maybe(MOMENT), "result": maybe({"type": "object"}),
}, description="Long work: how far it is and what came of it.")  # fmt: skip
