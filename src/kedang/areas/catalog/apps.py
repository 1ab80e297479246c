"""The catalogue area as a Django application."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What is sold."""

    name = "kedang.areas.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area."""
        from kedang.areas.catalog import record_types  # noqa: F401
