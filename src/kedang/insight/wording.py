"""RFM in people's words: the names of the types, and why a customer is of one."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.insight.models import RfmScore
from kedang.insight.rules import Figures, Reason, reasons_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

LABELS: "Mapping[str, Promise]" = {
    "important_value": gettext_lazy("Important: value"),
    "important_growth": gettext_lazy("Important: growth"),
    "important_keep": gettext_lazy("Important: keep"),
    "important_winback": gettext_lazy("Important: win back"),
    "general_value": gettext_lazy("General: value"),
    "general_growth": gettext_lazy("General: growth"),
    "general_keep": gettext_lazy("General: keep"),
    "general_winback": gettext_lazy("General: win back"),
    "none": gettext_lazy("No deal yet"),
}
SENTENCES: "Mapping[tuple[str, bool], Promise]" = {
    ("recency", True): gettext_lazy(
        "Recent: last ordered on %(last_on)s, %(value)s days before %(as_of)s (at most %(threshold)s days)"
    ),
    ("recency", False): gettext_lazy(
        "Long ago: last ordered on %(last_on)s, %(value)s days before %(as_of)s (over %(threshold)s days)"
    ),
    ("frequency", True): gettext_lazy("Often: %(value)s in all (at least %(threshold)s orders)"),
    ("frequency", False): gettext_lazy("Seldom: %(value)s in all (under %(threshold)s orders)"),
    ("monetary", True): gettext_lazy("High: CNY %(value)s in all (at least CNY %(threshold)s)"),
    ("monetary", False): gettext_lazy("Low: CNY %(value)s in all (under CNY %(threshold)s)"),
}
PLACES = {"recency": Decimal("0.1"), "frequency": Decimal("0.01"), "monetary": Decimal("0.01")}


def label_of(type_key: str) -> str:
    """Return the name of a type in the reader's language."""
    return str(LABELS[type_key])


def why(score: RfmScore) -> list[tuple[Reason, str]]:
    """Return the three answers behind a score, each with its sentence: figure, threshold, as-of day."""
    figures = Figures(score.last_on, score.recency, score.frequency, score.monetary)
    dated = {"last_on": score.last_on.isoformat(), "as_of": score.run.as_of.isoformat()}
    return [(reason, _sentence(reason, dated)) for reason in reasons_of(figures, score.run.thresholds)]


def figure(measure: str, value: int | Decimal) -> str:
    """Return a figure as people read it: days to a tenth, orders and money to a hundredth, half-up."""
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value.quantize(PLACES[measure], ROUND_HALF_UP):,}"
    return text if measure == "monetary" else text.rstrip("0").rstrip(".")


def never_bought() -> str:
    """Return why somebody has no type."""
    return _("No order up to this day.")


def _sentence(reason: Reason, dated: dict[str, str]) -> str:
    measured = {
        "value": figure(reason.measure, reason.value),
        "threshold": figure(reason.measure, reason.threshold),
    }
    return str(SENTENCES[reason.measure, reason.met]) % (measured | dated)
