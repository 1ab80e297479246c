"""Running an installation, as a Django application: its pages, its jobs."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Backups, health, the first start."""

    name = "kedang.project.operations"
    label = "operations"

    def ready(self) -> None:
        """Add the jobs and the page under settings."""
        from kedang.project.operations import erasures, jobs, views  # noqa: F401
