"""The navigation: record types bring their own entries, areas and insight register the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel.actor import Actor

if TYPE_CHECKING:
    from django.utils.functional import Promise

    Label = str | Promise

GROUPS: dict[str, "Label"] = {
    "desk": "",
    "customers": _("Customers"),
    "trade": _("Sales"),
    "service": _("Service"),
    "control": _("Control"),
    "archive": _("Archives"),
    "me": "",
}


def everybody(actor: Actor) -> bool:
    """Let every signed-in person see an entry."""
    return actor.user_id is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. `count` puts a figure behind it; a hot figure waits for the reader.

    What `may` says hangs on what the reader was granted alone, not on shares or on who it is: it is kept for all who
    have the same roles in the same units.
    """

    label: "Label"
    url_name: str
    icon: str
    group: str = "desk"
    order: int = 100
    may: Callable[[Actor], bool] = everybody
    count: Callable[[Actor], int] | None = None
    hot: bool = False
    letter: str = ""
    arguments: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one reader sees it."""

    label: "Label"
    url: str
    icon: str
    current: bool
    count: int
    hot: bool
    letter: str


ENTRIES: dict[str, Entry] = {}


def register(entry: Entry) -> Entry:
    """Add an entry, or replace the one with the same URL name."""
    ENTRIES[entry.url_name] = entry
    return entry


def group(key: str, label: "Label") -> None:
    """Add a group of entries, above the reader's own."""
    mine = GROUPS.pop("me")
    GROUPS[key] = label
    GROUPS["me"] = mine


def of_record(record: RecordType) -> Entry:
    """Return the entry that a record type brings."""
    return Entry(
        record.label_plural, f"{record.plural}.list", record.icon, record.nav, record.order,
        may=lambda actor: actor.may(record.key, "view"),
    )  # fmt: skip


def links(actor: Actor, path: str) -> list[tuple["Label", list[Link]]]:
    """Return the groups and links this actor may follow, the one that leads to `path` marked."""
    offered, urls = _offered(actor)
    found: dict[str, list[Link]] = {key: [] for key in GROUPS}
    best = _best(urls, path)
    for entry, url in offered:
        count = entry.count(actor) if entry.count else 0
        link = Link(entry.label, url, entry.icon, url == best, count, entry.hot, entry.letter)
        found.setdefault(entry.group, []).append(link)
    return [(GROUPS.get(key, key), group_links) for key, group_links in found.items() if group_links]


def _offered(actor: Actor) -> tuple[list[tuple[Entry, str]], list[str]]:
    """Return the entries this actor may follow with their addresses, in order, and the addresses of all entries."""
    kept: tuple[list[tuple[Entry, str]], list[str]] | None = actor.known.get("menu")
    if kept is None:
        brought = (of_record(record) for record in RECORDS.values() if record.nav)
        entries = [*ENTRIES.values(), *(entry for entry in brought if entry.url_name not in ENTRIES)]
        urls = [(entry, url) for entry in entries if (url := _url(entry)) is not None]
        urls.sort(key=lambda one: (one[0].order, str(one[0].url_name)))
        kept = ([(entry, url) for entry, url in urls if entry.may(actor)], [url for _entry, url in urls])
        actor.known["menu"] = kept
    return kept


def _best(urls: list[str], path: str) -> str:
    """Return the longest address of the navigation under which `path` lies."""
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(under, key=len, default="")


def _url(entry: Entry) -> str | None:
    return _address(entry.url_name, tuple((entry.arguments or {}).items()))


@cache
def _address(url_name: str, arguments: tuple[tuple[str, str], ...]) -> str | None:
    """Look an address up once: each page draws some forty of them, and they stay what they are."""
    try:
        return reverse(url_name, kwargs=dict(arguments))
    except NoReverseMatch:
        return None
