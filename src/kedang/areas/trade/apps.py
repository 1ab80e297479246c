"""The trade area as a Django application."""

from django.apps import AppConfig


class TradeConfig(AppConfig):
    """Orders and the money they bring."""

    name = "kedang.areas.trade"
    label = "trade"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area and what it tells the pool and the warnings."""
        from kedang.areas.pool import facts, rules
        from kedang.areas.trade import handlers, parts, record_types, selectors  # noqa: F401

        facts.contribute_last(rules.ORDER, selectors.ordered)
        facts.contribute_shield(rules.RECEIVABLE, selectors.owing)
        selectors.contribute()
        parts.contribute()
