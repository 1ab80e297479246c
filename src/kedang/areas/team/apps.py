"""The team area as a Django application."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """The people who work here and what passes between them."""

    name = "kedang.areas.team"
    label = "team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types, actions and jobs of this area."""
        from kedang.areas.team import jobs, parts, record_types  # noqa: F401

        parts.contribute()
