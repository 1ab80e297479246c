"""Find anything by a few letters: records of every type, what one may do, and the pages of the menu."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.engine.records.access import modes, shown
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.records.values import UNSTORABLE
from kedang.engine.request import KedangRequest
from kedang.engine.search import marks
from kedang.engine.search.documents import searchable
from kedang.engine.search.find import MAX_QUERY, hits
from kedang.kernel.actor import Mode
from kedang.kits.web import menu, recent
from kedang.kits.web.pages import creatable, record_url, show, signed_in, url_of

IN_PALETTE = 5
ON_PAGE = 10
MOST_DOINGS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the palette: where it leads, what it is called, and what tells it from others of that name."""

    url: str
    icon: str
    label: SafeString | str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of one kind under a heading, and where the rest of them stand."""

    label: Any
    choices: list[Choice]
    more_url: str = ""


@require_GET
@signed_in
def palette(request: KedangRequest) -> HttpResponse:
    """Answer what was typed so far, or say what was last at hand when nothing was."""
    typed = _typed(request)
    groups = (
        [*_records(request, typed, IN_PALETTE), *_pages(request, typed)] if typed else [*_lately(request)]
    )
    found = bool(groups) or not typed
    groups += _doings(request, typed)
    return render(
        request,
        "web/parts/palette.html",
        {"groups": groups, "typed": typed, "where": _where(request), "found": found},
    )


@require_GET
@signed_in
def results(request: KedangRequest) -> HttpResponse:
    """Show what was found of each type, with the way to the whole list of it."""
    typed = _typed(request)
    groups = [*_records(request, typed, ON_PAGE)] if typed else []
    return show(
        request,
        "web/find.html",
        crumbs=[(_("Search"), "")],
        groups=groups,
        typed=typed,
        where=_where(request),
    )


def _typed(request: KedangRequest) -> str:
    return UNSTORABLE.sub("", request.GET.get("q", "")).strip()[:MAX_QUERY]


def _where(request: KedangRequest) -> str:
    """Name what was looked through, for whoever finds nothing."""
    return _(", ").join(str(kind.label_plural) for kind in _kinds(request))


def _kinds(request: KedangRequest) -> list[RecordType]:
    return [kind for kind in searchable() if request.actor.may(kind.key, "view")]


def _records(request: KedangRequest, typed: str, most: int) -> Iterator[Group]:
    found = hits(request.actor, _kinds(request), typed, most)
    for hit in sorted(found, key=lambda one: not one.exact):
        kind = hit.kind
        choices = [
            Choice(record_url(kind, row.pk), kind.icon, marked(str(row), typed), _note(request, kind, row))
            for row in hit.rows
        ]
        listed = url_of(f"{kind.plural}.list")
        yield Group(kind.label_plural, choices, f"{listed}?{urlencode({'q': typed})}" if hit.more else "")


def _note(request: KedangRequest, kind: RecordType, row: Any) -> str:
    """Return what tells a record from another of its name: its subtitle, or what it hangs on."""
    allowed = modes(request.actor, kind)
    told = []
    for name in dict.fromkeys((kind.subtitle, kind.follows)):
        if name and allowed[name] > Mode.MASK:
            told.append(shown(request.actor, kind, row, name).text)
    return " · ".join(one for one in told if one)


def _lately(request: KedangRequest) -> Iterator[Group]:
    """Return what the reader had at hand last."""
    context = recent.for_desk(request)
    if context is None:
        return
    kind: Any = context["kind"]
    rows: Any = context["rows"]
    choices = [Choice(row.url, kind.icon, row.title, row.note) for row in rows[:IN_PALETTE]]
    yield Group(context["title"], choices)


def _doings(request: KedangRequest, typed: str) -> Iterator[Group]:
    """Return what the reader may do: file a new record, bring in a file."""
    found = []
    for kind, url in creatable(request):
        label = _("New %(label)s") % {"label": kind.label}
        if not typed or marks.holds(label, typed):
            found.append(Choice(url, "plus", marked(label, typed)))
    for kind in sorted(RECORDS.values(), key=lambda one: one.order):
        url = url_of("import.start", plural=kind.plural) if request.actor.may(kind.key, "import") else ""
        label = _("Import %(label)s") % {"label": kind.label_plural}
        if url and kind.creatable and (not typed or marks.holds(label, typed)):
            found.append(Choice(url, "upload", marked(label, typed)))
    if typed and not found:
        found = [*_named_so(request, typed)]
    if found:
        yield Group(_("Actions"), found[:MOST_DOINGS])


def _named_so(request: KedangRequest, typed: str) -> Iterator[Choice]:
    """Offer to file what was typed as the name of a new record of the first type."""
    for kind, url in creatable(request)[:1]:
        if kind.title in kind.form_fields:
            label = _("New %(label)s “%(name)s”") % {"label": kind.label, "name": typed}
            yield Choice(f"{url}?{urlencode({kind.title: typed})}", "plus", label)


def _pages(request: KedangRequest, typed: str) -> Iterator[Group]:
    """Return the pages of the menu that answer to what was typed."""
    links = [link for _label, group in menu.links(request.actor, "") for link in group]
    found = [
        Choice(link.url, link.icon, marked(str(link.label), typed))
        for link in links
        if marks.holds(str(link.label), typed)
    ]
    if found:
        yield Group(_("Pages"), found)


def marked(text: str, typed: str) -> SafeString | str:
    """Return a text with the part that was found marked."""
    if not typed:
        return text
    pieces = marks.parts(text, typed)
    drawn = ((format_html("<mark>{}</mark>", piece) if hit else piece,) for piece, hit in pieces)
    return format_html_join("", "{}", drawn)
