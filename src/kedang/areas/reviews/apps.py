"""The reviews area as a Django application."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Meetings of the file, reclassification, and suggestions from every employee."""

    name = "kedang.areas.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area and what it adds to the pages of others."""
        from kedang.areas.reviews import handlers, jobs, parts, record_types  # noqa: F401

        parts.contribute()
