"""The OpenAPI document: what the addresses take and answer, told in English from the same declarations."""

import copy
from functools import cache
from typing import Any

from django.utils import translation
from ninja import NinjaAPI

from kedang.engine.actions.registry import ActionSpec
from kedang.engine.records import conditions, days
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RecordType
from kedang.kits.api.bodies import MAX_REASON
from kedang.kits.api.errors import CONTENT_TYPE
from kedang.kits.api.pagination import LIMIT, MAX_LIMIT
from kedang.kits.api.schemas import ID, Json, components, name_of, ref

PATH_ROOT = "api/v1/"
PROBLEMS = {
    400: "Unknown parameter, or a body that is not JSON.", 401: "No key, or one that opens nothing.",
    403: "Visible, but not allowed.", 404: "Absent or hidden.", 409: "A rule says no, or the key was used otherwise.",
    412: "Changed since you read it.", 413: "The body is over 1 MB.", 415: "The body is not JSON.",
    422: "Some fields do not fit; `problems` says which.", 428: "If-Match is missing.", 429: "A quota is used up.",
}  # fmt: skip
READS = (400, 401, 403, 404)
WRITES = (*READS, 409, 413, 415, 422, 429)
CHANGES = (*WRITES, 412, 428)
Answers = dict[int, Json]
ANY: dict[Any, None] = {...: None}  # answers are written by our own code and told below
TAG: Json = {"ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}}


class Told:
    """What OpenAPI says of each operation on one record type."""

    def __init__(self, kind: RecordType) -> None:
        self._kind = kind
        self._name = name_of(kind)

    def rows(self) -> Json:
        """The list."""
        kind = self._kind
        found = [_filter(name, spec, operator) for name, spec, operator in conditions.names(kind)]
        if kind.search:
            found.append(_query("q", {"type": "string", "maxLength": 100}, "Words that all must occur."))
        if kind.sorts:
            orders = [order for name in kind.sorts for order in (name, f"-{name}")]
            found.append(
                _query(
                    "sort", {"type": "string", "enum": orders}, "The order; `-` falls. Default: newest first."
                )
            )
        found += [
            _query(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT},
                "Rows of a page.",
            ),
            _query("cursor", {"type": "string"}, "`next` of the page before."),
            ARCHIVED,
        ]
        text = (
            f"A page of {kind.label_plural} within your reach. `any1.` before the names of filters joins them by OR, "
            "`all1.` by AND; groups nest three deep."
        )
        return self._told("list", text, found, {200: _json(f"{self._name}List", "A page.")}, (400, 401, 403))

    def one(self) -> Json:
        """One record."""
        answer = _json(self._name, "The record.") | {"headers": TAG}
        return self._told("read", f"One {self._kind.label}.", [ARCHIVED], {200: answer}, READS)

    def part(self, name: str, schema: str) -> Json:
        """The history, the timeline or the reasons."""
        cursor = [] if name == "why" else [_query("cursor", {"type": "string"}, "`next` of the page before.")]
        text = {
            "history": "What changed, by whom and why.",
            "timeline": "What happened around it, newest first.",
            "why": "Why you see it.",
        }[name]
        return self._told(name, text, [*cursor, ARCHIVED], {200: _json(schema, text)}, READS)

    def create(self) -> Json:
        """A new record."""
        answer = _json(self._name, "Filed.") | {"headers": TAG}
        return self._told(
            "create", f"File a new {self._kind.label}.", [ONCE, REASON],
            {201: answer, 204: {"description": "Filed, but not yours to see."}}, WRITES,
        )  # fmt: skip

    def update(self) -> Json:
        """A changed record."""
        answer = _json(self._name, "As it now stands.") | {"headers": TAG}
        gone = {"description": "Changed, and no longer yours to see."}
        return self._told(
            "update",
            "Change the fields that are sent.",
            [IF_MATCH, REASON],
            {200: answer, 204: gone},
            CHANGES,
        )

    def archive(self, chosen: ActionSpec) -> Json:
        """A record moved to the archive hold."""
        answers: Answers = {204: {"description": "In the archive hold."}}
        if chosen.approval:
            answers[202] = _json("Approval", "Asked; it stays until somebody approves.")
        return self._told(
            "archive",
            f"{chosen.label}. Nothing is deleted.",
            [IF_MATCH, REASON],
            answers,
            CHANGES,
        )

    def action(self, chosen: ActionSpec) -> Json:
        """A named action."""
        answers: Answers = {
            200: _json(self._name, "As it now stands.") | {"headers": TAG},
            204: {"description": "Done, and no longer yours to see."},
        }
        if chosen.approval:
            answers[202] = _json("Approval", "Asked; it waits until somebody approves.")
        given = [ONCE, {**IF_MATCH, "required": False}]
        return self._told(chosen.name, f"{chosen.label}.", given, answers, CHANGES)

    def _told(
        self, name: str, text: str, given: list[Json], answers: Answers, problems: tuple[int, ...]
    ) -> Json:
        return told(f"{self._kind.plural}_{name}", text, given, answers, problems)


def told_jobs() -> Json:
    """The list of one's jobs."""
    limit: Json = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT}
    given = [
        _query("limit", limit, "Rows of a page."),
        _query("cursor", {"type": "string"}, "`next` of the page before."),
    ]
    return told(
        "jobs_list", "Your jobs, newest first.", given, {200: _json("JobList", "A page.")}, (400, 401)
    )


