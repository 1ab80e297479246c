"""The engine as a Django application."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Machinery that knows no business noun."""

    name = "kedang.engine"
    label = "engine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the engine's own record types and actions."""
        import kedang.engine.approvals.record_types
        import kedang.engine.approvals.services
        import kedang.engine.attributes.filling
        import kedang.engine.bulk.runs
        import kedang.engine.erasing.actions
        import kedang.engine.erasing.copies
        import kedang.engine.exchange.jobs
        import kedang.engine.files.jobs
        import kedang.engine.standins.record_types
        import kedang.engine.views.record_types  # noqa: F401
        from kedang.engine.administration import (  # noqa: F401
            door,
            numbers,
            people,
            pools,
            roles,
            settings,
            tidying,
            units,
        )
        from kedang.engine.identity.watch import watch
        from kedang.engine.search import keep  # noqa: F401

        watch()
        door.watch()
