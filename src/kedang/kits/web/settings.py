"""The reader's own settings: who one is here, password, language, theme."""

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import ChangePasswordForm
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kedang.engine.administration import sessions
from kedang.engine.administration.door import PERSON, address_of
from kedang.engine.identity import failures, links
from kedang.engine.identity.models import User
from kedang.engine.ledger import looks
from kedang.engine.packs.active import said
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Invalid
from kedang.kits.web import factor
from kedang.kits.web.pages import THEME_COOKIE, THEMES, leave, show, signed_in
from kedang.kits.web.sign_in import rules_in_words
from kedang.kits.web.tabs import frame
from kedang.packs.words import Text

ONE_YEAR = 365 * 24 * 3600


@require_GET
@signed_in
def profile(request: KedangRequest) -> HttpResponse:
    """Show who the reader is here, and what can be set."""
    user: Any = request.user
    roles = [_label(role.label, role.key) for role in user.roles.all()]
    return show(request, "web/settings/profile.html", roles=roles, **frame(request, "profile"))


@require_http_methods(["GET", "POST"])
@signed_in
def password(request: KedangRequest) -> HttpResponse:
    """Change one's own password."""
    form = ChangePasswordForm(data=request.POST or None, user=request.user)
    if request.method == "POST":
        factor.slow(request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        sessions.moved(int(request.session.get(sessions.KEY, 0)), str(request.session.session_key))
        sessions.end(form.user, but=str(request.session.session_key))
        links.end(form.user)
        looks.note(request.actor, "password", PERSON, request.actor.user_id, address=address_of(request))
        return leave(
            request, reverse("settings"), _("The password is changed. Every other session has ended.")
        )
    if form.errors.get("oldpassword"):
        failures.note("factor", str(request.actor.user_id))
    status = 422 if request.method == "POST" else 200
    return show(
        request,
        "web/settings/password.html",
        status=status,
        form=form,
        rules=rules_in_words(),
        **frame(request, "password"),
    )


@login_not_required
@require_POST
def theme(request: KedangRequest) -> HttpResponse:
    """Keep light or dark: with the person when signed in, else in the browser."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise Invalid(_("There is no such theme."))
    if request.actor.user_id is not None:
        User.objects.filter(pk=request.actor.user_id).update(theme=chosen)
    quiet = "X-Quiet" in request.headers
    response = HttpResponse(status=204) if quiet else leave(request, _back(request))
    response.set_cookie(THEME_COOKIE, chosen, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure())
    return response


@login_not_required
@require_POST
def language(request: KedangRequest) -> HttpResponse:
    """Keep the reader's language: with the person when signed in, else in the browser."""
    chosen = request.POST.get("language", "")
    if not translation.check_for_language(chosen) or chosen not in dict(settings.LANGUAGES):
        raise Invalid(_("There is no such language."))
    if request.actor.user_id is not None:
        User.objects.filter(pk=request.actor.user_id).update(language=chosen)
    response = leave(request, _back(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure()
    )
    return response


def _back(request: KedangRequest) -> str:
    """Return the page the reader came from, if it is one of ours."""
    asked = request.POST.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()) else "/"


def _label(label: Mapping[str, str], key: str) -> str:
    """Return a stored label in the reader's language."""
    return said(Text(**label), get_language() or "zh-hans") if label.get("zh_hans") else key
