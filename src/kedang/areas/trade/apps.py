"""The trade area as a Django application."""

from django.apps import AppConfig


class TradeConfig(AppConfig):
    """Orders and the money they bring."""

    name = "kedang.areas.trade"
    label = "trade"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area."""
        from kedang.areas.trade import record_types  # noqa: F401
