"""The pools of the company: what they are called, and which departments each of them serves."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions import inputs as reading
from kedang.engine.actions.registry import ActionSpec, add
from kedang.engine.actions.work import Work
from kedang.engine.administration.record_types import POOL
from kedang.engine.identity.models import Pool, Unit
from kedang.engine.identity.stamps import bump
from kedang.kernel.errors import Invalid, Problem


def _create(work: Work, /, units: Sequence[int] = (), **values: Any) -> Pool:
    row = Pool()
    _put(work, row, units, values)
    return row


def _update(work: Work, row: Pool, /, units: Sequence[int] = (), **values: Any) -> None:
    _put(work, row, units, values)


def _put(work: Work, row: Pool, units: Sequence[int], values: dict[str, Any]) -> None:
    _lines, problems = reading.apply({"name"}, POOL, row, values)  # type: ignore[arg-type]
    draft = work.draft(row)  # type: ignore[arg-type]
    work.check([draft])
    named = {problem.field for problem in problems}
    problems += [problem for problem in draft.problems if problem.field not in named]
    if row.name and Pool.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        problems.append(Problem("name", _("There is a pool of this name already."), "unique"))
    known = sorted(Unit.objects.filter(pk__in=units).values_list("pk", flat=True))
    if not known:
        problems.append(
            Problem("units", _("Choose the departments whose customers fall into this pool."), "required")
        )
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    work.store([draft])
    work.hold(row)  # type: ignore[arg-type]
    before = sorted(row.units.values_list("pk", flat=True))
    if before != known:
        row.units.set(known)
        work.note(row, "units", before, known)  # type: ignore[arg-type]
    bump("identity")


def _add(name: str, verb: str, label: Any, body: Any, **more: Any) -> None:
    add(ActionSpec(f"engine.pool.{name}", Pool, verb, label, body, releases=True, form=True, **more))  # type: ignore[arg-type]


_add("create", "create", gettext_lazy("New pool"), _create, creates=True)
_add("update", "change", gettext_lazy("Change"), _update)
