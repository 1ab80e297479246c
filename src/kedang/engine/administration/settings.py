"""Found the company, and change its settings. Each change stands in the history of settings."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions import inputs as reading
from kedang.engine.actions.registry import ActionSpec, add
from kedang.engine.actions.work import Work
from kedang.engine.administration.models import Company
from kedang.engine.administration.record_types import COMPANY
from kedang.engine.identity.stamps import bump
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, RuleBroken

FIELDS = frozenset(COMPANY.form_fields)


def _create(work: Work, /, **values: Any) -> Company:
    if Company.objects.exists():
        raise RuleBroken(_("The company is there already."))
    row = Company()
    _put(work, row, values)
    return row


def _update(work: Work, row: Company, /, **values: Any) -> None:
    _put(work, row, values)


def _open(work: Work, row: Company, /) -> None:
    """Say that the first start is over."""
    row.opened_at = clock.now()
    work.save(row)  # type: ignore[arg-type]
    bump("company")


def _put(work: Work, row: Company, values: dict[str, Any]) -> None:
    _lines, problems = reading.apply(FIELDS, COMPANY, row, values)  # type: ignore[arg-type]
    draft = work.draft(row)  # type: ignore[arg-type]
    work.check([draft])
    named = {problem.field for problem in problems}
    problems += [problem for problem in draft.problems if problem.field not in named]
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    work.store([draft])
    work.hold(row)  # type: ignore[arg-type]
    bump("company")


def _add(name: str, verb: str, label: Any, body: Any, **more: Any) -> None:
    add(ActionSpec(f"engine.company.{name}", Company, verb, label, body, releases=True, form=True, **more))  # type: ignore[arg-type]


_add("create", "create", gettext_lazy("Set up the company"), _create, creates=True)
_add("update", "change", gettext_lazy("Change"), _update)
_add("open", "change", gettext_lazy("Finish the setup"), _open)
