"""The personal-data area as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalConfig(AppConfig):
    """Who agreed to what, and what people ask about the data kept of them."""

    name = "kedang.areas.personal"
    label = "personal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types of this area and what it adds to the pages of others."""
        from kedang.areas.personal import handlers, jobs, parts, record_types, sealing, views  # noqa: F401
        from kedang.kits.web import menu

        menu.register(menu.Entry(_("Personal data"), "personal", "lock", "customers", 66, may=views.may_look))
        parts.contribute()
