"""The kinds of jobs there are, with the parameters each takes, and the schedules that queue them."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from kedang.engine.jobs.rules import next_time

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from kedang.engine.jobs.running import JobRun

    Label = str | Promise

Body = Callable[..., "dict[str, Any] | None"]
MAX_PARAMS = 64_000


class BadParams(ValueError):
    """Parameters that are not plain JSON, or do not fit the function they are for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job: its function and the parameters it takes."""

    key: str
    label: "Label"
    body: Body
    params: type[BaseModel]

    def checked(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters that fit the function's signature exactly; raise BadParams."""
        try:
            plain = json.loads(json.dumps(params, allow_nan=False))
            if plain != params or len(json.dumps(plain)) > MAX_PARAMS:
                raise BadParams(f"{self.key}: parameters are plain JSON of at most {MAX_PARAMS} letters")
            self.params.model_validate(plain)
        except ValidationError as error:
            wrong = [
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)
            ]
            raise BadParams(f"{self.key}: {'; '.join(wrong)}") from error
        except TypeError as error:
            raise BadParams(f"{self.key}: {error}") from error
        return dict(plain)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A schedule as the code declares it."""

    key: str
    kind: str
    rhythm: str
    params: Mapping[str, Any]


KINDS: dict[str, Kind] = {}
SCHEDULES: dict[str, Recurring] = {}


def job(key: str, *, label: "Label") -> Callable[[Body], Body]:
    """Register a function `run(run, *, name: type, …)` as a kind of job. Its parameters are plain JSON, by keyword."""

    def wrap(body: Body) -> Body:
        if key in KINDS and KINDS[key].body is not body:
            raise ValueError(f"job {key} is registered twice")
        KINDS[key] = Kind(key, label, body, _params_of(key, body))
        return body

    return wrap


def schedule(key: str, kind: str, rhythm: str, **params: Any) -> None:
    """Let the system queue a job in a rhythm (see rules.next_time), with these parameters."""
    next_time(rhythm, datetime(2025, 1, 1, tzinfo=UTC), UTC)  # a wrong rhythm fails at start
    SCHEDULES[key] = Recurring(key, kind, rhythm, params)


def label_of(key: str) -> "Label":
    """Return what people call a kind of job; one that is gone is called by its key."""
    return KINDS[key].label if key in KINDS else key


def run_body(kind: Kind, run: "JobRun", params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Call the function of a kind; raise BadParams when what was stored does not fit it."""
    return kind.body(run, **kind.checked(params))


def _params_of(key: str, body: Body) -> type[BaseModel]:
    _run, *rest = inspect.signature(body, eval_str=True).parameters.values()
    fields: dict[str, Any] = {}
    for one in rest:
        if one.kind is not inspect.Parameter.KEYWORD_ONLY or one.annotation is inspect.Parameter.empty:
            raise ValueError(f"job {key}: {one.name} must be a keyword with a type")
        fields[one.name] = (one.annotation, ... if one.default is inspect.Parameter.empty else one.default)
    made: type[BaseModel] = create_model(key, __config__=ConfigDict(extra="forbid", strict=True), **fields)
    return made
