"""The tree of departments: add, rename, move. The units below a unit move along with it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.actions import inputs as reading
from kedang.engine.actions.registry import ActionSpec, add
from kedang.engine.actions.work import Work
from kedang.engine.administration.record_types import UNIT
from kedang.engine.identity.models import Unit
from kedang.engine.identity.stamps import bump
from kedang.kernel.errors import Invalid, Problem, RuleBroken

MOST_BELOW = 12  # levels, so that a path fits its column


def _create(work: Work, /, **values: Any) -> Unit:
    unit = Unit()
    _put(work, unit, values)
    return unit


def _update(work: Work, unit: Unit, /, **values: Any) -> None:
    _put(work, unit, values)


def _put(work: Work, unit: Unit, values: dict[str, Any]) -> None:
    old = unit.path
    _lines, problems = reading.apply({"name", "code", "parent"}, UNIT, unit, values)  # type: ignore[arg-type]
    if problems:
        raise Invalid(_("Some fields need another look."), problems)
    above = Unit.objects.select_for_update().filter(pk=unit.parent_id).first() if unit.parent_id else None
    if unit.parent_id and above is None:
        raise Invalid(
            _("Some fields need another look."), [Problem("parent", _("There is no such department."))]
        )
    if above is not None and f"/{unit.pk}/" in above.path:
        text = _("A unit cannot lie below itself.")
        raise Invalid(text, [Problem("parent", text)])
    twins = Unit.objects.filter(parent=unit.parent_id, name=unit.name).exclude(pk=unit.pk)
    if twins.exists():
        text = _("There is a department of this name here already.")
        raise Invalid(text, [Problem("name", text)])
    unit.path = f"{above.path if above else '/'}{unit.pk}/"
    if unit.path.count("/") > MOST_BELOW + 1:
        raise RuleBroken(
            _("At most %(most)s levels of departments fit below one another.") % {"most": MOST_BELOW}
        )
    work.save(unit)  # type: ignore[arg-type]
    if old not in ("", unit.path):
        Unit.objects.filter(pk=unit.pk).update(path=unit.path)
        unit.take_along(old)
    bump("identity")


def _add(name: str, verb: str, label: Any, body: Any, **more: Any) -> None:
    add(ActionSpec(f"engine.unit.{name}", Unit, verb, label, body, releases=True, form=True, **more))  # type: ignore[arg-type]


_add("create", "create", gettext_lazy("New department"), _create, creates=True)
_add("update", "change", gettext_lazy("Change"), _update)
