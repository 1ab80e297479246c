"""The web kit: pages over every record type."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """Pages, parts and assets that know no business noun."""

    name = "kedang.kits.web"
    label = "web"

    def ready(self) -> None:
        """Add the kit's own entries to the menu and to the desk."""
        from kedang.kits.web import (
            approvals,
            brought,
            cells,
            desk,
            imports,
            jobs,
            menu,
            notices,
            recent,
            views,
        )

        menu.register(menu.Entry(_("Desk"), "desk", "desk", "desk", 0, letter="h"))
        menu.register(
            menu.Entry(
                _("Approvals"),
                "approvals.list",
                "inbox",
                "desk",
                10,
                count=approvals.waiting,
                hot=True,
                may=lambda actor: actor.may(approvals.KEY, "view"),
            )
        )
        menu.register(menu.Entry(_("Background jobs"), "jobs.list", "sync", "me", 90))
        menu.register(menu.Entry(_("Imports"), "import.list", "upload", "archive", 90, may=imports.may_any))
        menu.register(menu.Entry(_("Settings"), "settings", "gear", "me", 100))
        brought.BRINGERS.append(imports.of_import)
        cells.draw(views.KEY, "record", views.list_name)
        desk.contribute("work", "web/parts/desk_approvals.html", approvals.for_desk, order=10)
        desk.contribute("work", "web/parts/desk_jobs.html", jobs.failed, order=15)
        desk.contribute("side", "web/parts/desk_notices.html", notices.for_desk, order=80)
        desk.contribute("work", "web/parts/desk_recent.html", recent.for_desk, order=90)
