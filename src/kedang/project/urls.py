"""Every address of Kedang. Allauth's other pages stay closed: an administrator makes users."""

from allauth.account import views as account
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from kedang.project import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include("kedang.kits.api.urls")),
    path("", include("kedang.areas.customers.views")),
    path("", include("kedang.insight.urls")),
    path("", include("kedang.areas.engagement.urls")),
    path("", include("kedang.kits.web.urls")),
]

handler400 = "kedang.kits.web.errors.bad_request"
handler403 = "kedang.kits.web.errors.forbidden"
handler404 = "kedang.kits.web.errors.not_found"
handler500 = "kedang.kits.web.errors.broken"
