"""The maps area as a Django application."""

from django.apps import AppConfig


class MapsConfig(AppConfig):
    """Where customers are, what was sold and visited there, and the way through a day of visits."""

    name = "kedang.areas.maps"
    label = "maps"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the map beside the list of customers."""
        from kedang.areas.maps import parts

        parts.contribute()
