"""The reader's own settings, and for administrators who works here with which rights."""

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

from kedang.engine.identity.models import Role, RoleGrant, Unit, User
from kedang.engine.jobs.queueing import runs_system
from kedang.engine.packs.active import said
from kedang.engine.records.types import RECORDS
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Invalid, NotAllowed
from kedang.kits.web.pages import THEME_COOKIE, THEMES, leave, show, signed_in
from kedang.packs.words import Text

ONE_YEAR = 365 * 24 * 3600
MOST = 200
ADMIN = "engine.user"


def administers(request: KedangRequest) -> bool:
    """Say whether the reader may look at people, roles and units."""
    actor = request.actor
    return actor.may(ADMIN, "view") or actor.may("*", "admin") or _holds_admin_role(request)


def _holds_admin_role(request: KedangRequest) -> bool:
    user: Any = request.user
    return bool(user.roles.filter(key__in=("admin", "administrator")).exists())


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
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        return leave(request, reverse("settings"), _("The password is changed."))
    status = 422 if request.method == "POST" else 200
    return show(request, "web/settings/password.html", status=status, form=form, **frame(request, "password"))


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


@require_GET
@signed_in
def people(request: KedangRequest) -> HttpResponse:
    """List who works here, in which unit, with which roles."""
    _only_administrators(request)
    rows = (
        User.objects.select_related("unit")
        .prefetch_related("roles")
        .order_by("-is_active", "username")[: MOST + 1]
    )
    found = [(user, [_label(role.label, role.key) for role in user.roles.all()]) for user in rows]
    return show(
        request,
        "web/settings/people.html",
        people=found[:MOST],
        more=len(found) > MOST,
        **frame(request, "people"),
    )


@require_GET
@signed_in
def roles(request: KedangRequest) -> HttpResponse:
    """List the roles with what they may do to each type of record."""
    _only_administrators(request)
    found = []
    for role in Role.objects.prefetch_related("grants").order_by("key"):
        table: dict[str, list[RoleGrant]] = {}
        for grant in sorted(role.grants.all(), key=lambda one: (one.record, one.action)):
            table.setdefault(grant.record, []).append(grant)
        named = [(_record_label(key), grants) for key, grants in table.items()]
        found.append((_label(role.label, role.key), role.key, named))
    return show(request, "web/settings/roles.html", roles=found, **frame(request, "roles"))


@require_GET
@signed_in
def units(request: KedangRequest) -> HttpResponse:
    """Show the tree of units."""
    _only_administrators(request)
    rows = [(unit, unit.path.count("/") - 2) for unit in Unit.objects.order_by("path")]
    return show(request, "web/settings/units.html", units=rows, **frame(request, "units"))


def _only_administrators(request: KedangRequest) -> None:
    if not administers(request):
        raise NotAllowed(_("Only administrators look here."))


def frame(request: KedangRequest, tab: str) -> dict[str, Any]:
    """Return what stands around a page of the settings: the tabs this reader has, and where it is."""
    tabs = [
        ("profile", _("My profile"), reverse("settings"), "user"),
        ("password", _("Password"), reverse("settings.password"), "key"),
    ]
    if administers(request):
        tabs += [
            ("people", _("People"), reverse("settings.people"), "people"),
            ("roles", _("Roles"), reverse("settings.roles"), "lock"),
            ("units", _("Departments"), reverse("settings.units"), "tree"),
        ]
    if runs_system(request.actor):
        tabs.append(("calendar", _("Working days"), reverse("settings.calendar"), "plan"))
    here = next((label for key, label, _url, _sign in tabs if key == tab), "")
    return {"tabs": tabs, "tab": tab, "crumbs": [(_("Settings"), reverse("settings")), (here, "")]}


def _record_label(key: str) -> Any:
    known = {"engine.user": _("People"), "engine.role": _("Roles"), "engine.unit": _("Departments")}
    return RECORDS[key].label_plural if key in RECORDS else known.get(key, key)


def _back(request: KedangRequest) -> str:
    """Return the page the reader came from, if it is one of ours."""
    asked = request.POST.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()) else "/"


def _label(label: Mapping[str, str], key: str) -> str:
    """Return a stored label in the reader's language."""
    return said(Text(**label), get_language() or "zh-hans") if label.get("zh_hans") else key
