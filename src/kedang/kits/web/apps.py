"""The web kit: pages over every record type."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, parts and assets that know no business noun."""

    name = "kedang.kits.web"
    label = "web"
