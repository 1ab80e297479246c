"""The engagement area as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EngagementConfig(AppConfig):
    """What people do for customers, day by day."""

    name = "kedang.areas.engagement"
    label = "engagement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area and what it adds to the pages of others."""
        from kedang.areas.engagement import handlers, parts, record_types, selectors  # noqa: F401
        from kedang.areas.pool import facts, rules
        from kedang.kits.web import menu

        menu.register(menu.Entry(_("Agenda"), "agenda", "plan", "desk", 5, may=parts.has_tasks, letter="a"))
        parts.contribute()
        facts.contribute_last(rules.FOLLOW_UP, selectors.followed_up)
        facts.contribute_last(rules.FOLLOW_UP, selectors.visited)
