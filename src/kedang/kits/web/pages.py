"""What every page needs: the whole page or the part HTMX asked for, the shell around it, the signed-in reader."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from kedang.engine.administration.company import company
from kedang.engine.identity.actors import directory
from kedang.engine.notices import telling
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.request import KedangRequest
from kedang.kernel import ids
from kedang.kernel.errors import NotVisible
from kedang.kits.web import menu

P = ParamSpec("P")
A = TypeVar("A", bound=HttpResponseBase)
View = Callable[Concatenate[KedangRequest, P], A]
THEMES = ("light", "dark")
THEME_COOKIE = "kedang_theme"
RAIL_COOKIE = "kedang_rail"
HTML_LANGUAGE = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
LANGUAGE_NAMES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}


def signed_in(view: "View[P, A]") -> "View[P, HttpResponseBase]":
    """Send a stranger to the sign-in page, and back afterwards."""

    @wraps(view)
    def inner(request: KedangRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.actor.user_id is not None:
            return view(request, *args, **kwargs)
        if wants_part(request):
            return HttpResponse(status=204, headers={"HX-Redirect": settings.LOGIN_URL})
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)

    return inner


def wants_part(request: KedangRequest) -> bool:
    """Say whether HTMX asked, for a part of the page it has."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")


def show(
    request: KedangRequest, template: str, part: str = "", *, status: int = 200, **context: object
) -> HttpResponse:
    """Render a whole page, or only the named part when HTMX asked."""
    if part and wants_part(request):
        return render(request, f"{template}#{part}", {"actor": request.actor, **context}, status=status)
    return render(request, template, {**shell(request), **context}, status=status)


def shell(request: KedangRequest) -> dict[str, Any]:
    """Return what the frame around every page shows."""
    actor = getattr(request, "actor", None)
    user = getattr(request, "user", None)
    signed = actor is not None and actor.user_id is not None
    language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    links = menu.links(actor, request.path) if signed and actor is not None else []
    adding, seek_url = (creatable(request), seek(request)) if signed else ([], "")
    return {
        "company": company().name,
        "menu": links,
        "creatable": adding,
        "seek_url": seek_url,
        "frame": frame(request.path, company().name, links, adding, seek_url),
        "actor": actor,
        "reader": user if signed else None,
        "reader_unit": directory().names.get(actor.unit_id or 0, "") if signed and actor is not None else "",
        "theme": theme_of(request),
        "narrow": request.COOKIES.get(RAIL_COOKIE) == "1",
        "html_language": HTML_LANGUAGE.get(language, language),
        "language": language,
        "languages": [(code, LANGUAGE_NAMES.get(code, name)) for code, name in settings.LANGUAGES],
        "bell": telling.unread(actor) if signed and actor is not None else 0,
        "bell_cap": telling.CAP,
        "demo": getattr(settings, "KEDANG_DEMO", False),
    }


def frame(
    path: str, company: str, groups: Sequence[tuple[Any, Sequence[menu.Link]]],
    adding: Sequence[tuple[RecordType, str]], seek_url: str,
) -> str:  # fmt: skip
    """Return all that the menus around a page are drawn from but the language, as one text: under it they are kept."""
    here = path if path in ("/", seek_url) else "approvals" if "/approvals" in path else ""
    links = [f"{link.url} {link.current:d} {link.count}" for _label, group in groups for link in group]
    return "|".join((company, seek_url, here, *(url for _kind, url in adding), "", *links))


def theme_of(request: KedangRequest) -> str:
    """Return the reader's theme: from the profile, else from the browser's cookie."""
    kept = getattr(getattr(request, "user", None), "theme", "") or request.COOKIES.get(THEME_COOKIE, "")
    return kept if kept in THEMES else "light"


def creatable(request: KedangRequest) -> list[tuple[RecordType, str]]:
    """Return the record types this reader may add, with the address of their form."""
    kept: list[tuple[RecordType, str]] | None = request.actor.known.get("creatable")
    if kept is None:
        kept = [
            (record, url)
            for record in sorted(RECORDS.values(), key=lambda one: one.order)
            if record.creatable and record.form and record.nav and request.actor.may(record.key, "create")
            if (url := url_of(f"{record.plural}.create"))
        ]
        request.actor.known["creatable"] = kept
    return kept


def seek(request: KedangRequest) -> str:
    """Return where the search box leads, for who may see records that can be searched."""
    found = any(kind.search and request.actor.may(kind.key, "view") for kind in RECORDS.values())
    return url_of("find") if found else ""


def url_of(name: str, **kwargs: object) -> str:
    """Return an address, or nothing where no page has that name."""
    try:
        return reverse(name, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


def record_url(record: RecordType, pk: int) -> str:
    """Return the address of a record's page."""
    return reverse(f"{record.plural}.detail", kwargs={"pk": ids.show(pk)})


def pk_of(text: str) -> int:
    """Return the id in an address; a text that is no id is an absent record."""
    try:
        return ids.read(text)
    except ValueError as error:
        raise NotVisible(absent_text()) from error


def absent_text() -> str:
    """Return the one sentence for what is absent or hidden."""
    return gettext("There is no such record, or it is not yours to see.")


def leave(request: KedangRequest, url: str, said: str = "") -> HttpResponse:
    """Go to another page of ours after a change, and say there what was done."""
    if said:
        messages.success(request, said)
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def query_with(request: KedangRequest, drop: tuple[str, ...] = (), **put: str) -> str:
    """Return the query of this page with some parameters replaced or left out."""
    pairs = [
        (key, value) for key, values in request.GET.lists() for value in values if key not in {*drop, *put}
    ]
    return urlencode([*pairs, *((key, value) for key, value in put.items() if value)])
