"""The second factor of one's own account: on with a number, recovery codes, off with the password."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import qrcode  # type: ignore[import-untyped]
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from kedang.engine.administration import sessions
from kedang.engine.administration.door import FACTOR, PERSON, address_of, has_factor
from kedang.engine.identity import failures, seal
from kedang.engine.identity.middleware import NOBODY
from kedang.engine.identity.models import User
from kedang.engine.ledger import looks
from kedang.engine.request import KedangRequest
from kedang.kernel.errors import Invalid, LimitReached, NotVisible, Problem
from kedang.kits.web.pages import absent_text, leave, show, signed_in
from kedang.kits.web.tabs import frame

WAITING, SHOWN_ONCE = "factor.secret", "factor.codes"
TRIES = 5
OPEN_WITHOUT = (
    "/settings/factor",
    "/settings/language",
    "/settings/theme",
    "/sign-out/",
    "/sign-in/",
    "/static/",
)


class NeedsFactor:
    """Middleware: where a role asks for a second factor, a session without one reaches nothing but its setting."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: KedangRequest) -> HttpResponse:
        if (
            request.actor.needs_factor
            and not has_factor(request)
            and not request.path.startswith(OPEN_WITHOUT)
        ):
            if request.path.startswith("/api/"):
                request.actor = NOBODY  # a key of its own still opens the API
            else:
                return HttpResponseRedirect(reverse("settings.factor"))
        return self.get_response(request)


@never_cache
@require_GET
@signed_in
def page(request: KedangRequest) -> HttpResponse:
    """Show whether the second factor is on, and the recovery codes right after they were made."""
    kept = {one.type: one for one in Authenticator.objects.filter(user=request.user)}
    codes = [seal.opened(code) for code in request.session.pop(SHOWN_ONCE, [])]
    left = kept.get(Authenticator.Type.RECOVERY_CODES)
    return show(
        request, "web/settings/factor.html", on=Authenticator.Type.TOTP in kept, codes=codes,
        left=len(left.wrap().get_unused_codes()) if left else 0, needed=request.actor.needs_factor,
        **frame(request, "factor"),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def switch_on(request: KedangRequest) -> HttpResponse:
    """Show the code to scan, and switch on once the app has answered with its first number."""
    user = _person(request)
    if _factor(user) is not None:
        return leave(request, reverse("settings.factor"))
    problem = ""
    if request.method == "POST":
        slow(user)
        secret = _waiting(request)
        if secret and not user.check_password(request.POST.get("password", "")):
            failures.note("factor", str(user.pk))
            problem = _("This is not your password.")
        elif secret and validate_totp_code(secret, request.POST.get("code", "").strip()):
            return _switched_on(request, user, secret)
        else:
            failures.note("factor", str(user.pk))
            problem = _("The number does not fit. Type the one that the app shows now.")
    secret = _waiting(request) or generate_totp_secret()
    request.session[WAITING] = seal.closed(secret)
    address = get_adapter().build_totp_url(user, secret)
    return show(
        request, "web/settings/factor_on.html", status=422 if problem else 200, problem=problem,
        typed=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)), picture=picture(address),
        **frame(request, "factor"),
    )  # fmt: skip


def _switched_on(request: KedangRequest, user: User, secret: str) -> HttpResponse:
    with transaction.atomic():
        TOTP.activate(user, secret).validate_code(request.POST["code"].strip())  # this number is spent
        _fresh_codes(request, user)
    request.session.pop(WAITING, None)
    request.session[FACTOR] = True
    request.session.cycle_key()
    _moved(request)
    _note(request, "factor_on")
    return leave(request, reverse("settings.factor"), _("The second factor is on."))


@require_POST
@signed_in
def switch_off(request: KedangRequest) -> HttpResponse:
    """Switch off with the password; where a role asks for it, only an exchange is left."""
    user = _person(request)
    _checked(request, user)
    Authenticator.objects.filter(user=user).delete()
    request.session.pop(FACTOR, None)
    request.session["account_authentication_methods"] = [
        one for one in request.session.get("account_authentication_methods", []) if one.get("method") != "mfa"
    ]
    _note(request, "factor_off")
    said = _("The second factor is off.")
    if request.actor.needs_factor:
        said = _("The second factor is off. Your role needs one: switch it on with the new device.")
    return leave(request, reverse("settings.factor"), said)


@require_POST
@signed_in
def codes(request: KedangRequest) -> HttpResponse:
    """Make new recovery codes with the password; the old ones end."""
    user = _person(request)
    _checked(request, user)
    if _factor(user) is None:
        raise NotVisible(absent_text())
    with transaction.atomic():
        _fresh_codes(request, user)
    _note(request, "factor_codes")
    return leave(
        request, reverse("settings.factor"), _("These are your new recovery codes. The old ones have ended.")
    )


def picture(text: str) -> str:
    """Return a QR code as inline SVG without styles: one path that takes the colour of its place."""
    image = qrcode.make(text, image_factory=SvgPathImage, border=2, box_size=10)
    drawn = BytesIO()
    image.save(drawn)
    svg = drawn.getvalue().decode()
    path = svg.partition(' d="')[2].partition('"')[0]
    box = svg.partition('viewBox="')[2].partition('"')[0]
    return mark_safe(f'<svg class="qr" viewBox="{box}" aria-hidden="true"><path d="{path}"/></svg>')  # noqa: S308  numbers and letters of a path


def _checked(request: KedangRequest, user: User) -> None:
    """Ask for the password again; wrong ones are counted."""
    slow(user)
    if not user.check_password(request.POST.get("password", "")):
        failures.note("factor", str(user.pk))
        text = _("This is not your password. Nothing was changed.")
        raise Invalid(text, [Problem("password", text)])
    failures.forget("factor", str(user.pk))


def slow(user: Any) -> None:
    """Refuse to look at a password again after too many wrong ones."""
    if failures.count("factor", str(user.pk)) >= TRIES:
        raise LimitReached(_("That was wrong too often. Wait a quarter of an hour."))


def _fresh_codes(request: KedangRequest, user: User) -> None:
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    made = RecoveryCodes.activate(user).get_unused_codes()
    request.session[SHOWN_ONCE] = [seal.closed(code) for code in made]


def _waiting(request: KedangRequest) -> str:
    sealed = request.session.get(WAITING, "")
    return seal.opened(sealed) if sealed else ""


def _factor(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()


def _person(request: KedangRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _moved(request: KedangRequest) -> None:
    sessions.moved(int(request.session.get(sessions.KEY, 0)), str(request.session.session_key))


def _note(request: KedangRequest, kind: str) -> None:
    looks.note(request.actor, kind, PERSON, request.actor.user_id, address=address_of(request))
