"""Start-up of the insight part: its menu entry, the value of a customer, a card on the desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    """Analytics beside the ledger."""

    name = "kedang.insight"
    label = "insight"
    verbose_name = _("Insight")

    def ready(self) -> None:
        """Add what this part shows to the pages of the kit."""
        from kedang.insight import jobs, parts, selectors  # noqa: F401
        from kedang.kits.web import brought, desk, menu, zones

        menu.register(
            menu.Entry(_("Insight"), "insight.rfm", "chart", "control", 60, may=selectors.sees_value)
        )
        zones.contribute(selectors.CUSTOMER, "side", "insight/value.html", parts.value_of, order=40)
        desk.contribute("side", "insight/quiet.html", parts.going_quiet, order=60)
        brought.bring(
            selectors.CUSTOMER,
            "rfm",
            _("RFM type"),
            choices=parts.types,
            meaning=parts.of_types,
            may=selectors.sees_value,
        )
