"""The warnings area as a Django application."""

from django.apps import AppConfig


class WarningsConfig(AppConfig):
    """What is going wrong with a customer, and what is done about it."""

    name = "kedang.areas.warnings"
    label = "warnings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area, its jobs, and what it adds to the pages of others."""
        from kedang.areas.warnings import handlers, jobs, parts, record_types, selectors  # noqa: F401

        selectors.contribute()
        parts.contribute()
