"""Foreseen errors become a page or a toast, in one place."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.engine.request import KedangRequest
from kedang.engine.statuses import status_of
from kedang.kernel.errors import KedangError
from kedang.kits.web.pages import shell, wants_part

REQUEST_BYTES = 105 * 1024 * 1024
TITLES = {
    400: gettext_lazy("This address asks for something the page does not offer"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("Nothing here for you"),
    409: gettext_lazy("That is not possible now"),
    413: gettext_lazy("That is too much at once"),
    412: gettext_lazy("Somebody else was faster"),
    422: gettext_lazy("Some fields need another look"),
    429: gettext_lazy("That was enough for now"),
    500: gettext_lazy("Something broke on our side"),
}


class ForeseenErrors:
    """Middleware: every KedangError is answered here; a page never catches one to say the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: KedangRequest, error: Exception) -> HttpResponse | None:
        """Answer an error we foresaw; leave a bug to Django."""
        if not isinstance(error, KedangError) or request.path.startswith("/api/"):
            return None
        return answer(request, status_of(error), error.text, error)


class SizeLimit:
    """Middleware before anything reads a form: what is larger than any file we take is not taken in at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: KedangRequest) -> HttpResponse:
        """Refuse by the length that was announced; the API says so in its own words."""
        announced = str(request.META.get("CONTENT_LENGTH") or "0")
        if (not announced.isdecimal() or int(announced) > REQUEST_BYTES) and not request.path.startswith(
            "/api/"
        ):
            text = _(
                "More than 105 MB was sent at once. A file to import is at most 100 MB, an attachment 50 MB."
            )
            return answer(request, 413, text)
        return self.get_response(request)


def answer(
    request: KedangRequest, status: int, text: str = "", error: KedangError | None = None
) -> HttpResponse:
    """Return the page of an error, or its toast when HTMX asked."""
    problems = getattr(error, "problems", ())
    context = {"status": status, "title": TITLES.get(status, TITLES[400]), "text": text, "problems": problems}
    if wants_part(request):
        response = render(request, "web/error.html#toast", context, status=status)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    return render(request, "web/error.html", {**shell(request), **context}, status=status)


def bad_request(request: KedangRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that no view understood."""
    return answer(request, 400)


def forbidden(request: KedangRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that Django refused."""
    return answer(request, 403)


def not_found(request: KedangRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere: the same words as for a hidden record."""
    return answer(request, 404, _("There is no such record, or it is not yours to see."))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer a bug of ours: without a database, a session or a menu, since any of them may be what broke."""
    return render(request, "500.html", {"title": TITLES[500]}, status=500)


def csrf_failed(request: KedangRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old: most often a page left open over night."""
    return answer(
        request, 403, _("This page was open too long, or did not come from here. Load it again and repeat.")
    )
