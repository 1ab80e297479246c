"""The pages under settings: the reader's own first, then those for administrators. Higher rooms add theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.attributes.define import may_define
from kedang.engine.jobs.queueing import runs_system
from kedang.engine.request import KedangRequest
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotAllowed

if TYPE_CHECKING:
    from django.utils.functional import Promise

    Label = str | Promise


def everybody(actor: Actor) -> bool:
    """Let every signed-in person see a tab."""
    return True


def with_right(record: str) -> Callable[[Actor], bool]:
    """Return a test for who may look at what is administered under `record`."""
    return lambda actor: actor.may(record, "view")


@dataclass(frozen=True, slots=True)
class Tab:
    """One page under settings."""

    key: str
    label: "Label"
    url_name: str
    icon: str
    order: int
    may: Callable[[Actor], bool] = everybody


TABS: dict[str, Tab] = {}


def register(tab: Tab) -> Tab:
    """Add a tab."""
    TABS[tab.key] = tab
    return tab


def frame(request: KedangRequest, key: str, *more: tuple[Any, str]) -> dict[str, Any]:
    """Return what every page under settings shows around its own; refuse whoever has no tab of this key."""
    here = TABS[key]
    if not here.may(request.actor):
        raise NotAllowed(_("Only administrators look here."))
    shown = [tab for tab in sorted(TABS.values(), key=lambda one: one.order) if tab.may(request.actor)]
    links = [(tab.key, tab.label, reverse(tab.url_name), tab.icon, tab.order >= 100) for tab in shown]
    crumbs = [
        (_("Settings"), reverse("settings")),
        (here.label, reverse(here.url_name) if more else ""),
        *more,
    ]
    return {"tabs": links, "tab": key, "crumbs": crumbs}


for _tab in (
    Tab("profile", gettext_lazy("My profile"), "settings", "user", 10),
    Tab("password", gettext_lazy("Password"), "settings.password", "key", 20),
    Tab("factor", gettext_lazy("Second factor"), "settings.factor", "lock", 30),
    Tab("sessions", gettext_lazy("Signed in"), "settings.sessions", "desk", 40),
    Tab("keys", gettext_lazy("Keys for programs"), "settings.keys", "link", 50),
    Tab("people", gettext_lazy("People"), "settings.people", "people", 100, with_right("engine.user")),
    Tab("units", gettext_lazy("Departments"), "settings.units", "tree", 110, with_right("engine.unit")),
    Tab("roles", gettext_lazy("Roles"), "settings.roles", "lock", 120, with_right("engine.role")),
    Tab("calendar", gettext_lazy("Working days"), "settings.calendar", "plan", 125, runs_system),
    Tab("attributes", gettext_lazy("Attributes"), "settings.attributes", "edit", 127, may_define),
    Tab(
        "numbers", gettext_lazy("File numbers"), "settings.numbers", "tag", 128, with_right("engine.company")
    ),
    Tab("company", gettext_lazy("Company"), "settings.company", "gear", 130, with_right("engine.company")),
    Tab("log", gettext_lazy("Security log"), "settings.log", "eye", 140, with_right("engine.log")),
    Tab(
        "changes",
        gettext_lazy("History of settings"),
        "settings.changes",
        "history",
        150,
        with_right("engine.log"),
    ),
):
    register(_tab)
