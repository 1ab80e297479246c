"""The pool as a Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoolConfig(AppConfig):
    """When a customer falls into a pool, and who may take it out."""

    name = "kedang.areas.pool"
    label = "pool"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the actions and jobs of this area and what it adds to the pages of others."""
        from kedang.areas.pool import handlers, jobs, parts, services, told  # noqa: F401
        from kedang.kits.web import changes, menu, tabs

        menu.register(menu.Entry(_("Pool"), "pool", "pool", "customers", 30, may=told.has_pool))
        tabs.register(
            tabs.Tab("pools", _("Pools"), "pool.pools", "pool", 129, tabs.with_right("engine.pool"))
        )
        changes.tells("engine.pool", "rule", told.rule_changes)
        parts.contribute()
