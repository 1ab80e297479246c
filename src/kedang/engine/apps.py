"""The engine as a Django application."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Machinery that knows no business noun."""

    name = "kedang.engine"
    label = "engine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the engine's own record types and actions."""
        from kedang.engine.approvals import record_types, services  # noqa: F401
        from kedang.engine.identity.watch import watch

        watch()
