"""Every address of Kedang. Allauth's other pages stay closed: an administrator makes users."""

from collections.abc import Iterable
from importlib import import_module

from allauth.account import views as account
from allauth.mfa.base import views as factor
from captcha.views import captcha_image
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from kedang.kits.web import letters
from kedang.kits.web.sign_in import SignIn
from kedang.project import health
from kedang.project.operations import first_start
from kedang.project.operations import views as operations

# where two know one address, the earlier answers
PAGES = (
    "kedang.areas.customers.views",
    "kedang.areas.customers.people",
    "kedang.areas.customers.treepage",
    "kedang.insight.urls",
    "kedang.areas.pool.urls",
    "kedang.areas.personal.urls",
    "kedang.areas.engagement.urls",
    "kedang.areas.reviews.urls",
    "kedang.areas.planning.urls",
    "kedang.areas.maps.urls",
    "kedang.kits.web.urls",
)


def gathered(modules: Iterable[str]) -> list[URLPattern | URLResolver]:
    """Return the addresses of modules, in their order, with one resolver for all that begin with the same word.

    In one row a request would try up to twelve hundred of them: a twentieth of the time of a small page.
    """
    found: list[URLPattern | URLResolver] = []
    below: dict[str, list[URLPattern]] = {}
    for module in modules:
        for one in import_module(module).urlpatterns:
            word, slash, rest = str(one.pattern).partition("/")
            if not slash:
                found.append(one)
                continue
            if word not in below:
                below[word] = []
                found.append(path(f"{word}/", include(below[word])))
            below[word].append(path(rest, one.callback, one.default_args, name=one.name))
    return found


urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("sign-in/", SignIn.as_view(), name="account_login"),
    path("sign-in/code", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/letters/<slug:kind>", letters.another, name="letters"),
    path(
        "sign-in/letters/<slug:key>.png",
        login_not_required(captcha_image),
        {"scale": 1},
        name="captcha-image",
    ),
    path("sign-out/", account.logout, name="account_logout"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("start", first_start.found, name="start"),
    path("start/<slug:step>", first_start.step, name="start.step"),
    path("settings/operations", operations.page, name="settings.operations"),
    path("settings/operations/backup", operations.back_up, name="settings.operations.backup"),
    path("api/v1/", include("kedang.kits.api.urls")),
    *gathered(PAGES),
]

handler400 = "kedang.kits.web.errors.bad_request"
handler403 = "kedang.kits.web.errors.forbidden"
handler404 = "kedang.kits.web.errors.not_found"
handler500 = "kedang.kits.web.errors.broken"
