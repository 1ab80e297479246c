"""Every address of Kedang. Allauth's other pages stay closed: an administrator makes users."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from captcha.views import captcha_image
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from kedang.kits.web import letters
from kedang.kits.web.sign_in import SignIn
from kedang.project import health
from kedang.project.operations import first_start
from kedang.project.operations import views as operations

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
    path("", include("kedang.areas.customers.views")),
    path("", include("kedang.areas.customers.people")),
    path("", include("kedang.areas.customers.treepage")),
    path("", include("kedang.insight.urls")),
    path("", include("kedang.areas.pool.urls")),
    path("", include("kedang.areas.personal.urls")),
    path("", include("kedang.areas.engagement.urls")),
    path("", include("kedang.areas.reviews.urls")),
    path("", include("kedang.areas.planning.urls")),
    path("", include("kedang.areas.maps.urls")),
    path("", include("kedang.kits.web.urls")),
]

handler400 = "kedang.kits.web.errors.bad_request"
handler403 = "kedang.kits.web.errors.forbidden"
handler404 = "kedang.kits.web.errors.not_found"
handler500 = "kedang.kits.web.errors.broken"
