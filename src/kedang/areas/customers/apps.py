"""The customers area as a Django application."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers and the people who work for them."""

    name = "kedang.areas.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the record types and actions of this area."""
        from kedang.areas.customers import jobs, parts, people, record_types, treepage  # noqa: F401

        parts.contribute()
        people.contribute()
        treepage.contribute()
