"""Who comes in and who is turned away: what is noted of each sign-in, and what an open session must satisfy."""

from collections.abc import Callable
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest, HttpResponse

from kedang.engine.administration import sessions
from kedang.engine.identity import failures
from kedang.engine.identity.models import User
from kedang.engine.ledger import looks
from kedang.kernel import clock
from kedang.kernel.actor import Actor

BEGAN, TURN, FACTOR = "began", "turn", "factor"
PERSON = "engine.user"
LONGEST = 12 * 3600


def address_of(request: HttpRequest | None) -> str:
    """Return the address a request came from; a forwarded one counts only behind our own proxies."""
    return str(get_client_ip(request) or "") if request is not None else ""


def _signed_in(request: HttpRequest, user: User, **_told: Any) -> None:
    session = request.session
    if not session.session_key:
        session.save()
    agent = request.headers.get("User-Agent", "") if request.META else ""
    row = sessions.begin(user, str(session.session_key), address_of(request), agent)
    session[sessions.KEY], session[TURN], session[BEGAN] = row.pk, user.turn, int(clock.now().timestamp())
    failures.forget("name", user.username)
    actor = Actor(user.name, user.pk)
    looks.note(actor, "sign_in", PERSON, user.pk, address=address_of(request))


def _signed_out(request: HttpRequest, user: User | None, **_told: Any) -> None:
    if user is None:
        return
    key = request.session.session_key
    user.sign_ins.filter(session_key=key).delete()
    looks.note(Actor(user.name, user.pk), "sign_out", PERSON, user.pk, address=address_of(request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_told: Any) -> None:
    """Count a failure, whether or not the name exists, and note it; a name that is none may be a password."""
    name = str(credentials.get("username") or "")
    address = address_of(request)
    failures.note("name", name)
    failures.note("address", address)
    user = User.objects.filter(username=name).first()
    actor = Actor(user.name, user.pk) if user else Actor("")
    looks.note(actor, "sign_in_failed", PERSON, user.pk if user else None, address=address)


def watch() -> None:
    """Follow the signals of signing in and out."""
    user_logged_in.connect(_signed_in, dispatch_uid="kedang.door")
    user_logged_out.connect(_signed_out, dispatch_uid="kedang.door")
    user_login_failed.connect(_failed, dispatch_uid="kedang.door")


class OpenSessions:
    """Middleware: a session that may go on lives on; it goes before whatever asks who acts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_active and still_open(request, user):
            sessions.touch(str(request.session.session_key), request.session.get_session_cookie_age)
        return self.get_response(request)


def still_open(request: HttpRequest, user: User) -> bool:
    """Say whether a session may go on; one that is too old ends, one whose rights changed gets another id."""
    session = request.session
    began = session.get(BEGAN)
    if began is not None and clock.now().timestamp() - began > LONGEST:
        logout(request)
        return False
    if session.get(TURN, user.turn) != user.turn:
        session.cycle_key()
        session[TURN] = user.turn
        sessions.moved(int(session.get(sessions.KEY, 0)), str(session.session_key))
    return True


def has_factor(request: HttpRequest) -> bool:
    """Say whether this session was opened, or completed, with a second factor."""
    methods = request.session.get("account_authentication_methods", [])
    return bool(request.session.get(FACTOR)) or any(one.get("method") == "mfa" for one in methods)
