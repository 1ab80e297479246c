"""What a form is told while somebody fills it in: slips with what would be right, warnings, records like this one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kedang.engine.actions.batch import Row, batch_save
from kedang.engine.records import hidden
from kedang.engine.records.similar import FINDERS, SAME, Similar, similar
from kedang.engine.records.types import RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import LimitReached, Problem
from kedang.kernel.trees import TREES
from kedang.kits.web import inputs
from kedang.kits.web.pages import record_url, show

WATCHED: dict[str, tuple[str, ...]] = {}
BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Like:
    """One record like the one in the form: a link to it, or with whom it is when the reader may not see it."""

    title: str
    url: str
    told: str
    reasons: tuple[str, ...]
    sure: bool
    branch: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """What looks wrong in one field, and the values that can be taken with one click, as (value, name)."""

    name: str
    label: Any
    text: str
    offers: list[tuple[str, str]]


def watch(record: str, *names: str) -> None:
    """Look at the form of a record type again whenever one of these fields changes."""
    WATCHED[record] = names


def told(
    request: KedangRequest, kind: RecordType, values: Mapping[str, str], row: Any = None
) -> HttpResponse:
    """Answer a form that is still being filled in."""
    sent = {
        name: value for name, value in inputs.for_door(kind, values).items() if value != "" or name != "owner"
    }
    outcome = batch_save(
        request.actor, kind, [Row(sent, row.pk if row is not None else None)], rehearse=True
    )[0]
    found = [problem for problem in outcome.problems if problem.offers or problem.code == hidden.CODE]
    return show(
        request, "web/parts/checks.html", "",
        hints=[_hint(kind, one) for one in (*found, *outcome.warnings)],
        **likes(request, kind, values, row, reason="form"), asking=False,
    )  # fmt: skip


def likes(
    request: KedangRequest, kind: RecordType, values: Mapping[str, str], row: Any = None, *, reason: str
) -> dict[str, Any]:
    """Return the records like the one in a form; `stop` says that somebody should look before it is filed."""
    if kind.key not in FINDERS:
        return {"likes": [], "stop": False}
    try:
        found = similar(request.actor, kind, [values], reason=reason)[0]
    except LimitReached as error:
        return {"likes": [], "stop": False, "limit": error.text}
    others = [one for one in found if row is None or one.pk != row.pk]
    return {
        "likes": [_like(kind, one) for one in others],
        "stop": any(one.kind != BRANCH for one in others),
        "count": sum(one.kind != BRANCH for one in others),
    }


def likes_of_slip(problems: Sequence[Problem], kind: RecordType) -> dict[str, Any]:
    """Return what a form that was refused offers beside its errors."""
    return {"hints": [_hint(kind, problem) for problem in problems if problem.offers]}


def _like(kind: RecordType, one: Similar) -> Like:
    if one.pk is None:
        return Like("", "", hidden.told(one.unit), (), one.kind == SAME, one.kind == BRANCH)
    return Like(one.title, record_url(kind, one.pk), "", one.reasons, one.kind == SAME, one.kind == BRANCH)


def _hint(kind: RecordType, problem: Problem) -> Hint:
    spec = kind.fields.get(problem.field)
    tree = TREES.get(spec.kind) if spec is not None else None
    offers = [(value, tree.name_of(value) if tree else value) for value in problem.offers]
    return Hint(problem.field, spec.label if spec is not None else _("Record"), problem.text, offers)
