"""The rule by which customer files are numbered: chosen by the company, kept above whatever pack is installed."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from kedang.engine.actions.registry import ActionSpec, add
from kedang.engine.actions.work import Work
from kedang.engine.administration.models import Company
from kedang.engine.identity.stamps import bump
from kedang.engine.numbering.compose import compose
from kedang.engine.packs.active import active
from kedang.engine.packs.models import InstalledPack
from kedang.kernel import clock
from kedang.kernel.errors import Invalid, Problem
from kedang.packs.schema import DATE_PARTS, NumberRule, Pack
from kedang.packs.words import Text

RECORD = "customers.customer"
OWN, ABOVE = "own", 100
# what a company usually wants; each is made of parts that the pack's rule offers
TEMPLATES = (
    "{region}-{level}-{type}-{serial:05}",
    "{region}-{serial:05}",
    "{level}-{serial:06}",
    "KH{yyyy}-{serial:04}",
    "{serial:06}",
)
EXAMPLE = {"region_code": "440100", "level_key": "gold", "type_key": "enterprise"}


def samples(on: date | None = None) -> list[tuple[str, str]]:
    """Return the usual templates that the pack can fill, each with the number that a first customer would get."""
    rule = _offered()
    if rule is None:
        return []
    told = ((template, sample(template, on)) for template in dict.fromkeys((rule.template, *TEMPLATES)))
    return [(template, number) for template, number in told if number is not None]


def sample(template: str, on: date | None = None) -> str | None:
    """Return the number that a customer would get by a template, or None for one that cannot be used."""
    rule = _offered()
    if rule is None:
        return None
    try:
        return compose(_with(rule, template.strip()), active().pack, EXAMPLE, 42, on or clock.today(), {})
    except (ValidationError, KeyError, ValueError):
        return None


def parts() -> list[str]:
    """Return the parts that a template may name, as they stand in it."""
    rule = _offered()
    named = [] if rule is None else [*(part.key for part in rule.parts), *sorted(DATE_PARTS), "serial:05"]
    return [f"{{{name}}}" for name in named]


def _number(work: Work, row: Company, /, template: str = "") -> None:
    """Number customer files by another template from now on; numbers that were given stay as they are."""
    pack, offered = active().pack, _offered()
    rule = pack.number_rule_of(RECORD)
    try:
        if offered is None or rule is None:
            raise ValueError
        fresh = _with(offered, str(template).strip())
        compose(fresh, pack, EXAMPLE, 1, clock.today(), {})
    except (ValidationError, KeyError, ValueError) as error:
        text = _("This rule cannot be used. It needs {serial} and the parts that the pack offers.")
        raise Invalid(text, [Problem("template", text)]) from error
    if fresh.template == rule.template:
        return
    own = Pack(key=OWN, label=Text(zh_hans="本公司", en="Our own"), number_rule=(fresh,))
    InstalledPack.objects.update_or_create(
        key=OWN, defaults={"order": ABOVE, "content": own.model_dump(mode="json"), "installed_at": clock.now(),
                           "installed_by": work.actor.name[:80]},
    )  # fmt: skip
    bump("packs")
    work.note(row, "number", rule.template, fresh.template)  # type: ignore[arg-type]


def _offered() -> NumberRule | None:
    """Return the rule of the pack alone, with all its parts."""
    rows = InstalledPack.objects.exclude(key=OWN).order_by("-order")
    rules = (Pack.model_validate(row.content).number_rule_of(RECORD) for row in rows)
    return next((rule for rule in rules if rule is not None), None)


def _with(rule: NumberRule, template: str) -> NumberRule:
    wanted = {part.key for part in rule.parts if f"{{{part.key}}}" in template}
    data: dict[str, Any] = rule.model_dump(mode="json")
    data |= {"template": template, "parts": [part for part in data["parts"] if part["key"] in wanted]}
    return NumberRule.model_validate(data)


add(
    ActionSpec(
        "engine.company.number", Company, "change", gettext_lazy("Number rule"), _number,  # type: ignore[arg-type]
        releases=True, form=True,
    )
)  # fmt: skip