def told_job() -> Json:
    """One of one's jobs."""
    return told("jobs_read", "One of your jobs.", [], {200: _json("Job", "The job.")}, (400, 401, 404))


def told_files(kind: RecordType) -> dict[str, Json]:
    """The files of a record: their list, a new one, one version."""
    name = _query("name", {"type": "string", "maxLength": 200}, "What the file is called.")
    attach = told(
        f"{kind.plural}_attach", "Attach a file: the body is its bytes, at most 50 MB.", [name],
        {201: _json("File", "Attached.")}, WRITES,
    )  # fmt: skip
    sent = {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}}
    attach["openapi_extra"]["requestBody"] = {"required": True, "content": sent}
    whole = {
        "description": "The bytes.",
        "content": {"application/octet-stream": {"schema": {"type": "string"}}},
    }
    return {
        "list": told(f"{kind.plural}_files", "Its files.", [], {200: _json("FileList", "The files.")}, READS),
        "attach": attach,
        "download": told(f"{kind.plural}_file", "One version of a file.", [], {200: whole}, (*READS, 422)),
    }


def told(name: str, text: str, given: list[Json], answers: Answers, problems: tuple[int, ...]) -> Json:
    """What OpenAPI says of one operation."""
    said = {str(status): answer for status, answer in answers.items()}
    said |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(problems)}
    extra = {"parameters": copy.deepcopy(given), "responses": said}
    return {"operation_id": name, "summary": text, "openapi_extra": extra, "response": ANY}


def _query(name: str, schema: Json, text: str) -> Json:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": text}


def _header(name: str, schema: Json, text: str, *, required: bool = False) -> Json:
    return {"in": "header", "name": name, "required": required, "schema": schema, "description": text}


ARCHIVED = _query("archived", {"type": "boolean", "default": False}, "What lies in the archive hold instead.")
REASON = _query("reason", {"type": "string", "maxLength": MAX_REASON}, "Why, for the history.")
IF_MATCH = _header(
    "If-Match", {"type": "string", "pattern": r'^"\d{1,9}"$'}, "The ETag of what you read.", required=True
)
ONCE = _header(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,100}$"},
    "A repeated call under one key is done once.",
)


OPERATOR_TEXTS = {
    "range": "One end of a range, counted in.", "before": "Before a day.", "after": "After a day.",
    "has": "Contains this text.", "starts": "Begins with this text.", "not": "None of these.",
    "empty": "`1`: has no value, `0`: has one.",
}  # fmt: skip
DAY_WORDS = " Days also as `today`, `this-week`, `last-30-days`, `overdue`, `90-days-ago`."


def _filter(name: str, spec: FieldSpec, operator: str) -> Json:
    if operator == "empty":
        return _query(
            name, {"type": "string", "enum": ["1", "0"]}, f"{spec.label}. {OPERATOR_TEXTS[operator]}"
        )
    if spec.kind in conditions.RANGES:
        told = OPERATOR_TEXTS.get(operator, "A value.") + (DAY_WORDS if spec.kind in conditions.DAYS else "")
        return _query(name, _value(spec), f"{spec.label}. {told}")
    text = f"{spec.label}. {OPERATOR_TEXTS.get(operator, '')}".strip()
    if spec.choice_list:
        text += f" A key of the list `{spec.choice_list}`. `none`: empty. Several are joined by or."
    elif spec.points_at:
        text += " An id. `none`: empty." + (" `me`: yourself." if spec.kind == "user" else "")
    elif spec.kind == "region":
        text += " All places within it count."
    found = _query(name, {"type": "array", "items": _value(spec), "maxItems": 50}, text)
    return found | {"style": "form", "explode": True}


def _value(spec: FieldSpec) -> Json:
    match spec.kind:
        case "date" | "datetime":
            return {
                "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "enum": list(days.WORDS)}]
            }
        case "boolean":
            return {"type": "boolean"}
        case "record" | "user" | "unit":
            words = {"user": ["none", "me", conditions.MY_UNIT], "unit": ["none", conditions.MY_UNIT]}
            return {"anyOf": [ID, {"type": "string", "enum": words.get(spec.kind, ["none"])}]}
    return {"type": "string", "minLength": 1, "maxLength": 200}


def _json(schema: str, text: str) -> Json:
    return {"description": text, "content": {"application/json": {"schema": ref(schema)}}}


@cache
def openapi(api: NinjaAPI) -> Json:
    """Return the whole document."""
    with translation.override("en"):
        found: Json = dict(api.get_openapi_schema(path_prefix=PATH_ROOT))
        parts: Json = found["components"]
        parts["schemas"] = dict(sorted((parts["schemas"] | components()).items()))
        problem = {CONTENT_TYPE: {"schema": ref("Problem")}}
        parts["responses"] = {
            str(status): {"description": text, "content": problem} for status, text in PROBLEMS.items()
        }
        for path in found["paths"].values():
            for operation in path.values():
                for given in operation["parameters"]:
                    if given["in"] == "path":
                        given["schema"] = ID
                operation["responses"] = dict(
                    sorted(operation["responses"].items(), key=lambda one: str(one[0]))
                )
    found["info"]["license"] = {"name": "Apache-2.0"}
    found["servers"] = [{"url": "/"}]
    return found
