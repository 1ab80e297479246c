"""Other ways to look at what a list shows, under the same conditions: areas offer them above the list."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from kedang.kernel.actor import Actor

if TYPE_CHECKING:
    from django.utils.functional import Promise

    Label = str | Promise

# what shapes a list and nothing else
OF_LISTS = ("sort", "size", "after", "before", "view", "columns", "rows")


@dataclass(frozen=True, slots=True)
class Sight:
    """One other way to look; its page takes the conditions of the list from its address."""

    label: "Label"
    icon: str
    url_name: str
    may: Callable[[Actor], bool]


SIGHTS: dict[str, list[Sight]] = defaultdict(list)


def offer(record: str, label: "Label", icon: str, url_name: str, *, may: Callable[[Actor], bool]) -> None:
    """Add a way to look at the list of a record type."""
    SIGHTS[record].append(Sight(label, icon, url_name, may))


def links(actor: Actor, record: str, query: str) -> list[tuple["Label", str, str]]:
    """Return label, icon and address of what is offered to this reader; `query` is that of the list."""
    found = [one for one in SIGHTS.get(record, ()) if one.may(actor)]
    return [(one.label, one.icon, reverse(one.url_name) + (f"?{query}" if query else "")) for one in found]
