"""Start-up of the insight part: pages and the value zone of a customer."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    """Analytics beside the ledger."""

    name = "kedang.insight"
    label = "insight"
    verbose_name = _("Insight")
