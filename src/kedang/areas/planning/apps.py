"""The planning area as a Django application."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """Quotas and figures, the plan of a month, sales tasks with their remedies, and what falls behind."""

    name = "kedang.areas.planning"
    label = "planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record type of this area and what it adds to the pages of others."""
        from kedang.areas.planning import handlers, jobs, parts, record_types  # noqa: F401

        parts.contribute()
